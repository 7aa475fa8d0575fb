//! [`Normal`]: one normal distribution, factored once.

use nalgebra::{DMatrix, DVector};
use std::f64::consts::TAU;

/// The least pivot of a correlation matrix that still holds a correct digit: a covariance estimated in doubles is off
/// by about 1e-16 of its diagonal, and d of these add up.
const LEAST_PIVOT: f64 = 1e-13;
/// Given covariances may miss symmetry by this much of √(Σ_ii Σ_jj): the last of ten typed digits.
const ASYMMETRY: f64 = 1e-8;

/// A normal distribution N(μ, Σ) in d dimensions, valid by construction.
///
/// It holds the factor W = L⁻¹ of Σ = L L′, so that (x − μ)′ Σ⁻¹ (x − μ) = ‖W (x − μ)‖².
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
    covariance: DMatrix<f64>,
    whitening: DMatrix<f64>,
    log_norm: f64,
}

/// Why a mean and a covariance are no normal distribution.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NormalError {
    /// The covariance has another shape than the mean asks for.
    #[error("the covariance is {rows} × {columns}, but the mean has {wanted} entries")]
    Shape {
        /// Rows of the covariance.
        rows: usize,
        /// Columns of the covariance.
        columns: usize,
        /// d.
        wanted: usize,
    },
    /// A number is infinite or not a number.
    #[error("it holds a number that is not finite")]
    NotFinite,
    /// The covariance is not symmetric.
    #[error("the covariance is not symmetric in feature {row} and feature {column} (from 0)")]
    NotSymmetric {
        /// A feature, counted from 0.
        row: usize,
        /// Another.
        column: usize,
    },
    /// A variance is 0 or negative.
    #[error("the variance of feature {feature} (from 0) is {variance:e}; it must be above 0")]
    NoSpread {
        /// The feature, counted from 0.
        feature: usize,
        /// Its variance.
        variance: f64,
    },
    /// The features determine one another.
    #[error(
        "the covariance is singular: feature {feature} (from 0) is determined by those before it (1 − R² = {pivot:e})"
    )]
    Singular {
        /// The feature, counted from 0.
        feature: usize,
        /// What is left of its correlation matrix's diagonal there.
        pivot: f64,
    },
}

impl Normal {
    /// N(mean, covariance), from d and d × d numbers.
    ///
    /// Positive definiteness is judged on the correlation matrix, so that a change of units changes nothing.
    ///
    /// # Errors
    /// [`NormalError`], every variant.
    pub fn new(mean: DVector<f64>, covariance: DMatrix<f64>) -> Result<Self, NormalError> {
        let d = mean.len();
        let (rows, columns) = covariance.shape();
        if d == 0 || (rows, columns) != (d, d) {
            return Err(NormalError::Shape { rows, columns, wanted: d });
        }
        if mean.iter().chain(covariance.iter()).any(|x| !x.is_finite()) {
            return Err(NormalError::NotFinite);
        }
        let scale = covariance.diagonal().map(f64::sqrt);
        if let Some(feature) = (0..d).find(|i| covariance[(*i, *i)] <= 0.0) {
            return Err(NormalError::NoSpread { feature, variance: covariance[(feature, feature)] });
        }
        let correlation = DMatrix::from_fn(d, d, |i, j| covariance[(i, j)] / (scale[i] * scale[j]));
        for (row, column) in (0..d).flat_map(|i| (0..i).map(move |j| (i, j))) {
            if (correlation[(row, column)] - correlation[(column, row)]).abs() > ASYMMETRY {
                return Err(NormalError::NotSymmetric { row, column });
            }
        }
        let factor = lower_factor(&correlation)?;
        let log_det: f64 = (0..d).map(|i| 2.0 * (factor[(i, i)].ln() + scale[i].ln())).sum();
        let mut whitening = DMatrix::identity(d, d);
        factor.solve_lower_triangular_mut(&mut whitening);
        for (mut column, scale) in whitening.column_iter_mut().zip(scale.iter()) {
            column /= *scale;
        }
        Ok(Normal { mean, covariance, whitening, log_norm: -0.5 * (d as f64 * TAU.ln() + log_det) })
    }

    /// μ, d numbers.
    pub fn mean(&self) -> &DVector<f64> {
        &self.mean
    }

    /// Σ, d × d, as it was given.
    pub fn covariance(&self) -> &DMatrix<f64> {
        &self.covariance
    }

    /// W = L⁻¹, lower triangular, d × d.
    pub fn whitening(&self) -> &DMatrix<f64> {
        &self.whitening
    }

    /// L, the lower Cholesky factor of Σ, d × d.
    pub fn factor(&self) -> DMatrix<f64> {
        let mut l = DMatrix::identity(self.mean.len(), self.mean.len());
        self.whitening.solve_lower_triangular_mut(&mut l);
        l
    }

    /// −½ (d ln 2π + ln |Σ|), in nats.
    pub fn log_norm(&self) -> f64 {
        self.log_norm
    }

    /// ln N(x | μ, Σ) in nats; x has d entries.
    pub fn log_density(&self, x: &[f64]) -> f64 {
        let gap = DVector::from_iterator(x.len(), x.iter().zip(&self.mean).map(|(x, m)| x - m));
        self.log_norm - 0.5 * (&self.whitening * gap).norm_squared()
    }
}

/// The Cholesky factor of a correlation matrix, with a pivot for every feature.
fn lower_factor(correlation: &DMatrix<f64>) -> Result<DMatrix<f64>, NormalError> {
    let d = correlation.nrows();
    let mut l = DMatrix::zeros(d, d);
    for j in 0..d {
        let pivot = correlation[(j, j)] - (0..j).map(|c| l[(j, c)] * l[(j, c)]).sum::<f64>();
        if pivot.is_nan() || pivot <= LEAST_PIVOT {
            return Err(NormalError::Singular { feature: j, pivot });
        }
        l[(j, j)] = pivot.sqrt();
        for i in j + 1..d {
            let rest: f64 = (0..j).map(|c| l[(i, c)] * l[(j, c)]).sum();
            l[(i, j)] = (correlation[(i, j)] - rest) / l[(j, j)];
        }
    }
    Ok(l)
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
        assert_eq!(new(1, &[f64::NAN], 1), Err(NormalError::NotFinite));
        assert_eq!(new(2, &[1.0, 0.1, 0.2, 1.0], 2), Err(NormalError::NotSymmetric { row: 1, column: 0 }));
        assert_eq!(new(1, &[-1.0], 1), Err(NormalError::NoSpread { feature: 0, variance: -1.0 }));
        let e = new(2, &[1.0, 1.0, 1.0, 1.0], 2).unwrap_err();
        assert_eq!(e, NormalError::Singular { feature: 1, pivot: 0.0 });
    }
}
