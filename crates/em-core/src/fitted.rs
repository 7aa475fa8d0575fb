//! [`Fitted`]: the result of a fit.

use crate::{Coordinates, Criteria, Dataset, Event, Fixed, LatentModel, Predict, StopReason, Warning};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A run has reached the best value when it misses it by less than this, relative to max(1, |best|); far above what
/// the default stopping rule leaves open, far below what separates two maxima.
const REACHED: f64 = 1e-6;

const NOT_CONVERGED: &str = "not_converged";

/// Records hold the way of so many runs, the first; of the others only their ends.
pub const MOST_TRACED: u64 = 256;
/// A way of more objectives than this is thinned out behind the first half of them.
const MOST_STEPS: usize = 256;

/// How one run of a fit went, and ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The run, counted from 1.
    pub run: u64,
    /// The objective it reached, in nats; none if it failed.
    pub objective: Option<f64>,
    /// Why it stopped; none if it failed.
    pub stop: Option<StopReason>,
    /// Iterations done.
    pub iterations: u64,
    /// Why it failed.
    pub error: Option<String>,
    /// Iterations with the objective after them, the start (iteration 0) and the last among them. Of a long run not all; of
    /// runs beyond the first [`MOST_TRACED`], and in what earlier versions stored, none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<(u64, f64)>,
}

impl RunRecord {
    /// What a record keeps of the trace of a run: every iteration of the first half, and then as many as there is room for,
    /// evenly spread.
    pub(crate) fn steps(run: u64, trace: &[f64]) -> Vec<(u64, f64)> {
        let every = trace.len().div_ceil(MOST_STEPS / 2 - 1).max(1);
        let kept = |i: usize| {
            trace.len() <= MOST_STEPS || i < MOST_STEPS / 2 || i.is_multiple_of(every) || i + 1 == trace.len()
        };
        let numbered = (0..).zip(trace).filter(|(i, _)| run <= MOST_TRACED && kept(*i));
        numbered.map(|(i, objective)| (i as u64, *objective)).collect()
    }
}

/// The result of a fit: the best of its runs.
pub struct Fitted<M: LatentModel> {
    /// The parameters, those at which the objective was computed last.
    pub params: M::Params,
    /// The expected statistics at the parameters.
    pub stats: M::Stats,
    /// ln p(y | θ), or its bound, over all data, in nats.
    pub log_likelihood: f64,
    /// ln p(θ), in nats; 0 without a prior.
    pub log_prior: f64,
    /// What the algorithm climbed, at the end: log-likelihood + log prior, but the classification likelihood instead for
    /// those that climb that.
    pub climbed: f64,
    /// The objective at the start and after every iteration of the best run.
    pub trace: Vec<f64>,
    /// Iterations of the best run.
    pub iterations: u64,
    /// Passes over the data in the best run, inner rounds included.
    pub passes: f64,
    /// Why the best run stopped; [`Interrupted`](StopReason::Interrupted) where the fit was, even in another run.
    pub stop: StopReason,
    /// The best run, counted from 1.
    pub run: u64,
    /// How every run ended.
    pub runs: Vec<RunRecord>,
    /// The seed.
    pub seed: u64,
    /// What happened on the way.
    pub events: Vec<Event>,
    /// What deserves suspicion.
    pub warnings: Vec<Warning>,
    /// Seconds that all runs took together, those before it was resumed included.
    pub seconds: f64,
    /// The parameters that were held fixed.
    pub fixed: Fixed,
}

// Neither is derived: a derive would ask the model itself for it.
impl<M: LatentModel> Clone for Fitted<M> {
    fn clone(&self) -> Self {
        Fitted {
            params: self.params.clone(),
            stats: self.stats.clone(),
            trace: self.trace.clone(),
            stop: self.stop.clone(),
            runs: self.runs.clone(),
            events: self.events.clone(),
            warnings: self.warnings.clone(),
            fixed: self.fixed.clone(),
            ..*self
        }
    }
}

