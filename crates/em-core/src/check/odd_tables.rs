//! Tables that no model was made for, from one that is right.

use crate::Table;
use crate::table::Cells;

/// The first rows are odd enough.
const ROWS: usize = 240;

/// Makes other cells of the numbers of a column.
type Change<'a> = dyn Fn(&[f64]) -> Cells + 'a;

/// The table with its numbers made huge, tiny, far away, constant or no numbers, and with no rows; weights and groups are
/// left out. Each with a name.
pub(super) fn odd_tables(table: &Table) -> Vec<(&'static str, Table)> {
    let rows = table.rows().min(ROWS);
    let kept = |of: usize| move |v: &[f64]| Cells::Numbers(v[..of].to_vec());
    let by = |f: fn(f64) -> f64| move |v: &[f64]| Cells::Numbers(v[..rows].iter().map(|x| f(*x)).collect());
    let odd = |_: &[f64]| Cells::Faulty { row: 0, text: "NaN".into() };
    let all: [(&str, usize, &Change); 8] = [
        ("a table of no rows", 0, &kept(0)),
        ("a table of one row", rows.min(1), &kept(rows.min(1))),
        ("a table without numbers", rows, &odd),
        ("columns times 1e150", rows, &by(|x| 1e150 * x)),
        ("columns times 1e-150", rows, &by(|x| 1e-150 * x)),
        ("columns plus 1e12", rows, &by(|x| 1e12 + x)),
        ("columns of zeros", rows, &by(|_| 0.0)),
        ("columns of ones", rows, &by(|_| 1.0)),
    ];
    all.into_iter().filter_map(|(name, rows, cells)| Some((name, changed(table, rows, cells)?))).collect()
}

/// The first rows of a table, with other cells where it has numbers; none where that is no table.
fn changed(table: &Table, rows: usize, cells: &Change) -> Option<Table> {
    let mut other = Table::new(table.source().clone(), rows);
    for name in table.names() {
        let cells = match table.cells(name).ok()? {
            Cells::Numbers(v) => cells(v),
            Cells::Text(v) => Cells::Text(v[..rows].to_vec()),
            faulty => faulty.clone(),
        };
        other.push(name, cells).ok()?;
    }
    Some(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_table_is_made() {
        let table = Table::from_columns("m", [("x", vec![1.0, 2.0])]).unwrap();
        let all = odd_tables(&table);
        assert_eq!(all.len(), 8);
        let huge = all.iter().find(|(name, _)| *name == "columns times 1e150").unwrap();
        assert_eq!(huge.1.numbers("x").unwrap(), [1e150, 2e150]);
        assert!(all.iter().find(|(name, _)| *name == "a table without numbers").unwrap().1.numbers("x").is_err());
    }
}
