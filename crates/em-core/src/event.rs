//! [`Event`]: what happened on the way, as part of the result.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// A step of the M-step lowered Q and was halved this many times.
    StepHalved {
        /// Halvings until Q rose.
        times: u32,
    },
    /// A component degenerated and began anew at an observation that was badly explained.
    Reseeded {
        /// The component, counted from 0.
        component: usize,
        /// The observation, counted from 0.
        row: usize,
        /// What had become of it.
        reason: String,
    },
    /// A component degenerated and was left out; those behind it move up.
    Dropped {
        /// The component, counted from 0.
        component: usize,
        /// What had become of it.
        reason: String,
    },
    /// A short run failed and was left out.
    ShortRunDiscarded {
        /// The short run, counted from 1.
        short_run: u64,
        /// Why, in words.
        reason: String,
    },
    /// A run failed and was left out.
    RunDiscarded {
        /// Why, in words.
        reason: String,
    },
}

/// Something that happened in one iteration of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The run, counted from 1.
    pub run: u64,
    /// The iteration, counted from 1; 0 is the start.
    pub iteration: u64,
    /// What happened.
    pub what: EventKind,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "run {}, iteration {}: ", self.run, self.iteration)?;
        match &self.what {
            EventKind::StepHalved { times } => write!(f, "a step of the M-step was halved {times} times"),
            EventKind::Reseeded { component, row, reason } => {
                write!(f, "component {component} began anew at observation {row}: {reason}")
            }
            EventKind::Dropped { component, reason } => write!(f, "component {component} was left out: {reason}"),
            EventKind::ShortRunDiscarded { short_run, reason } => {
                write!(f, "short run {short_run} was discarded: {reason}")
            }
            EventKind::RunDiscarded { reason } => write!(f, "the run was discarded: {reason}"),
        }
    }
}
