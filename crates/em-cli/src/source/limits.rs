//! [`Limits`]: how much a text table may ask for.

/// The longest cell, in bytes. Names of levels are short; a longer cell is mostly a quote left open.
const LONGEST_FIELD: usize = 1 << 20;
/// The longest row, in bytes. Room for [`MOST_COLUMNS`] cells of 500 bytes, and the most that is held of a text at once.
const LONGEST_ROW: usize = 1 << 24;
/// The most columns. Tables look columns up one after the other, which is slow beyond this.
const MOST_COLUMNS: usize = 1 << 15;
/// The most cells. As numbers they take 8 bytes each: 8 GiB.
const MOST_CELLS: usize = 1 << 30;

/// The limits within which a text table is read, so that a damaged file ends in a message and not in a full memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest cell, in bytes.
    pub field: usize,
    /// The longest row, in bytes.
    pub row: usize,
    /// The most columns.
    pub columns: usize,
    /// The most cells of the table, the header apart.
    pub cells: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { field: LONGEST_FIELD, row: LONGEST_ROW, columns: MOST_COLUMNS, cells: MOST_CELLS }
    }
}
