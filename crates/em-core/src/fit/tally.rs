//! [`Tally`]: what the runs of a fit left so far.

use super::session::Clock;
use crate::checkpoint::{Checkpoint, Failure, Last, Phase, SavedRun, Saver};
use crate::fitted::{Fitted, RunRecord, suspicions};
use crate::run::Ended;
use crate::{Cause, Event, FitError, Fixed, LatentModel, Run, StopReason, Warning};

/// A run that stopped.
pub(super) struct Stopped<M: LatentModel> {
    /// Its end, unless that could not be told.
    pub(super) ended: Result<Ended<M>, Box<Failed>>,
    pub(super) stop: StopReason,
    /// Where it would go on, where anybody wants to know.
    pub(super) phase: Option<Phase<M::Params>>,
}

/// A run that failed.
pub(super) struct Failed {
    pub(super) error: FitError,
    /// The objectives on its way.
    pub(super) trace: Vec<f64>,
}

impl From<FitError> for Box<Failed> {
    /// Before its first state.
    fn from(error: FitError) -> Self {
        Box::new(Failed { error, trace: Vec::new() })
    }
}

/// The best of the runs.
struct Best<M: LatentModel> {
    ended: Ended<M>,
    stop: StopReason,
    run: u64,
}

/// What the runs so far left: the best of them, and all that a checkpoint holds.
pub(super) struct Tally<'a, M: LatentModel> {
    best: Option<Best<M>>,
    checkpoint: Checkpoint<M::Params>,
    saver: Option<Saver<'a, M::Params>>,
    error: Option<FitError>,
}

impl<'a, M: LatentModel> Tally<'a, M> {
    pub(super) fn new(checkpoint: Checkpoint<M::Params>, saver: Option<Saver<'a, M::Params>>) -> Self {
        Tally { best: None, checkpoint, saver, error: None }
    }

    /// What is known of a run.
    pub(super) fn saved(&self, run: u64) -> Option<&SavedRun<M::Params>> {
        self.checkpoint.runs.get(run as usize - 1)
    }

    /// The place of a run; those before it have theirs.
    fn place(&mut self, run: u64) -> &mut SavedRun<M::Params> {
        let at = run as usize - 1;
        if at == self.checkpoint.runs.len() {
            self.checkpoint.runs.push(SavedRun::new());
        }
        &mut self.checkpoint.runs[at]
    }

    /// Whether nothing is left to do in a run; that it failed is then remembered.
    pub(super) fn is_over(&mut self, run: u64) -> bool {
        let over = self.saved(run).is_some_and(SavedRun::is_over);
        if let Some(failure) = self.saved(run).and_then(|saved| saved.failure.clone()).filter(|_| over) {
            self.error.get_or_insert_with(|| failure.into_error(run));
        }
        over
    }

    /// Where a run goes on; how it stopped before is forgotten.
    pub(super) fn take(&mut self, run: u64) -> Option<Phase<M::Params>> {
        let saved = self.checkpoint.runs.get_mut(run as usize - 1)?;
        (saved.record, saved.failure) = (None, None);
        saved.phase.take()
    }

    /// Puts down where a run goes on.
    pub(super) fn put(&mut self, run: u64, phase: Phase<M::Params>) {
        self.place(run).phase = Some(phase);
    }

    /// What happened in a run so far.
    pub(super) fn events(&self, run: u64) -> Vec<Event> {
        self.saved(run).map(|saved| saved.events.clone()).unwrap_or_default()
    }

    pub(super) fn put_events(&mut self, run: u64, events: Vec<Event>) {
        self.place(run).events = events;
    }

    pub(super) fn tell(&mut self, run: u64, event: Event) {
        self.place(run).events.push(event);
    }

    /// Whether anybody takes checkpoints, so that where runs go on is worth putting down.
    pub(super) fn wants_phases(&self) -> bool {
        self.saver.is_some()
    }

    /// Hands out a checkpoint if it is time, with the run at the phase that is given.
    pub(super) fn save_when_due(&mut self, run: u64, clock: &Clock, phase: impl FnOnce() -> Phase<M::Params>) {
        if self.saver.as_ref().is_some_and(Saver::is_due) {
            self.put(run, phase());
            self.save(clock);
        }
    }

    /// The same for a run among its iterations.
    pub(super) fn save_run_when_due(&mut self, run: &Run<M>, last: Last, clock: &Clock) {
        if self.saver.as_ref().is_some_and(Saver::is_due) {
            self.put_events(run.number(), run.events());
            self.put(run.number(), Phase::UnderWay(run.standing(last)));
            self.save(clock);
        }
    }

    fn save(&mut self, clock: &Clock) {
        self.checkpoint.seconds = clock.seconds();
        self.saver.iter_mut().for_each(|saver| saver.save(&self.checkpoint));
    }

