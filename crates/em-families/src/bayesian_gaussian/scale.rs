//! [`PriorScale`]: the scale of the prior on precisions as specs write it.

use super::form::square;
use crate::plural::count;
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

/// W₀⁻¹ in d dimensions: whole, its diagonal, or the one number on its diagonal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a number, a list with one number per column, or rows of numbers")]
pub enum PriorScale {
    /// This number times the identity.
    Same(f64),
    /// A diagonal, d numbers.
    Diagonal(Vec<f64>),
    /// d rows of d numbers.
    Matrix(Vec<Vec<f64>>),
}

impl PriorScale {
    /// d, where it can be told.
    pub fn features(&self) -> Option<usize> {
        match self {
            PriorScale::Same(_) => None,
            PriorScale::Diagonal(diagonal) => Some(diagonal.len()),
            PriorScale::Matrix(rows) => Some(rows.len()),
        }
    }

    /// As a d × d matrix.
    ///
    /// # Errors
    /// A sentence with the shape wanted.
    pub(super) fn matrix(&self, d: usize) -> Result<DMatrix<f64>, String> {
        match self {
            PriorScale::Same(value) => Ok(DMatrix::from_diagonal_element(d, d, *value)),
            PriorScale::Diagonal(diagonal) if diagonal.len() == d => {
                Ok(DMatrix::from_diagonal(&DVector::from_row_slice(diagonal)))
            }
            PriorScale::Diagonal(diagonal) => Err(format!(
                "`scale` has {} where the data have {}",
                count(diagonal.len(), "entry", "entries"),
                count(d, "column", "columns")
            )),
            PriorScale::Matrix(rows) => square(rows, d, &format!("`scale` ({} rows) for {d} columns", rows.len())),
        }
    }
}

impl From<f64> for PriorScale {
    fn from(value: f64) -> Self {
        PriorScale::Same(value)
    }
}

impl From<Vec<f64>> for PriorScale {
    fn from(diagonal: Vec<f64>) -> Self {
        PriorScale::Diagonal(diagonal)
    }
}

impl From<Vec<Vec<f64>>> for PriorScale {
    fn from(rows: Vec<Vec<f64>>) -> Self {
        PriorScale::Matrix(rows)
    }
}
