//! [`ShownTable`]: named columns, written as CSV or JSON.

use crate::summary::{exact, field};
use em_core::Table;
use em_core::table::Cells;
use serde_json::{Map, Value, json};

/// The cells of a column, one per row.
#[derive(Clone)]
pub(super) enum Shown {
    Numbers(Vec<f64>),
    Labels(Vec<usize>),
    Text(Vec<String>),
}

/// Columns in order, all of one length.
#[derive(Clone)]
pub(super) struct ShownTable {
    rows: usize,
    columns: Vec<(String, Shown)>,
}

impl ShownTable {
    /// Columns of a table, of which all cells can be read.
    pub(super) fn of<'a>(table: &'a Table, names: impl Iterator<Item = &'a str>) -> Self {
        let column = |name: &str| match table.cells(name).ok()? {
            Cells::Text(text) => Some((name.to_string(), Shown::Text(text.clone()))),
            _ => Some((name.to_string(), Shown::Numbers(table.numbers(name).ok()?.to_vec()))),
        };
        ShownTable { rows: table.rows(), columns: names.filter_map(column).collect() }
    }

    /// Puts a column in the place of the one of its name, or behind all others.
    pub(super) fn set(&mut self, name: String, values: Shown) {
        match self.columns.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = values,
            None => self.columns.push((name, values)),
        }
    }

    /// Adds a column behind all others, under a name that none of them has.
    pub(super) fn append(&mut self, mut name: String, values: Shown) {
        while self.columns.iter().any(|(known, _)| *known == name) {
            name = format!("latent_{name}");
        }
        self.columns.push((name, values));
    }

    /// A text table like the one that the fit reads, so that it can be read by the same fit again.
    pub(super) fn text(&self, delimiter: char) -> String {
        let mut out = String::new();
        let between = delimiter.to_string();
        let mut line = |cell: &dyn Fn(&(String, Shown)) -> String| {
            let cells: Vec<String> = self.columns.iter().map(cell).collect();
            out.push_str(&cells.join(&between));
            out.push('\n');
        };
        line(&|(name, _)| field(name, delimiter));
        (0..self.rows).for_each(|row| line(&|(_, values)| values.cell(row, delimiter)));
        out
    }

    pub(super) fn json(&self, seed: u64) -> Value {
        let columns: Map<String, Value> = self.columns.iter().map(|(name, v)| (name.clone(), v.json())).collect();
        json!({ "n": self.rows, "seed": seed, "columns": columns })
    }
}

impl Shown {
    fn cell(&self, row: usize, delimiter: char) -> String {
        match self {
            Shown::Numbers(numbers) => exact(numbers[row]),
            Shown::Labels(labels) => labels[row].to_string(),
            Shown::Text(text) => field(&text[row], delimiter),
        }
    }

    fn json(&self) -> Value {
        match self {
            Shown::Numbers(numbers) => json!(numbers),
            Shown::Labels(labels) => json!(labels),
            Shown::Text(text) => json!(text),
        }
    }
}
