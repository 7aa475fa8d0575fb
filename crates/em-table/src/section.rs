//! [`Section`]: a table for people.

/// A cell of a table for people.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A number, to be rounded as the table needs.
    Number(f64),
    /// A whole number.
    Count(u64),
    /// Text.
    Text(String),
    /// Nothing.
    Empty,
}

/// A table for people: a title, column heads, and rows with a head each.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// What it shows.
    pub title: String,
    /// The heads of the columns.
    pub heads: Vec<String>,
    /// Each row: its head, and one cell per column.
    pub rows: Vec<(String, Vec<Cell>)>,
}