    /// Whether an objective is above that of the best run so far.
    pub(super) fn is_better(&self, objective: f64) -> bool {
        self.best.as_ref().is_none_or(|best| objective > best.ended.objective)
    }

    /// Notes how a run stopped, and keeps the better of the best run so far and this one.
    pub(super) fn add(&mut self, run: u64, Stopped { ended, stop, phase }: Stopped<M>) {
        let ended = match ended {
            Ok(ended) => ended,
            // Under a higher limit it would go on, and may come to a better end.
            Err(e) => {
                self.fail(run, *e);
                self.place(run).phase = phase;
                return;
            }
        };
        let (objective, iterations) = (ended.objective, ended.trace.len() as u64 - 1);
        let (stopped, trace) = (Some(stop.clone()), RunRecord::steps(run, &ended.trace));
        let record = RunRecord { run, objective: Some(objective), stop: stopped, iterations, error: None, trace };
        let place = self.place(run);
        (place.record, place.phase, place.failure) = (Some(record), phase, None);
        self.forget_the_beaten();
        if self.is_better(objective) {
            self.best = Some(Best { ended, stop, run });
        }
    }

    /// Of the runs that converged, only the best is worth standing anywhere: the others are over.
    fn forget_the_beaten(&mut self) {
        let converged = |saved: &SavedRun<M::Params>| {
            let record = saved.record.as_ref().filter(|r| r.stop.as_ref().is_some_and(StopReason::converged))?;
            record.objective
        };
        let all = self.checkpoint.runs.iter().enumerate().filter_map(|(i, saved)| Some((i, converged(saved)?)));
        let Some((best, _)) = all.reduce(|best, at| if at.1 > best.1 { at } else { best }) else { return };
        let beaten = |(i, saved): &(usize, &mut SavedRun<M::Params>)| *i != best && converged(saved).is_some();
        self.checkpoint.runs.iter_mut().enumerate().filter(beaten).for_each(|(_, saved)| saved.phase = None);
    }

    /// Notes that a run failed.
    pub(super) fn fail(&mut self, run: u64, Failed { error, trace }: Failed) {
        let failure = Failure::of(&error);
        let (iterations, reason) = (error.iteration.saturating_sub(1), failure.message().to_string());
        let trace = RunRecord::steps(run, &trace);
        let record = RunRecord { run, objective: None, stop: None, iterations, error: Some(reason), trace };
        let place = self.place(run);
        (place.record, place.phase, place.failure) = (Some(record), None, Some(failure));
        self.error.get_or_insert(error);
    }

    /// The result, after `wanted` runs at most: the best run, completed by the model; and a last checkpoint.
    ///
    /// # Errors
    /// That of the first run when all of them failed; [`Cause::Interrupted`] when there was none.
    pub(super) fn result(mut self, model: &M, wanted: u64, clock: &Clock) -> Result<Fitted<M>, FitError> {
        let Some(best) = self.best.take() else { return Err(self.first_error()) };
        self.save(clock);
        let Tally { checkpoint, saver, .. } = self;
        let begun = checkpoint.runs.iter().filter(|run| run.record.is_some()).count() as u64;
        let Best { ended: Ended { state, objective, trace, passes }, stop, run } = best;
        let params = model.finish(&state.params, &state.stats);
        let mut fitted = Fitted {
            warnings: model.warnings(&params, &state.stats),
            params,
            log_likelihood: state.log_likelihood,
            log_prior: state.log_prior,
            climbed: objective,
            stats: state.stats,
            iterations: trace.len() as u64 - 1,
            trace,
            passes,
            stop,
            run,
            seed: checkpoint.seed,
            events: checkpoint.runs.iter().flat_map(SavedRun::all_events).collect(),
            runs: checkpoint.runs.into_iter().filter_map(|run| run.record).collect(),
            fixed: Fixed::default(),
            seconds: clock.seconds(),
        };
        fitted.warnings.extend(suspicions(&fitted));
        fitted.warnings.extend((begun < wanted).then(|| {
            let message = format!("{begun} of {wanted} runs were begun before the fit had to end");
            Warning::new("runs_not_begun", message, "give it more time, or resume it from a checkpoint")
        }));
        fitted.warnings.extend(saver.and_then(|saver| saver.warning()));
        Ok(fitted)
    }

    fn first_error(self) -> FitError {
        let failed = self.checkpoint.runs.iter().filter(|run| run.failure.is_some()).count() as u64;
        let interrupted = || FitError { run: 1, iteration: 0, cause: Cause::Interrupted, failed: 1 };
        FitError { failed: failed.max(1), ..self.error.unwrap_or_else(interrupted) }
    }
}
