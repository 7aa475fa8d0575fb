//! [`Trial`]: data and parameters that a law is tried on.

use super::case::{Subject, wander};
use super::law::{Judged, Stop, offered, untold};
use crate::algorithm::{Context, State};
use crate::registry::{Data, Erased, Params, Stats};
use crate::{Cause, Dataset, LatentModel, Local, Rng, Statistics, Streams};
use rand::RngExt;
use std::ops::Range;

/// Data and parameters that a law is tried on.
pub(super) struct Trial<'a> {
    pub subject: &'a Subject,
    pub model: &'a Erased,
    pub data: &'a Data,
    pub params: &'a Params,
    /// Random numbers of this case.
    pub streams: Streams,
}

impl Trial<'_> {
    /// All units.
    pub fn all(&self) -> Range<usize> {
        0..self.data.units()
    }

    /// Random numbers; another stream, other numbers.
    pub fn rng(&self, stream: u64) -> Rng {
        self.streams.rng(1, stream)
    }

    /// The E-step over all units of `data`, as the loop takes it.
    pub fn sweep(&self, data: &Data, params: &Params) -> State<Erased> {
        let local = Local::new(self.model, data);
        Context::new(self.model, &local, self.streams).at(params.clone())
    }

    /// The E-step where the objective is finite.
    pub fn at(&self, params: &Params) -> Judged<State<Erased>> {
        let state = self.sweep(self.data, params);
        if state.objective().is_finite() { Ok(state) } else { untold("the objective is not finite there") }
    }

    /// The M-step from a state; inner rounds are taken once.
    pub fn maximize(&self, from: &State<Erased>) -> Judged<Params> {
        let local = Local::new(self.model, self.data);
        let cx = Context::new(self.model, &local, self.streams);
        cx.maximize(&from.stats, &from.params).or_else(|e: Cause| untold(format!("the M-step fails: {e}")))
    }

    /// The objective on `data` after the M-step from a state, and how far off rounding may leave it: some of what happens
    /// where every statistic is off by a thousand roundings. Next to a singular covariance that is far.
    pub fn stepped(&self, data: &Data, from: &State<Erased>) -> Judged<(f64, f64)> {
        let objective = |stats: &Stats| match self.model.maximize(stats, &from.params) {
            Ok(next) => Ok(self.sweep(data, &next).objective()),
            Err(e) => untold(format!("the M-step fails: {e}")),
        };
        let (exact, off) = (objective(&from.stats)?, objective(&self.wobbled(&from.stats))?);
        let size = 1.0 + exact.abs().max(from.objective().abs());
        if (exact - off).is_finite() { Ok((exact, 1e-7 * size + 10.0 * (exact - off).abs())) } else { Ok((exact, 0.0)) }
    }

    /// Statistics of which every number is off by a thousand roundings.
    pub fn wobbled(&self, stats: &Stats) -> Stats {
        let (mut rng, mut numbers, mut off) = (self.rng(21), flat(stats), stats.clone());
        let largest = numbers.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        // What is nothing is nothing whatever the rounding: an empty cluster.
        for x in numbers.iter_mut().filter(|x| **x != 0.0) {
            *x += 1e-12 * x.abs().max(1e-3 * largest) * if rng.random::<bool>() { 1.0 } else { -1.0 };
        }
        off.unflatten(&numbers);
        off
    }

    /// The statistics of some units in one call of the E-step, and what it returned.
    pub fn part(&self, data: &Data, units: Range<usize>) -> (Stats, f64) {
        let mut stats = self.model.zero(self.params);
        let sum = self.model.expect(self.params, data, units, &mut stats);
        (stats, sum)
    }

    /// Σ w |ln p| + |ln prior| + 1: the size of the terms that an objective adds up, and so of its rounding.
    pub fn size(&self, state: &State<Erased>) -> f64 {
        let scores = self.model.score(&state.params, self.data, self.all());
        let terms = scores.iter().zip(self.all()).map(|(s, u)| (s * self.data.weight(u)).abs());
        let sum: f64 = terms.filter(|t| t.is_finite()).sum();
        1.0 + sum.max(state.log_likelihood.abs()) + state.log_prior.abs()
    }

    /// Other data made of these units, each as often and as heavy as said.
    pub fn taken(&self, units: &[usize], weights: Option<&[f64]>) -> Judged<Data> {
        let resampled = offered(&self.model.resampled, "Resample")?;
        let data = resampled.select(self.data, units);
        Ok(match weights {
            Some(by) => resampled.reweight(&data, by),
            None => data,
        })
    }

    /// The free coordinates of parameters, all of them finite.
    pub fn free(&self, params: &Params) -> Judged<Vec<f64>> {
        let x = offered(&self.model.coordinates, "Coordinates")?.to_free(params);
        if x.iter().all(|x| x.is_finite()) { Ok(x) } else { untold("a coordinate is not finite there") }
    }

    /// The parameters at free coordinates.
    pub fn at_free(&self, like: &Params, x: &[f64]) -> Judged<Params> {
        let at = offered(&self.model.coordinates, "Coordinates")?.at_free(like, x);
        at.or_else(|e| untold(format!("there are no parameters at those coordinates: {e}")))
    }

    /// A function of parameters along a direction in free coordinates; NaN where there are none.
    pub fn along<'f>(
        &'f self,
        like: &'f Params,
        x: &'f [f64],
        direction: &'f [f64],
        f: &'f dyn Fn(&Params) -> f64,
    ) -> impl Fn(f64) -> f64 + 'f {
        move |by| {
            let moved: Vec<f64> = x.iter().zip(direction).map(|(x, d)| x + by * d).collect();
            self.at_free(like, &moved).map_or(f64::NAN, |p| f(&p))
        }
    }

    /// Other parameters, not far away.
    pub fn elsewhere(&self, from: &State<Erased>) -> Judged<Params> {
        match wander(self.model, self.data, self.params, &mut self.rng(17)) {
            Some(other) => Ok(other),
            None => self.maximize(from),
        }
    }

    /// Q(at | posterior at `held`), without the prior: by the statistics, or under the posterior that inner rounds hold.
    pub fn q(&self, held: &State<Erased>, at: &Params) -> Judged<f64> {
        if let Some(inner) = self.model.inner() {
            let mut stats = self.model.zero(at);
            return Ok(inner.expect_fixed(&held.params, at, self.data, self.all(), &mut stats));
        }
        match &self.model.likelihood {
            Some(likelihood) => Ok(likelihood.q(at, &held.stats)),
            None => Err(Stop::Lacks("the model offers neither `CompleteLikelihood` nor `InnerRounds`".into())),
        }
    }

    /// Q and the log prior: what an M-step raises.
    pub fn q_and_prior(&self, held: &State<Erased>, at: &Params) -> Judged<f64> {
        Ok(self.q(held, at)? + self.model.log_prior(at))
    }

    /// The responsibilities at parameters, a list for each unit.
    pub fn responsibilities(&self, state: &State<Erased>) -> Judged<Vec<Vec<f64>>> {
        let predict = offered(&self.model.predict, "Predict")?;
        let finished = self.model.finish(&state.params, &state.stats);
        let prediction = predict.predict(&finished, self.data, self.all());
        let Some((k, all)) = prediction.responsibilities() else {
            return Err(Stop::Lacks("`Predict` tells no responsibilities, so the latent variable is no label".into()));
        };
        let mut of_units = vec![Vec::new(); self.data.units()];
        for (row, r) in all.chunks_exact(k.max(1)).enumerate() {
            of_units[self.data.unit_of(row)] = r.to_vec();
        }
        Ok(of_units)
    }

    /// Units that count, with their weights.
    pub fn counting(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.all().map(|u| (u, self.data.weight(u))).filter(|(_, w)| *w > 0.0)
    }
}

/// The numbers of statistics.
pub(super) fn flat(stats: &Stats) -> Vec<f64> {
    stats.flatten()
}
