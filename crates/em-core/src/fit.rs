//! [`Fit`]: a fit from start to result.

use crate::algorithm::{Algorithm, Context};
use crate::fitted::{Fitted, RunRecord, suspicions};
use crate::run::Ended;
use crate::{
    Cause, CompleteLikelihood, Coordinates, Degenerate, Em, Event, EventKind, FitError, Fixed, Hold, LatentModel,
    Local, MStepError, Mender, Observer, Progress, Repair, Rule, Run, Start, StartKind, StopReason, Streams,
};
use std::ops::ControlFlow;
use std::time::Instant;

#[cfg(test)]
mod tests;

/// Runs of a random start when nothing else is said.
const RESTARTS: u64 = 10;
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
}

/// The free coordinates of a model's parameters.
type Free<M> = fn(&M, &<M as LatentModel>::Params) -> Vec<f64>;

/// A run that came to its end, with its number and why it ended.
struct Finished<M: LatentModel> {
    ended: Ended<M>,
    stop: StopReason,
    run: u64,
}

/// What the runs so far left.
struct Tally<M: LatentModel> {
    best: Option<Finished<M>>,
    records: Vec<RunRecord>,
    events: Vec<Event>,
    error: Option<FitError>,
}

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

    /// From parameters of the caller's choice, in one run.
    ///
    /// # Errors
    /// [`FitError`] when the start does not fit the data or an iteration fails.
    pub fn from(mut self, start: M::Params) -> Result<Fitted<M>, FitError> {
        let refuse = |reason| FitError { run: 1, iteration: 0, cause: Cause::Start(reason), failed: 1 };
        let start = self.model.admit(&start, self.data).map_err(refuse)?;
        self.runs(1, &|_| Ok(start.clone()))
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
        let runs = match (self.model.is_random(wanted), self.restarts) {
            (false, _) => 1,
            (true, n) => n.unwrap_or(RESTARTS).max(1),
        };
        let (model, data, kind) = (self.model, self.data, self.kind);
        self.runs(runs, &|streams| match kind {
            Some(kind) => model.start_by(kind, data, &mut streams.start()),
            None => model.start(data, &mut streams.start()),
        })
    }

    fn runs(
        &mut self,
        n: u64,
        start: &dyn Fn(Streams) -> Result<M::Params, MStepError>,
    ) -> Result<Fitted<M>, FitError> {
        let refuse = |cause| Err(FitError { run: 1, iteration: 0, cause, failed: 1 });
        let passes = if self.model.sufficient() { 1.0 } else { f64::INFINITY };
        if !self.rule.is_on(passes) {
            return refuse(Cause::NeverStops);
        }
        if self.rule.needs_change() && self.coordinates.is_none() {
            return refuse(Cause::NoCoordinates);
        }
        if let Err(reason) = self.algorithm.check() {
            return refuse(Cause::Algorithm(reason));
        }
        if self.hold.is_some() && self.mender.is_some_and(|mender| mender.policy != Degenerate::Fail) {
            return refuse(Cause::Fixed(MENDED.into()));
        }
        let begun = Instant::now();
        let mut tally = Tally { best: None, records: Vec::new(), events: Vec::new(), error: None };
        for run in 1..=n {
            let ended = self.one(Streams { seed: self.seed, run }, start, begun, &mut tally.events);
            tally.add(run, ended);
        }
        let Some(best) = tally.best else {
            let first = tally.error.expect("without a best run there is an error");
            return Err(FitError { failed: n, ..first });
        };
        let Finished { ended: Ended { state, objective, trace, passes }, stop, run } = best;
        let params = self.model.finish(&state.params, &state.stats);
        let mut fitted = Fitted {
            warnings: self.model.warnings(&params, &state.stats),
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
            runs: tally.records,
            seed: self.seed,
            events: tally.events,
            seconds: begun.elapsed().as_secs_f64(),
            fixed: self.hold.as_ref().map(|hold| hold.fixed().clone()).unwrap_or_default(),
        };
        fitted.warnings.extend(suspicions(&fitted));
        Ok(fitted)
    }

    /// One run from its start to its stop; what happened on the way is kept whether or not it fails.
    fn one(
        &mut self,
        streams: Streams,
        start: &dyn Fn(Streams) -> Result<M::Params, MStepError>,
        begun: Instant,
        events: &mut Vec<Event>,
    ) -> Result<Finished<M>, FitError> {
        let at_start = |e: MStepError| FitError { run: streams.run, iteration: 0, cause: e.into(), failed: 1 };
        let start = start(streams).map_err(at_start)?;
        let local = Local::new(self.model, self.data);
        let refuse = |reason| FitError { run: streams.run, iteration: 0, cause: Cause::Fixed(reason), failed: 1 };
        let held = self.hold.as_ref().map(|hold| hold.begin(self.model, &start)).transpose().map_err(refuse)?;
        let cx = Context::new(self.model, &local, streams).holding(held);
        let run = Run::new(cx, &*self.algorithm, start)?;
        let mut run = run.mending(self.mender);
        let watch = Watch { rule: &self.rule, observers: &mut self.observers, coordinates: self.coordinates, begun };
        let stop = watch.until_stopped(self.model, &mut run);
        events.extend(run.take_events());
        let stop = stop?;
        Ok(Finished { ended: run.close()?, stop, run: streams.run })
    }
}

