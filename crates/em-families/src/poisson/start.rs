//! Starts of Poisson-regression mixtures.

use super::emission::PoissonRegressions;
use super::log_means::log_mean;
use crate::{Emission, EmissionStart, Memberships, Mixture, MixtureParams, MixtureStats, RegressionData, simplex};
use em_core::algorithm::{Context, State};
use em_core::{Dataset, InnerRounds, LatentModel, Local, MStepError, Part, Rng, StartKind, Streams};
use nalgebra::DVector;
use rand::RngExt;

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

    /// By default: k groups of equal weight along the residuals of one regression of all observations, or along those
    /// times a random direction of the covariates, which parts regressions that cross; the split that is best after a
    /// short run. Residuals are shaken, so that every draw splits otherwise.
    fn guess(
        &self,
        kind: Option<StartKind>,
        k: usize,
        data: &RegressionData,
        rng: &mut Rng,
    ) -> Result<Memberships, MStepError> {
        match kind {
            Some(_) => Ok(Memberships::Shared { components: k, shares: simplex::uniform(data.units(), k, rng) }),
            None if k == 1 => Ok(Memberships::of_labels(1, &vec![0; data.units()])),
            None => Ok(Memberships::of_labels(k, &self.split(k, data)?.best_of_short_runs(rng)?.0)),
        }
    }

    /// Every group takes a step of its own from the common regression.
    fn begin(
        &self,
        k: usize,
        data: &RegressionData,
        memberships: &Memberships,
    ) -> Result<(Vec<f64>, Vec<DVector<f64>>), MStepError> {
        Ok(parts(&self.split(k, data)?.by(memberships)?))
    }

    /// By default where the best split has come to after its short run.
    fn start(
        &self,
        kind: Option<StartKind>,
        k: usize,
        data: &RegressionData,
        rng: &mut Rng,
    ) -> Result<(Vec<f64>, Vec<DVector<f64>>), MStepError> {
        let split = self.split(k, data)?;
        let start = match kind {
            Some(_) => split.by(&self.guess(kind, k, data, rng)?)?,
            None if k == 1 => MixtureParams::trusted(vec![1.0], vec![split.pooled]),
            None => split.best_of_short_runs(rng)?.1,
        };
        Ok(parts(&start))
    }
}

type Regressions = Mixture<PoissonRegressions>;
type Params = MixtureParams<Vec<DVector<f64>>>;

fn parts(start: &Params) -> (Vec<f64>, Vec<DVector<f64>>) {
    (start.weights().to_vec(), start.components().clone())
}

impl PoissonRegressions {
    /// k components about one regression of all observations.
    fn split<'a>(&self, k: usize, data: &'a RegressionData) -> Result<Split<'a>, MStepError> {
        let Some(y) = data.response() else {
            return Err(MStepError::new(Part::Whole, "the data hold no response", "name the column of counts"));
        };
        let zero = vec![DVector::zeros(data.columns())];
        let refuse = |e| MStepError::new(Part::Whole, e, "share columns that the design has");
        self.admit(&zero, data).map_err(refuse)?;
        let level = MixtureParams::trusted(vec![1.0], zero);
        let pooled = climb(&Mixture::of(1, self.clone()), data, level, POOLED_STEPS)?.params.components()[0].clone();
        Ok(Split { model: Mixture::of(k, self.clone()), data, y, pooled })
    }
}

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
    y: &'a [f64],
    pooled: DVector<f64>,
}

impl Split<'_> {
    /// Of a few splits, the labels of the best and where it has come to after a short run.
    ///
    /// # Errors
    /// That of the last split when none has a step.
    fn best_of_short_runs(&self, rng: &mut Rng) -> Result<(Vec<usize>, Params), MStepError> {
        let (mut best, mut error): (Option<(Vec<usize>, State<Regressions>)>, _) = (None, None);
        for _ in 0..TRIES {
            for along_slopes in [false, true] {
                let labels = self.groups(self.residuals(along_slopes, rng));
                let start = self.by(&Memberships::of_labels(self.model.components(), &labels));
                match start.and_then(|start| climb(&self.model, self.data, start, SHORT_STEPS)) {
                    Ok(end) if best.as_ref().is_none_or(|(_, b)| end.objective() > b.objective()) => {
                        best = Some((labels, end));
                    }
                    Ok(_) => {}
                    Err(e) => error = Some(e),
                }
            }
        }
        match (best, error) {
            (Some((labels, end)), _) => Ok((labels, end.params)),
            (None, error) => Err(error.expect("every split has an end or an error")),
        }
    }

    /// The shaken Pearson residuals of the common regression, n numbers; `along_slopes` times a random direction of the
    /// covariates, each in units of its spread.
    fn residuals(&self, along_slopes: bool, rng: &mut Rng) -> Vec<f64> {
        let (center, spread) = (self.data.center(), self.data.spread());
        let toward = |v: &f64, rng: &mut Rng| if *v > 0.0 { (2.0 * rng.random::<f64>() - 1.0) / v.sqrt() } else { 0.0 };
        let direction: Vec<f64> = spread.iter().map(|v| toward(v, rng)).collect();
        let along_slopes = along_slopes && direction.iter().any(|d| *d != 0.0);
        let mut residual = |unit: usize| {
            let eta = log_mean(&self.pooled, self.data, unit);
            let shake = 2.0 * rng.random::<f64>() - 1.0;
            let residual = (self.y[unit] - eta.exp()) / (0.5 * eta).exp() + shake;
            let row = self.data.row(unit).iter().zip(center).zip(&direction);
            let position: f64 = row.map(|((x, c), d)| d * (x - c)).sum();
            if along_slopes { residual * position } else { residual }
        };
        (0..self.y.len()).map(&mut residual).collect()
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

    /// One step of every component from the common regression, with units where they belong.
    fn by(&self, memberships: &Memberships) -> Result<Params, MStepError> {
        let (k, n, block) = (self.model.components(), self.data.units(), self.model.block(self.data));
        let common = MixtureParams::trusted(vec![1.0 / k as f64; k], vec![self.pooled.clone(); k]);
        // One observation more for each: a group may be empty where there are hardly more observations than components.
        let parts = self.model.emission().zero(common.components());
        let mut stats = MixtureStats { counts: vec![1.0; k], mixing: [], parts };
        for begin in (0..n).step_by(block) {
            let units = begin..(begin + block).min(n);
            let mut r = vec![0.0; units.len() * k];
            for (j, (column, count)) in r.chunks_exact_mut(units.len()).zip(&mut stats.counts).enumerate() {
                let share = |unit: usize| memberships.share(unit, j) * self.data.weight(unit);
                column.iter_mut().zip(units.clone()).for_each(|(r, u)| *r = share(u));
                *count += column.iter().sum::<f64>();
            }
            self.model.emission().accumulate(common.components(), self.data, units, &r, &mut stats.parts);
        }
        self.model.maximize(&stats, &common)
    }
}
