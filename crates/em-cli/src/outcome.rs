//! [`Outcome`]: the result of a fit, as files and JSON hold it.

use crate::certified::Certified;
use em_core::registry::{Data, Erased, Params};
use em_core::{Criteria, Dataset, Event, Fitted, Predict, Prediction, RunRecord, StopReason, Warning};
use serde::{Deserialize, Serialize};

/// The numbers of a fit, parameters apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// ln p(y | θ) or its bound, in nats, over all data.
    pub log_likelihood: f64,
    /// ln p(θ), in nats.
    pub log_prior: f64,
    /// Their sum.
    pub objective: f64,
    /// The objective at the start and after every iteration of the best run.
    pub trace: Vec<f64>,
    /// Iterations of the best run.
    pub iterations: u64,
    /// Passes over the data in the best run.
    pub passes: f64,
    /// Whether the best run met a rule for convergence.
    pub converged: bool,
    /// Why it stopped.
    pub stop: StopReason,
    /// The best run, counted from 1.
    pub run: u64,
    /// How every run ended.
    pub runs: Vec<RunRecord>,
    /// How many of them reached the best objective.
    pub reached_best: usize,
    /// Free parameters, AIC and BIC; none where the model does not count its parameters.
    pub criteria: Option<Criteria>,
    /// BIC + 2 × entropy of the responsibilities; mixtures only.
    pub icl: Option<f64>,
    /// The seed.
    pub seed: u64,
    /// Seconds of the fit, reading apart.
    pub seconds: f64,
    /// What deserves suspicion.
    pub warnings: Vec<Warning>,
    /// What happened on the way.
    pub events: Vec<Event>,
    /// What the point is where the fit ended; older files say nothing of it.
    #[serde(default)]
    pub certified: Certified,
}

impl Outcome {
    /// What a fit of `model` to `data` came to; `noticed` are the warnings from before it, and a certificate may have been
    /// asked for.
    pub fn new(model: &Erased, data: &Data, noticed: &[Warning], fitted: &Fitted<Erased>, certify: bool) -> Self {
        let certified = Certified::of(model, data, fitted, certify);
        let criteria = model.coordinates.is_some().then(|| fitted.criteria(model, data));
        Outcome {
            log_likelihood: fitted.log_likelihood,
            log_prior: fitted.log_prior,
            objective: fitted.objective(),
            trace: fitted.trace.clone(),
            iterations: fitted.iterations,
            passes: fitted.passes,
            converged: fitted.converged(),
            stop: fitted.stop.clone(),
            run: fitted.run,
            runs: fitted.runs.clone(),
            reached_best: fitted.reached_best(),
            icl: criteria.and_then(|criteria| icl(criteria, model, &fitted.params, data)),
            criteria,
            seed: fitted.seed,
            seconds: fitted.seconds,
            warnings: noticed.iter().chain(&fitted.warnings).cloned().chain(certified.warnings()).collect(),
            events: fitted.events.clone(),
            certified,
        }
    }
}

/// Units of which responsibilities are held at once.
const AT_ONCE: usize = 1 << 14;

/// ICL; none where there are no responsibilities. These are not held for all units together, unless they are groups, whose
/// rows are predicted in the order of the table.
fn icl(criteria: Criteria, model: &Erased, params: &Params, data: &Data) -> Option<f64> {
    model.predict.as_ref()?;
    let n = data.units();
    if data.rows() != n {
        let prediction = predict(model, params, data);
        let (k, r) = prediction.responsibilities()?;
        return Some(criteria.icl(k, r, weights_of_first_rows(data).into_iter()));
    }
    let entropies = (0..n).step_by(AT_ONCE).map(|begin| {
        let units = begin..n.min(begin + AT_ONCE);
        let prediction = model.predict(params, data, units.clone());
        let (k, r) = prediction.responsibilities()?;
        // Without BIC, twice the entropy is left.
        Some(Criteria { bic: 0.0, ..criteria }.icl(k, r, units.map(|unit| data.weight(unit))))
    });
    Some(criteria.bic + entropies.sum::<Option<f64>>()?)
}

/// The weight of each unit on its first row and 0 on the others, whose responsibilities are the same.
fn weights_of_first_rows(data: &Data) -> Vec<f64> {
    let mut left: Vec<f64> = (0..data.units()).map(|unit| data.weight(unit)).collect();
    (0..data.rows()).map(|row| std::mem::take(&mut left[data.unit_of(row)])).collect()
}

/// What a model says of each row, all rows at once.
pub fn predict(model: &Erased, params: &Params, data: &Data) -> Prediction {
    model.predict(params, data, 0..data.units())
}
