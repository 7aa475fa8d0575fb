//! [`StoreFault`]: why numbers that are read anew for every pass cannot be read any more.

/// Why numbers that are read anew for every pass cannot be read any more. Rows count from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum StoreFault {
    /// Somebody has written to the file.
    #[error("{file}: the file has changed since it was opened; begin again once nobody writes to it")]
    Changed { file: String },
    /// Somebody has cut the file.
    #[error("{file}: the file is shorter than it was when it was opened; begin again once nobody writes to it")]
    Cut { file: String },
    /// The system failed.
    #[error("{file}: row {row} cannot be read: {reason}")]
    System { file: String, row: usize, reason: String },
}
