//! Responses drawn by the model.

use super::{BayesianLinearModel, Precisions};
use crate::RegressionData;
use em_core::{Dataset, Prediction, Rng, Sample};
use nalgebra::DVector;
use rand_distr::{Distribution, StandardNormal};

/// First the coefficients, once for all rows: from their posterior, or before a fit is finished from their prior
/// N(0, I/α), and 0 for a flat intercept, of which a prior says nothing; then every response with noise of
/// variance 1/β. The latent value of a row is its `mean`, φ′w + offset.
impl Sample for BayesianLinearModel {
    fn sample(&self, params: &Precisions, like: &RegressionData, rng: &mut Rng) -> (RegressionData, Prediction) {
        let mut standard = || -> f64 { StandardNormal.sample(rng) };
        let noise: DVector<f64> = DVector::from_fn(like.columns(), |_, _| standard());
        let weights = match params.coefficients() {
            Some(c) => {
                // Of a positive semidefinite matrix: V √Λ does what a Cholesky factor would.
                let eigen = c.covariance.clone().symmetric_eigen();
                let scaled = noise.component_mul(&eigen.eigenvalues.map(|l| l.max(0.0).sqrt()));
                &c.mean + eigen.eigenvectors * scaled
            }
            None => {
                let mut drawn = noise / params.alpha().sqrt();
                drawn.rows_mut(0, self.intercept().first_shrunk()).fill(0.0);
                drawn
            }
        };
        let mean: Vec<f64> =
            (0..like.units()).map(|u| weights.dot(&like.design().column(u)) + like.offset(u)).collect();
        let sd = params.beta().sqrt().recip();
        let response = mean.iter().map(|m| m + sd * standard()).collect();
        (like.with_response(response), Prediction::default().with("mean", mean))
    }
}
