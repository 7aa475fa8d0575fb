//! The `fit` part of a spec.

use super::StartFrom;
use em_core::registry::{AlgorithmSpec, Named};
use em_core::{Degenerate, Em, Fixed, ShortRuns, Stop};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU64;

/// How a model is fitted; every field has a default.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fitting {
    /// By which algorithm.
    pub algorithm: Named<dyn AlgorithmSpec>,
    /// From where; none is the model's default.
    pub start: Option<StartFrom>,
    /// How many runs, each from a fresh start; none is 10 where the start is random, and 1 where it is not.
    pub restarts: Option<NonZeroU64>,
    /// Short runs before each run, of which the best is carried on; none where the start is not random.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_runs: Option<ShortRuns>,
    /// Where randomness comes from.
    pub seed: u64,
    /// Until when.
    pub stop: Stop,
    /// What happens to a part of the model that degenerates.
    pub degenerate: Degenerate,
    /// The parameters that are held at the values of the start, by name.
    #[serde(skip_serializing_if = "Fixed::is_empty")]
    pub fixed: Fixed,
}

impl Default for Fitting {
    fn default() -> Self {
        let (algorithm, stop, degenerate) = (Named(Box::new(Em) as Box<_>), Stop::default(), Degenerate::Fail);
        let fixed = Fixed::default();
        Fitting { algorithm, start: None, restarts: None, short_runs: None, seed: 1, stop, degenerate, fixed }
    }
}
