//! [`Standing`]: where a run stands, as numbers.

use crate::algorithm::Memory;
use em_named::exact;
use serde::{Deserialize, Serialize};

/// Everything that the rest of a run depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Standing<P> {
    /// The parameters.
    pub(crate) params: P,
    /// The statistics taken at them, flat.
    #[serde(with = "exact")]
    pub(crate) stats: Vec<f64>,
    #[serde(with = "exact")]
    pub(crate) log_likelihood: f64,
    #[serde(with = "exact")]
    pub(crate) log_prior: f64,
    /// The objective at the start and after every iteration.
    #[serde(with = "exact")]
    pub(crate) trace: Vec<f64>,
    /// Blocks looked at so far.
    pub(crate) swept: u64,
    /// The sweep that serves the whole run, of a model with sufficient statistics.
    pub(crate) kept: Option<KeptSweep>,
    /// What the algorithm remembers.
    pub(crate) memory: Memory,
    /// What the stopping rules see of the last iteration.
    pub(crate) last: Last,
}

/// The statistics of a sweep, flat, and the sum its E-step returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptSweep {
    #[serde(with = "exact")]
    pub(crate) stats: Vec<f64>,
    #[serde(with = "exact")]
    pub(crate) sum: f64,
}

/// What the stopping rules see of the last iteration: none where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Last {
    /// What it added to the objective.
    #[serde(with = "exact")]
    pub(crate) gain: Option<f64>,
    /// The largest change of a free coordinate.
    #[serde(with = "exact")]
    pub(crate) change: Option<f64>,
}

/// The short runs of a run so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choosing<P> {
    /// How many there were.
    pub(crate) done: u64,
    /// Where the best of them ended.
    pub(crate) best: Option<Chosen<P>>,
    /// Why the first that failed did.
    pub(crate) failure: Option<super::Failure>,
    /// Blocks looked at so far.
    pub(crate) swept: u64,
}

/// Where a short run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chosen<P> {
    pub(crate) params: P,
    #[serde(with = "exact")]
    pub(crate) objective: f64,
}

// Not derived: a derive would ask for `P: Default`.
impl<P> Default for Choosing<P> {
    fn default() -> Self {
        Choosing { done: 0, best: None, failure: None, swept: 0 }
    }
}
