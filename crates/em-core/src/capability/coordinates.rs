//! [`Coordinates`]: parameters as free numbers.

use crate::{LatentModel, MStepError};

/// Parameters as free, unconstrained numbers.
///
/// Their length is the number of free parameters, as information criteria count them.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` offers no coordinates",
    label = "this needs `Coordinates`",
    note = "implement `em_core::Coordinates` for `{Self}`"
)]
pub trait Coordinates: LatentModel {
    /// The free coordinates of `params`.
    fn to_free(&self, params: &Self::Params) -> Vec<f64>;

    /// The parameters at free coordinates `x`, shaped like `like`. Where `x` are the coordinates of `like`, or of a part of
    /// it, that part is better kept as it is than computed again: what is held fixed then never drifts by rounding.
    ///
    /// # Errors
    /// [`MStepError`] where the numbers overflow what the parameters can hold.
    fn at_free(&self, like: &Self::Params, x: &[f64]) -> Result<Self::Params, MStepError>;

    /// The parameter that each coordinate moves, named as specs name it, with as many indices as tell it from others:
    /// `means[0][1]`; `covariances[1]` for every coordinate of that matrix; `weights` for all of them, since none moves
    /// alone. As provided, they are only numbered: `x[0]`, `x[1]`, …
    fn coordinate_names(&self, params: &Self::Params) -> Vec<String> {
        (0..self.to_free(params).len()).map(|i| format!("x[{i}]")).collect()
    }
}
