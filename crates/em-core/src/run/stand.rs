//! Putting down where a run stands, and going on from there.

use super::Run;
use crate::algorithm::{Algorithm, Context, State};
use crate::checkpoint::{KeptSweep, Last, Standing};
use crate::{Cause, Event, FitError, LatentModel, Partial, Statistics};
use std::sync::Arc;

impl<'a, M: LatentModel> Run<'a, M> {
    /// Where the run stands; `last` is what the stopping rules saw of its last iteration.
    pub(crate) fn standing(&self, last: Last) -> Standing<M::Params> {
        let State { params, stats, log_likelihood, log_prior } = &self.state;
        let kept = self.cx.kept().map(|kept| KeptSweep { stats: kept.stats.flatten(), sum: kept.sum });
        Standing {
            params: params.clone(),
            stats: stats.flatten(),
            log_likelihood: *log_likelihood,
            log_prior: *log_prior,
            trace: self.trace.clone(),
            swept: self.cx.swept(),
            kept,
            memory: self.memory.clone(),
            last,
        }
    }

    /// Goes on where a run stood, to the bits that it would have come to.
    ///
    /// # Errors
    /// [`Cause::Checkpoint`] when the numbers are none of this model and algorithm.
    pub(crate) fn resume(
        cx: Context<'a, M>,
        algorithm: &'a dyn Algorithm<M>,
        from: Standing<M::Params>,
        events: Vec<Event>,
    ) -> Result<Self, FitError> {
        let Standing { params, stats, log_likelihood, log_prior, trace, swept, kept, memory, last } = from;
        let refuse = |reason: &str| {
            let cause = Cause::Checkpoint(reason.into());
            Err(FitError { run: cx.streams.run, iteration: memory.iteration, cause, failed: 1 })
        };
        // What has lost a component is no longer what the model would admit.
        if let (0, Err(reason)) = (memory.repairs, cx.admits(&params)) {
            return refuse(&reason);
        }
        let zero = cx.model.zero(&params);
        let shaped = |flat: &Vec<f64>| flat.len() == zero.flatten().len();
        if !shaped(&stats) || kept.as_ref().is_some_and(|kept| !shaped(&kept.stats)) {
            return refuse("its statistics are not those of the model");
        }
        if trace.is_empty() || trace.len() as u64 - 1 != memory.iteration {
            return refuse("its trace is not as long as its iterations are many");
        }
        let unflatten = |flat: &[f64]| {
            let mut stats = zero.clone();
            stats.unflatten(flat);
            stats
        };
        let stats = unflatten(&stats);
        let kept = kept.map(|kept| Arc::new(Partial { stats: unflatten(&kept.stats), sum: kept.sum }));
        let state = State { params, stats, log_likelihood, log_prior };
        if !state.objective().is_finite() {
            return refuse("its objective is not finite");
        }
        cx.put_back(kept, swept);
        cx.put_events(events);
        Ok(Run { comparable: last.gain.is_some(), cx, algorithm, state, memory, trace, mender: None })
    }
}
