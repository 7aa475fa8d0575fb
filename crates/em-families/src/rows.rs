//! [`Rows`]: plain numeric data.

use em_core::table::Table;
use em_core::{DataError, Dataset, NamedColumns, Resample, Tabular};
use nalgebra::{DMatrix, DMatrixView};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;
use std::ops::Range;

/// n observations of d features, each observation a contiguous column of a d × n matrix.
///
/// ```
/// use em_families::Rows;
/// use em_core::Dataset;
/// let rows = Rows::new(2, vec![1.0, 2.0, 3.0, 4.0]).unwrap(); // two observations of two features
/// assert_eq!((rows.units(), rows.features()), (2, 2));
/// assert_eq!(rows.row(1), [3.0, 4.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    x: DMatrix<f64>,
    weights: Option<Vec<f64>>,
}

/// What is wrong with numbers offered as rows.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum RowsError {
    /// The numbers do not fill whole rows.
    #[error("{numbers} numbers are no whole rows of {features} features")]
    Ragged {
        /// How many numbers there are.
        numbers: usize,
        /// d.
        features: usize,
    },
    /// A number is infinite or not a number.
    #[error("row {row}, feature {feature} (both from 0) is {value}, not a finite number")]
    NotFinite {
        /// The row, counted from 0.
        row: usize,
        /// The feature, counted from 0.
        feature: usize,
        /// What stands there.
        value: f64,
    },
    /// There is not one weight per row, or a weight is negative or not finite.
    #[error("weights must be {rows} finite numbers, 0 or above")]
    Weights {
        /// n.
        rows: usize,
    },
}

impl Rows {
    /// From n·d finite numbers, observation after observation.
    ///
    /// # Errors
    /// [`RowsError::Ragged`] and [`RowsError::NotFinite`].
    pub fn new(d: usize, values: Vec<f64>) -> Result<Self, RowsError> {
        if d == 0 || !values.len().is_multiple_of(d) {
            return Err(RowsError::Ragged { numbers: values.len(), features: d });
        }
        if let Some(i) = values.iter().position(|v| !v.is_finite()) {
            return Err(RowsError::NotFinite { row: i / d, feature: i % d, value: values[i] });
        }
        Ok(Rows { x: DMatrix::from_vec(d, values.len() / d, values), weights: None })
    }

    /// The same rows with a weight each.
    ///
    /// # Errors
    /// [`RowsError::Weights`].
    pub fn weighted(mut self, weights: Vec<f64>) -> Result<Self, RowsError> {
        if weights.len() != self.x.ncols() || weights.iter().any(|w| !w.is_finite() || *w < 0.0) {
            return Err(RowsError::Weights { rows: self.x.ncols() });
        }
        self.weights = Some(weights);
        Ok(self)
    }

    /// The numeric columns of a table, and its weights.
    ///
    /// # Errors
    /// [`DataError`] when there are none, or one of them holds something else.
    pub fn from_table_columns(table: &Table) -> Result<Self, DataError> {
        Rows::from_table(table, &em_core::Names::learn(table)?.columns)
    }

    /// The columns `names` of a table, which are taken out of it, and its weights. Their memory is given back while the rows
    /// are put together, so that both are never held whole.
    ///
    /// # Errors
    /// As [`Table::take_numbers`].
    pub fn take_from(table: &mut Table, names: &[String]) -> Result<Self, DataError> {
        let columns = table.take_numbers(names)?;
        let x = DMatrix::from_vec(columns.len(), table.rows(), row_after_row(columns, table.rows()));
        Ok(Rows { x, weights: table.weights().map(<[f64]>::to_vec) })
    }

    /// d, the number of features.
    pub fn features(&self) -> usize {
        self.x.nrows()
    }

    /// One observation, d numbers.
    pub fn row(&self, unit: usize) -> &[f64] {
        &self.x.as_slice()[unit * self.x.nrows()..][..self.x.nrows()]
    }

    /// The observations `rows`, one after the other, d numbers each.
    pub fn values(&self, rows: Range<usize>) -> &[f64] {
        let d = self.x.nrows();
        &self.x.as_slice()[rows.start * d..rows.end * d]
    }

