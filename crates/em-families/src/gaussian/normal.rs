//! [`Normal`]: one normal distribution, factored once.

use super::normal_error::NormalError;
use super::shape::Shape;
use nalgebra::{DMatrix, DVector};
use std::f64::consts::TAU;
use std::sync::Arc;

/// A normal distribution N(μ, Σ) in d dimensions, valid by construction.
///
/// It holds the factor W = L⁻¹ of Σ = L L′, so that (x − μ)′ Σ⁻¹ (x − μ) = ‖W (x − μ)‖²; of a diagonal covariance, d
/// numbers only.
///
/// ```
/// use em_families::Normal;
/// use nalgebra::{DMatrix, DVector};
/// let n = Normal::new(DVector::from_vec(vec![1.0]), DMatrix::from_element(1, 1, 4.0))?;
/// assert!((n.log_density(&[1.0]) + 0.5 * (8.0 * std::f64::consts::PI).ln()).abs() < 1e-15);
/// # Ok::<(), em_families::NormalError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Normal {
    mean: DVector<f64>,
    /// Distributions that were estimated together share one.
    shape: Arc<Shape>,
    log_norm: f64,
}

impl Normal {
    /// N(mean, covariance), from d and d × d numbers.
    ///
    /// Positive definiteness is judged on the correlation matrix, so that a change of units changes nothing.
    ///
    /// # Errors
    /// [`NormalError`], every variant.
    pub fn new(mean: DVector<f64>, covariance: DMatrix<f64>) -> Result<Self, NormalError> {
        let (rows, columns) = covariance.shape();
        if mean.is_empty() || (rows, columns) != (mean.len(), mean.len()) {
            return Err(NormalError::Shape { rows, columns, wanted: mean.len() });
        }
        // The mean first, so that its faults are not laid to the covariance.
        finite(&mean)?;
        Normal::with_shape(mean, Shape::of(covariance)?)
    }

    /// N(mean, diag(variances)), from d and d numbers: no features are correlated.
    ///
    /// # Errors
    /// [`NormalError`], every variant that can be told of a diagonal.
    pub fn diagonal(mean: DVector<f64>, variances: DVector<f64>) -> Result<Self, NormalError> {
        let d = variances.len();
        if mean.is_empty() || d != mean.len() {
            return Err(NormalError::Shape { rows: d, columns: d, wanted: mean.len() });
        }
        finite(&mean)?;
        Normal::with_shape(mean, Shape::diagonal(variances)?)
    }

    /// A mean whose covariance is left to the model.
    pub(super) fn unstated(mean: DVector<f64>) -> Result<Self, NormalError> {
        let d = mean.len();
        if d == 0 {
            return Err(NormalError::Shape { rows: 0, columns: 0, wanted: 0 });
        }
        Normal::with_shape(mean, Shape::Unstated { d })
    }

    /// From as many means as the shape has features.
    pub(super) fn with_shape(mean: DVector<f64>, shape: impl Into<Arc<Shape>>) -> Result<Self, NormalError> {
        finite(&mean)?;
        let shape = shape.into();
        let log_norm = -0.5 * (mean.len() as f64 * TAU.ln() + shape.log_det());
        Ok(Normal { mean, shape, log_norm })
    }

    pub(super) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The shape, to be shared with others.
    pub(super) fn share_shape(&self) -> Arc<Shape> {
        Arc::clone(&self.shape)
    }

    /// Whether the covariance is that of another, to the bit.
    pub(super) fn same_shape(&self, other: &Normal) -> bool {
        Arc::ptr_eq(&self.shape, &other.shape) || self.shape == other.shape
    }

    pub(super) fn is_stated(&self) -> bool {
        !matches!(*self.shape, Shape::Unstated { .. })
    }

    /// μ, d numbers.
    pub fn mean(&self) -> &DVector<f64> {
        &self.mean
    }

    /// Σ, d × d, as it was given; NaN where it was left to a model that fixes it.
    pub fn covariance(&self) -> DMatrix<f64> {
        self.shape.covariance()
    }

    /// The diagonal of Σ, d numbers.
    pub fn variances(&self) -> DVector<f64> {
        self.shape.variances()
    }

    /// The variances, d numbers, where no two features are correlated.
    pub(super) fn diagonal_variances(&self) -> Option<&[f64]> {
        match &*self.shape {
            Shape::Diagonal { variances, .. } => Some(variances.as_slice()),
            _ => None,
        }
    }

    /// Whether no two features are correlated.
    pub fn is_diagonal(&self) -> bool {
        matches!(*self.shape, Shape::Diagonal { .. })
    }

    /// L, the lower Cholesky factor of Σ, d × d.
    pub fn factor(&self) -> DMatrix<f64> {
        self.shape.factor()
    }

    /// W x for each column of `x`, which has d rows; W = L⁻¹.
    pub fn whiten(&self, x: DMatrix<f64>) -> DMatrix<f64> {
        self.shape.whiten(x)
    }

