//! [`ReadError`]: why a table could not be read.

use super::NpyError;
use em_core::DataError;
use std::io;

/// Why a table could not be read, and where in the file.
///
/// Lines count from 1, the header is line 1; a row of several lines is named by its first.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum ReadError {
    /// The file is not there.
    #[error("{file}: there is no such file{}{}", looked.as_ref().map(|p| format!(" (looked for {p:?})")).unwrap_or_default(), nearest.as_ref().map(|n| format!("; did you mean {n:?}?")).unwrap_or_default())]
    NotFound { file: String, looked: Option<String>, nearest: Option<String> },
    /// The folder of the file is not there.
    #[error("{file}: there is no folder {folder:?}; check the path")]
    NoFolder { file: String, folder: String },
    /// A folder, a pipe or a device.
    #[error("{file}: this is {kind}, not a file; name a file, or `-` for standard input")]
    NotAFile { file: String, kind: &'static str },
    /// A folder, a pipe or a device where a spec or a fit is wanted.
    #[error("{file}: this is {kind}, but a file is wanted here; name a file")]
    NotText { file: String, kind: &'static str },
    /// A spec or a fit of a size that no person wrote.
    #[error("{file}: the file is longer than the limit of {limit} bytes; large data belong into a table of their own")]
    TooLong { file: String, limit: usize },
    /// The file, or a folder on the way to it, is not for this user.
    #[error(
        "{file}: cannot be read: permission denied; change the permissions of the {kind}, or name a copy that you may read"
    )]
    Denied { file: String, kind: &'static str },
    /// The system refused to open the file or failed while reading it.
    #[error("{file}: cannot be read: {source}")]
    Io { file: String, source: io::Error },
    /// There is nothing in the file.
    #[error("{file}: the file is empty; it needs a line with the names of the columns, and rows below it")]
    Empty { file: String },
    /// The file ends after the header.
    #[error(
        "{file}: there are no rows below the header; add at least one, or check that this is the right file and a whole one"
    )]
    NoRows { file: String },
    /// The first line looks like data.
    #[error(
        "{file}: line 1: the first line holds only numbers, so it seems to be data; a header line with the names of the columns is needed above it"
    )]
    HeaderOfNumbers { file: String },
    /// A column has no name.
    #[error(
        "{file}: line 1: column {position} has no name; give it one, or leave the column out (row numbers, perhaps)"
    )]
    EmptyName { file: String, position: usize },
    /// Two columns have one name.
    #[error("{file}: line 1: columns {first} and {second} are both called {name:?}; rename one of them")]
    SameName { file: String, name: String, first: usize, second: usize },
    /// A row has more or fewer fields than the header.
    #[error(
        "{file}: line {line}: the number of fields is {found}, but {expected} in the header; a field that contains the delimiter must stand in quotes"
    )]
    Ragged { file: String, line: u64, found: usize, expected: usize },
    /// An empty line with rows below it.
    #[error("{file}: line {line}: the line is empty; remove it")]
    BlankLine { file: String, line: u64 },
    /// Bytes that are no UTF-8.
    #[error("{file}: line {line}: byte {byte:#04x} is not UTF-8; save the file as UTF-8 text")]
    NotUtf8 { file: String, line: u64, byte: u8 },
    /// A byte of value 0.
    #[error("{file}: line {line}: there is a NUL byte, as in binary and compressed files; save the file as UTF-8 text")]
    Nul { file: String, line: u64 },
    /// A carriage return that ends no line.
    #[error(
        "{file}: line {line}: there is a carriage return without a line feed; save the file with LF or CRLF at line ends"
    )]
    LoneReturn { file: String, line: u64 },
    /// Something follows the quote that closes a field.
    #[error("{file}: line {line}: there is text after a closing quote; double the quotes inside a quoted field")]
    AfterQuote { file: String, line: u64 },
    /// A quote that is never closed.
    #[error("{file}: line {line}: the quote that opens here is still open at the end of the file; close it")]
    OpenQuote { file: String, line: u64 },
    /// A cell is longer than [`Limits::field`](super::Limits::field).
    #[error(
        "{file}: line {line}, column {column:?}: the cell is longer than the limit of {limit} bytes; is a quote left open here? If not, raise the limit with `--limit field=N`"
    )]
    FieldTooLong { file: String, line: u64, column: String, limit: usize },
    /// A row is longer than [`Limits::row`](super::Limits::row).
    #[error(
        "{file}: line {line}: the row is longer than the limit of {limit} bytes; is a quote left open here? If not, raise the limit with `--limit row=N`"
    )]
    RowTooLong { file: String, line: u64, limit: usize },
    /// There are more columns than [`Limits::columns`](super::Limits::columns).
    #[error(
        "{file}: line 1: the number of columns is {columns}, more than the limit of {limit}; is this the right file? If so, leave some out, or raise the limit with `--limit columns=N`"
    )]
    TooManyColumns { file: String, columns: usize, limit: usize },
    /// There are more cells than [`Limits::cells`](super::Limits::cells).
    #[error(
        "{file}: line {line}: the table has more cells than the limit of {limit}; leave columns or rows out of the file, or raise the limit with `--limit cells=N`"
    )]
    TooManyCells { file: String, line: u64, limit: usize },
    /// No memory is left for the table.
    #[error("{file}: line {line}: no memory is left for the rows from here on; leave columns or rows out of the file")]
    Memory { file: String, line: u64 },
    /// A binary table is none, or damaged.
    #[error("{file}: {fault}")]
    Npy {
        file: String,
        #[source]
        fault: Box<NpyError>,
    },
    /// The table was read, but is not what it must be.
    #[error(transparent)]
    Data(#[from] DataError),
}
