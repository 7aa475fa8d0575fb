//! [`Conditionals`]: an M-step in parts.

use crate::{LatentModel, MStepError};

/// Conditional maximisations: unlocks ECM.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` offers no conditional maximisations",
    label = "this needs `Conditionals`",
    note = "implement `em_core::Conditionals` for `{Self}`, or choose another algorithm"
)]
pub trait Conditionals: LatentModel {
    /// Their number, at least one; together they move all parameters.
    fn conditionals(&self) -> usize;

    /// Maximises Q(θ′ | θ), prior included, over the i-th part of the parameters, with the others as they are in `params`;
    /// `stats` may have been taken at earlier parameters.
    ///
    /// # Errors
    /// As [`LatentModel::maximize`].
    fn maximize_conditional(
        &self,
        i: usize,
        stats: &Self::Stats,
        params: &Self::Params,
    ) -> Result<Self::Params, MStepError>;
}
