//! Where a cell stands, as a person would look it up.

use std::fmt;

/// How the rows of a table are counted in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lines {
    /// Rows from 0: binary and inline tables.
    Rows,
    /// The same, of which only these were kept.
    Kept(Vec<usize>),
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

    /// The same table of which only these rows were kept, in ascending order.
    pub fn kept(&self, rows: &[usize]) -> Self {
        let lines = match &self.lines {
            Lines::Rows => Lines::Kept(rows.to_vec()),
            Lines::Kept(earlier) => Lines::Kept(rows.iter().filter_map(|row| earlier.get(*row).copied()).collect()),
            Lines::Consecutive { first } => Lines::Listed(rows.iter().map(|row| first + *row as u64).collect()),
            Lines::Listed(earlier) => Lines::Listed(rows.iter().filter_map(|row| earlier.get(*row).copied()).collect()),
        };
        Source { name: self.name.clone(), lines }
    }

    /// The place of a cell; rows count from 0.
    pub fn place(&self, column: &str, row: usize) -> Place {
        let mut row = row;
        let line = match &self.lines {
            Lines::Rows => None,
            Lines::Kept(rows) => {
                row = rows.get(row).copied().unwrap_or(row);
                None
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_were_kept_are_named_as_they_were() {
        let place = |lines: Lines, rows: &[usize], row| {
            Source { name: "t".into(), lines }.kept(rows).place("x", row).to_string()
        };
        assert_eq!(place(Lines::Rows, &[0, 4, 7], 1), "t: row 4, column \"x\"");
        assert_eq!(place(Lines::Kept(vec![2, 5, 9]), &[0, 2], 1), "t: row 9, column \"x\"");
        assert_eq!(place(Lines::Consecutive { first: 2 }, &[0, 4], 1), "t: line 6, column \"x\"");
        assert_eq!(place(Lines::Listed(vec![2, 5, 9]), &[1, 2], 0), "t: line 5, column \"x\"");
    }
}
