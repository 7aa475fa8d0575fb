//! [`Run`]: the one loop, an iteration at a time.

mod mend;
mod stand;

use crate::algorithm::{Algorithm, Ascent, Context, Memory, State};
use crate::{Cause, Dataset, Event, FitError, LatentModel, Mender};
use std::sync::atomic::{AtomicUsize, Ordering};

/// An objective may fall by this much of its size: the rounding of a long sum.
const SLACK: f64 = 1e-11;

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
    comparable: bool,
}

/// What an iteration came to.
struct Reached<M: LatentModel> {
    state: State<M>,
    memory: Memory,
    mended: bool,
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
    /// [`Cause::NotFinite`] when the objective at the start is not a finite number; [`Cause::Store`] when the data can be
    /// read no more; [`Cause::Interrupted`] when an end was asked for meanwhile.
    pub fn new(cx: Context<'a, M>, algorithm: &'a dyn Algorithm<M>, start: M::Params) -> Result<Self, FitError> {
        let mut memory = Memory::default();
        let state = algorithm.begin(&cx, start, &mut memory);
        let trace = vec![state.objective()];
        let run = Run { trace, cx, algorithm, state, memory, mender: None, comparable: true };
        let blame = (!run.state.objective().is_finite()).then(|| run.not_finite(&run.state));
        run.cx.proceed().map_err(|cause| run.error(0, cause))?;
        blame.map_or(Ok(()), |cause| Err(run.error(0, cause)))?;
        Ok(run)
    }

    /// The same with a policy for parts that degenerate.
    pub fn mending(mut self, mender: Option<Mender<M>>) -> Self {
        self.mender = mender;
        self
    }

    /// One iteration; returns what the objective gained, in nats.
    ///
    /// # Errors
    /// Any [`Cause`]; the run then still holds its last good state. After [`Cause::Interrupted`] it is as if the iteration
    /// had never begun.
    pub fn advance(&mut self) -> Result<f64, FitError> {
        let iteration = self.memory.iteration + 1;
        self.cx.enter(iteration);
        let before = self.cx.mark();
        let reached = self.reach().map_err(|cause| self.error(iteration, cause));
        // Blocks may have been passed over, so that nothing of this can be trusted, an error neither.
        if let Err(cause) = self.cx.proceed() {
            self.cx.back_to(before);
            return Err(self.error(iteration, cause));
        }
        let Reached { state, memory, mended } = reached?;
        let (guarded, gain) = (self.is_guarded(), state.objective() - self.state.objective());
        self.memory = Memory { iteration, ..memory };
        let previous = std::mem::replace(&mut self.state, state);
        // Statistics of parameters with another number of components have another shape.
        if !mended {
            self.cx.recycle(previous.stats);
        }
        self.trace.push(self.state.objective());
        self.comparable = guarded && !mended;
        Ok(gain)
    }

    /// What the next iteration comes to; the run itself stays where it is.
    fn reach(&self) -> Result<Reached<M>, Cause> {
        let reached = self.step()?;
        let (old, new) = (self.state.objective(), reached.state.objective());
        if !new.is_finite() {
            return Err(self.not_finite(&reached.state));
        }
        if self.is_guarded() && !reached.mended && new < old - SLACK * old.abs().max(1.0) {
            return Err(self.algorithm.fell(old, new));
        }
        Ok(reached)
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

    /// The same, to be told again.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.cx.events()
    }

    /// Ends the run. Where the algorithm climbs something other than log-likelihood + log prior, a full E-step takes its
    /// place, which costs a pass, and no interrupt keeps it from that; the trace stays as it is.
    ///
    /// # Errors
    /// [`Cause::NotFinite`] when that objective is not a finite number, [`Cause::Store`] when the data can be read no more.
    pub fn close(mut self) -> Result<Ended<M>, FitError> {
        self.cx.undisturbed();
        let (ascent, climbed) = (self.algorithm.ascent(&self.memory), self.state.objective());
        let state = match ascent {
            Ascent::Monotone => None,
            Ascent::Bound | Ascent::Classification | Ascent::Noisy => Some(self.cx.at(self.state.params.clone())),
        };
        self.cx.proceed().map_err(|cause| self.error(self.iteration(), cause))?;
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
