//! Watching a fit from outside.

use crate::LatentModel;
use std::ops::ControlFlow;

/// Where a run stands after an iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The run among the restarts, counted from 1.
    pub run: u64,
    /// Iterations done; 0 at the start.
    pub iteration: u64,
    /// Passes over the data so far in this run.
    pub passes: f64,
    /// Log-likelihood + log prior, in nats.
    pub objective: f64,
    /// What the last iteration added to the objective; none at the start, and none where the algorithm's objective is
    /// noisy.
    pub gain: Option<f64>,
    /// The largest change of a free coordinate in the last iteration, |Δx| / (1 + |x|); none at the start, and none
    /// where nobody asked for it.
    pub change: Option<f64>,
    /// Seconds since the fit began.
    pub seconds: f64,
}

/// Is told of every iteration, the start included, and may end the run.
///
/// Closures of the same shape are observers.
pub trait Observer<M: LatentModel> {
    /// One look. `Break(reason)` ends the run with the parameters it has; the reason becomes part of the result.
    fn observe(&mut self, progress: &Progress, params: &M::Params) -> ControlFlow<String>;
}

impl<M: LatentModel, F: FnMut(&Progress, &M::Params) -> ControlFlow<String>> Observer<M> for F {
    fn observe(&mut self, progress: &Progress, params: &M::Params) -> ControlFlow<String> {
        self(progress, params)
    }
}
