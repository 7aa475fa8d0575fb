//! [`Resampled`]: a model whose data can be taken apart.

use crate::{LatentModel, Resample};

/// A model whose data are [`Resample`]: unlocks the laws of weights, order and copies. Nobody implements it by hand; it
/// is how data are reached whose type is not known.
#[diagnostic::on_unimplemented(
    message = "the data of `{Self}` cannot be taken apart",
    label = "this needs `Resample`",
    note = "implement `em_core::Resample` for its data"
)]
pub trait Resampled: LatentModel {
    /// [`Resample::select`].
    fn select(&self, data: &Self::Data, units: &[usize]) -> Self::Data
    where
        Self::Data: Sized;

    /// [`Resample::reweight`].
    fn reweight(&self, data: &Self::Data, by: &[f64]) -> Self::Data
    where
        Self::Data: Sized;
}

#[diagnostic::do_not_recommend]
impl<M: LatentModel<Data: Resample>> Resampled for M {
    fn select(&self, data: &Self::Data, units: &[usize]) -> Self::Data {
        data.select(units)
    }
    fn reweight(&self, data: &Self::Data, by: &[f64]) -> Self::Data {
        data.reweight(by)
    }
}
