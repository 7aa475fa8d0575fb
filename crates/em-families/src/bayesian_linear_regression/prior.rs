//! [`PrecisionPrior`]: Gamma priors on α and β.

use crate::Gamma;
use serde::{Deserialize, Serialize};

/// The priors of a Bayesian linear regression, on its two precisions; each is off unless named.
///
/// Under them a fit finds the mode of p(t | α, β) p(α) p(β) in α and β, which is not that in their logarithms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrecisionPrior {
    /// On α, the precision of the coefficients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpha: Option<Gamma>,
    /// On β, the precision of the noise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta: Option<Gamma>,
}

impl PrecisionPrior {
    /// ln p(α) + ln p(β) in nats.
    pub fn log_density(&self, alpha: f64, beta: f64) -> f64 {
        let log = |prior: Option<Gamma>, at: f64| prior.map_or(0.0, |p| p.log_density(at));
        log(self.alpha, alpha) + log(self.beta, beta)
    }
}

/// What a prior adds to a precision that is a number of terms over their sum of squares.
pub(super) fn precision(prior: Option<Gamma>, terms: f64, squares: f64) -> f64 {
    let (more_squares, more_terms) = prior.map_or((0.0, 0.0), Gamma::pseudo);
    (terms + more_terms) / (squares + more_squares)
}

/// The slope of terms · ln τ / 2 − τ · squares / 2 and the log prior in ln τ, at τ = `at`: 0 where τ is the [`precision`].
pub(super) fn slope(prior: Option<Gamma>, terms: f64, squares: f64, at: f64) -> f64 {
    let (more_squares, more_terms) = prior.map_or((0.0, 0.0), Gamma::pseudo);
    0.5 * (terms + more_terms - at * (squares + more_squares))
}
