//! [`Fit`]: a fit from start to result.

use crate::algorithm::{Algorithm, Context, State};
use crate::{
    Cause, Coordinates, Criteria, Dataset, Em, Event, EventKind, FitError, LatentModel, Local, MStepError, Observer,
    Predict, Progress, Rule, Run, Start, StartKind, StopReason, Streams, Warning,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::ControlFlow;
use std::time::Instant;

#[cfg(test)]
mod tests;

/// Runs of a random start when nothing else is said.
const RESTARTS: u64 = 10;
/// A run has reached the best value when it misses it by less than this, relative to max(1, |best|); far above what
/// the default stopping rule leaves open, far below what separates two maxima.
const REACHED: f64 = 1e-6;

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
}

/// The free coordinates of a model's parameters.
type Free<M> = fn(&M, &<M as LatentModel>::Params) -> Vec<f64>;

/// How one run of a fit ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The run, counted from 1.
    pub run: u64,
    /// The objective it reached, in nats; none if it failed.
    pub objective: Option<f64>,
    /// Why it stopped; none if it failed.
    pub stop: Option<StopReason>,
    /// Iterations done.
    pub iterations: u64,
    /// Why it failed.
    pub error: Option<String>,
}

/// The result of a fit: the best of its runs.
pub struct Fitted<M: LatentModel> {
    /// The parameters, those at which the objective was computed last.
    pub params: M::Params,
    /// The expected statistics at the parameters.
    pub stats: M::Stats,
    /// ln p(y | θ), or its bound, over all data, in nats.
    pub log_likelihood: f64,
    /// ln p(θ), in nats; 0 without a prior.
    pub log_prior: f64,
    /// The objective at the start and after every iteration of the best run.
    pub trace: Vec<f64>,
    /// Iterations of the best run.
    pub iterations: u64,
    /// Passes over the data in the best run, inner rounds included.
    pub passes: f64,
    /// Why the best run stopped.
    pub stop: StopReason,
    /// The best run, counted from 1.
    pub run: u64,
    /// How every run ended.
    pub runs: Vec<RunRecord>,
    /// The seed.
    pub seed: u64,
    /// What happened on the way.
    pub events: Vec<Event>,
    /// What deserves suspicion.
    pub warnings: Vec<Warning>,
    /// Seconds that all runs took together.
    pub seconds: f64,
}

// Neither is derived: a derive would ask the model itself for it.
impl<M: LatentModel> Clone for Fitted<M> {
    fn clone(&self) -> Self {
        Fitted {
            params: self.params.clone(),
            stats: self.stats.clone(),
            trace: self.trace.clone(),
            stop: self.stop.clone(),
            runs: self.runs.clone(),
            events: self.events.clone(),
            warnings: self.warnings.clone(),
            ..*self
        }
    }
}

/// Shows everything but the statistics, which few would want to read.
impl<M: LatentModel<Params: fmt::Debug>> fmt::Debug for Fitted<M> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Fitted")
            .field("params", &self.params)
            .field("log_likelihood", &self.log_likelihood)
            .field("log_prior", &self.log_prior)
            .field("trace", &self.trace)
            .field("iterations", &self.iterations)
            .field("passes", &self.passes)
            .field("stop", &self.stop)
            .field("run", &self.run)
            .field("runs", &self.runs)
            .field("seed", &self.seed)
            .field("events", &self.events)
            .field("warnings", &self.warnings)
            .field("seconds", &self.seconds)
            .finish_non_exhaustive()
    }
}

impl<M: LatentModel> Fitted<M> {
    /// Log-likelihood + log prior, in nats.
    pub fn objective(&self) -> f64 {
        self.log_likelihood + self.log_prior
    }

    /// Whether the best run met a rule for convergence.
    pub fn converged(&self) -> bool {
        self.stop.converged()
    }

    /// How many runs reached the best objective.
    pub fn reached_best(&self) -> usize {
        let close = |o: f64| self.objective() - o <= REACHED * self.objective().abs().max(1.0);
        self.runs.iter().filter(|r| r.objective.is_some_and(close)).count()
    }

    /// AIC and BIC of this fit to `data`.
    pub fn criteria(&self, model: &M, data: &M::Data) -> Criteria
    where
        M: Coordinates,
    {
        Criteria::new(self.log_likelihood, model.to_free(&self.params).len(), data.total_weight())
    }

