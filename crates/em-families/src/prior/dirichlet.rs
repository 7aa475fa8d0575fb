//! [`Dirichlet`]: a prior on mixing weights.

use super::{Hyper, HyperError};
use serde::{Deserialize, Serialize};
use statrs::function::gamma::ln_gamma;

/// π ~ Dirichlet(α_1, …, α_k), with α_j ≥ 1 so that the density has a mode where it is finite.
///
/// It adds α_j − 1 to the count of component j: π_j = (n_j + α_j − 1) / Σ_l (n_l + α_l − 1).
///
/// ```
/// use em_families::Dirichlet;
/// let prior = Dirichlet(3.0.into());
/// // The density of Dirichlet(3, 3) at (1/2, 1/2) is Γ(6)/Γ(3)² · (1/4)² = 15/8.
/// assert!((prior.log_density(&[0.5, 0.5]) - (15.0f64 / 8.0).ln()).abs() < 1e-14);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dirichlet(pub Hyper);

impl Dirichlet {
    /// Checks the numbers and their count for k components.
    ///
    /// # Errors
    /// [`HyperError`].
    pub fn check(&self, k: usize) -> Result<(), HyperError> {
        if let Hyper::PerFeature(rows) = &self.0 {
            return Err(HyperError::Length { name: "Dirichlet", got: rows.len(), wanted: k, per: "component" });
        }
        self.0.check("Dirichlet", (k, None), ("1 or above, and finite", &|a| (1.0..f64::INFINITY).contains(&a)))
    }

    /// α_j − 1.
    pub fn pseudo_count(&self, j: usize) -> f64 {
        self.0.at(j, 0) - 1.0
    }

    /// ln p(π) in nats, normalised; `weights` are k numbers that sum to one.
    pub fn log_density(&self, weights: &[f64]) -> f64 {
        let alpha = |j: usize| self.0.at(j, 0);
        let total: f64 = (0..weights.len()).map(alpha).sum();
        let term = |(j, w): (usize, &f64)| {
            // 0 ln 0 = 0
            let power = if alpha(j) == 1.0 { 0.0 } else { (alpha(j) - 1.0) * w.ln() };
            power - ln_gamma(alpha(j))
        };
        ln_gamma(total) + weights.iter().enumerate().map(term).sum::<f64>()
    }
}
