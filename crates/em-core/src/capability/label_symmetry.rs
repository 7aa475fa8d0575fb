//! [`LabelSymmetry`]: parts that may change places.

use crate::LatentModel;

/// Parts that may be renamed without changing the model: the components of a mixture.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` names no parts that could be exchanged",
    label = "this needs `LabelSymmetry`",
    note = "implement `em_core::LabelSymmetry` for `{Self}`"
)]
pub trait LabelSymmetry: LatentModel {
    /// k, the number of such parts.
    fn parts(&self, params: &Self::Params) -> usize;

    /// The parameters in which part j is what part `order[j]` was; `order` is a permutation of 0, …, k − 1.
    fn permute(&self, params: &Self::Params, order: &[usize]) -> Self::Params;
}
