//! [`Labels`]: a column read as names of groups.

use super::{Cells, DataError, Table};
use std::collections::HashMap;
use std::hash::Hash;

/// A column read as labels: equal cells, equal labels, whether they are text or numbers.
///
/// ```
/// use em_table::{Labels, Table};
/// let table = Table::from_columns("m", [("patient", vec![7.0, 3.0, 7.0])])?;
/// let seen = Labels::in_order_seen(&table, "patient")?;
/// assert_eq!((seen.names(), seen.of_rows()), (&["7".to_string(), "3".to_string()][..], &[0, 1, 0][..]));
/// assert_eq!(Labels::in_rank_order(&table, "patient")?.names(), ["3", "7"]);
/// # Ok::<(), em_table::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    column: String,
    names: Vec<String>,
    of_rows: Vec<usize>,
}

impl Labels {
    /// The labels in the order in which they are first met.
    ///
    /// # Errors
    /// As [`Table::numbers`] where the column begins with a number; [`DataError::Missing`] where a cell is empty.
    pub fn in_order_seen(table: &Table, column: &str) -> Result<Self, DataError> {
        if let Cells::Text(cells) = table.cells(column)? {
            if let Some(row) = cells.iter().position(|c| c.trim().is_empty()) {
                return Err(DataError::Missing { place: table.place(column, row) });
            }
            let (first, of_rows) = numbered(cells);
            return Ok(Labels { column: column.into(), names: first.into_iter().cloned().collect(), of_rows });
        }
        Ok(Self::of_numbers(column, table.numbers(column)?).0)
    }

    /// Numbers in ascending order, text in the order in which it is first met.
    ///
    /// # Errors
    /// As [`in_order_seen`](Self::in_order_seen).
    pub fn in_rank_order(table: &Table, column: &str) -> Result<Self, DataError> {
        if let Cells::Text(_) = table.cells(column)? {
            return Self::in_order_seen(table, column);
        }
        let (seen, values) = Self::of_numbers(column, table.numbers(column)?);
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        let mut rank = vec![0; order.len()];
        order.iter().enumerate().for_each(|(r, label)| rank[*label] = r);
        let names = order.iter().map(|label| seen.names[*label].clone()).collect();
        Ok(Labels { names, of_rows: seen.of_rows.iter().map(|label| rank[*label]).collect(), ..seen })
    }

    fn of_numbers(column: &str, values: &[f64]) -> (Self, Vec<f64>) {
        // Adding 0 turns −0 into 0, which is the same number.
        let bits: Vec<u64> = values.iter().map(|x| (x + 0.0).to_bits()).collect();
        let (first, of_rows) = numbered(bits);
        let values: Vec<f64> = first.into_iter().map(f64::from_bits).collect();
        (Labels { column: column.into(), names: values.iter().map(f64::to_string).collect(), of_rows }, values)
    }

    /// The column.
    pub fn column(&self) -> &str {
        &self.column
    }

    /// The labels that differ.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The label of every row: its place in [`names`](Self::names).
    pub fn of_rows(&self) -> &[usize] {
        &self.of_rows
    }
}

/// The keys that differ, in the order in which they are first met, and the place of every key among them.
///
/// ```
/// assert_eq!(em_table::numbered(["b", "a", "b"]), (vec!["b", "a"], vec![0, 1, 0]));
/// ```
pub fn numbered<K: Hash + Eq + Clone>(keys: impl IntoIterator<Item = K>) -> (Vec<K>, Vec<usize>) {
    let (mut places, mut first) = (HashMap::new(), Vec::new());
    let place = |key: K| {
        *places.entry(key).or_insert_with_key(|key| {
            first.push(key.clone());
            first.len() - 1
        })
    };
    let of = keys.into_iter().map(place).collect();
    (first, of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lines, Source};

    fn table(cells: Cells) -> Table {
        let mut table = Table::new(Source { name: "t.csv".into(), lines: Lines::Consecutive { first: 2 } }, 4);
        table.push("g", cells).unwrap();
        table
    }

    fn text(cells: [&str; 4]) -> Cells {
        Cells::Text(cells.map(String::from).to_vec())
    }

    #[test]
    fn text_keeps_the_order_seen_and_numbers_have_a_rank() {
        let words = table(text(["b", "a", "b", "c"]));
        for labels in [Labels::in_order_seen(&words, "g").unwrap(), Labels::in_rank_order(&words, "g").unwrap()] {
            assert_eq!((labels.names(), labels.of_rows()), (&["b", "a", "c"].map(String::from)[..], &[0, 1, 0, 2][..]));
        }
        let numbers = table(Cells::Numbers(vec![2.5, 0.0, -1.0, -0.0]));
        let seen = Labels::in_order_seen(&numbers, "g").unwrap();
        assert_eq!((seen.names(), seen.of_rows()), (&["2.5", "0", "-1"].map(String::from)[..], &[0, 1, 2, 1][..]));
        let ranked = Labels::in_rank_order(&numbers, "g").unwrap();
        assert_eq!((ranked.names(), ranked.of_rows()), (&["-1", "0", "2.5"].map(String::from)[..], &[2, 1, 0, 1][..]));
    }

    #[test]
    fn a_missing_cell_is_named() {
        let message = |cells| Labels::in_rank_order(&table(cells), "g").unwrap_err().to_string();
        assert_eq!(
            message(text(["a", "b", "", "a"])),
            "t.csv: line 4, column \"g\": the value is missing; fill it in, or leave out such rows with `missing: DropRows`"
        );
        let faulty = Cells::Faulty { row: 3, text: String::new() };
        assert_eq!(
            message(faulty),
            "t.csv: line 5, column \"g\": the value is missing; fill it in, or leave out such rows with `missing: DropRows`"
        );
        assert!(Labels::in_order_seen(&table(text(["a"; 4])), "h").unwrap_err().to_string().contains("no column"));
    }
}
