//! [`Sample`]: new data.

use crate::{LatentModel, Prediction, Rng};

/// New data by the model's own law.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` draws no samples",
    label = "this needs `Sample`",
    note = "implement `em_core::Sample` for `{Self}`"
)]
pub trait Sample: LatentModel<Data: Sized> {
    /// As many units as `like` has, with its covariates, offsets and weights where the model has such; and their latent
    /// values, as columns over the same rows.
    fn sample(&self, params: &Self::Params, like: &Self::Data, rng: &mut Rng) -> (Self::Data, Prediction);
}
