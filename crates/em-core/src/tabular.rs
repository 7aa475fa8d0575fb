//! [`Tabular`]: data that are plain columns of numbers.

use crate::{DataError, Dataset, Table, Weighted};

/// Columns of numbers by name, one number per row, in the order in which the rows were given.
pub type NamedColumns = Vec<(String, Vec<f64>)>;

/// Data that a table of plain columns gives at once.
#[diagnostic::on_unimplemented(
    message = "a table of plain columns gives no `{Self}`",
    label = "this needs `Tabular`",
    note = "use `Weighted<f64>` or `Weighted<[f64; N]>`, or implement `em_core::Tabular` for `{Self}`"
)]
pub trait Tabular: Dataset + Sized {
    /// The columns `names` of `table`, which hold finite numbers.
    ///
    /// # Errors
    /// [`DataError`] when there are too few or too many columns, or a number is outside the domain.
    fn from_table(table: &Table, names: &[String]) -> Result<Self, DataError>;

    /// The way back: the numbers under the names that [`from_table`](Self::from_table) took them from. None where this is
    /// not offered, and then the model draws no samples for a table.
    fn to_columns(&self, _names: &[String]) -> Option<NamedColumns> {
        None
    }
}

fn items<const N: usize>(table: &Table, names: &[String]) -> Result<Vec<[f64; N]>, DataError> {
    if names.len() != N {
        let (table, known) = (table.source().name.clone(), names.to_vec());
        return Err(DataError::ColumnCount { table, wanted: N, known });
    }
    let columns = names.iter().map(|n| table.numbers(n)).collect::<Result<Vec<_>, _>>()?;
    Ok((0..table.rows()).map(|i| std::array::from_fn(|j| columns[j][i])).collect())
}

fn weights(table: &Table) -> Vec<f64> {
    table.weights().map_or_else(|| vec![1.0; table.rows()], <[f64]>::to_vec)
}

impl Tabular for Weighted<f64> {
    fn from_table(table: &Table, names: &[String]) -> Result<Self, DataError> {
        let items = items::<1>(table, names)?.into_iter().map(|[x]| x).collect();
        Ok(Weighted { items, weights: weights(table) })
    }
    fn to_columns(&self, names: &[String]) -> Option<NamedColumns> {
        names.first().map(|name| vec![(name.clone(), self.items.clone())])
    }
}

impl<const N: usize> Tabular for Weighted<[f64; N]> {
    fn from_table(table: &Table, names: &[String]) -> Result<Self, DataError> {
        Ok(Weighted { items: items(table, names)?, weights: weights(table) })
    }
    fn to_columns(&self, names: &[String]) -> Option<NamedColumns> {
        let column = |j: usize| self.items.iter().map(|item| item[j]).collect();
        Some(names.iter().enumerate().map(|(j, name)| (name.clone(), column(j))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_columns_lead_back_to_their_table() {
        let names = ["y", "x"].map(String::from);
        let table = Table::from_columns("m", [("x", vec![1.0, 2.0]), ("y", vec![3.0, 4.0])]).unwrap();
        let pairs = Weighted::<[f64; 2]>::from_table(&table, &names).unwrap();
        assert_eq!(pairs.items, [[3.0, 1.0], [4.0, 2.0]]);
        let columns = pairs.to_columns(&names).unwrap();
        assert_eq!(columns, [("y".to_string(), vec![3.0, 4.0]), ("x".to_string(), vec![1.0, 2.0])]);
        let single = Weighted::<f64>::from_table(&table, &names[..1]).unwrap();
        assert_eq!(single.to_columns(&names[..1]).unwrap(), columns[..1]);
    }
}