    /// The observations `rows` as a d × m matrix.
    pub fn block(&self, rows: Range<usize>) -> DMatrixView<'_, f64> {
        self.x.columns_range(rows)
    }
}

/// So many rows are put together before what they were made of is given back.
const AT_ONCE: usize = 1 << 16;
/// So many of them each core puts together at a time.
const SIDE_BY_SIDE: usize = 1 << 12;

/// The numbers of `columns`, each of n, row after row. From the end, where a column can be cut.
fn row_after_row(mut columns: Vec<Vec<f64>>, n: usize) -> Vec<f64> {
    let d = columns.len();
    // Zeros come from the system as they are asked for.
    let mut values = vec![0.0; n * d];
    for begin in (0..n.div_ceil(AT_ONCE)).rev().map(|piece| piece * AT_ONCE) {
        let end = n.min(begin + AT_ONCE);
        values[begin * d..end * d].par_chunks_mut((SIDE_BY_SIDE * d).max(1)).enumerate().for_each(|(part, values)| {
            let first = begin + part * SIDE_BY_SIDE;
            for (feature, column) in columns.iter().enumerate() {
                let places = values.iter_mut().skip(feature).step_by(d);
                places.zip(&column[first..]).for_each(|(place, value)| *place = *value);
            }
        });
        for column in &mut columns {
            column.truncate(begin);
            column.shrink_to_fit();
        }
    }
    values
}

impl Dataset for Rows {
    fn units(&self) -> usize {
        self.x.ncols()
    }
    fn weight(&self, unit: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |w| w[unit])
    }
}

impl Resample for Rows {
    fn select(&self, units: &[usize]) -> Self {
        let weights = self.weights.as_ref().map(|w| units.iter().map(|&u| w[u]).collect());
        Rows { x: self.x.select_columns(units), weights }
    }
    fn reweight(&self, by: &[f64]) -> Self {
        let weights = by.iter().enumerate().map(|(u, b)| b * self.weight(u)).collect();
        Rows { x: self.x.clone(), weights: Some(weights) }
    }
}

impl Tabular for Rows {
    fn from_table(table: &Table, names: &[String]) -> Result<Self, DataError> {
        let columns = names.iter().map(|n| table.numbers(n)).collect::<Result<Vec<_>, _>>()?;
        let x = DMatrix::from_fn(columns.len(), table.rows(), |j, i| columns[j][i]);
        Ok(Rows { x, weights: table.weights().map(<[f64]>::to_vec) })
    }

    fn to_columns(&self, names: &[String]) -> Option<NamedColumns> {
        let column = |j: usize| self.x.row(j).iter().copied().collect();
        Some(names.iter().enumerate().map(|(j, name)| (name.clone(), column(j))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_names_its_numbers() {
        assert_eq!(Rows::new(2, vec![1.0; 3]), Err(RowsError::Ragged { numbers: 3, features: 2 }));
        assert_eq!(Rows::new(0, vec![]), Err(RowsError::Ragged { numbers: 0, features: 0 }));
        let e = Rows::new(2, vec![1.0, 2.0, 3.0, f64::INFINITY]).unwrap_err();
        assert_eq!(e.to_string(), "row 1, feature 1 (both from 0) is inf, not a finite number");
        let rows = Rows::new(1, vec![1.0, 2.0]).unwrap();
        assert_eq!(rows.clone().weighted(vec![1.0]), Err(RowsError::Weights { rows: 2 }));
        assert!(rows.weighted(vec![1.0, -1.0]).is_err());
    }

    #[test]
    fn rows_taken_from_a_table_are_those_of_its_columns() {
        for n in [1, 2, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE + 3] {
            let column = |by: f64| (0..n).map(|i| i as f64 * by).collect::<Vec<f64>>();
            let columns = [("x", column(1.0)), ("w", vec![0.5; n]), ("y", column(-3.0))];
            let mut table = Table::from_columns("m", columns).unwrap();
            table.take_weights("w").unwrap();
            let names = ["y", "x"].map(String::from);
            let wanted = Rows::from_table(&table, &names).unwrap();
            assert_eq!(Rows::take_from(&mut table, &names).unwrap(), wanted, "{n}");
            assert_eq!(table.names().count(), 0);
            assert!(Rows::take_from(&mut table, &names).is_err());
        }
    }
}
