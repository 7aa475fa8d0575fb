//! Where a cell stands, as a person would look it up.

use std::fmt;

/// How the rows of a table are counted in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lines {
    /// Rows from 0: binary and inline tables.
    Rows,
    /// One line of text per row, the first on this line.
    Consecutive {
        /// The line of row 0, counted from 1.
        first: u64,
    },
    /// The line of each row, counted from 1.
    Listed(Vec<u64>),
}

/// Where a table came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name in messages: a file name, as the user wrote it.
    pub name: String,
    /// How its rows are counted.
    pub lines: Lines,
}

impl Source {
    /// A table that is in no file.
    pub fn in_memory(name: &str) -> Self {
        Source { name: name.into(), lines: Lines::Rows }
    }

    /// The place of a cell; rows count from 0.
    pub fn place(&self, column: &str, row: usize) -> Place {
        let line = match &self.lines {
            Lines::Rows => None,
            Lines::Consecutive { first } => Some(first + row as u64),
            Lines::Listed(lines) => lines.get(row).copied(),
        };
        Place { source: self.name.clone(), line, row, column: column.into() }
    }
}

/// The place of a cell: `faults.csv: line 31, column "length"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of the table.
    pub source: String,
    /// The line of text, counted from 1; none for tables without lines.
    pub line: Option<u64>,
    /// The row, counted from 0.
    pub row: usize,
    /// The column.
    pub column: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}: line {line}, column {:?}", self.source, self.column),
            None => write!(f, "{}: row {}, column {:?}", self.source, self.row, self.column),
        }
    }
}
