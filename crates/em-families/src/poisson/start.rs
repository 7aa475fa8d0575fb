//! Starts of Poisson-regression mixtures.

use super::emission::PoissonRegressions;
use super::log_means::log_mean;
use crate::{Emission, EmissionStart, Mixture, MixtureParams, MixtureStats, RegressionData, simplex};
use em_core::algorithm::{Context, State};
use em_core::{Dataset, InnerRounds, LatentModel, Local, MStepError, Part, Rng, StartKind, Streams};
use nalgebra::DVector;
use rand::RngExt;
use std::ops::Range;

/// Steps of the fit of all observations by one regression; a start need not be exact.
const POOLED_STEPS: usize = 25;
/// Steps after which splits are compared: enough to leave the accidents of the split behind.
const SHORT_STEPS: usize = 5;
/// Splits of each kind that are tried for one start.
const TRIES: usize = 2;
/// Halvings of a step that lowers the objective.
const HALVINGS: i32 = 30;
/// A run of steps ends early when the objective gains less than this, relative to max(1, |objective|).
const LEAST_GAIN: f64 = 1e-8;

impl EmissionStart for PoissonRegressions {
    fn kinds(&self) -> &'static [StartKind] {
        &[StartKind::Responsibilities]
    }

    /// By default: one regression of all observations, and k groups of equal weight along its residuals, or along those
    /// times a random direction of the covariates, which parts regressions that cross. Every group takes a step of its
    /// own from the common regression, and the split that is best after a short run is the start. Residuals are shaken, so
    /// that every draw splits otherwise.
    fn start(
        &self,
        kind: Option<StartKind>,
        k: usize,
        data: &RegressionData,
        rng: &mut Rng,
    ) -> Result<(Vec<f64>, Vec<DVector<f64>>), MStepError> {
        let Some(y) = data.response() else {
            return Err(MStepError::new(Part::Whole, "the data hold no response", "name the column of counts"));
        };
        let zero = vec![DVector::zeros(data.columns())];
        let refuse = |e| MStepError::new(Part::Whole, e, "share columns that the design has");
        self.admit(&zero, data).map_err(refuse)?;
        let level = MixtureParams::trusted(vec![1.0], zero);
        let pooled = climb(&Mixture::of(1, self.clone()), data, level, POOLED_STEPS)?.params.components()[0].clone();
        let split = Split { model: Mixture::of(k, self.clone()), data, pooled: &pooled };
        let start = match kind {
            Some(_) => split.by_chance(rng)?,
            None if k == 1 => MixtureParams::trusted(vec![1.0], vec![pooled]),
            None => split.best_of_short_runs(y, rng)?,
        };
        Ok((start.weights().to_vec(), start.components().clone()))
    }
}

type Regressions = Mixture<PoissonRegressions>;
type Params = MixtureParams<Vec<DVector<f64>>>;

/// Up to so many iterations of one Newton step each from `start`, each halved until the objective rises.
fn climb(
    model: &Regressions,
    data: &RegressionData,
    start: Params,
    steps: usize,
) -> Result<State<Regressions>, MStepError> {
    let local = Local::new(model, data);
    // Nothing here is drawn from the streams.
    let cx = Context::new(model, &local, Streams { seed: 0, run: 0 });
    let mut at = cx.at(start);
    for _ in 0..steps {
        let full = model.maximize(&at.stats, &at.params)?;
        let shorter = |h: i32| cx.at(model.between(&at.params, &full, 0.5f64.powi(h)));
        let Some(next) = (0..HALVINGS).map(shorter).find(|s| s.objective() > at.objective()) else { break };
        let gain = next.objective() - at.objective();
        at = next;
        if gain <= LEAST_GAIN * at.objective().abs().max(1.0) {
            break;
        }
    }
    Ok(at)
}

/// Ways to part the observations around their common regression.
struct Split<'a> {
    model: Regressions,
    data: &'a RegressionData,
    pooled: &'a DVector<f64>,
}