    /// −½ (d ln 2π + ln |Σ|), in nats.
    pub fn log_norm(&self) -> f64 {
        self.log_norm
    }

    /// (x − μ)′ Σ⁻¹ (x − μ); x has d entries.
    pub fn squared_distance(&self, x: &[f64]) -> f64 {
        let gap = x.iter().zip(&self.mean).map(|(x, m)| x - m);
        self.shape.whiten(DMatrix::from_iterator(x.len(), 1, gap)).norm_squared()
    }

    /// ln N(x | μ, Σ) in nats; x has d entries.
    pub fn log_density(&self, x: &[f64]) -> f64 {
        self.log_norm - 0.5 * self.squared_distance(x)
    }
}

fn finite(mean: &DVector<f64>) -> Result<(), NormalError> {
    match mean.iter().position(|m| !m.is_finite()) {
        None => Ok(()),
        Some(feature) => Err(NormalError::Mean { feature, value: mean[feature] }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn density_by_hand() {
        // Σ = [4 2; 2 2]: |Σ| = 4, Σ⁻¹ = [½ −½; −½ 1].
        let n = Normal::new(DVector::from_vec(vec![1.0, 2.0]), DMatrix::from_row_slice(2, 2, &[4.0, 2.0, 2.0, 2.0]));
        let n = n.unwrap();
        // x − μ = (2, 1): quadratic form 0.5·4 − 2·0.5·2 + 1 = 1.
        assert_relative_eq!(n.log_density(&[3.0, 3.0]), -TAU.ln() - 0.5 * 4f64.ln() - 0.5, epsilon = 1e-14);
        let n = Normal::diagonal(DVector::from_vec(vec![1.0, 2.0]), DVector::from_vec(vec![4.0, 0.25])).unwrap();
        // Quadratic form 1 + 4, |Σ| = 1.
        assert_relative_eq!(n.log_density(&[3.0, 3.0]), -TAU.ln() - 2.5, epsilon = 1e-14);
    }

    #[test]
    fn a_diagonal_is_held_as_such_however_it_was_given() {
        let (mean, v) = (DVector::zeros(2), DVector::from_vec(vec![2.0, 3.0]));
        let given = Normal::new(mean.clone(), DMatrix::from_diagonal(&v)).unwrap();
        assert_eq!(given, Normal::diagonal(mean, v).unwrap());
        assert_eq!(given.covariance(), DMatrix::from_row_slice(2, 2, &[2.0, 0.0, 0.0, 3.0]));
        assert_relative_eq!(given.factor()[(1, 1)], 3f64.sqrt());
    }

    #[test]
    fn a_change_of_units_changes_no_verdict() {
        let near = |c: f64| DMatrix::from_row_slice(2, 2, &[1.0, c, c, 1.0]);
        for (c, fine) in [(0.5, true), (1.0 - 1e-12, true), (1.0 - 1e-14, false), (1.0, false), (1.1, false)] {
            for unit in [1e-30, 1.0, 1e40] {
                let units = DMatrix::from_diagonal(&DVector::from_vec(vec![unit, 1.0]));
                let n = Normal::new(DVector::zeros(2), &units * near(c) * &units);
                assert_eq!(n.is_ok(), fine, "{c} {unit}");
            }
        }
    }

    #[test]
    fn every_error() {
        let new = |d: usize, c: &[f64], r: usize| Normal::new(DVector::zeros(d), DMatrix::from_row_slice(r, r, c));
        assert_eq!(new(2, &[1.0], 1), Err(NormalError::Shape { rows: 1, columns: 1, wanted: 2 }));
        let infinite = new(1, &[f64::INFINITY], 1).unwrap_err();
        assert_eq!(infinite, NormalError::NotFinite { row: 0, column: 0, value: f64::INFINITY });
        assert_eq!(new(2, &[1.0, 0.1, 0.2, 1.0], 2), Err(NormalError::NotSymmetric { row: 1, column: 0 }));
        assert_eq!(new(1, &[-1.0], 1), Err(NormalError::NoSpread { feature: 0, variance: -1.0 }));
        let e = new(2, &[1.0, 1.0, 1.0, 1.0], 2).unwrap_err();
        assert_eq!(e, NormalError::Singular { feature: 1, pivot: 0.0 });
        let e = new(2, &[1.0, 2.0, 2.0, 1.0], 2).unwrap_err();
        assert_eq!((&e, e.feature()), (&NormalError::NotDefinite { feature: 1 }, Some(1)));
        assert!(e.to_string().starts_with("the covariance is not positive definite"));
        let e = Normal::new(DVector::from_element(1, f64::INFINITY), DMatrix::identity(1, 1)).unwrap_err();
        assert_eq!(e.to_string(), "the mean of feature 0 (from 0) is inf, not a finite number");
        assert!(Normal::diagonal(DVector::zeros(1), DVector::zeros(2)).is_err());
        assert!(Normal::diagonal(DVector::zeros(1), DVector::zeros(1)).is_err());
    }
}
