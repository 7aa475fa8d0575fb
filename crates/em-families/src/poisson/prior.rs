//! [`PoissonPrior`]: the priors of a Poisson-regression mixture.

use crate::prior::{Dirichlet, HyperError};
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// The priors of a Poisson-regression mixture; each is off unless named.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PoissonPrior {
    /// On every coefficient, the intercepts too; one that components share counts once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coefficients: Option<CoefficientPrior>,
    /// On the mixing weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<Dirichlet>,
}

impl PoissonPrior {
    /// Checks the numbers for k components.
    ///
    /// # Errors
    /// [`HyperError`] that names the hyperparameter.
    pub fn check(&self, k: usize) -> Result<(), HyperError> {
        self.coefficients.iter().try_for_each(CoefficientPrior::check)?;
        self.weights.iter().try_for_each(|dirichlet| dirichlet.check(k))
    }
}

/// A prior on coefficients as they are named, in the units of the covariates.
///
/// ```
/// use em_families::CoefficientPrior;
/// let prior = CoefficientPrior::Normal { sd: 2.0 };
/// // ln N(1 | 0, 2²) = −½ ln(2π · 4) − 1/8
/// let truth = -0.5 * (std::f64::consts::TAU * 4.0).ln() - 0.125;
/// assert!((prior.log_density([1.0]) - truth).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum CoefficientPrior {
    /// b ~ N(0, sd²), each independent of the others.
    Normal {
        /// The standard deviation, above 0 and finite.
        sd: f64,
    },
}

impl CoefficientPrior {
    /// Whether the standard deviation, and what is made of it, are numbers above 0.
    ///
    /// # Errors
    /// [`HyperError::Range`].
    pub fn check(&self) -> Result<(), HyperError> {
        let CoefficientPrior::Normal { sd } = *self;
        match sd > 0.0 && sd.is_finite() && self.precision().is_normal() {
            true => Ok(()),
            false => Err(HyperError::Range { name: "Normal: sd", value: sd, wanted: "above 0, and finite" }),
        }
    }

    /// 1 / sd².
    pub fn precision(&self) -> f64 {
        let CoefficientPrior::Normal { sd } = self;
        (sd * sd).recip()
    }

    /// Σ ln p(b) in nats over independent coefficients, normalised.
    pub fn log_density(&self, coefficients: impl IntoIterator<Item = f64>) -> f64 {
        let CoefficientPrior::Normal { sd } = self;
        let one = |b: f64| -0.5 * TAU.ln() - sd.ln() - 0.5 * (b / sd).powi(2);
        coefficients.into_iter().map(one).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_density_is_that_of_an_independent_program() {
        use statrs::distribution::{Continuous, Normal};
        let independent = Normal::new(0.0, 10.0).unwrap();
        let truth: f64 = [3.0, -20.0].map(|b| independent.ln_pdf(b)).iter().sum();
        assert!((CoefficientPrior::Normal { sd: 10.0 }.log_density([3.0, -20.0]) - truth).abs() < 1e-13);
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        for sd in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-200] {
            let prior = PoissonPrior { coefficients: Some(CoefficientPrior::Normal { sd }), weights: None };
            let e = prior.check(2).unwrap_err().to_string();
            assert!(e.starts_with("Normal: sd: ") && e.ends_with("must be above 0, and finite"), "{e}");
        }
        let weights = Some(Dirichlet(crate::prior::Hyper::PerComponent(vec![2.0; 3])));
        assert!(PoissonPrior { coefficients: None, weights }.check(2).is_err());
    }
}
