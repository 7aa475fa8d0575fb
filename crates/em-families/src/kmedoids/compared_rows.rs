//! [`ComparedRows`]: rows together with how unlike any two of them are.

use crate::{Dissimilarity, Grouped, GroupsError, Rows};
use em_core::{DataError, Dataset, Prediction, Table, Weighted};
use std::fmt;
use std::hash::Hash;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Up to this many dissimilarities are held in memory, 32 MB; beyond, they are computed whenever they are needed.
const MOST_STORED: usize = 2048 * 2048;

/// n observations of d features and a dissimilarity between them, which is all that K-medoids see of the data.
///
/// The dissimilarity is one of the named ones or any function; it must be symmetric. Rows may be in groups, each of which
/// is one unit; their numbers are those of the rows as they were given.
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
    /// The numbers of the rows, in their groups.
    units: Grouped<Weighted<usize>>,
    dissimilarity: Arc<dyn Dissimilarity + Send>,
    /// Units × rows, or none where that is too much; made when it is first needed, which a prediction never does.
    stored: OnceLock<Option<Vec<f64>>>,
}

impl fmt::Debug for ComparedRows {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("ComparedRows").field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// The numbers of rows, with their weights.
fn numbers(rows: &Rows) -> Weighted<usize> {
    let n = rows.units();
    Weighted { items: (0..n).collect(), weights: (0..n).map(|row| rows.weight(row)).collect() }
}

impl ComparedRows {
    /// `rows` compared by `dissimilarity`, each a unit of its own.
    pub fn new(rows: Rows, dissimilarity: impl Dissimilarity + Send + 'static) -> Self {
        let units = numbers(&rows).into();
        ComparedRows { rows, units, dissimilarity: Arc::new(dissimilarity), stored: OnceLock::new() }
    }

    /// The same where rows of equal keys are one group: one unit, with one label.
    ///
    /// ```
    /// use em_core::Fit;
    /// use em_families::{ComparedRows, KMedoidsModel, MedoidDissimilarity, Rows};
    /// let rows = Rows::new(1, vec![1.0, 9.0, 2.0, 8.0, 6.5, 0.0])?;
    /// let data = ComparedRows::new(rows, MedoidDissimilarity::Manhattan).in_groups(&["a", "b", "a", "b", "a", "c"])?;
    /// let fitted = Fit::new(&KMedoidsModel::of(2), &data).run()?;
    /// assert_eq!(fitted.params.rows(), [2, 1]); // the row at 6.5 is with the others of its group
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`GroupsError`].
    pub fn in_groups<K: Hash + Eq>(self, keys: &[K]) -> Result<Self, GroupsError> {
        let units = Grouped::new(numbers(&self.rows), keys)?;
        Ok(ComparedRows { units, stored: OnceLock::new(), ..self })
    }

    /// The same in the groups of the table that the rows are of, if it has any.
    ///
    /// # Errors
    /// As [`Grouped::of_table`].
    pub(super) fn in_groups_of(self, table: &Table) -> Result<Self, DataError> {
        let units = Grouped::of_table(numbers(&self.rows), table)?;
        Ok(ComparedRows { units, stored: OnceLock::new(), ..self })
    }

    /// The same without the store.
    #[cfg(test)]
    pub(super) fn unstored(self) -> Self {
        ComparedRows { stored: OnceLock::from(None), ..self }
    }

    /// The rows themselves, as they were given.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// How unlike two of the rows are.
    pub fn between(&self, a: usize, b: usize) -> f64 {
        self.to(a, self.rows.row(b))
    }

    /// How unlike a row and any d numbers are.
    pub fn to(&self, row: usize, numbers: &[f64]) -> f64 {
        self.dissimilarity.between(self.rows.row(row), numbers)
    }

    /// The rows that belong to a unit.
    pub(super) fn members(&self, unit: usize) -> impl Iterator<Item = usize> {
        self.units.members(unit).map(|place| self.units.side_by_side().items[place])
    }

    /// How unlike the rows of a unit are to any d numbers, in total.
    pub(super) fn unit_to(&self, unit: usize, numbers: &[f64]) -> f64 {
        self.members(unit).map(|row| self.to(row, numbers)).sum()
    }

    /// How unlike the rows of a unit are to a row, in total; not a number where one of them is no dissimilarity.
    pub(super) fn unit_between(&self, unit: usize, row: usize) -> f64 {
        match self.stored.get_or_init(|| self.store()) {
            Some(stored) => stored[unit * self.rows.units() + row],
            None => self.checked_sum(unit, row),
        }
    }

    fn checked_sum(&self, unit: usize, row: usize) -> f64 {
        let checked = |value: f64| if is_dissimilarity(value) { value } else { f64::NAN };
        self.members(unit).map(|member| checked(self.between(member, row))).sum()
    }

    fn store(&self) -> Option<Vec<f64>> {
        let (units, n) = (self.units.units(), self.rows.units());
        let all = || (0..units * n).map(|at| self.checked_sum(at / n, at % n)).collect();
        (units.saturating_mul(n) <= MOST_STORED).then(all)
    }

    /// What is predicted of `units`, row by row as they were given.
    pub(super) fn predict_rows(&self, units: Range<usize>, of_units: &Prediction) -> Prediction {
        self.units.predict_rows(units, of_units)
    }
}

/// Whether a number is finite, and 0 or above.
pub(super) fn is_dissimilarity(value: f64) -> bool {
    value.is_finite() && value >= 0.0
}

impl Dataset for ComparedRows {
    fn units(&self) -> usize {
        self.units.units()
    }
    fn weight(&self, unit: usize) -> f64 {
        self.units.weight(unit)
    }
    fn rows(&self) -> usize {
        self.rows.units()
    }
    fn unit_of(&self, row: usize) -> usize {
        self.units.unit_of(row)
    }
}
