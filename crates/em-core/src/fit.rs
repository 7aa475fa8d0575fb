//! [`Fit`]: a fit from start to result.

#[cfg(test)]
mod resume_tests;
mod session;
mod short_runs;
mod tally;
#[cfg(test)]
mod tests;
mod watch;

pub use short_runs::ShortRuns;

use crate::algorithm::Algorithm;
use crate::checkpoint::Saver;
use crate::{
    Cause, Checkpoint, CompleteLikelihood, Coordinates, Dataset, Degenerate, Em, FitError, Fitted, Fixed, Hold,
    Interrupt, LatentModel, Local, Mender, Observer, Repair, Rule, Start, StartKind, StopReason,
};
use session::{Clock, Session, StartOf};
use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;
use tally::Tally;

/// Runs of a random start when nothing else is said.
pub const RESTARTS: u64 = 10;
/// Why nothing can be fixed beside a policy that changes components.
const MENDED: &str = "a component that is begun anew or left out would not keep them; let such runs fail with `degenerate: Fail`, or fix nothing";

/// A fit to be done: model, data, and how.
///
/// Defaults: [`Em`], [`Stop::default`](crate::Stop), seed 1, and 10 runs where the start is random.
///
/// ```
/// # use em_core::{Fit, LatentModel, MStepError, Stop};
/// # use std::ops::Range;
/// # struct Mean;
/// # impl LatentModel for Mean {
/// #     type Data = [f64];
/// #     type Params = f64;
/// #     type Stats = [f64; 2];
/// #     fn zero(&self, _: &f64) -> [f64; 2] { [0.0; 2] }
/// #     fn expect(&self, m: &f64, x: &[f64], units: Range<usize>, s: &mut [f64; 2]) -> f64 {
/// #         x[units].iter().map(|x| { s[0] += 1.0; s[1] += x; -0.5 * (x - m).powi(2) }).sum()
/// #     }
/// #     fn maximize(&self, s: &[f64; 2], _: &f64) -> Result<f64, MStepError> { Ok(s[1] / s[0]) }
/// # }
/// let data = [1.0, 3.0, 8.0];
/// let fitted = Fit::new(&Mean, &data[..]).stop(Stop { max_iterations: 5, ..Stop::default() }).from(0.0)?;
/// assert_eq!(fitted.params, 4.0);
/// assert_eq!(fitted.trace, [-37.0, -13.0, -13.0]);
/// # Ok::<(), em_core::FitError>(())
/// ```
pub struct Fit<'a, M: LatentModel> {
    model: &'a M,
    data: &'a M::Data,
    algorithm: Box<dyn Algorithm<M> + 'a>,
    rule: Rule,
    kind: Option<StartKind>,
    restarts: Option<u64>,
    seed: u64,
    observers: Vec<Box<dyn Observer<M> + 'a>>,
    coordinates: Option<Free<M>>,
    mender: Option<Mender<M>>,
    hold: Option<Hold<M>>,
    short: Option<ShortRuns>,
    interrupt: Option<Interrupt>,
    saver: Option<Saver<'a, M::Params>>,
    resumed: Option<Checkpoint<M::Params>>,
}

/// The free coordinates of a model's parameters.
type Free<M> = fn(&M, &<M as LatentModel>::Params) -> Vec<f64>;

impl<'a, M: LatentModel> Fit<'a, M> {
    /// A fit of `model` to `data` by plain EM.
    pub fn new(model: &'a M, data: &'a M::Data) -> Self {
        Fit {
            model,
            data,
            algorithm: Box::new(Em),
            rule: crate::Stop::default().into(),
            kind: None,
            restarts: None,
            seed: 1,
            observers: Vec::new(),
            coordinates: None,
            mender: None,
            hold: None,
            short: None,
            interrupt: None,
            saver: None,
            resumed: None,
        }
    }

    /// By this algorithm.
    pub fn algorithm(mut self, algorithm: impl Algorithm<M> + 'a) -> Self {
        self.algorithm = Box::new(algorithm);
        self
    }

