//! [`Gamma`]: a prior on a precision.

use super::HyperError;
use serde::{Deserialize, Serialize};
use statrs::function::gamma::ln_gamma;

/// τ ~ Gamma(a, b) with shape a and rate b, both above 0:
///
/// p(τ) = b^a / Γ(a) · τ^(a−1) · exp(−bτ)
///
/// (Bishop 2006, eq. B.26). Its mean is a/b; to a mode it adds 2 (a − 1) numbers and the sum of squares 2 b, so that a
/// shape below 1 takes numbers away: the density then has no mode of its own, but grows towards 0.
///
/// ```
/// use em_families::Gamma;
/// let prior = Gamma::new(2.0, 3.0)?;
/// // The density of Gamma(2, 3) is 9 τ exp(−3τ).
/// assert!((prior.log_density(0.5) - (4.5f64.ln() - 1.5)).abs() < 1e-14);
/// assert_eq!(prior.pseudo(), (6.0, 2.0));
/// # Ok::<(), em_families::prior::HyperError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Numbers", into = "Numbers")]
pub struct Gamma {
    shape: f64,
    rate: f64,
}

/// How it is written: `Gamma(shape, rate)`.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Gamma")]
struct Numbers(f64, f64);

impl Gamma {
    /// Gamma(shape, rate).
    ///
    /// # Errors
    /// [`HyperError::Range`] when a number is not above 0, or not finite.
    pub fn new(shape: f64, rate: f64) -> Result<Self, HyperError> {
        for (name, value) in [("Gamma, shape", shape), ("Gamma, rate", rate)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(HyperError::Range { name, value, wanted: "above 0, and finite" });
            }
        }
        Ok(Gamma { shape, rate })
    }

    /// a.
    pub fn shape(self) -> f64 {
        self.shape
    }

    /// b.
    pub fn rate(self) -> f64 {
        self.rate
    }

    /// 2 b and 2 (a − 1): the sum of squares, and the numbers, that the prior adds to those a precision is made of.
    pub fn pseudo(self) -> (f64, f64) {
        (2.0 * self.rate, 2.0 * (self.shape - 1.0))
    }

    /// ln p(τ) in nats.
    pub fn log_density(self, precision: f64) -> f64 {
        let (a, b) = (self.shape, self.rate);
        a * b.ln() - ln_gamma(a) + (a - 1.0) * precision.ln() - b * precision
    }
}

impl TryFrom<Numbers> for Gamma {
    type Error = HyperError;
    fn try_from(Numbers(shape, rate): Numbers) -> Result<Self, HyperError> {
        Gamma::new(shape, rate)
    }
}

impl From<Gamma> for Numbers {
    fn from(prior: Gamma) -> Numbers {
        Numbers(prior.shape, prior.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Continuous, Gamma as Independent};

    #[test]
    fn the_density_is_that_of_an_independent_program() {
        for (shape, rate) in [(2.5, 0.3), (1e-6, 1e-6), (40.0, 7.0)] {
            let (prior, independent) = (Gamma::new(shape, rate).unwrap(), Independent::new(shape, rate).unwrap());
            for precision in [1e-3, 1.0, 9.0] {
                let (a, b) = (prior.log_density(precision), independent.ln_pdf(precision));
                assert!((a - b).abs() < 1e-12 * b.abs().max(1.0), "{a} and {b}");
            }
        }
    }

    #[test]
    fn it_is_read_as_it_is_written_and_its_numbers_are_above_zero() {
        let prior = Gamma::new(1e-6, 2.0).unwrap();
        assert_eq!(serde_json::to_string(&prior).unwrap(), "[1e-6,2.0]");
        assert_eq!(serde_json::from_str::<Gamma>("[1e-6, 2]").unwrap(), prior);
        let e = serde_json::from_str::<Gamma>("[0, 2]").unwrap_err().to_string();
        assert!(e.starts_with("Gamma, shape: 0 is out of range; it must be above 0, and finite"), "{e}");
        assert!(Gamma::new(1.0, f64::INFINITY).is_err());
    }
}
