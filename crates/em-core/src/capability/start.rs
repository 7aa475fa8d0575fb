//! [`Start`]: parameters from data.

use crate::{LatentModel, MStepError, Rng};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The named ways to start from data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StartKind {
    /// k-means++ centres, then Lloyd's iterations; the clusters are the first responsibilities.
    KMeans,
    /// k-means++ centres; the nearest centre gives the first responsibilities.
    KMeansPlusPlus,
    /// Random rows as means, the spread of the whole sample around each.
    Rows,
    /// Random responsibilities.
    Responsibilities,
    /// One medoid after the other, each the row that helps most.
    Build,
}

impl fmt::Display for StartKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Parameters from data: unlocks restarts and specs that give no start.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` offers no start of its own",
    label = "this needs `Start`",
    note = "begin at parameters of your choice with `Fit::from`, or implement `em_core::Start` for `{Self}`"
)]
pub trait Start: LatentModel {
    /// Parameters to start from, drawn with `rng`; a new draw gives a new start.
    ///
    /// # Errors
    /// [`MStepError`] when the data give none.
    fn start(&self, data: &Self::Data, rng: &mut Rng) -> Result<Self::Params, MStepError>;

    /// The named starts this model has, its default first; none where it has just the one.
    fn kinds(&self) -> &'static [StartKind] {
        &[]
    }

    /// One of the named starts; called with those of [`kinds`](Self::kinds) only.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    fn start_by(&self, _kind: StartKind, data: &Self::Data, rng: &mut Rng) -> Result<Self::Params, MStepError> {
        self.start(data, rng)
    }

    /// Whether a start of this kind, or the default one, depends on `rng`; where it does not, one run is all there is.
    fn is_random(&self, _kind: Option<StartKind>) -> bool {
        true
    }
}
