//! Predicted labels against known ones, for people and for programs.

use crate::summary::{exact, render_section};
use em_core::table::{Cells, DataError, Table};
use em_core::{Cell, Confusion, Section};
use serde_json::{Value, json};

/// The known labels of the rows, as text.
///
/// # Errors
/// As [`Table::cells`], and the fault of a column that only begins with numbers.
pub(super) fn known_labels(table: &Table, column: &str) -> Result<Vec<String>, DataError> {
    match table.cells(column)? {
        Cells::Text(text) => Ok(text.clone()),
        _ => Ok(table.numbers(column)?.iter().map(|x| exact(*x)).collect()),
    }
}

/// For people: the table of counts and the adjusted Rand index.
pub(super) fn render(confusion: &Confusion<String>, column: &str) -> String {
    let k = confusion.counts.first().map_or(0, Vec::len);
    let row = |(level, counts): (&String, &Vec<u64>)| (level.clone(), counts.iter().map(|n| Cell::Count(*n)).collect());
    let table = Section {
        title: format!("Rows by {column} and predicted label"),
        heads: (0..k).map(|j| j.to_string()).collect(),
        rows: confusion.levels.iter().zip(&confusion.counts).map(row).collect(),
    };
    let index = confusion.adjusted_rand_index().map_or("not defined".into(), |i| format!("{i:.4}"));
    format!("{}adjusted Rand index  {index}\n", render_section(&table))
}

/// For programs.
pub(super) fn json(confusion: &Confusion<String>) -> Value {
    json!({ "levels": confusion.levels, "counts": confusion.counts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_is_not_defined_is_said_so() {
        let text = |known: &str, predicted: &[usize]| {
            let known: Vec<String> = known.chars().map(String::from).collect();
            render(&Confusion::new(&known, predicted).unwrap(), "kind")
        };
        assert!(text("aaabbb", &[0, 0, 1, 1, 1, 1]).contains("adjusted Rand index  0.3243"));
        assert!(text("aaaa", &[0, 0, 0, 0]).contains("adjusted Rand index  not defined"));
    }
}