/// Shows everything but the statistics, which few would want to read.
impl<M: LatentModel<Params: fmt::Debug>> fmt::Debug for Fitted<M> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Fitted")
            .field("params", &self.params)
            .field("log_likelihood", &self.log_likelihood)
            .field("log_prior", &self.log_prior)
            .field("climbed", &self.climbed)
            .field("trace", &self.trace)
            .field("iterations", &self.iterations)
            .field("passes", &self.passes)
            .field("stop", &self.stop)
            .field("run", &self.run)
            .field("runs", &self.runs)
            .field("seed", &self.seed)
            .field("events", &self.events)
            .field("warnings", &self.warnings)
            .field("seconds", &self.seconds)
            .field("fixed", &self.fixed)
            .finish_non_exhaustive()
    }
}

impl<M: LatentModel> Fitted<M> {
    /// What the algorithm climbed, at the end, in nats: log-likelihood + log prior for all but those that climb the
    /// classification likelihood.
    pub fn objective(&self) -> f64 {
        self.climbed
    }

    /// Whether the best run met a rule for convergence.
    pub fn converged(&self) -> bool {
        self.stop.converged()
    }

    /// The same of a fit that was interrupted, which has not converged whatever its best run did.
    pub(crate) fn interrupted(mut self) -> Self {
        let (done, runs) = (iterations(self.iterations), self.runs.len());
        self.stop = StopReason::Interrupted;
        self.warnings.retain(|w| w.code != NOT_CONVERGED);
        let message = format!("the fit was interrupted; its best run of {runs} has done {done}");
        self.warnings.push(Warning::new(NOT_CONVERGED, message, "resume it from a checkpoint, or fit again"));
        self
    }

    /// How many runs reached the best objective.
    pub fn reached_best(&self) -> usize {
        let close = |o: f64| self.objective() - o <= REACHED * self.objective().abs().max(1.0);
        self.runs.iter().filter(|r| r.objective.is_some_and(close)).count()
    }

    /// AIC and BIC of this fit to `data`.
    pub fn criteria(&self, model: &M, data: &M::Data) -> Criteria
    where
        M: Coordinates,
    {
        Criteria::new(self.log_likelihood, self.n_free(model), data.total_weight())
    }

    /// The number of free coordinates, less those that were held fixed.
    pub fn n_free(&self, model: &M) -> usize
    where
        M: Coordinates,
    {
        let fixed = self.fixed.mask(&model.coordinate_names(&self.params));
        fixed.iter().filter(|fixed| !**fixed).count()
    }

    /// What the model says of each unit of `data`.
    pub fn predict(&self, model: &M, data: &M::Data) -> crate::Prediction
    where
        M: Predict,
    {
        model.predict(&self.params, data, 0..data.units())
    }
}

fn iterations(n: u64) -> String {
    format!("{n} iteration{}", if n == 1 { "" } else { "s" })
}

/// What any model's fit may be suspected of.
pub(crate) fn suspicions<M: LatentModel>(fitted: &Fitted<M>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if !fitted.converged() {
        let message = format!("the fit did not converge in {}", iterations(fitted.iterations));
        let advice = "raise the limit that stopped it, or loosen the tolerance";
        warnings.push(Warning::new(NOT_CONVERGED, message, advice));
    }
    let finished = fitted.runs.iter().filter(|r| r.objective.is_some()).count();
    if finished >= 2 && fitted.reached_best() == 1 {
        let message = format!("only one of {finished} runs reached the best objective");
        warnings.push(Warning::new(
            "best_reached_once",
            message,
            "raise `restarts` to see whether a better one exists",
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ways_are_thinned_and_keep_their_ends() {
        let trace = |length: usize| (0..length).map(|i| i as f64).collect::<Vec<f64>>();
        for length in [1, MOST_STEPS, MOST_STEPS + 1, 1000, 123_456] {
            let steps = RunRecord::steps(1, &trace(length));
            assert!(steps.len() <= MOST_STEPS && steps.len() >= length.min(MOST_STEPS / 2), "{}", steps.len());
            assert!(steps.iter().all(|(i, objective)| *i as f64 == *objective));
            assert!(steps.windows(2).all(|w| w[0].0 < w[1].0) && steps[steps.len() - 1].0 == length as u64 - 1);
            assert!(steps.iter().take(MOST_STEPS / 2).map(|(i, _)| *i).eq(0..length.min(MOST_STEPS / 2) as u64));
        }
        assert!(RunRecord::steps(MOST_TRACED, &trace(2)).len() == 2);
        assert!(RunRecord::steps(MOST_TRACED + 1, &trace(2)).is_empty());
    }
}
