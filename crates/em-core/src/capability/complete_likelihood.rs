//! [`CompleteLikelihood`]: Q.

use crate::LatentModel;

/// Q without the prior: unlocks incremental and stepwise EM, and gradients by differences.
///
/// It promises that the statistics depend on θ through the posterior alone, and that the log-likelihood is the sum over
/// units. A model with [`InnerRounds`](crate::InnerRounds), or with a latent variable that all units share, cannot.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` does not offer Q, its expected complete-data log-likelihood",
    label = "this needs `CompleteLikelihood`",
    note = "implement `em_core::CompleteLikelihood` for `{Self}`, or choose another algorithm"
)]
pub trait CompleteLikelihood: LatentModel {
    /// Q(θ; s) = E\[ln p(y, z | θ)\] in nats, given the statistics `stats` of some units, taken at whatever parameters.
    fn q(&self, params: &Self::Params, stats: &Self::Stats) -> f64;
}
