//! [`ComparedRows`]: rows together with how unlike any two of them are.

use crate::{Dissimilarity, Rows};
use em_core::Dataset;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Up to this many rows all pairs are held in memory, 32 MB at most; beyond, they are computed whenever they are needed.
const MOST_STORED: usize = 2048;

/// n observations of d features and a dissimilarity between them, which is all that K-medoids see of the data.
///
/// The dissimilarity is one of the named ones or any function; it must be symmetric.
///
/// ```
/// use em_families::{ComparedRows, MedoidDissimilarity, Rows};
/// let rows = Rows::new(2, vec![0.0, 0.0, 3.0, 4.0])?;
/// let named = ComparedRows::new(rows.clone(), MedoidDissimilarity::Manhattan);
/// let own = ComparedRows::new(rows, |a: &[f64], b: &[f64]| (a[0] - b[0]).abs().min(1.0));
/// assert_eq!((named.between(0, 1), own.between(0, 1)), (7.0, 1.0));
/// # Ok::<(), em_families::RowsError>(())
/// ```
#[derive(Clone)]
pub struct ComparedRows {
    rows: Rows,
    dissimilarity: Arc<dyn Dissimilarity + Send>,
    /// n × n, or none where that is too much; made when it is first needed, which a prediction never does.
    stored: OnceLock<Option<Vec<f64>>>,
}

impl fmt::Debug for ComparedRows {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("ComparedRows").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl ComparedRows {
    /// `rows` compared by `dissimilarity`.
    pub fn new(rows: Rows, dissimilarity: impl Dissimilarity + Send + 'static) -> Self {
        ComparedRows { rows, dissimilarity: Arc::new(dissimilarity), stored: OnceLock::new() }
    }

    /// The same without the store.
    #[cfg(test)]
    pub(super) fn unstored(self) -> Self {
        ComparedRows { stored: OnceLock::from(None), ..self }
    }

    /// The rows themselves.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// How unlike two of the rows are.
    pub fn between(&self, a: usize, b: usize) -> f64 {
        match self.stored.get_or_init(|| self.store()) {
            Some(stored) => stored[a * self.rows.units() + b],
            None => self.to(a, self.rows.row(b)),
        }
    }

    /// How unlike a row and any d numbers are.
    pub fn to(&self, row: usize, numbers: &[f64]) -> f64 {
        self.dissimilarity.between(self.rows.row(row), numbers)
    }

    fn store(&self) -> Option<Vec<f64>> {
        let n = self.rows.units();
        let all = || (0..n * n).map(|at| self.to(at / n, self.rows.row(at % n))).collect();
        (n <= MOST_STORED).then(all)
    }
}

impl Dataset for ComparedRows {
    fn units(&self) -> usize {
        self.rows.units()
    }
    fn weight(&self, unit: usize) -> f64 {
        self.rows.weight(unit)
    }
}
