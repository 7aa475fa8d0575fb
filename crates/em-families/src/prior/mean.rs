//! [`MeanPrior`]: a prior on means.

use crate::Normal;
use nalgebra::DVector;
use serde::{Deserialize, Serialize};

/// μ ~ N(m, Σ / κ) for the mean of a normal distribution of covariance Σ, the conjugate form: m is the center, κ > 0 the
/// strength, in observations.
///
/// It pulls an estimate from n observations to μ = (n x̄ + κ m) / (n + κ), and with |Σ / κ|^(−1/2) in its density counts as
/// one more observation of Σ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct MeanPrior {
    center: DVector<f64>,
    strength: f64,
}

/// How it is written: `(center: [3.5, 70], strength: 0.01)`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename = "MeanPrior", deny_unknown_fields)]
struct Written {
    center: Vec<f64>,
    strength: f64,
}

/// What is wrong with a prior on means.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MeanPriorError {
    /// The center holds a number that is not finite.
    #[error("center: entry {entry} is {value}, not a finite number")]
    Center {
        /// Which, counted from 0.
        entry: usize,
        /// What stands there.
        value: f64,
    },
    /// The strength is not above 0.
    #[error("strength: {strength} is out of range; it must be above 0, and finite")]
    Strength {
        /// What was given.
        strength: f64,
    },
}

impl MeanPrior {
    /// N(center, Σ / strength), with d numbers for the center.
    ///
    /// # Errors
    /// [`MeanPriorError`].
    pub fn new(center: DVector<f64>, strength: f64) -> Result<Self, MeanPriorError> {
        if let Some(entry) = center.iter().position(|c| !c.is_finite()) {
            return Err(MeanPriorError::Center { entry, value: center[entry] });
        }
        if !(strength.is_finite() && strength > 0.0) {
            return Err(MeanPriorError::Strength { strength });
        }
        Ok(MeanPrior { center, strength })
    }

    /// m, d numbers.
    pub fn center(&self) -> &DVector<f64> {
        &self.center
    }

    /// κ.
    pub fn strength(&self) -> f64 {
        self.strength
    }

    /// The mean x̄ of n observations pulled to the center: (n x̄ + κ m) / (n + κ).
    pub fn pulled(&self, n: f64, mean: &DVector<f64>) -> DVector<f64> {
        // From the center, so that without observations it is the center to the bit.
        &self.center + (mean - &self.center) * (n / (n + self.strength))
    }

    /// n κ / (n + κ): the weight of (x̄ − m)(x̄ − m)′ in the scatter about the pulled mean and the center.
    pub fn between(&self, n: f64) -> f64 {
        n * (self.strength / (n + self.strength))
    }

    /// ln N(μ | m, Σ / κ) in nats, μ and Σ those of `normal`, which has d dimensions.
    pub fn log_density(&self, normal: &Normal) -> f64 {
        let d = self.center.len() as f64;
        let distance = normal.squared_distance(self.center.as_slice());
        normal.log_norm() + 0.5 * d * self.strength.ln() - 0.5 * self.strength * distance
    }
}

impl TryFrom<Written> for MeanPrior {
    type Error = MeanPriorError;
    fn try_from(w: Written) -> Result<Self, MeanPriorError> {
        MeanPrior::new(DVector::from_vec(w.center), w.strength)
    }
}

impl From<MeanPrior> for Written {
    fn from(p: MeanPrior) -> Written {
        Written { center: p.center.as_slice().to_vec(), strength: p.strength }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    #[test]
    fn the_density_is_that_of_a_normal_distribution() {
        let sigma = DMatrix::from_row_slice(2, 2, &[2.0, 0.5, 0.5, 1.0]);
        let normal = Normal::new(DVector::from_vec(vec![1.0, -1.0]), sigma.clone()).unwrap();
        let prior = MeanPrior::new(DVector::from_vec(vec![0.0, 3.0]), 0.25).unwrap();
        let scaled = Normal::new(prior.center().clone(), sigma / 0.25).unwrap();
        assert!((prior.log_density(&normal) - scaled.log_density(&[1.0, -1.0])).abs() < 1e-14);
    }

    #[test]
    fn every_error() {
        let e = MeanPrior::new(DVector::from_element(1, f64::NAN), 1.0).unwrap_err();
        assert_eq!(e.to_string(), "center: entry 0 is NaN, not a finite number");
        assert!(MeanPrior::new(DVector::zeros(1), 0.0).is_err());
    }
}
