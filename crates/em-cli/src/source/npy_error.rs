//! [`NpyError`]: why a binary table cannot be read.

use super::npy_type::NoNumber;

/// Why an NPY file cannot be read. Bytes, rows and dimensions count from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum NpyError {
    /// It begins otherwise.
    #[error("this is no NPY file; write it with `numpy.save`, or read a text table with `Csv`")]
    Magic,
    /// A version of the format that is not known.
    #[error("format version {major}.{minor} is not known here; write the file with `numpy.save`")]
    Version { major: u8, minor: u8 },
    /// The header claims to be longer than any is.
    #[error("the header claims {length} bytes, more than the limit of {limit}; the file is damaged")]
    HeaderTooLong { length: u64, limit: u64 },
    /// The file ends in the header.
    #[error("the file ends within its header; it is cut short")]
    HeaderCut,
    /// The header is not what it must be.
    #[error("byte {at} of the header: {wanted} is expected, found {found}; the file is damaged")]
    Header { at: usize, wanted: &'static str, found: String },
    /// A field of the header comes twice or not at all.
    #[error("the header must hold '{field}' once; the file is damaged")]
    Field { field: &'static str },
    /// Values that are no plain numbers.
    #[error("the values are of type '{descr}'{}; convert them to plain numbers, `array.astype('float64')`", kind.map(|k| format!(", {k}")).unwrap_or_default())]
    Type { descr: String, kind: Option<&'static str> },
    /// An array that is no table.
    #[error("an array of {0} dimensions is no table; save one of n × d numbers, or of n")]
    Dimensions(usize),
    /// A table of nothing.
    #[error("the array is {rows} × {columns}: there is nothing in it")]
    Nothing { rows: u64, columns: u64 },
    /// More columns than the limit.
    #[error(
        "the number of columns is {columns}, more than the limit of {limit}; is the array transposed? If not, raise the limit with `--limit columns=N`"
    )]
    TooManyColumns { columns: u64, limit: usize },
    /// More values than the limit.
    #[error(
        "{rows} × {columns} values are more than the limit of {limit}; leave rows or columns out of the file, raise the limit with `--limit cells=N`, or read them block by block with `on_disk: true`"
    )]
    TooManyCells { rows: u64, columns: u64, limit: usize },
    /// Fewer bytes than the shape says.
    #[error(
        "{rows} × {columns} values of {size} bytes are {wanted} bytes, but only {found} are there; the file is cut short"
    )]
    Short { rows: usize, columns: usize, size: usize, wanted: u64, found: u64 },
    /// More bytes than the shape says.
    #[error("more bytes follow than {rows} × {columns} values of {size} bytes take; the file is damaged")]
    Long { rows: usize, columns: usize, size: usize },
    /// A whole number that a double cannot hold.
    #[error(
        "row {row}, column \"x{column}\": {value} is beyond 2^53, so that it cannot be held exactly; use smaller numbers"
    )]
    Inexact { row: usize, column: usize, value: i128 },
    /// A truth value that is neither.
    #[error("row {row}, column \"x{column}\": byte {value:#04x} is no truth value, 0 or 1; the file is damaged")]
    NoBool { row: usize, column: usize, value: u8 },
    /// No memory is left.
    #[error(
        "no memory is left for {rows} × {columns} values; leave rows or columns out of the file, or read them block by block with `on_disk: true`"
    )]
    Memory { rows: usize, columns: usize },
}

impl NpyError {
    pub(super) fn no_number(no: NoNumber, row: usize, column: usize) -> Self {
        match no {
            NoNumber::Inexact(value) => NpyError::Inexact { row, column, value },
            NoNumber::NoBool(value) => NpyError::NoBool { row, column, value },
        }
    }
}
