//! [`Checkpoint`]: a fit on its way, as numbers from which it goes on to the same bits.

mod failure;
mod saver;
mod standing;

pub(crate) use failure::Failure;
pub(crate) use saver::Saver;
pub(crate) use standing::{Choosing, Chosen, KeptSweep, Last, Standing};

use crate::{Event, RunRecord};
use serde::{Deserialize, Serialize};

/// A fit on its way: how its finished runs ended, and where the others stand.
///
/// [`Fit::checkpoint`](crate::Fit::checkpoint) hands it out and [`Fit::resume`](crate::Fit::resume) takes it. It holds a
/// standing for every run that may still have something to do: the one under way, those that were stopped early (by a limit,
/// the time, an interrupt) and would go on under a higher limit, and the best of those that converged. Numbers are stored
/// by their bits.
///
/// `P` are the parameters. [`try_map`](Self::try_map) changes them, so that they can be read by a model that is known only
/// later.
///
/// ```
/// # use em_core::{Checkpoint, Fit, LatentModel, MStepError, Rule};
/// # use std::ops::Range;
/// # use std::time::Duration;
/// # struct Lifetimes;
/// # impl LatentModel for Lifetimes {
/// #     type Data = [f64];
/// #     type Params = f64;
/// #     type Stats = [f64; 2];
/// #     fn zero(&self, _: &f64) -> [f64; 2] { [0.0; 2] }
/// #     fn expect(&self, m: &f64, x: &[f64], units: Range<usize>, s: &mut [f64; 2]) -> f64 {
/// #         x[units].iter().map(|x| { s[0] += 1.0; s[1] += x + m; -x / m }).sum()
/// #     }
/// #     fn maximize(&self, s: &[f64; 2], _: &f64) -> Result<f64, MStepError> { Ok(s[1] / s[0]) }
/// # }
/// let data = [1.0, 2.0, 4.0];
/// let fit = |limit| Fit::new(&Lifetimes, &data[..]).stop(Rule::MaxIterations(limit));
/// let mut text = String::new();
/// let write = |now: &Checkpoint<f64>| serde_json::to_string(now).map(|written| text = written);
/// fit(3).checkpoint(Duration::from_secs(10), write).from(1.0)?;
///
/// let resumed = fit(20).resume(serde_json::from_str(&text)?).from(1.0)?;
/// assert_eq!(resumed.trace, fit(20).from(1.0)?.trace);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint<P> {
    pub(crate) seed: u64,
    /// Seconds that the fit took so far.
    pub(crate) seconds: f64,
    /// The runs that were begun, in order.
    pub(crate) runs: Vec<SavedRun<P>>,
}

/// One run of a [`Checkpoint`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedRun<P> {
    /// How it ended, or was stopped; none while it is under way.
    pub(crate) record: Option<RunRecord>,
    /// What happened in it.
    pub(crate) events: Vec<Event>,
    /// Why it failed.
    pub(crate) failure: Option<Failure>,
    /// Where it goes on; none where nothing is left to do.
    pub(crate) phase: Option<Phase<P>>,
}

/// Where a run goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Phase<P> {
    /// Among its short runs.
    Choosing(Choosing<P>),
    /// Among its iterations.
    UnderWay(Standing<P>),
}

impl<P> Checkpoint<P> {
    /// Of a fit that has yet to begin.
    pub(crate) fn new(seed: u64) -> Self {
        Checkpoint { seed, seconds: 0.0, runs: Vec::new() }
    }

    /// The seed of the fit.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many of its runs were begun.
    pub fn runs(&self) -> usize {
        self.runs.len()
    }

    /// The same with other parameters in place of each.
    ///
    /// # Errors
    /// The first error of `f`.
    pub fn try_map<Q, E>(self, mut f: impl FnMut(P) -> Result<Q, E>) -> Result<Checkpoint<Q>, E> {
        let Checkpoint { seed, seconds, runs } = self;
        let runs = runs.into_iter().map(|run| run.try_map(&mut f)).collect::<Result<_, E>>()?;
        Ok(Checkpoint { seed, seconds, runs })
    }
}

impl<P> SavedRun<P> {
    /// One that has yet to begin.
    pub(crate) fn new() -> Self {
        SavedRun { record: None, events: Vec::new(), failure: None, phase: None }
    }

    /// Whether nothing is left to do.
    pub(crate) fn is_over(&self) -> bool {
        self.record.is_some() && self.phase.is_none()
    }

    /// What happened in it, that it failed included.
    pub(crate) fn all_events(&self) -> impl Iterator<Item = Event> {
        let run = self.record.as_ref().map_or(0, |record| record.run);
        self.events.iter().cloned().chain(self.failure.as_ref().map(move |failure| failure.event(run)))
    }

    fn try_map<Q, E>(self, f: &mut impl FnMut(P) -> Result<Q, E>) -> Result<SavedRun<Q>, E> {
        let SavedRun { record, events, failure, phase } = self;
        let phase = phase.map(|phase| phase.try_map(f)).transpose()?;
        Ok(SavedRun { record, events, failure, phase })
    }
}

impl<P> Phase<P> {
    fn try_map<Q, E>(self, f: &mut impl FnMut(P) -> Result<Q, E>) -> Result<Phase<Q>, E> {
        Ok(match self {
            Phase::Choosing(Choosing { done, best, failure, swept }) => {
                let best = best.map(|b| Ok(Chosen { params: f(b.params)?, objective: b.objective })).transpose()?;
                Phase::Choosing(Choosing { done, best, failure, swept })
            }
            Phase::UnderWay(at) => {
                let Standing { params, stats, log_likelihood, log_prior, trace, swept, kept, memory, last } = at;
                let params = f(params)?;
                Phase::UnderWay(Standing { params, stats, log_likelihood, log_prior, trace, swept, kept, memory, last })
            }
        })
    }
}
