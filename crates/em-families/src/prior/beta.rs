//! [`Beta`]: a prior on probabilities.

use super::{Hyper, HyperError};
use serde::{Deserialize, Serialize};
use statrs::function::beta::ln_beta;

/// p ~ Beta(a, b) for every probability, with a, b ≥ 1 so that the density has a mode where it is finite.
///
/// It adds a − 1 successes and b − 1 failures: p = (s + a − 1) / (n + a + b − 2).
///
/// ```
/// use em_families::Beta;
/// let prior = Beta(2.0.into(), 2.0.into());
/// // The density of Beta(2, 2) is 6 p (1 − p).
/// assert!((prior.log_density(0, 0, 0.5) - 1.5f64.ln()).abs() < 1e-14);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beta(
    /// a.
    pub Hyper,
    /// b.
    pub Hyper,
);

impl Beta {
    /// Checks the numbers and their counts for k components and, where it is known, d features.
    ///
    /// # Errors
    /// [`HyperError`].
    pub fn check(&self, k: usize, d: Option<usize>) -> Result<(), HyperError> {
        let range = ("1 or above, and finite", &(|a: f64| (1.0..f64::INFINITY).contains(&a)) as &dyn Fn(f64) -> bool);
        self.0.check("Beta, first number", (k, d), range)?;
        self.1.check("Beta, second number", (k, d), range)
    }

    /// a − 1 and b − 1 for component `j` and feature `i`.
    pub fn pseudo_counts(&self, j: usize, i: usize) -> (f64, f64) {
        (self.0.at(j, i) - 1.0, self.1.at(j, i) - 1.0)
    }

    /// ln Beta(p | a, b) in nats for component `j` and feature `i`.
    pub fn log_density(&self, j: usize, i: usize, p: f64) -> f64 {
        let (a, b) = self.pseudo_counts(j, i);
        // 0 ln 0 = 0
        let power = |c: f64, log: f64| if c == 0.0 { 0.0 } else { c * log };
        power(a, p.ln()) + power(b, (-p).ln_1p()) - ln_beta(a + 1.0, b + 1.0)
    }
}
