//! [`Scaling`]: standardised columns, remembered for prediction.

use super::{DataError, StoredRows, Table};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// One column's centre and spread, learned from the training table: x becomes (x − center) / scale.
///
/// ```
/// use em_table::{Scaling, Table};
/// let mut table = Table::from_columns("m", [("x", vec![1.0, 3.0])])?;
/// let scaling = Scaling::learn(&table, "x")?;
/// scaling.apply(&mut table)?;
/// assert_eq!((scaling.center, scaling.scale), (2.0, 1.0));
/// assert_eq!(table.numbers("x")?, [-1.0, 1.0]);
/// # Ok::<(), em_table::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    /// The column.
    pub column: String,
    /// Its weighted mean.
    pub center: f64,
    /// Its weighted standard deviation, with the sum of the weights as divisor; above 0.
    pub scale: f64,
}

impl Scaling {
    /// From the rows that count.
    ///
    /// # Errors
    /// As [`Table::numbers`]; [`DataError::Constant`] when the column does not vary.
    pub fn learn(table: &Table, column: &str) -> Result<Self, DataError> {
        Ok(Self::learn_all(table, &[column.to_string()])?.remove(0))
    }

    /// The same of several columns at once, which spares passes over rows that are stored elsewhere.
    ///
    /// # Errors
    /// As [`learn`](Self::learn), of the first column to blame.
    pub fn learn_all(table: &Table, columns: &[String]) -> Result<Vec<Self>, DataError> {
        let columns_of = Columns::of(table, columns)?;
        let n: f64 = (0..table.rows()).map(|row| columns_of.weight(row)).sum();
        let rough: Vec<f64> = columns_of.sums(|_, x| x).into_iter().map(|s| s / n).collect();
        // The mean of what is left corrects the rounding of the first.
        let left = columns_of.sums(|j, x| x - rough[j]);
        let centers: Vec<f64> = rough.iter().zip(left).map(|(rough, left)| rough + left / n).collect();
        let squares = columns_of.sums(|j, x| (x - centers[j]) * (x - centers[j]));
        let fault = columns_of.stored.as_ref().and_then(StoredRows::fault);
        fault.map_or(Ok(()), |fault| Err(DataError::Store(fault)))?;
        let found = columns.iter().zip(centers).zip(squares);
        found.map(|((column, center), square)| Self::new(table, column, center, (square / n).sqrt())).collect()
    }

    fn new(table: &Table, column: &str, center: f64, scale: f64) -> Result<Self, DataError> {
        // Below the rounding of the mean there is nothing but rounding.
        if scale.is_nan() || scale <= 8.0 * f64::EPSILON * center.abs() {
            let advice = "it cannot be standardised; leave it out".into();
            let (table, column) = (table.source().name.clone(), column.to_string());
            return Err(DataError::Constant { table, column, value: center, advice });
        }
        Ok(Scaling { column: column.into(), center, scale })
    }

    /// Standardises the column in `table`.
    ///
    /// # Errors
    /// As [`Table::numbers`].
    pub fn apply(&self, table: &mut Table) -> Result<(), DataError> {
        table.check_numbers(&self.column)?;
        table.standardize(&self.column, self.center, self.scale);
        Ok(())
    }
}

/// Columns to sum over, wherever they are.
struct Columns<'a> {
    weights: Option<&'a [f64]>,
    held: Vec<&'a [f64]>,
    /// All of them, where they are stored elsewhere.
    stored: Option<StoredRows>,
}

impl<'a> Columns<'a> {
    fn of(table: &'a Table, names: &[String]) -> Result<Self, DataError> {
        let (weights, stored) = (table.weights(), table.stored(names));
        let held = match &stored {
            Some(_) => Vec::new(),
            None => names.iter().map(|name| table.numbers(name)).collect::<Result<_, _>>()?,
        };
        Ok(Columns { weights, held, stored })
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Σ w f(j, x) over the rows of each column j, row after row.
    fn sums(&self, f: impl Fn(usize, f64) -> f64) -> Vec<f64> {
        let Some(stored) = &self.stored else {
            let sum = |j: usize| self.held[j].iter().enumerate().map(|(row, x)| self.weight(row) * f(j, *x)).sum();
            return (0..self.held.len()).map(sum).collect();
        };
        let d = stored.columns();
        let mut sums = vec![0.0; d];
        stored.sweep(|first, numbers| {
            for (row, x) in numbers.chunks_exact(d).enumerate() {
                let weight = self.weight(first + row);
                sums.iter_mut().zip(x).enumerate().for_each(|(j, (sum, x))| *sum += weight * f(j, *x));
            }
            ControlFlow::Continue(())
        });
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_of_two_is_two_copies_and_a_constant_column_is_refused() {
        let copies = Table::from_columns("m", [("x", vec![1.0, 1.0, 4.0])]).unwrap();
        let mut weighted = Table::from_columns("m", [("x", vec![1.0, 4.0, 9.0]), ("w", vec![2.0, 1.0, 0.0])]).unwrap();
        weighted.take_weights("w").unwrap();
        assert_eq!(Scaling::learn(&copies, "x").unwrap(), Scaling::learn(&weighted, "x").unwrap());
        let constant = Table::from_columns("m", [("x", vec![0.1; 7])]).unwrap();
        assert!(matches!(Scaling::learn(&constant, "x"), Err(DataError::Constant { .. })));
    }
}
