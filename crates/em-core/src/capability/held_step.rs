//! [`HeldStep`]: an M-step over some of the coordinates.

use super::Coordinates;
use crate::MStepError;

/// M-steps over some of the coordinates: unlocks parameters held fixed where a model cannot offer Q because its M-step goes
/// in rounds, or because one latent variable is shared by all units.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` does not offer M-steps over some of its coordinates",
    label = "this needs `HeldStep`",
    note = "implement `em_core::HeldStep` for `{Self}`; a model that offers `CompleteLikelihood` and `Coordinates` needs it not, see `em_core::Hold::new`"
)]
pub trait HeldStep: Coordinates {
    /// As [`maximize`](crate::LatentModel::maximize), over the coordinates that are not held; those that are stay as they are
    /// in `params`, to the bit. `held` has an entry for each coordinate.
    ///
    /// # Errors
    /// As `maximize`, for what is not held.
    fn maximize_held(
        &self,
        stats: &Self::Stats,
        params: &Self::Params,
        held: &[bool],
    ) -> Result<Self::Params, MStepError>;
}
