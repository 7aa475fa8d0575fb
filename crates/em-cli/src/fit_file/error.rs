//! [`FitFileError`]: why a fit file cannot be used.

use crate::source::ReadError;
use crate::spec_text::SpecFault;

/// Why a fit file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FitFileError {
    /// It cannot be opened or read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is something else.
    #[error("{file}: this is no fit file; give the file that `em fit` wrote")]
    Foreign {
        /// The file.
        file: String,
    },
    /// It was written by a later program.
    #[error("{file}: the fit has format version {version}, but this program reads up to {known}; use a newer `em`")]
    Newer {
        /// The file.
        file: String,
        /// Its version.
        version: u64,
        /// The last version known here.
        known: u64,
    },
    /// It is not what was written.
    #[error("{file}: the file was cut short or changed since it was written (its checksum does not match); fit again")]
    Damaged {
        /// The file.
        file: String,
    },
    /// It is whole, but says what it must not.
    #[error("{}", fault.show(file))]
    Content {
        /// The file.
        file: String,
        /// What is wrong, and where.
        fault: SpecFault,
    },
    /// It holds a value that cannot be written.
    #[error("the fit cannot be written: {message}")]
    Unwritable {
        /// Why.
        message: String,
    },
    /// Its data are nowhere to be found.
    #[error("{file}: its data are no longer at {tried}; give them with `--data FILE`")]
    NoData {
        /// The file.
        file: String,
        /// Where they were looked for.
        tried: String,
    },
}
