//! [`Gradient`]: the slope of Q.

use super::{CompleteLikelihood, Coordinates};

/// The slope of Q in free coordinates: unlocks gradient EM, and certificates by Fisher's identity.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` does not offer the gradient of Q",
    label = "this needs `Gradient`",
    note = "implement `em_core::Gradient` for `{Self}`; where it offers `CompleteLikelihood`, `em_core::gradient_of_q` does it"
)]
pub trait Gradient: Coordinates {
    /// ∇\[Q(θ′ | θ) + ln p(θ′)\] at θ′ = θ in the coordinates of [`to_free`](Coordinates::to_free), given the statistics
    /// taken at `params`. By Fisher's identity this is the gradient of the objective. A model that offers
    /// [`CompleteLikelihood`] too gives the slope of its Q at `params`, whatever the statistics were taken at.
    fn gradient(&self, params: &Self::Params, stats: &Self::Stats) -> Vec<f64>;
}

/// The gradient of Q + ln p by central differences in free coordinates, two evaluations of Q for each; no pass over the
/// data. An entry is NaN where the parameters cannot be moved.
pub fn gradient_of_q<M: CompleteLikelihood + Coordinates>(model: &M, params: &M::Params, stats: &M::Stats) -> Vec<f64> {
    difference_gradient(&model.to_free(params), |x| {
        model.at_free(params, x).map_or(f64::NAN, |p| model.q(&p, stats) + model.log_prior(&p))
    })
}

/// The gradient of `f` at `x` by central differences, two evaluations for each coordinate.
///
/// ```
/// let g = em_core::difference_gradient(&[3.0, 1.0], |x| x[0] * x[0] * x[1]);
/// assert!((g[0] - 6.0).abs() < 1e-8 && (g[1] - 9.0).abs() < 1e-8);
/// ```
pub fn difference_gradient(x: &[f64], f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let at = |i: usize, by: f64| {
        let mut x = x.to_vec();
        x[i] += by;
        f(&x)
    };
    // The cube root of the rounding unit balances rounding and truncation of a central difference.
    let step = |x: f64| f64::EPSILON.cbrt() * x.abs().max(1.0);
    (0..x.len()).map(|i| (at(i, step(x[i])) - at(i, -step(x[i]))) / (2.0 * step(x[i]))).collect()
}
