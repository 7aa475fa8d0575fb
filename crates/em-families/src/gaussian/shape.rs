//! [`Shape`]: a covariance, checked and factored once.

use super::normal_error::NormalError;
use crate::lanes::Whitening;
use nalgebra::{DMatrix, DVector};

/// The least pivot of a correlation matrix that still holds a correct digit: a covariance estimated in doubles is off
/// by about 1e-16 of its diagonal, and d of these add up.
const LEAST_PIVOT: f64 = 1e-13;
/// Given covariances may miss symmetry by this much of √(Σ_ii Σ_jj): the last of ten typed digits.
const ASYMMETRY: f64 = 1e-8;

/// The covariance Σ of a normal distribution. One that is diagonal is always held as such, however it was given, so
/// that densities cost O(d) and reading what was written gives the same bits.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// Some features are correlated: Σ = L L′ with W = L⁻¹.
    Full { covariance: DMatrix<f64>, whitening: Whitening, log_det: f64 },
    /// None are: d variances and what they make of a unit of each feature, 1/√v.
    Diagonal { variances: DVector<f64>, scales: DVector<f64>, log_det: f64 },
    /// Not stated: the covariance is fixed by the model.
    Unstated { d: usize },
}

impl Shape {
    /// Of d × d numbers. Positive definiteness is judged on the correlation matrix, so that a change of units changes
    /// nothing.
    pub(super) fn of(covariance: DMatrix<f64>) -> Result<Self, NormalError> {
        let d = covariance.nrows();
        let all = || (0..d).flat_map(|i| (0..d).map(move |j| (i, j)));
        if let Some((row, column)) = all().find(|at| !covariance[*at].is_finite()) {
            return Err(NormalError::NotFinite { row, column, value: covariance[(row, column)] });
        }
        if all().all(|(i, j)| i == j || covariance[(i, j)] == 0.0) {
            return Shape::diagonal(covariance.diagonal());
        }
        positive(covariance.diagonal().iter())?;
        let scale = covariance.diagonal().map(f64::sqrt);
        let correlation = DMatrix::from_fn(d, d, |i, j| covariance[(i, j)] / (scale[i] * scale[j]));
        let asymmetric = |(i, j): &(usize, usize)| (correlation[(*i, *j)] - correlation[(*j, *i)]).abs() > ASYMMETRY;
        if let Some((row, column)) = all().filter(|(i, j)| i > j).find(asymmetric) {
            return Err(NormalError::NotSymmetric { row, column });
        }
        let factor = lower_factor(&correlation)?;
        let log_det = (0..d).map(|i| 2.0 * (factor[(i, i)].ln() + scale[i].ln())).sum();
        let mut whitening = DMatrix::identity(d, d);
        factor.solve_lower_triangular_mut(&mut whitening);
        whitening.column_iter_mut().zip(scale.iter()).for_each(|(mut column, scale)| column /= *scale);
        Ok(Shape::Full { covariance, whitening: Whitening::pack(d, whitening.as_slice()), log_det })
    }

    /// Of d variances, all covariances 0.
    pub(super) fn diagonal(variances: DVector<f64>) -> Result<Self, NormalError> {
        if let Some(i) = variances.iter().position(|v| !v.is_finite()) {
            return Err(NormalError::NotFinite { row: i, column: i, value: variances[i] });
        }
        positive(variances.iter())?;
        let (scales, log_det) = (variances.map(|v| 1.0 / v.sqrt()), variances.iter().map(|v| v.ln()).sum());
        Ok(Shape::Diagonal { variances, scales, log_det })
    }

    /// The number of features.
    pub(super) fn features(&self) -> usize {
        match self {
            Shape::Full { covariance, .. } => covariance.nrows(),
            Shape::Diagonal { variances, .. } => variances.len(),
            Shape::Unstated { d } => *d,
        }
    }

    /// ln |Σ|.
    pub(super) fn log_det(&self) -> f64 {
        match self {
            Shape::Full { log_det, .. } | Shape::Diagonal { log_det, .. } => *log_det,
            Shape::Unstated { .. } => f64::NAN,
        }
    }

    /// Σ.
    pub(super) fn covariance(&self) -> DMatrix<f64> {
        match self {
            Shape::Full { covariance, .. } => covariance.clone(),
            Shape::Diagonal { variances, .. } => DMatrix::from_diagonal(variances),
            Shape::Unstated { d } => DMatrix::from_element(*d, *d, f64::NAN),
        }
    }

    /// The diagonal of Σ.
    pub(super) fn variances(&self) -> DVector<f64> {
        match self {
            Shape::Full { covariance, .. } => covariance.diagonal(),
            Shape::Diagonal { variances, .. } => variances.clone(),
            Shape::Unstated { d } => DVector::from_element(*d, f64::NAN),
        }
    }

    /// L, lower triangular.
    pub(super) fn factor(&self) -> DMatrix<f64> {
        match self {
            Shape::Full { .. } => {
                let identity = DMatrix::identity(self.features(), self.features());
                let mut l = identity.clone();
                self.whiten(identity).solve_lower_triangular_mut(&mut l);
                l
            }
            other => DMatrix::from_diagonal(&other.variances().map(f64::sqrt)),
        }
    }

    /// W x for each column of `x`, which has d rows.
    pub(super) fn whiten(&self, mut x: DMatrix<f64>) -> DMatrix<f64> {
        match self {
            Shape::Full { whitening, .. } => {
                let mut white = DMatrix::zeros(x.nrows(), x.ncols());
                let columns =
                    x.as_slice().chunks_exact(x.nrows()).zip(white.as_mut_slice().chunks_exact_mut(x.nrows()));
                columns.for_each(|(x, out)| whitening.times(x, out));
                white
            }
            Shape::Diagonal { scales, .. } => {
                x.column_iter_mut().for_each(|mut column| column.component_mul_assign(scales));
                x
            }
            Shape::Unstated { .. } => x * f64::NAN,
        }
    }
}

fn positive<'a>(variances: impl Iterator<Item = &'a f64>) -> Result<(), NormalError> {
    match variances.enumerate().find(|(_, v)| **v <= 0.0) {
        None => Ok(()),
        Some((feature, variance)) => Err(NormalError::NoSpread { feature, variance: *variance }),
    }
}

/// The Cholesky factor of a correlation matrix, with a pivot for every feature.
fn lower_factor(correlation: &DMatrix<f64>) -> Result<DMatrix<f64>, NormalError> {
    let d = correlation.nrows();
    let mut l = DMatrix::zeros(d, d);
    for j in 0..d {
        let pivot = correlation[(j, j)] - (0..j).map(|c| l[(j, c)] * l[(j, c)]).sum::<f64>();
        if pivot < -LEAST_PIVOT {
            return Err(NormalError::NotDefinite { feature: j });
        }
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
