//! [`Session`]: the runs of a fit, one after the other, from where an earlier session left them.

use super::Free;
use super::tally::{Failed, Stopped, Tally};
use super::watch::Watch;
use crate::algorithm::{Algorithm, Context};
use crate::checkpoint::{Choosing, Last, Phase};
use crate::{
    Cause, FitError, Hold, Interrupt, LatentModel, Local, MStepError, Mender, Observer, Progress, Rule, Run, ShortRuns,
    StopReason, Streams,
};
use std::time::Instant;

/// What all runs of a fit have in common.
pub(super) struct Session<'s, M: LatentModel> {
    pub(super) model: &'s M,
    pub(super) local: Local<'s, M::Data>,
    pub(super) algorithm: &'s dyn Algorithm<M>,
    pub(super) rule: &'s Rule,
    pub(super) seed: u64,
    pub(super) coordinates: Option<Free<M>>,
    pub(super) mender: Option<Mender<M>>,
    pub(super) hold: Option<&'s Hold<M>>,
    pub(super) short: Option<ShortRuns>,
    pub(super) starts: &'s StartOf<'s, M>,
    pub(super) clock: Clock,
}

/// Gives the start of a run, drawn from its streams.
pub(super) type StartOf<'s, M> = dyn Fn(Streams) -> Result<<M as LatentModel>::Params, MStepError> + 's;

/// The seconds of a fit, those of earlier sessions included.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    begun: Instant,
    earlier: f64,
}

impl Clock {
    pub(super) fn after(earlier: f64) -> Self {
        Clock { begun: Instant::now(), earlier }
    }

    pub(super) fn seconds(&self) -> f64 {
        self.earlier + self.begun.elapsed().as_secs_f64()
    }
}

/// The observers of a fit.
type Observers<'o, 'a, M> = &'o mut [Box<dyn Observer<M> + 'a>];

