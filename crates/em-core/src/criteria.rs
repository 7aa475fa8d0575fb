//! Information criteria.

use serde::{Deserialize, Serialize};

/// AIC and BIC (smaller is better), with what they are made of.
///
/// ```
/// let c = em_core::Criteria::new(-100.0, 3, 50.0);
/// assert_eq!(c.aic, 206.0);
/// assert!((c.bic - (200.0 + 3.0 * 50f64.ln())).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Criteria {
    /// p, the number of free parameters.
    pub n_parameters: usize,
    /// −2 ln L + 2 p (Akaike 1974).
    pub aic: f64,
    /// −2 ln L + p ln n, with n the sum of the weights (Schwarz 1978).
    pub bic: f64,
}

impl Criteria {
    /// From the log-likelihood in nats, the number of free parameters, and the sum of the weights.
    pub fn new(log_likelihood: f64, n_parameters: usize, n: f64) -> Self {
        let p = n_parameters as f64;
        Criteria { n_parameters, aic: -2.0 * log_likelihood + 2.0 * p, bic: -2.0 * log_likelihood + p * n.ln() }
    }

    /// BIC + 2 × entropy of the responsibilities (Biernacki, Celeux & Govaert 2000), which are n × k, unit after unit,
    /// with one weight per unit.
    pub fn icl(&self, k: usize, responsibilities: &[f64], weights: impl Iterator<Item = f64>) -> f64 {
        // 0 ln 0 = 0
        let term = |r: &f64| if *r > 0.0 { -r * r.ln() } else { 0.0 };
        let rows = responsibilities.chunks_exact(k.max(1)).zip(weights);
        self.bic + 2.0 * rows.map(|(row, w)| w * row.iter().map(term).sum::<f64>()).sum::<f64>()
    }
}
