//! [`StoredColumn`]: a column of a table that is read when it is needed.

use super::{DataError, StoredRows};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// A column of finite numbers that are stored elsewhere.
///
/// Models that read blocks of rows do so by [`Table::stored`](super::Table::stored). To all others it is a column like any:
/// its numbers are read as a whole when they are first asked for, within the limit on what may be held.
#[derive(Clone, Debug)]
pub struct StoredColumn {
    rows: StoredRows,
    held: Arc<OnceLock<Vec<f64>>>,
    budget: Arc<Budget>,
}

/// How many numbers of a store may be held in memory.
#[derive(Debug)]
struct Budget {
    most: usize,
    held: AtomicUsize,
}

impl StoredColumn {
    /// Every column of `rows`, of whose numbers no more than `most` may be held together.
    pub fn all_of(rows: &StoredRows, most: usize) -> Vec<Self> {
        let budget = Arc::new(Budget { most, held: AtomicUsize::new(0) });
        let one = |column: usize| StoredColumn {
            rows: rows.select_columns(&[column]),
            held: Arc::default(),
            budget: budget.clone(),
        };
        (0..rows.columns()).map(one).collect()
    }

    /// n.
    pub(super) fn len(&self) -> usize {
        self.rows.rows()
    }

    /// Where the numbers are.
    pub(super) fn rows(&self) -> &StoredRows {
        &self.rows
    }

    /// All numbers of the column, which `table` calls `name`; they are held from now on.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(super) fn hold(&self, table: &str, name: &str) -> Result<&[f64], DataError> {
        if let Some(held) = self.held.get() {
            return Ok(held);
        }
        let numbers = self.read(table, name)?;
        Ok(self.held.get_or_init(|| numbers))
    }

    /// All numbers of the column, which `table` calls `name`, for the caller to hold.
    ///
    /// # Errors
    /// [`DataError::Held`] above the limit, [`DataError::Store`] when they cannot be read.
    pub(super) fn read(&self, table: &str, name: &str) -> Result<Vec<f64>, DataError> {
        let (n, Budget { most, held }) = (self.len(), &*self.budget);
        if held.load(Ordering::Relaxed).saturating_add(n) > *most {
            let (table, column) = (table.to_string(), name.to_string());
            return Err(DataError::Held { table, column, rows: n, limit: *most });
        }
        let numbers = self.numbers();
        self.rows.fault().map_or(Ok(()), |fault| Err(DataError::Store(fault)))?;
        held.fetch_add(n, Ordering::Relaxed);
        Ok(numbers)
    }

    /// The numbers, where they are held.
    pub(super) fn into_held(mut self) -> Option<Vec<f64>> {
        match Arc::get_mut(&mut self.held) {
            Some(held) => held.take(),
            None => self.held.get().cloned(),
        }
    }

    fn numbers(&self) -> Vec<f64> {
        let mut numbers = Vec::with_capacity(self.len());
        self.rows.sweep(|_, some| {
            numbers.extend_from_slice(some);
            ControlFlow::Continue(())
        });
        numbers
    }

    /// The same numbers in these rows.
    pub(super) fn select(&self, rows: &[usize]) -> Self {
        StoredColumn { rows: self.rows.select(rows), held: Arc::default(), budget: self.budget.clone() }
    }

    /// The same with (x − center) / scale for every number x.
    pub(super) fn standardized(&self, center: f64, scale: f64) -> Self {
        let rows = self.rows.clone().standardized(0, center, scale);
        StoredColumn { rows, held: Arc::default(), budget: self.budget.clone() }
    }
}

/// The same numbers of the same store.
impl PartialEq for StoredColumn {
    fn eq(&self, other: &Self) -> bool {
        self.rows.is_same(&other.rows)
    }
}