impl Split<'_> {
    /// Of a few splits, where the best has come to after a short run.
    ///
    /// # Errors
    /// That of the last split when none has a step.
    fn best_of_short_runs(&self, y: &[f64], rng: &mut Rng) -> Result<Params, MStepError> {
        let (mut best, mut error): (Option<State<Regressions>>, _) = (None, None);
        for _ in 0..TRIES {
            for along_slopes in [false, true] {
                let labels = self.groups(self.residuals(y, along_slopes, rng));
                let run = self.by_labels(&labels).and_then(|start| climb(&self.model, self.data, start, SHORT_STEPS));
                match run {
                    Ok(end) if best.as_ref().is_none_or(|b| end.objective() > b.objective()) => best = Some(end),
                    Ok(_) => {}
                    Err(e) => error = Some(e),
                }
            }
        }
        match (best, error) {
            (Some(best), _) => Ok(best.params),
            (None, error) => Err(error.expect("every split has an end or an error")),
        }
    }

    /// The shaken Pearson residuals of the common regression, n numbers; `along_slopes` times a random direction of the
    /// covariates, each in units of its spread.
    fn residuals(&self, y: &[f64], along_slopes: bool, rng: &mut Rng) -> Vec<f64> {
        let (center, spread) = (self.data.center(), self.data.spread());
        let toward = |v: &f64, rng: &mut Rng| if *v > 0.0 { (2.0 * rng.random::<f64>() - 1.0) / v.sqrt() } else { 0.0 };
        let direction: Vec<f64> = spread.iter().map(|v| toward(v, rng)).collect();
        let along_slopes = along_slopes && direction.iter().any(|d| *d != 0.0);
        let mut residual = |unit: usize| {
            let eta = log_mean(self.pooled, self.data, unit);
            let shake = 2.0 * rng.random::<f64>() - 1.0;
            let residual = (y[unit] - eta.exp()) / (0.5 * eta).exp() + shake;
            let row = self.data.row(unit).iter().zip(center).zip(&direction);
            let position: f64 = row.map(|((x, c), d)| d * (x - c)).sum();
            if along_slopes { residual * position } else { residual }
        };
        (0..y.len()).map(&mut residual).collect()
    }

    /// The label of each observation when `along` puts them into k groups of about equal weight.
    fn groups(&self, along: Vec<f64>) -> Vec<usize> {
        let mut order: Vec<usize> = (0..along.len()).collect();
        order.sort_by(|a, b| along[*a].total_cmp(&along[*b]).then(a.cmp(b)));
        let (k, total) = (self.model.components(), self.data.total_weight());
        let (mut before, mut labels) = (0.0, vec![0; along.len()]);
        for u in order {
            let share = (before + 0.5 * self.data.weight(u)) / total;
            labels[u] = ((share * k as f64) as usize).min(k - 1);
            before += self.data.weight(u);
        }
        labels
    }

    fn by_labels(&self, labels: &[usize]) -> Result<Params, MStepError> {
        self.by(|units, r| {
            let m = units.len();
            r.fill(0.0);
            labels[units].iter().enumerate().for_each(|(i, j)| r[j * m + i] = 1.0);
        })
    }

    fn by_chance(&self, rng: &mut Rng) -> Result<Params, MStepError> {
        let k = self.model.components();
        self.by(|units, r| {
            let m = units.len();
            let rows = simplex::uniform(m, k, rng);
            rows.iter().enumerate().for_each(|(at, share)| r[at % k * m + at / k] = *share);
        })
    }

    /// One step of every component from the common regression, under responsibilities that `fill` writes block by block,
    /// m × k with one component after the other.
    fn by(&self, mut fill: impl FnMut(Range<usize>, &mut [f64])) -> Result<Params, MStepError> {
        let (k, n, block) = (self.model.components(), self.data.units(), self.model.block(self.data));
        let common = MixtureParams::trusted(vec![1.0 / k as f64; k], vec![self.pooled.clone(); k]);
        // One observation more for each: a group may be empty where there are hardly more observations than components.
        let parts = self.model.emission().zero(common.components());
        let mut stats = MixtureStats { counts: vec![1.0; k], parts };
        for begin in (0..n).step_by(block) {
            let units = begin..(begin + block).min(n);
            let mut r = vec![0.0; units.len() * k];
            fill(units.clone(), &mut r);
            for (column, count) in r.chunks_exact_mut(units.len()).zip(&mut stats.counts) {
                column.iter_mut().zip(units.clone()).for_each(|(r, u)| *r *= self.data.weight(u));
                *count += column.iter().sum::<f64>();
            }
            self.model.emission().accumulate(common.components(), self.data, units, &r, &mut stats.parts);
        }
        self.model.maximize(&stats, &common)
    }
}
