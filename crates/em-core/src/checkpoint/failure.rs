//! [`Failure`]: the error of a run, as words that can be stored.

use crate::{Cause, Event, EventKind, FitError};
use serde::{Deserialize, Serialize};

/// Why a run failed, without the error values of the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    iteration: u64,
    message: String,
    feature: Option<usize>,
    unit: Option<usize>,
}

impl Failure {
    pub(crate) fn of(error: &FitError) -> Self {
        let FitError { iteration, cause, .. } = error;
        Failure { iteration: *iteration, message: cause.to_string(), feature: cause.feature(), unit: cause.unit() }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// That the run was left out because of it.
    pub(crate) fn event(&self, run: u64) -> Event {
        let reason = self.message.clone();
        Event { run, iteration: self.iteration, what: EventKind::RunDiscarded { reason } }
    }

    /// The error again, of this run.
    pub(crate) fn into_error(self, run: u64) -> FitError {
        let Failure { iteration, message, feature, unit } = self;
        FitError { run, iteration, cause: Cause::Earlier { message, feature, unit }, failed: 1 }
    }
}
