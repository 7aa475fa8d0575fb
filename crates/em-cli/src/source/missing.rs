//! [`Missing`]: what is done with rows in which a value is missing.

use super::OptionError;
use super::view::check_names;
use em_core::{DataError, Table, Warning};
use serde::{Deserialize, Serialize};

/// What is done with rows in which a value is missing: `Error` or `DropRows` in specs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub enum Missing {
    /// A missing value is an error.
    #[default]
    Error,
    /// The row is left out, and a warning counts such rows. Missing is an empty cell, and `nan` among numbers.
    DropRows {
        /// Other cells that mean the same, letter by letter: `DropRows(markers: ["NA", "?"])`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        markers: Vec<String>,
    },
}

impl Missing {
    /// Whether rows may be left out.
    pub fn drops(&self) -> bool {
        matches!(self, Missing::DropRows { .. })
    }

    /// Checks the options.
    pub(super) fn check(&self) -> Result<(), OptionError> {
        match self {
            Missing::DropRows { markers } => check_names("missing", markers.iter()),
            Missing::Error => Ok(()),
        }
    }

    /// Whether a cell is one of the markers.
    pub(super) fn marks(&self, cell: &str) -> bool {
        matches!(self, Missing::DropRows { markers } if markers.iter().any(|marker| marker == cell))
    }

    /// Whether a cell that is spelled like a number may be one of the markers.
    pub(super) fn marks_numbers(&self) -> bool {
        let spelled = |marker: &String| matches!(super::column::reading(marker), super::column::Reading::Number(_));
        matches!(self, Missing::DropRows { markers } if markers.iter().any(spelled))
    }

    /// Whether a cell of a column of numbers is allowed to be missing, and is.
    pub(super) fn is_gap(&self, cell: &str) -> bool {
        self.drops() && (cell.is_empty() || cell.trim_start_matches(['+', '-']).eq_ignore_ascii_case("nan"))
    }

    /// The rows in which none of the columns `read` misses its value, and a warning that counts the others; the table as it
    /// is where nothing may be dropped.
    ///
    /// # Errors
    /// [`DataError::TooFewRows`] when no row is left; as [`Table::keep_rows`].
    pub fn apply(&self, table: Table, read: &[String]) -> Result<(Table, Option<Warning>), DataError> {
        if !self.drops() {
            return Ok((table, None));
        }
        let mut counts = vec![0usize; read.len()];
        let mut is_whole = |row: &usize| {
            let before: usize = counts.iter().sum();
            for name in table.missing(*row, read) {
                counts[read.iter().position(|n| n == name).expect("it is one of these")] += 1;
            }
            before == counts.iter().sum::<usize>()
        };
        let whole: Vec<usize> = (0..table.rows()).filter(&mut is_whole).collect();
        let (rows, dropped) = (table.rows(), table.rows() - whole.len());
        if dropped == 0 {
            return Ok((table, None));
        }
        let of_columns: Vec<String> = read
            .iter()
            .zip(&counts)
            .filter(|(_, n)| **n > 0)
            .map(|(name, n)| format!("column {name:?}: {n}"))
            .collect();
        let (name, of_columns) = (table.source().name.clone(), of_columns.join(", "));
        if whole.is_empty() {
            let why = format!("in each of {rows} rows a value is missing ({of_columns})");
            return Err(DataError::TooFewRows { table: name, rows: 0, why });
        }
        let message = format!("{name}: {dropped} of {rows} rows were dropped, since a value is missing ({of_columns})");
        let advice = "fill the values in, or leave out columns that miss many";
        Ok((table.keep_rows(&whole, read)?, Some(Warning::new("rows_dropped", message, advice))))
    }
}