    /// What the model says of each unit of `data`.
    pub fn predict(&self, model: &M, data: &M::Data) -> crate::Prediction
    where
        M: Predict,
    {
        model.predict(&self.params, data, 0..data.units())
    }
}

/// A finished run, as the restarts compare it.
struct Ended<M: LatentModel> {
    state: State<M>,
    trace: Vec<f64>,
    passes: f64,
    stop: StopReason,
    run: u64,
}

/// What the runs so far left.
struct Tally<M: LatentModel> {
    best: Option<Ended<M>>,
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

    /// From parameters of the caller's choice, in one run.
    ///
    /// # Errors
    /// [`FitError`] when the start does not fit the data or an iteration fails.
    pub fn from(mut self, start: M::Params) -> Result<Fitted<M>, FitError> {
        if let Err(reason) = self.model.admit(&start, self.data) {
            return Err(FitError { run: 1, iteration: 0, cause: Cause::Start(reason), failed: 1 });
        }
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
        let runs = match (self.model.is_random(), self.restarts) {
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
        if !self.rule.is_on() {
            return refuse(Cause::NeverStops);
        }
        if self.rule.needs_change() && self.coordinates.is_none() {
            return refuse(Cause::NoCoordinates);
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
        let params = self.model.finish(&best.state.params, &best.state.stats);
        let mut fitted = Fitted {
            warnings: self.model.warnings(&params, &best.state.stats),
            params,
            log_likelihood: best.state.log_likelihood,
            log_prior: best.state.log_prior,
            stats: best.state.stats,
            iterations: best.trace.len() as u64 - 1,
            trace: best.trace,
            passes: best.passes,
            stop: best.stop,
            run: best.run,
            runs: tally.records,
            seed: self.seed,
            events: tally.events,
            seconds: begun.elapsed().as_secs_f64(),
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
    ) -> Result<Ended<M>, FitError> {
        let at_start = |e: MStepError| FitError { run: streams.run, iteration: 0, cause: e.into(), failed: 1 };
        let start = start(streams).map_err(at_start)?;
        let local = Local::new(self.model, self.data);
        let mut run = Run::new(Context::new(self.model, &local, streams), &*self.algorithm, start)?;
        let watch = Watch { rule: &self.rule, observers: &mut self.observers, coordinates: self.coordinates, begun };
        let stop = watch.until_stopped(self.model, &mut run).and_then(|stop| run.settle().map(|()| stop));
        let passes = run.passes();
        let (state, trace, happened) = run.close();
        events.extend(happened);
        Ok(Ended { state, trace, passes, stop: stop?, run: streams.run })
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
            gain = run.is_monotone().then_some(gained);
            let after = self.coordinates.map(|free| free(model, &run.state().params));
            change = before.zip(after).map(|(a, b)| largest_change(&a, &b));
        }
    }
}

impl<M: LatentModel> Tally<M> {
    /// Keeps the better of the best run so far and this one, and notes how it ended.
    fn add(&mut self, run: u64, ended: Result<Ended<M>, FitError>) {
        match ended {
            Ok(ended) => {
                let objective = ended.state.objective();
                self.records.push(RunRecord {
                    run,
                    objective: Some(objective),
                    stop: Some(ended.stop.clone()),
                    iterations: ended.trace.len() as u64 - 1,
                    error: None,
                });
                if self.best.as_ref().is_none_or(|best| objective > best.state.objective()) {
                    self.best = Some(ended);
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

/// What any model's fit may be suspected of.
fn suspicions<M: LatentModel>(fitted: &Fitted<M>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if !fitted.converged() {
        let message = format!("the fit did not converge in {} iterations", fitted.iterations);
        warnings.push(Warning::new(
            "not_converged",
            message,
            "raise the limit that stopped it, or loosen the tolerance",
        ));
    }
    let finished = fitted.runs.iter().filter(|r| r.objective.is_some()).count();
    if finished >= 2 && fitted.reached_best() == 1 {
        let message = format!("only one of {finished} runs reached the best objective");
        warnings.push(Warning::new(
            "best_reached_once",
            message,
            "raise `restarts` to see whether a better one exists",
        ));
    }
    warnings
}
