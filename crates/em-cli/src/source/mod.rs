//! Where tables come from: an open registry of data sources, named in spec files.
//!
//! A spec says `data: Csv(path: "faults.csv", columns: ["length"])`; a source of one's own is a struct with serde's
//! derives and `#[typetag::serde] impl DataSource`.

mod column;
mod csv;
mod csv_reader;
mod decimal;
#[cfg(test)]
mod from_spec;
mod guard;
mod inline;
mod limits;
mod missing;
mod npy;
mod npy_array;
mod npy_error;
mod npy_header;
mod npy_layout;
mod npy_reader;
mod npy_type;
mod open;
mod option_error;
mod plain_rows;
mod read_ahead;
mod read_error;
mod steady_file;
mod view;

pub use csv::{Csv, read_csv};
pub use inline::Inline;
pub use limits::{Limit, Limits};
pub use missing::Missing;
pub use npy::Npy;
pub use npy_error::NpyError;
pub(crate) use open::{STANDARD, read_bytes, standard_bytes};
pub use option_error::OptionError;
pub use read_error::ReadError;
pub use view::{Standardize, View};

use em_core::Table;
use std::fmt::Debug;
use std::path::Path;

/// A source of data as a spec file names it; read through [`Named`](em_core::registry::Named).
#[typetag::serde]
pub trait DataSource: Debug + Send + Sync {
    /// The whole table, with every column; a relative path counts from `folder`.
    ///
    /// # Errors
    /// [`ReadError`], with the place.
    fn read(&self, folder: &Path, limits: Limits) -> Result<Table, ReadError>;

    /// Another file, read with the same options; `-` is standard input, a relative path counts from the current folder.
    ///
    /// # Errors
    /// [`ReadError`], with the place.
    fn read_file(&self, path: &Path, limits: Limits) -> Result<Table, ReadError>;

    /// The path as it is written in the spec; none for data that stand in the spec itself.
    fn path(&self) -> Option<&Path>;

    /// What is done with the table after reading.
    fn view(&self) -> &View;

    /// What is done with rows in which a value is missing.
    fn missing(&self) -> &Missing {
        &Missing::Error
    }

    /// What stands between the fields of text tables that [`read_file`](Self::read_file) reads.
    fn delimiter(&self) -> char {
        ','
    }
}
