//! [`InverseGamma`]: a prior on variances.

use super::CovariancePriorError;
use serde::{Deserialize, Serialize};
use statrs::function::gamma::ln_gamma;

/// A hyperparameter of variances: one number, or one per column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a number, or a list with one per column")]
pub enum PerColumn {
    /// The same everywhere.
    Same(f64),
    /// One per column, d numbers.
    List(Vec<f64>),
}

impl PerColumn {
    /// The value of a column.
    pub fn at(&self, column: usize) -> f64 {
        match self {
            PerColumn::Same(value) => *value,
            PerColumn::List(values) => values[column],
        }
    }

    /// How many columns it is for, where it is a list.
    pub fn columns(&self) -> Option<usize> {
        match self {
            PerColumn::Same(_) => None,
            PerColumn::List(values) => Some(values.len()),
        }
    }

    fn positive(&self, name: &'static str) -> Result<(), CovariancePriorError> {
        let values = match self {
            PerColumn::Same(value) => std::slice::from_ref(value),
            PerColumn::List(values) => values.as_slice(),
        };
        match values.iter().find(|v| !(v.is_finite() && **v > 0.0)) {
            None => Ok(()),
            Some(value) => Err(CovariancePriorError::Positive { name, value: *value }),
        }
    }
}

impl From<f64> for PerColumn {
    fn from(value: f64) -> Self {
        PerColumn::Same(value)
    }
}

/// v ~ IG(a, b) for every variance, with a, b > 0:
///
/// p(v) = b^a / Γ(a) · v^(−a−1) · exp(−b/v)
///
/// (Gelman et al. 2013, appendix A). Its mode is b / (a + 1); to an M-step it adds the sum of squares 2 b and 2 a + 2
/// numbers. Shape and scale may differ between columns where each has a variance of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct InverseGamma {
    shape: PerColumn,
    scale: PerColumn,
}

impl InverseGamma {
    /// IG(shape, scale).
    ///
    /// # Errors
    /// [`CovariancePriorError::Positive`].
    pub fn new(shape: PerColumn, scale: PerColumn) -> Result<Self, CovariancePriorError> {
        shape.positive("shape")?;
        scale.positive("scale")?;
        Ok(InverseGamma { shape, scale })
    }

    /// a.
    pub fn shape(&self) -> &PerColumn {
        &self.shape
    }

    /// b.
    pub fn scale(&self) -> &PerColumn {
        &self.scale
    }

    /// 2 b and 2 a + 2 of a column: the sum of squares, and the numbers, that the prior adds.
    pub fn pseudo(&self, column: usize) -> (f64, f64) {
        (2.0 * self.scale.at(column), 2.0 * self.shape.at(column) + 2.0)
    }

    /// ln p(v) in nats of the variance of a column.
    pub fn log_density(&self, column: usize, variance: f64) -> f64 {
        let (a, b) = (self.shape.at(column), self.scale.at(column));
        a * b.ln() - ln_gamma(a) - (a + 1.0) * variance.ln() - b / variance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Continuous, InverseGamma as Independent};

    #[test]
    fn the_density_is_that_of_an_independent_program() {
        let prior = InverseGamma::new(2.5.into(), PerColumn::List(vec![1.5, 4.0])).unwrap();
        for (column, b) in [(0, 1.5), (1, 4.0)] {
            let independent = Independent::new(2.5, b).unwrap();
            for v in [0.1, 1.0, 7.0] {
                assert!((prior.log_density(column, v) - independent.ln_pdf(v)).abs() < 1e-12);
            }
        }
        assert_eq!(prior.pseudo(1), (8.0, 7.0));
    }

    #[test]
    fn numbers_are_above_zero() {
        let e = InverseGamma::new(2.0.into(), PerColumn::List(vec![1.0, 0.0])).unwrap_err();
        assert_eq!(e.to_string(), "InverseGamma: scale: 0 is out of range; it must be above 0, and finite");
        assert!(InverseGamma::new(f64::NAN.into(), 1.0.into()).is_err());
    }
}
