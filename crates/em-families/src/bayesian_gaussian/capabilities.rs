//! What a variational mixture offers beyond the contract: labels, draws, components in another order.
//!
//! There is no `Repair`: under the prior every component has parameters whatever it holds, so none degenerates. One that
//! the data do not call for goes back to the prior and fades, which is what the method is for.

use super::model::BayesianGaussianModel;
use super::params::{GaussianPosterior, VariationalParams};
use crate::{FullGaussian, Mixture, MixtureParams, Normal, Rows};
use em_core::{LabelSymmetry, Outline, Portrait, Predict, Prediction, Rng, Sample};
use std::ops::Range;

impl Predict for BayesianGaussianModel {
    fn predict(&self, p: &VariationalParams, data: &Rows, units: Range<usize>) -> Prediction {
        match self.resolve(p) {
            Ok(q) => Prediction::of_mixture(self.components(), self.responsibilities(&q, data, units)),
            Err(_) => Prediction::default(),
        }
    }
}

impl GaussianPosterior {
    /// The mixture that a fit reports: the weights E\[π_j\], the means m_j, and the covariances W_j⁻¹/ν_j, whose inverses
    /// are the expected precisions.
    pub fn expected(&self) -> MixtureParams<Vec<Normal>> {
        let components = self.components().iter().map(|c| c.expected().clone()).collect();
        MixtureParams::trusted(self.weights(), components)
    }

    /// q with component j what component `order[j]` was.
    fn permuted(&self, order: &[usize]) -> Self {
        let concentrations = order.iter().map(|j| self.concentrations()[*j]).collect();
        let components = order.iter().map(|j| self.components()[*j].clone()).collect();
        GaussianPosterior::new(concentrations, components).expect("the same components in another order")
    }
}

impl VariationalParams {
    /// The mixture that they stand for.
    pub(super) fn reported(&self) -> MixtureParams<Vec<Normal>> {
        match self {
            VariationalParams::Posterior(q) => q.expected(),
            VariationalParams::Guess(guess) => guess.clone(),
        }
    }
}

/// Draws of the mixture that a fit reports, [`GaussianPosterior::expected`]: first a label, then an observation. They do not
/// spread over the uncertainty that q leaves, as draws of the posterior predictive distribution would.
impl Sample for BayesianGaussianModel {
    fn sample(&self, p: &VariationalParams, like: &Rows, rng: &mut Rng) -> (Rows, Prediction) {
        Mixture::of(self.components(), FullGaussian).sample(&p.reported(), like, rng)
    }
}

/// That of the mixture that a fit reports, [`GaussianPosterior::expected`].
impl Portrait for BayesianGaussianModel {
    fn outlines(&self, p: &VariationalParams) -> Vec<Outline> {
        Mixture::of(self.components(), FullGaussian).outlines(&p.reported())
    }

    fn marginal_densities(&self, p: &VariationalParams, column: usize, x: f64) -> Option<Vec<f64>> {
        Mixture::of(self.components(), FullGaussian).marginal_densities(&p.reported(), column, x)
    }
}

impl LabelSymmetry for BayesianGaussianModel {
    fn parts(&self, _: &VariationalParams) -> usize {
        self.components()
    }

    fn permute(&self, p: &VariationalParams, order: &[usize]) -> VariationalParams {
        match p {
            VariationalParams::Posterior(q) => VariationalParams::Posterior(q.permuted(order)),
            VariationalParams::Guess(guess) => {
                VariationalParams::Guess(Mixture::of(self.components(), FullGaussian).permute(guess, order))
            }
        }
    }
}
