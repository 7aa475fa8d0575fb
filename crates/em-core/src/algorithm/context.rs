//! [`Context`]: model, data and randomness, as an algorithm sees them.

use super::State;
use crate::executor::{Leaf, Spare};
use crate::hold::Held;
use crate::{
    Cause, Conditionals, Event, EventKind, Executor, Gradient, LatentModel, MStepError, Part, Partial, Pass, Streams,
};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What a step works with: the model, passes over the data, random streams, and a place for events.
pub struct Context<'a, M: LatentModel> {
    /// The model.
    pub model: &'a M,
    /// The random streams of this run.
    pub streams: Streams,
    executor: &'a dyn Executor<M>,
    spare: Spare<M::Stats>,
    kept: Mutex<Option<Partial<M::Stats>>>,
    swept: AtomicU64,
    iteration: AtomicU64,
    events: Mutex<Vec<Event>>,
    held: Option<Held<M>>,
}

impl<'a, M: LatentModel> Context<'a, M> {
    /// Of `model` over the data that `executor` holds.
    pub fn new(model: &'a M, executor: &'a dyn Executor<M>, streams: Streams) -> Self {
        let (swept, iteration, events) = (AtomicU64::new(0), AtomicU64::new(0), Mutex::default());
        let (spare, kept, held) = (Spare::new(), Mutex::new(None), None);
        Context { model, streams, executor, spare, kept, swept, iteration, events, held }
    }

    /// The same with some parameters held where they are.
    pub(crate) fn holding(mut self, held: Option<Held<M>>) -> Self {
        self.held = held;
        self
    }

    /// The E-step over all data: a pass, but for a model of [sufficient](LatentModel::sufficient) statistics, which
    /// makes it once.
    pub fn at(&self, params: M::Params) -> State<M> {
        let sweep = || self.expect(&params, 0..self.executor.blocks());
        let all = match self.model.sufficient() {
            true => self.kept.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(sweep).clone(),
            false => sweep(),
        };
        self.state(params, all)
    }

    /// The E-step over some blocks.
    pub fn expect(&self, params: &M::Params, blocks: Range<usize>) -> Partial<M::Stats> {
        self.pass(params, blocks, &|data, units, _, stats| self.model.expect(params, data, units, stats))
    }

    /// The state that a pass over all data at `params` found.
    pub fn state(&self, params: M::Params, all: Partial<M::Stats>) -> State<M> {
        let log_likelihood = self.model.log_likelihood(&params, &all.stats, all.sum);
        State { log_likelihood, log_prior: self.model.log_prior(&params), params, stats: all.stats }
    }

    /// The M-step, by the model's own search through the data where it has one, and over the free parameters only where
    /// others are held.
    ///
    /// # Errors
    /// [`Cause`] when no such parameters exist, or when a search is wanted and the data are elsewhere.
    pub fn maximize(&self, stats: &M::Stats, params: &M::Params) -> Result<M::Params, Cause> {
        if let Some(held) = &self.held {
            return Ok(held.maximize(self.model, stats, params, self.weight(0..self.blocks()))?);
        }
        let Some(direct) = self.model.direct() else { return Ok(self.model.maximize(stats, params)?) };
        let Some(data) = self.executor.whole() else {
            let cause = "its M-step looks at the data, which are not in one piece here";
            return Err(MStepError::new(Part::Whole, cause, "fit it on one machine").into());
        };
        self.swept.fetch_add(self.executor.blocks() as u64, Ordering::Relaxed);
        Ok(direct.maximize_over(data, stats, params)?)
    }

    /// The M-step over the i-th part of the parameters, less what is held.
    ///
    /// # Errors
    /// As [`maximize`](Self::maximize).
    pub fn maximize_conditional(&self, i: usize, stats: &M::Stats, params: &M::Params) -> Result<M::Params, Cause>
    where
        M: Conditionals,
    {
        let closed = self.model.maximize_conditional(i, stats, params)?;
        match &self.held {
            Some(held) => Ok(held.maximize_part(self.model, stats, params, self.weight(0..self.blocks()), closed)?),
            None => Ok(closed),
        }
    }

    /// What is held as it is in `from`, all else as in `to`.
    pub(super) fn kept(&self, from: &M::Params, to: M::Params) -> M::Params {
        match &self.held {
            Some(held) => held.kept(self.model, from, to),
            None => to,
        }
    }

    /// The slope that the model offers, 0 along what is held.
    pub fn gradient(&self, params: &M::Params, stats: &M::Stats) -> Vec<f64>
    where
        M: Gradient,
    {
        let slope = self.model.gradient(params, stats);
        match &self.held {
            Some(held) => held.slope(slope),
            None => slope,
        }
    }

    /// Any pass over `blocks`: `leaf` adds the units of one block, given with its number, and returns their sum.
    pub fn pass(&self, like: &M::Params, blocks: Range<usize>, leaf: &Leaf<M>) -> Partial<M::Stats> {
        self.swept.fetch_add(blocks.len() as u64, Ordering::Relaxed);
        self.executor.run(blocks, &Pass { model: self.model, like, leaf, spare: &self.spare })
    }

    /// The number of blocks.
    pub fn blocks(&self) -> usize {
        self.executor.blocks()
    }

    /// The weight of all units of some blocks.
    pub fn weight(&self, blocks: Range<usize>) -> f64 {
        self.executor.weight(blocks)
    }

    /// Passes over the data so far, partial ones as fractions.
    pub fn passes(&self) -> f64 {
        self.swept.load(Ordering::Relaxed) as f64 / self.executor.blocks() as f64
    }

    /// Gives statistics back that are no longer needed, to be used again by the next pass, if there may be one.
    pub fn recycle(&self, stats: M::Stats) {
        if !self.model.sufficient() {
            self.spare.give(stats);
        }
    }

    /// Lets go of statistics that were given back or kept: they have the shape of parameters that are no more.
    pub(crate) fn forget(&self) {
        self.spare.empty();
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Notes that something happened in the current iteration.
    pub fn record(&self, what: EventKind) {
        let event = Event { run: self.streams.run, iteration: self.iteration.load(Ordering::Relaxed), what };
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    pub(crate) fn enter(&self, iteration: u64) {
        self.iteration.store(iteration, Ordering::Relaxed);
    }

    pub(crate) fn take_events(&self) -> Vec<Event> {
        std::mem::take(&mut self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
