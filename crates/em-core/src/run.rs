//! [`Run`]: the one loop, an iteration at a time.

use crate::algorithm::{Algorithm, Ascent, Context, Memory, State};
use crate::{Cause, Dataset, Degenerate, Event, EventKind, FitError, LatentModel, MStepError, Mender, Part};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// An objective may fall by this much of its size: the rounding of a long sum.
const SLACK: f64 = 1e-11;
/// Components are begun anew or left out at most this often in a run, so that it ends.
const MOST_REPAIRS: u64 = 10;

/// One run from one start: parameters, the statistics and the objective taken at them, and how they came about.
///
/// ```
/// use em_core::{algorithm::Context, Em, LatentModel, Local, MStepError, Run, Streams};
/// use std::ops::Range;
/// /// The mean of some numbers; nothing is latent.
/// struct Mean;
/// impl LatentModel for Mean {
///     type Data = [f64];
///     type Params = f64;
///     type Stats = [f64; 2];
///     fn zero(&self, _: &f64) -> [f64; 2] { [0.0; 2] }
///     fn expect(&self, m: &f64, x: &[f64], units: Range<usize>, s: &mut [f64; 2]) -> f64 {
///         x[units].iter().map(|x| { s[0] += 1.0; s[1] += x; -0.5 * (x - m).powi(2) }).sum()
///     }
///     fn maximize(&self, s: &[f64; 2], _: &f64) -> Result<f64, MStepError> { Ok(s[1] / s[0]) }
/// }
/// let data = [1.0, 3.0];
/// let local = Local::new(&Mean, &data[..]);
/// let mut run = Run::new(Context::new(&Mean, &local, Streams { seed: 1, run: 1 }), &Em, 0.0)?;
/// let gain = run.advance()?;
/// assert_eq!((run.state().params, gain), (2.0, 4.0));
/// assert_eq!(run.trace(), [-5.0, -1.0]);
/// # Ok::<(), em_core::FitError>(())
/// ```
pub struct Run<'a, M: LatentModel> {
    cx: Context<'a, M>,
    algorithm: &'a dyn Algorithm<M>,
    state: State<M>,
    memory: Memory,
    trace: Vec<f64>,
    mender: Option<Mender<M>>,
    mended: bool,
    comparable: bool,
}

/// A finished run.
pub struct Ended<M: LatentModel> {
    /// Parameters with the statistics and the log-likelihood of a full E-step at them.
    pub state: State<M>,
    /// What was climbed, at the end: log-likelihood + log prior, or the classification likelihood with the prior.
    pub objective: f64,
    /// The objective at the start and after every iteration.
    pub trace: Vec<f64>,
    /// Passes over the data, that of the end included.
    pub passes: f64,
}

impl<'a, M: LatentModel> Run<'a, M> {
    /// Takes the first E-step, at `start`.
    ///
    /// # Errors
    /// [`Cause::NotFinite`] when the objective at the start is not a finite number.
    pub fn new(cx: Context<'a, M>, algorithm: &'a dyn Algorithm<M>, start: M::Params) -> Result<Self, FitError> {
        let mut memory = Memory::default();
        let state = algorithm.begin(&cx, start, &mut memory);
        let trace = vec![state.objective()];
        let run = Run { trace, cx, algorithm, state, memory, mender: None, mended: false, comparable: true };
        match run.state.objective().is_finite() {
            true => Ok(run),
            false => Err(run.error(0, run.not_finite(&run.state))),
        }
    }

    /// The same with a policy for parts that degenerate.
    pub fn mending(mut self, mender: Option<Mender<M>>) -> Self {
        self.mender = mender;
        self
    }

    /// One iteration; returns what the objective gained, in nats.
    ///
    /// # Errors
    /// Any [`Cause`]; the run then still holds its last good state.
    pub fn advance(&mut self) -> Result<f64, FitError> {
        let iteration = self.memory.iteration + 1;
        self.cx.enter(iteration);
        self.mended = false;
        let guarded = self.is_guarded();
        let next = self.step().map_err(|cause| self.error(iteration, cause))?;
        let (old, new) = (self.state.objective(), next.objective());
        if !new.is_finite() {
            return Err(self.error(iteration, self.not_finite(&next)));
        }
        if guarded && !self.mended && new < old - SLACK * old.abs().max(1.0) {
            return Err(self.error(iteration, Cause::Fell { old, new }));
        }
        self.memory.iteration = iteration;
        let previous = std::mem::replace(&mut self.state, next);
        // Statistics of parameters with another number of components have another shape.
        if !self.mended {
            self.cx.recycle(previous.stats);
        }
        self.trace.push(new);
        self.comparable = guarded && !self.mended;
        Ok(new - old)
    }

    /// Where the run stands.
    pub fn state(&self) -> &State<M> {
        &self.state
    }

    /// The objective at the start and after every iteration, in nats.
    pub fn trace(&self) -> &[f64] {
        &self.trace
    }

    /// The number of this run among the restarts, counted from 1.
    pub fn number(&self) -> u64 {
        self.cx.streams.run
    }

    /// Iterations done.
    pub fn iteration(&self) -> u64 {
        self.memory.iteration
    }

    /// Passes over the data so far.
    pub fn passes(&self) -> f64 {
        self.cx.passes()
    }

    /// Whether the gain of the last iteration means anything: the objective was comparable with that before, and no part
    /// was mended.
    pub fn is_comparable(&self) -> bool {
        self.comparable
    }

    fn is_guarded(&self) -> bool {
        self.algorithm.ascent(&self.memory) != Ascent::Noisy
    }

