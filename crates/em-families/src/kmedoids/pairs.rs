//! [`Pairs`]: the dissimilarities of all pairs of rows that count.

use super::{ComparedRows, Medoids};
use em_core::{Dataset, MStepError, Part};
use std::cell::Cell;

/// Rows of weight above 0, numbered from 0 by themselves, and how unlike they are.
pub(super) struct Pairs<'a> {
    data: &'a ComparedRows,
    /// The numbers that the rows have in the data.
    pub units: Vec<usize>,
    /// Their weights.
    pub weights: Vec<f64>,
    /// The first pair whose dissimilarity is none.
    bad: Cell<Option<(usize, usize, f64)>>,
}

impl<'a> Pairs<'a> {
    pub fn new(data: &'a ComparedRows) -> Self {
        let units: Vec<usize> = (0..data.units()).filter(|u| data.weight(*u) > 0.0).collect();
        let weights = units.iter().map(|u| data.weight(*u)).collect();
        Pairs { data, units, weights, bad: Cell::new(None) }
    }

    /// How many rows count.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// How unlike two of them are.
    pub fn between(&self, a: usize, b: usize) -> f64 {
        let (a, b) = (self.units[a], self.units[b]);
        let value = self.data.between(a, b);
        if value.is_finite() && value >= 0.0 {
            return value;
        }
        if self.bad.get().is_none() {
            self.bad.set(Some((a, b, value)));
        }
        // Some number to go on with until the fault is reported.
        0.0
    }

    /// Rows that count as medoids, with what stands in them.
    pub fn medoids(&self, rows: &[usize]) -> Medoids {
        let rows: Vec<usize> = rows.iter().map(|row| self.units[*row]).collect();
        let centers = rows.iter().map(|row| self.data.rows().row(*row).to_vec()).collect();
        Medoids::found(rows, centers)
    }

    /// `found`, unless a dissimilarity was none.
    pub fn checked<T>(&self, found: T) -> Result<T, MStepError> {
        let Some((a, b, value)) = self.bad.get() else { return Ok(found) };
        let cause = format!(
            "the dissimilarity of rows {a} and {b} (from 0) is {value}, where a finite number, 0 or above, is wanted"
        );
        Err(MStepError::new(Part::Whole, cause, "use another dissimilarity, or standardize the columns"))
    }
}
