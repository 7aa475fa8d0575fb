//! [`FitError`]: why a fit has no result.

use crate::table::StoreFault;
use crate::{MStepError, StartKind};

/// Why an iteration failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Cause {
    /// The model had no parameters to offer.
    #[error(transparent)]
    MStep(#[from] MStepError),
    /// The start does not fit the data.
    #[error("the start does not fit the data: {0}")]
    Start(String),
    /// The model has no start of the kind asked for.
    #[error("the model has no start `{kind}`; {}", kinds(known))]
    NoSuchStart {
        /// The kind.
        kind: StartKind,
        /// The kinds it has.
        known: &'static [StartKind],
    },
    /// The objective is not a finite number.
    #[error("the objective is {value}{}; try another start, or data on a smaller scale", unit.map(|u| format!(", first because of observation {u}")).unwrap_or_default())]
    NotFinite {
        /// The objective.
        value: f64,
        /// The first unit, counted from 0, whose own log-likelihood is not finite.
        unit: Option<usize>,
    },
    /// The objective fell by more than rounding explains.
    #[error(
        "the objective fell from {old} to {new}; the model's E-step and M-step disagree, or its prior is missing from one of them"
    )]
    Fell {
        /// Before the iteration.
        old: f64,
        /// After it.
        new: f64,
    },
    /// A step of a rate that was given went too far, so that the objective fell.
    #[error(
        "the objective fell from {old} to {new}: a step of rate {rate} goes too far; try rate {}, or `line_search: true`", rate / 10.0
    )]
    Overshot {
        /// Before the step.
        old: f64,
        /// After it.
        new: f64,
        /// The rate of the step.
        rate: f64,
    },
    /// A stopping rule looks at the change of parameters, which nobody follows.
    #[error("the rule `parameter_change` needs the model's coordinates; call `Fit::follow_parameters`")]
    NoCoordinates,
    /// A setting of the algorithm makes no sense.
    #[error("the algorithm cannot run: {0}")]
    Algorithm(String),
    /// What is to be held fixed cannot be.
    #[error("fixed parameters: {0}")]
    Fixed(String),
    /// An end was asked for while a start was made or the first E-step taken; later, a fit that is interrupted has a result.
    #[error("the fit was interrupted before its first state; nothing is left of it")]
    Interrupted,
    /// Data that are not in memory cannot be read any more.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// A checkpoint does not belong to this fit, or says what it must not.
    #[error("the checkpoint does not belong to this fit: {0}")]
    Checkpoint(String),
    /// What a run failed with before the fit was resumed, in words.
    #[error("{message}")]
    Earlier {
        /// The words.
        message: String,
        /// The feature meant, counted from 0.
        feature: Option<usize>,
        /// The unit meant, counted from 0.
        unit: Option<usize>,
    },
    /// No stopping rule is on, or none that can be met, so the fit would never end.
    #[error("every stopping rule is switched off, or can never be met; give at least one, such as max_iterations")]
    NeverStops,
}

impl Cause {
    /// Whether every other run would fail alike, so that the fit is over.
    pub(crate) fn ends_the_fit(&self) -> bool {
        matches!(self, Cause::Checkpoint(_) | Cause::Store(_))
    }

    /// The feature meant, counted from 0, where there is one.
    pub fn feature(&self) -> Option<usize> {
        match self {
            Cause::MStep(MStepError { feature, .. }) | Cause::Earlier { feature, .. } => *feature,
            _ => None,
        }
    }

    /// The unit meant, counted from 0, where there is one.
    pub fn unit(&self) -> Option<usize> {
        match self {
            Cause::NotFinite { unit, .. } | Cause::Earlier { unit, .. } => *unit,
            _ => None,
        }
    }
}

fn kinds(known: &[StartKind]) -> String {
    let names: Vec<String> = known.iter().map(StartKind::to_string).collect();
    if names.is_empty() { "leave the kind out".into() } else { format!("it has {}", names.join(", ")) }
}

/// Why a fit has no result: where it happened, and the cause.
#[derive(Debug, Clone, thiserror::Error)]
#[error("run {run}, iteration {iteration}: {cause}{}", if *failed > 1 { format!(" (all {failed} runs failed; this is the first)") } else { String::new() })]
pub struct FitError {
    /// The run among the restarts, counted from 1.
    pub run: u64,
    /// The iteration, counted from 1; 0 is the start.
    pub iteration: u64,
    /// The cause.
    #[source]
    pub cause: Cause,
    /// How many runs there were; all of them failed.
    pub failed: u64,
}