/// What looks at a run from iteration to iteration.
struct Watch<'w, 'a, M: LatentModel> {
    rule: &'w Rule,
    observers: &'w mut [Box<dyn Observer<M> + 'a>],
    coordinates: Option<Free<M>>,
    begun: Instant,
}

impl<M: LatentModel> Watch<'_, '_, M> {
    /// Iterations until a rule is met or an observer asks for an end. Observers see every iteration, the last too.
    fn until_stopped(self, model: &M, run: &mut Run<M>) -> Result<StopReason, FitError> {
        let (mut gain, mut change) = (None, None);
        loop {
            let progress = Progress {
                run: run.number(),
                iteration: run.iteration(),
                passes: run.passes(),
                objective: run.state().objective(),
                gain,
                change,
                seconds: self.begun.elapsed().as_secs_f64(),
            };
            let asked = tell(self.observers, &progress, run);
            if let Some(reason) = self.rule.met(&progress).or(asked) {
                return Ok(reason);
            }
            let before = self.coordinates.map(|free| free(model, &run.state().params));
            let gained = run.advance()?;
            gain = run.is_comparable().then_some(gained);
            let after = self.coordinates.map(|free| free(model, &run.state().params));
            change = before.zip(after).map(|(a, b)| largest_change(&a, &b));
        }
    }
}

impl<M: LatentModel> Tally<M> {
    /// Keeps the better of the best run so far and this one, and notes how it ended.
    fn add(&mut self, run: u64, ended: Result<Finished<M>, FitError>) {
        match ended {
            Ok(finished) => {
                let objective = finished.ended.objective;
                self.records.push(RunRecord {
                    run,
                    objective: Some(objective),
                    stop: Some(finished.stop.clone()),
                    iterations: finished.ended.trace.len() as u64 - 1,
                    error: None,
                });
                if self.best.as_ref().is_none_or(|best| objective > best.ended.objective) {
                    self.best = Some(finished);
                }
            }
            Err(e) => {
                let reason = e.cause.to_string();
                let iterations = e.iteration.saturating_sub(1);
                self.records.push(RunRecord {
                    run,
                    objective: None,
                    stop: None,
                    iterations,
                    error: Some(reason.clone()),
                });
                self.events.push(Event { run, iteration: e.iteration, what: EventKind::RunDiscarded { reason } });
                self.error.get_or_insert(e);
            }
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
fn largest_change(a: &[f64], b: &[f64]) -> f64 {
    let change = |(a, b): (&f64, &f64)| if a == b { 0.0 } else { (b - a).abs() / (1.0 + a.abs()) };
    a.iter().zip(b).map(change).fold(0.0, |largest, c| if c.is_nan() { f64::INFINITY } else { c.max(largest) })
}
