//! [`NormalError`]: why numbers are no normal distribution.

use crate::shown::shown;

/// Why a mean and a covariance are no normal distribution.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NormalError {
    /// The covariance has another shape than the mean asks for.
    #[error("the covariance is {rows} × {columns}, but the mean has {}", crate::plural::count(*wanted, "entry", "entries"))]
    Shape {
        /// Rows of the covariance.
        rows: usize,
        /// Columns of the covariance.
        columns: usize,
        /// d.
        wanted: usize,
    },
    /// A mean is infinite or not a number.
    #[error("the mean of feature {feature} (from 0) is {value}, not a finite number")]
    Mean {
        /// The feature, counted from 0.
        feature: usize,
        /// What stands there.
        value: f64,
    },
    /// An entry of the covariance is infinite or not a number.
    #[error("the covariance of feature {row} and feature {column} (from 0) is {value}, not a finite number")]
    NotFinite {
        /// A feature, counted from 0.
        row: usize,
        /// Another, or the same.
        column: usize,
        /// What stands there.
        value: f64,
    },
    /// The covariance is not symmetric.
    #[error("the covariance is not symmetric in feature {row} and feature {column} (from 0)")]
    NotSymmetric {
        /// A feature, counted from 0.
        row: usize,
        /// Another.
        column: usize,
    },
    /// A variance is 0 or negative.
    #[error("the variance of feature {feature} (from 0) is {}; it must be above 0", shown(*variance))]
    NoSpread {
        /// The feature, counted from 0.
        feature: usize,
        /// Its variance.
        variance: f64,
    },
    /// The features determine one another.
    #[error(
        "the covariance is singular: feature {feature} (from 0) is determined by those before it (1 − R² = {})", shown(*pivot)
    )]
    Singular {
        /// The feature, counted from 0.
        feature: usize,
        /// What is left of its correlation matrix's diagonal there.
        pivot: f64,
    },
    /// No random vector has such a covariance.
    #[error(
        "the covariance is not positive definite: feature {feature} (from 0) would have a negative variance, given those before it"
    )]
    NotDefinite {
        /// The feature, counted from 0.
        feature: usize,
    },
}

impl NormalError {
    /// The feature meant, counted from 0, where it is one.
    pub fn feature(&self) -> Option<usize> {
        match self {
            NormalError::Shape { .. } | NormalError::NotSymmetric { .. } => None,
            NormalError::NotFinite { row, column, .. } => (row == column).then_some(*row),
            NormalError::Mean { feature, .. }
            | NormalError::NoSpread { feature, .. }
            | NormalError::Singular { feature, .. }
            | NormalError::NotDefinite { feature } => Some(*feature),
        }
    }
}
