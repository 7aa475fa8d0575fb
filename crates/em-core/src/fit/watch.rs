//! [`Watch`]: what looks at a run from iteration to iteration.

use super::Free;
use super::session::Clock;
use crate::checkpoint::Last;
use crate::{Cause, FitError, Interrupt, LatentModel, Observer, Progress, Rule, Run, StopReason};
use std::ops::ControlFlow;

/// What looks at a run from iteration to iteration.
pub(super) struct Watch<'w, 'a, M: LatentModel> {
    pub(super) rule: &'w Rule,
    pub(super) observers: &'w mut [Box<dyn Observer<M> + 'a>],
    pub(super) coordinates: Option<Free<M>>,
    pub(super) clock: &'w Clock,
}

impl<M: LatentModel> Watch<'_, '_, M> {
    /// Iterations until a rule is met, an observer asks for an end, or an interrupt does. Observers see every iteration,
    /// the last too; `between` sees those after which the run goes on.
    pub(super) fn until_stopped(
        self,
        model: &M,
        run: &mut Run<M>,
        last: &mut Last,
        between: &mut dyn FnMut(&Run<M>, Last),
    ) -> Result<StopReason, FitError> {
        loop {
            let progress = Progress {
                run: run.number(),
                iteration: run.iteration(),
                passes: run.passes(),
                objective: run.state().objective(),
                gain: last.gain,
                change: last.change,
                seconds: self.clock.seconds(),
            };
            let asked = tell(self.observers, &progress, run);
            if let Some(reason) = self.rule.met(&progress).or(asked) {
                return Ok(reason);
            }
            if Interrupt::current().is_raised() {
                return Ok(StopReason::Interrupted);
            }
            between(run, *last);
            let before = self.coordinates.map(|free| free(model, &run.state().params));
            let gained = match run.advance() {
                Err(FitError { cause: Cause::Interrupted, .. }) => return Ok(StopReason::Interrupted),
                other => other?,
            };
            let after = self.coordinates.map(|free| free(model, &run.state().params));
            last.gain = run.is_comparable().then_some(gained);
            last.change = before.zip(after).map(|(a, b)| largest_change(&a, &b));
        }
    }
}

/// Shows every observer where the run stands; the first that asks for an end gives the reason.
fn tell<M: LatentModel>(
    observers: &mut [Box<dyn Observer<M> + '_>],
    progress: &Progress,
    run: &Run<M>,
) -> Option<StopReason> {
    let mut reason = None;
    for observer in observers {
        if let ControlFlow::Break(message) = observer.observe(progress, &run.state().params) {
            reason.get_or_insert(StopReason::Observer { message });
        }
    }
    reason
}

/// max |b − a| / (1 + |a|). A coordinate that stays where it is has not changed, even at infinity; one that is not a
/// number has changed beyond measure.
pub(super) fn largest_change(a: &[f64], b: &[f64]) -> f64 {
    let change = |(a, b): (&f64, &f64)| if a == b { 0.0 } else { (b - a).abs() / (1.0 + a.abs()) };
    a.iter().zip(b).map(change).fold(0.0, |largest, c| if c.is_nan() { f64::INFINITY } else { c.max(largest) })
}
