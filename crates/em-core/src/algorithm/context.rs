//! [`Context`]: model, data and randomness, as an algorithm sees them.

use super::State;
use crate::executor::{Leaf, Spare};
use crate::hold::{Held, Hold};
use crate::{Cause, Event, EventKind, Executor, Interrupt, LatentModel, MStepError, Part, Partial, Pass, Streams};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a step works with: the model, passes over the data, random streams, and a place for events.
pub struct Context<'a, M: LatentModel> {
    /// The model.
    pub model: &'a M,
    /// The random streams of this run.
    pub streams: Streams,
    executor: &'a dyn Executor<M>,
    interrupt: Interrupt,
    spare: Spare<M::Stats>,
    kept: Mutex<Option<Kept<M>>>,
    swept: Arc<AtomicU64>,
    iteration: AtomicU64,
    events: Mutex<Vec<Event>>,
    pub(super) held: Option<Held<'a, M>>,
}

/// The one sweep of a model with sufficient statistics.
pub(crate) type Kept<M> = Arc<Partial<<M as LatentModel>::Stats>>;

/// What an iteration changes in a context, as it was before.
pub(crate) struct Mark<M: LatentModel> {
    kept: Option<Kept<M>>,
    swept: u64,
    events: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a, M: LatentModel> Context<'a, M> {
    /// Of `model` over the data that `executor` holds, heeding the [current](Interrupt::current) interrupt.
    pub fn new(model: &'a M, executor: &'a dyn Executor<M>, streams: Streams) -> Self {
        let (interrupt, spare, kept) = (Interrupt::current(), Spare::new(), Mutex::new(None));
        let (swept, iteration, events) = (Arc::default(), AtomicU64::new(0), Mutex::default());
        Context { model, streams, executor, interrupt, spare, kept, swept, iteration, events, held: None }
    }

    /// The same with some parameters held where they are.
    pub(crate) fn holding(mut self, hold: Option<&'a Hold<M>>) -> Self {
        self.held = hold.map(Held::new);
        self
    }

    /// That of the short run of this number, whose passes count here too.
    pub(crate) fn short(&self, number: u64) -> Self {
        let short = Context::new(self.model, self.executor, self.streams.short(number));
        Context { swept: self.swept.clone(), held: self.held.clone(), ..short }
    }

    /// The E-step over all data: a pass, but for a model of [sufficient](LatentModel::sufficient) statistics, which
    /// makes it once.
    pub fn at(&self, params: M::Params) -> State<M> {
        let sweep = || self.expect(&params, 0..self.executor.blocks());
        let all = match self.model.sufficient() {
            true => (**lock(&self.kept).get_or_insert_with(|| Arc::new(sweep()))).clone(),
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
    /// [`Cause`] when no such parameters exist, when a search is wanted and the data are elsewhere, or after an interrupt.
    pub fn maximize(&self, stats: &M::Stats, params: &M::Params) -> Result<M::Params, Cause> {
        self.proceed()?;
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

    /// Any pass over `blocks`: `leaf` adds the units of one block, given with its number, and returns their sum.
    ///
    /// After an interrupt the blocks that are left are passed over; the loop throws away what comes of it.
    pub fn pass(&self, like: &M::Params, blocks: Range<usize>, leaf: &Leaf<M>) -> Partial<M::Stats> {
        self.swept.fetch_add(blocks.len() as u64, Ordering::Relaxed);
        let heeding = |data: &M::Data, units: Range<usize>, block: usize, stats: &mut M::Stats| {
            if self.is_interrupted() { 0.0 } else { leaf(data, units, block, stats) }
        };
        self.executor.run(blocks, &Pass { model: self.model, like, leaf: &heeding, spare: &self.spare })
    }

    /// Goes on unless an end was asked for or the data can be read no more: what an algorithm asks between the parts of a
    /// long step.
    ///
    /// # Errors
    /// [`Cause::Store`] and [`Cause::Interrupted`].
    pub fn proceed(&self) -> Result<(), Cause> {
        match self.executor.fault() {
            Some(fault) => Err(fault.into()),
            None if self.is_interrupted() => Err(Cause::Interrupted),
            None => Ok(()),
        }
    }

    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupt.is_raised()
    }

    /// Heeds no interrupt from here on.
    pub(crate) fn undisturbed(&mut self) {
        self.interrupt = Interrupt::default();
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
        self.swept() as f64 / self.executor.blocks() as f64
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
        lock(&self.kept).take();
    }

    /// Whether the model finds that parameters fit the data, where these are at hand.
    pub(crate) fn admits(&self, params: &M::Params) -> Result<(), String> {
        self.executor.whole().map_or(Ok(()), |data| self.model.admit(params, data).map(|_| ()))
    }

    /// What the coming iteration may change.
    pub(crate) fn mark(&self) -> Mark<M> {
        Mark { kept: self.kept(), swept: self.swept(), events: lock(&self.events).len() }
    }

    /// As if there had been no iteration since.
    pub(crate) fn back_to(&self, mark: Mark<M>) {
        lock(&self.events).truncate(mark.events);
        self.put_back(mark.kept, mark.swept);
    }

    /// Takes up the sweep that serves the whole run, and the count of blocks looked at.
    pub(crate) fn put_back(&self, kept: Option<Kept<M>>, swept: u64) {
        self.spare.empty();
        *lock(&self.kept) = kept;
        self.swept.store(swept, Ordering::Relaxed);
    }

    /// The sweep that serves the whole run, once there is one.
    pub(crate) fn kept(&self) -> Option<Kept<M>> {
        lock(&self.kept).clone()
    }

    /// Blocks looked at so far.
    pub(crate) fn swept(&self) -> u64 {
        self.swept.load(Ordering::Relaxed)
    }

    /// Notes that something happened in the current iteration.
    pub fn record(&self, what: EventKind) {
        let event = Event { run: self.streams.run, iteration: self.iteration.load(Ordering::Relaxed), what };
        lock(&self.events).push(event);
    }

    pub(crate) fn enter(&self, iteration: u64) {
        self.iteration.store(iteration, Ordering::Relaxed);
    }

    pub(crate) fn take_events(&self) -> Vec<Event> {
        std::mem::take(&mut *lock(&self.events))
    }

    /// What happened so far.
    pub(crate) fn events(&self) -> Vec<Event> {
        lock(&self.events).clone()
    }

    /// Takes up what happened in an earlier session.
    pub(crate) fn put_events(&self, events: Vec<Event>) {
        *lock(&self.events) = events;
    }
}