    /// Until this rule is met.
    pub fn stop(mut self, rule: impl Into<Rule>) -> Self {
        self.rule = rule.into();
        self
    }

    /// From starts of this kind, one of the model's [`kinds`](Start::kinds).
    pub fn start(mut self, kind: StartKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// The best of this many runs, each from a fresh start.
    pub fn restarts(mut self, restarts: u64) -> Self {
        self.restarts = Some(restarts);
        self
    }

    /// With randomness from this seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Watched by this observer.
    pub fn observe(mut self, observer: impl Observer<M> + 'a) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// Follows the change of the free coordinates, so that [`Rule::ParameterChange`] can be met.
    pub fn follow_parameters(mut self) -> Self
    where
        M: Coordinates,
    {
        self.coordinates = Some(|model, params| model.to_free(params));
        self
    }

    /// With this policy for components that degenerate.
    pub fn degenerate(mut self, policy: Degenerate) -> Self
    where
        M: Repair,
    {
        self.mender = Some(Mender::new(policy));
        self
    }

    /// With these parameters held at the values of the start, by the names that
    /// [`coordinate_names`](Coordinates::coordinate_names) gives them: `["means[0]", "weights"]`. Every algorithm leaves
    /// them where they are, and information criteria do not count them.
    pub fn fixed<S: Into<String>>(self, names: impl IntoIterator<Item = S>) -> Self
    where
        M: Coordinates + CompleteLikelihood,
    {
        self.holding(Hold::new(Fixed::of(names)))
    }

    /// The same with a choice of how the M-step climbs.
    pub fn holding(mut self, hold: Hold<M>) -> Self {
        self.hold = Some(hold).filter(|hold| !hold.fixed().is_empty());
        self
    }

    /// With short runs before every run, where the start is random: `starts` of them, at least one, of so many iterations
    /// ([`ShortRuns`]).
    pub fn short_runs(mut self, starts: u64, iterations: u64) -> Self {
        self.short = Some(ShortRuns { starts: NonZeroU64::new(starts).unwrap_or(NonZeroU64::MIN), iterations });
        self
    }

    /// Ends early once `interrupt` is raised, with the best state so far.
    ///
    /// The block of data under way is finished and the iteration given up; no further run is begun. Where the algorithm
    /// climbs something other than the objective, the E-step that tells the objective of the result is still made.
    pub fn interruptible(mut self, interrupt: &Interrupt) -> Self {
        self.interrupt = Some(interrupt.clone());
        self
    }

    /// Hands a [`Checkpoint`] to `write` between iterations, as soon as the last is so long ago, and one at the end.
    ///
    /// Where `write` fails, the fit goes on and its result has a warning, `checkpoint_not_written`.
    pub fn checkpoint<E: fmt::Display>(
        mut self,
        every: Duration,
        mut write: impl FnMut(&Checkpoint<M::Params>) -> Result<(), E> + 'a,
    ) -> Self {
        let write = move |checkpoint: &Checkpoint<M::Params>| write(checkpoint).map_err(|e| e.to_string());
        self.saver = Some(Saver::new(every, Box::new(write)));
        self
    }

    /// Goes on from a checkpoint, to the bits of a fit that was never interrupted.
    ///
    /// The limits (iterations, passes, seconds, restarts) may be higher than they were: runs that they stopped go on. All
    /// else must be as it was, which is the caller's to see to; seed and shapes are checked.
    pub fn resume(mut self, from: Checkpoint<M::Params>) -> Self {
        self.resumed = Some(from);
        self
    }

    /// From parameters of the caller's choice, in one run.
    ///
    /// # Errors
    /// [`FitError`] when the start does not fit the data or an iteration fails.
    pub fn from(mut self, start: M::Params) -> Result<Fitted<M>, FitError> {
        let refuse = |reason| FitError { run: 1, iteration: 0, cause: Cause::Start(reason), failed: 1 };
        let start = self.model.admit(&start, self.data).map_err(refuse)?;
        self.short = None;
        self.runs(1, &|_| Ok(start.clone()))
    }

    /// The objective at these parameters with the E-step taken there: a fit of no iterations, whatever its rule.
    ///
    /// # Errors
    /// [`FitError`] when the parameters do not fit the data, or the objective is not finite there.
    pub fn at(self, params: M::Params) -> Result<Fitted<M>, FitError> {
        self.stop(Rule::MaxIterations(0)).from(params)
    }

    /// From starts of the model's own, the best of all runs.
    ///
    /// # Errors
    /// [`FitError`] of the first run when all of them fail; [`Cause::NoSuchStart`] when the model has no start of the
    /// kind asked for.
    pub fn run(mut self) -> Result<Fitted<M>, FitError>
    where
        M: Start,
    {
        let (known, wanted) = (self.model.kinds(), self.kind);
        if let Some(kind) = wanted.filter(|k| !known.contains(k)) {
            return Err(FitError { run: 1, iteration: 0, cause: Cause::NoSuchStart { kind, known }, failed: 1 });
        }
        let random = self.model.is_random(wanted);
        let runs = if random { self.restarts.unwrap_or(RESTARTS).max(1) } else { 1 };
        self.short = self.short.filter(|_| random);
        let (model, data, kind) = (self.model, self.data, self.kind);
        self.runs(runs, &|streams| match kind {
            Some(kind) => model.start_by(kind, data, &mut streams.start()),
            None => model.start(data, &mut streams.start()),
        })
    }

    fn runs(mut self, n: u64, starts: &StartOf<M>) -> Result<Fitted<M>, FitError> {
        let refuse = |cause| FitError { run: 1, iteration: 0, cause, failed: 1 };
        self.check(n).map_err(refuse)?;
        let from = self.resumed.take().unwrap_or_else(|| Checkpoint::new(self.seed));
        let session = Session {
            model: self.model,
            local: Local::new(self.model, self.data),
            algorithm: &*self.algorithm,
            rule: &self.rule,
            seed: self.seed,
            coordinates: self.coordinates,
            mender: self.mender,
            hold: self.hold.as_ref(),
            short: self.short,
            starts,
            clock: Clock::after(from.seconds),
        };
        let mut tally = Tally::new(from, self.saver.take());
        let interrupt = self.interrupt.take().unwrap_or_else(Interrupt::current);
        let ending = interrupt.during(|| session.all(n, &mut self.observers, &mut tally))?;
        self.data.fault().map_or(Ok(()), |fault| Err(refuse(fault.into())))?;
        let fixed = self.hold.as_ref().map(|hold| hold.fixed().clone()).unwrap_or_default();
        let fitted = Fitted { fixed, ..tally.result(self.model, n, &session.clock)? };
        Ok(match ending {
            Some(StopReason::Interrupted) => fitted.interrupted(),
            _ => fitted,
        })
    }

    /// What can be known to go wrong before the first of `n` runs.
    fn check(&self, n: u64) -> Result<(), Cause> {
        let passes = if self.model.sufficient() { 1.0 } else { f64::INFINITY };
        if !self.rule.is_on(passes) {
            return Err(Cause::NeverStops);
        }
        if self.rule.needs_change() && self.coordinates.is_none() {
            return Err(Cause::NoCoordinates);
        }
        self.algorithm.check().map_err(Cause::Algorithm)?;
        if self.hold.is_some() && self.mender.is_some_and(|mender| mender.policy != Degenerate::Fail) {
            return Err(Cause::Fixed(MENDED.into()));
        }
        match &self.resumed {
            Some(from) if from.seed != self.seed => {
                Err(Cause::Checkpoint(format!("its seed is {}, not {}", from.seed, self.seed)))
            }
            Some(from) if from.runs.len() as u64 > n => {
                Err(Cause::Checkpoint(format!("it has {} runs, more than {n}", from.runs.len())))
            }
            _ => Ok(()),
        }
    }
}