impl<M: LatentModel> Session<'_, M> {
    /// All runs, up to number `n`. Once the time is up or an interrupt came, no further run is begun and none goes on; those
    /// that stand somewhere count as they stand. Returns the reason then.
    ///
    /// # Errors
    /// [`Cause::Checkpoint`] and [`Cause::Store`] of any run; all other errors are the run's own, and in the tally.
    pub(super) fn all(
        &self,
        n: u64,
        observers: Observers<M>,
        tally: &mut Tally<M>,
    ) -> Result<Option<StopReason>, FitError> {
        let mut ending: Option<StopReason> = None;
        for number in 1..=n {
            if tally.is_over(number) {
                continue;
            }
            if number > 1 && ending.is_none() && tally.saved(number).is_none() {
                ending = self.time_is_up();
            }
            if ending.is_none() {
                match self.one(number, observers, tally) {
                    Ok(Some(stopped)) => {
                        ending = Some(stopped.stop.clone()).filter(StopReason::ends_the_fit);
                        tally.add(number, stopped);
                        continue;
                    }
                    Ok(None) => ending = Some(self.time_is_up().unwrap_or(StopReason::Interrupted)),
                    Err(failed) if failed.error.cause.ends_the_fit() => return Err(failed.error),
                    Err(failed) => {
                        tally.fail(number, *failed);
                        continue;
                    }
                }
            }
            // Runs are kept in order: behind one of which nothing is known there are none, however many were asked for.
            if tally.saved(number).is_none() {
                break;
            }
            let stop = ending.as_ref().unwrap_or(&StopReason::Interrupted);
            if let Some(left) = Interrupt::default().during(|| self.as_it_stands(number, stop, tally)) {
                tally.add(number, left);
            }
        }
        Ok(ending)
    }

    /// The reason to end where the time alone is one.
    pub(super) fn time_is_up(&self) -> Option<StopReason> {
        let (seconds, objective) = (self.clock.seconds(), f64::NAN);
        let now = Progress { run: 0, iteration: 0, passes: 0.0, objective, gain: None, change: None, seconds };
        self.rule.met(&now).filter(|reason| matches!(reason, StopReason::Seconds { .. }))
    }

    /// One run from its start, or from where it stood, to its stop; what happened on the way is kept whether or not it
    /// fails. None where the fit is to end before the run has a state.
    fn one(
        &self,
        number: u64,
        observers: Observers<M>,
        tally: &mut Tally<M>,
    ) -> Result<Option<Stopped<M>>, Box<Failed>> {
        let cx = self.context(number);
        let mut last = Last::default();
        let begun = match tally.take(number) {
            Some(Phase::UnderWay(standing)) => {
                last = standing.last;
                Some(Run::resume(cx, self.algorithm, standing, tally.events(number))?)
            }
            Some(Phase::Choosing(tried)) => self.begin(cx, tried, tally)?,
            None => self.begin(cx, Choosing::default(), tally)?,
        };
        let Some(run) = begun else { return Ok(None) };
        let mut run = run.mending(self.mender);
        let watch = Watch { rule: self.rule, observers, coordinates: self.coordinates, clock: &self.clock };
        let stop = watch.until_stopped(self.model, &mut run, &mut last, &mut |run, last| {
            tally.save_run_when_due(run, last, &self.clock);
        });
        tally.put_events(number, run.take_events());
        let trace = run.trace().to_vec();
        let stop = stop.map_err(|error| Box::new(Failed { error, trace: trace.clone() }))?;
        let phase = tally.wants_phases().then(|| Phase::UnderWay(run.standing(last)));
        Ok(Some(Stopped { ended: run.close().map_err(|error| Box::new(Failed { error, trace })), stop, phase }))
    }

    /// A run at its start, after its short runs where there are any.
    fn begin<'c>(
        &'c self,
        cx: Context<'c, M>,
        tried: Choosing<M::Params>,
        tally: &mut Tally<M>,
    ) -> Result<Option<Run<'c, M>>, FitError> {
        let start = match self.short {
            Some(short) => {
                cx.put_back(None, tried.swept);
                self.choose(short, &cx, tried, tally)?
            }
            None => uninterrupted(self.start(&cx))?,
        };
        let Some(start) = start else { return Ok(None) };
        cx.put_events(tally.events(cx.streams.run));
        uninterrupted(Run::new(cx, self.algorithm, start))
    }

    /// A run as it stands, ended without another iteration. None where that is nowhere, or no better than the best.
    fn as_it_stands(&self, number: u64, stop: &StopReason, tally: &Tally<M>) -> Option<Stopped<M>> {
        let saved = tally.saved(number)?;
        let reached = saved.record.as_ref().and_then(|record| record.objective);
        if reached.is_some_and(|objective| !tally.is_better(objective)) {
            return None;
        }
        let cx = self.context(number);
        let run = match saved.phase.clone()? {
            Phase::UnderWay(standing) => Run::resume(cx, self.algorithm, standing, Vec::new()),
            Phase::Choosing(tried) => {
                cx.put_back(None, tried.swept);
                Run::new(cx, self.algorithm, tried.best?.params)
            }
        };
        let stop = saved.record.as_ref().and_then(|record| record.stop.clone()).unwrap_or(stop.clone());
        let ended = run.and_then(Run::close).ok()?;
        Some(Stopped { ended: Ok(ended), stop, phase: saved.phase.clone() })
    }

    fn context(&self, number: u64) -> Context<'_, M> {
        Context::new(self.model, &self.local, Streams { seed: self.seed, run: number }).holding(self.hold)
    }

    /// Parameters to start from.
    pub(super) fn start(&self, cx: &Context<M>) -> Result<M::Params, FitError> {
        let start = (self.starts)(cx.streams).map_err(Cause::from);
        let at_start = |cause| FitError { run: cx.streams.run, iteration: 0, cause, failed: 1 };
        let start = cx.proceed().and(start).map_err(at_start)?;
        let held = self.hold.map_or(Ok(()), |hold| hold.check(self.model, &start));
        held.map(|()| start).map_err(|reason| at_start(Cause::Fixed(reason)))
    }
}

/// None in place of the error that an interrupt is.
fn uninterrupted<T>(result: Result<T, FitError>) -> Result<Option<T>, FitError> {
    match result {
        Err(FitError { cause: Cause::Interrupted, .. }) => Ok(None),
        other => other.map(Some),
    }
}
