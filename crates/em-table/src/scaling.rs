//! [`Scaling`]: standardised columns, remembered for prediction.

use super::{DataError, Table};
use serde::{Deserialize, Serialize};

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
        let values = table.numbers(column)?;
        let weighted = |f: &dyn Fn(f64) -> f64| -> f64 {
            match table.weights() {
                None => values.iter().map(|x| f(*x)).sum(),
                Some(w) => values.iter().zip(w).map(|(x, w)| w * f(*x)).sum(),
            }
        };
        let n = weighted(&|_| 1.0);
        let rough = weighted(&|x| x) / n;
        // The mean of what is left corrects the rounding of the first.
        let center = rough + weighted(&|x| x - rough) / n;
        let scale = (weighted(&|x| (x - center) * (x - center)) / n).sqrt();
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
        table.numbers(&self.column)?;
        let values = table.numbers_mut(&self.column).into_iter().flatten();
        values.for_each(|x| *x = (*x - self.center) / self.scale);
        Ok(())
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
