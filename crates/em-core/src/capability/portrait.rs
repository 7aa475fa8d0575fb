//! [`Portrait`]: where the parts of a model lie, for drawings.

use crate::LatentModel;

/// Where a part of a model – a component, a cluster – lies among the d columns of the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// The middle of the part: a mean, a center, a medoid, probabilities of a 1; d numbers.
    pub center: Vec<f64>,
    /// How the part spreads about it, d × d and symmetric, where ellipses of it are what a drawing should show.
    pub covariance: Option<Vec<Vec<f64>>>,
}

/// What drawings show of a model beyond its predictions: the place of each part, and the density of one column.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` has no parts that could be drawn among the columns of its data",
    label = "this needs `Portrait`",
    note = "implement `em_core::Portrait` for `{Self}`"
)]
pub trait Portrait: LatentModel {
    /// One for each of the k parts, numbered as labels and responsibilities are.
    fn outlines(&self, params: &Self::Params) -> Vec<Outline>;

    /// What each part adds to the density of `column`, counted from 0, at x whatever the other columns hold: weight ×
    /// marginal density, k numbers that sum to the model's. None where there is no such density.
    fn marginal_densities(&self, _params: &Self::Params, _column: usize, _x: f64) -> Option<Vec<f64>> {
        None
    }
}