    /// What happened so far; each event is told once.
    pub fn take_events(&self) -> Vec<Event> {
        self.cx.take_events()
    }

    /// Ends the run. Where the algorithm climbs something other than log-likelihood + log prior, a full E-step takes its
    /// place, which costs a pass; the trace stays as it is.
    ///
    /// # Errors
    /// [`Cause::NotFinite`] when that objective is not a finite number.
    pub fn close(self) -> Result<Ended<M>, FitError> {
        let (ascent, climbed) = (self.algorithm.ascent(&self.memory), self.state.objective());
        let state = match ascent {
            Ascent::Monotone => None,
            Ascent::Bound | Ascent::Classification | Ascent::Noisy => Some(self.cx.at(self.state.params.clone())),
        };
        let objective = match (&state, ascent) {
            (Some(full), Ascent::Bound | Ascent::Noisy) => full.objective(),
            _ => climbed,
        };
        if let Some(full) = state.as_ref().filter(|full| !full.objective().is_finite()) {
            return Err(self.error(self.iteration(), self.not_finite(full)));
        }
        let passes = self.passes();
        Ok(Ended { state: state.unwrap_or(self.state), objective, trace: self.trace, passes })
    }

    /// The state after one step, or after a component that degenerated or was idle has been mended.
    fn step(&mut self) -> Result<State<M>, Cause> {
        let idle = self.mender.and_then(|mender| (mender.idle)(self.cx.model, &self.state.params, &self.state.stats));
        if let Some(Ok(mended)) = idle.map(|e| self.mend(e.into())) {
            return Ok(mended);
        }
        self.algorithm.step(&self.cx, &self.state, &mut self.memory).or_else(|cause| self.mend(cause))
    }

    /// The state after a component that degenerated was begun anew or left out, as the policy says; or the cause again.
    fn mend(&mut self, cause: Cause) -> Result<State<M>, Cause> {
        let Cause::MStep(MStepError { part: Part::Component(part), .. }) = &cause else { return Err(cause) };
        let Some(mender) = self.mender.filter(|_| self.memory.repairs < MOST_REPAIRS) else { return Err(cause) };
        let (params, part) = (&self.state.params, *part);
        let (mended, event) = match mender.policy {
            Degenerate::Fail => return Err(cause),
            Degenerate::Drop => {
                let Some(params) = (mender.without)(self.cx.model, params, part) else { return Err(cause) };
                (params, EventKind::Dropped { component: part, reason: cause.to_string() })
            }
            Degenerate::Reseed => {
                let Some(unit) = self.badly_explained() else { return Err(cause) };
                let Some(params) = self.reseeded(mender, part, unit).transpose()? else { return Err(cause) };
                self.memory.reseeded.push(unit);
                (params, EventKind::Reseeded { component: part, row: unit, reason: cause.to_string() })
            }
        };
        self.cx.record(event);
        self.cx.forget();
        self.memory.repairs += 1;
        self.memory.numbers.clear();
        self.mended = true;
        Ok(self.algorithm.begin(&self.cx, mended, &mut self.memory))
    }

    /// The parameters with a component begun anew, made where the unit is. Costs a pass.
    fn reseeded(&self, mender: Mender<M>, part: usize, unit: usize) -> Option<Result<M::Params, MStepError>> {
        let (made, params) = (Mutex::new(None), &self.state.params);
        self.cx.pass(params, 0..self.cx.blocks(), &|data, units, _, _| {
            if units.contains(&unit) {
                let params = (mender.reseed)(self.cx.model, params, part, data, unit);
                *made.lock().unwrap_or_else(PoisonError::into_inner) = Some(params);
            }
            0.0
        });
        made.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The unit of least log-likelihood, the first among equals, at which no component began anew before: that one may
    /// be what a component collapsed on. Costs a pass.
    fn badly_explained(&self) -> Option<usize> {
        let worst = Mutex::new(None);
        self.cx.pass(&self.state.params, 0..self.cx.blocks(), &|data, units, _, _| {
            let scores = self.cx.model.score(&self.state.params, data, units.clone());
            let fresh = |u: &usize| data.weight(*u) > 0.0 && !self.memory.reseeded.contains(u);
            let scored = scores.into_iter().zip(units).filter(|(_, u)| fresh(u));
            let mut worst = worst.lock().unwrap_or_else(PoisonError::into_inner);
            let order = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
            *worst = scored.chain(worst.take()).min_by(order);
            0.0
        });
        worst.into_inner().unwrap_or_else(PoisonError::into_inner).map(|(_, unit)| unit)
    }

    fn error(&self, iteration: u64, cause: Cause) -> FitError {
        FitError { run: self.cx.streams.run, iteration, cause, failed: 1 }
    }

    /// Looks for the first unit to blame, which costs a pass.
    fn not_finite(&self, state: &State<M>) -> Cause {
        let first = AtomicUsize::new(usize::MAX);
        self.cx.pass(&state.params, 0..self.cx.blocks(), &|data, units, _, _| {
            let scores = self.cx.model.score(&state.params, data, units.clone());
            let bad = |(u, score): &(usize, f64)| !score.is_finite() && data.weight(*u) > 0.0;
            if let Some((u, _)) = units.zip(scores).find(bad) {
                first.fetch_min(u, Ordering::Relaxed);
            }
            0.0
        });
        let unit = Some(first.into_inner()).filter(|u| *u < usize::MAX);
        Cause::NotFinite { value: state.objective(), unit }
    }
}
