//! [`CheckpointError`]: why a checkpoint cannot be used.

use super::conditions::Difference;
use crate::sealed::Broken;
use crate::source::ReadError;

/// Why a checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// It cannot be opened or read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is something else.
    #[error("{file}: this is no checkpoint; give the file that `em fit --checkpoint FILE` wrote")]
    Foreign {
        /// The file.
        file: String,
    },
    /// It was written by a later program.
    #[error(
        "{file}: the checkpoint has format version {version}, but this program reads up to {known}; use a newer `em`"
    )]
    Newer {
        /// The file.
        file: String,
        /// Its version.
        version: u64,
        /// The last version known here.
        known: u64,
    },
    /// It is not what was written.
    #[error(
        "{file}: the checkpoint was cut short or changed since it was written (its checksum does not match); fit anew without `--resume`"
    )]
    Damaged {
        /// The file.
        file: String,
    },
    /// It is whole, but says what it must not.
    #[error("{file}: the checkpoint cannot be read: {message}; fit anew without `--resume`")]
    Content {
        /// The file.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// It is of another fit.
    #[error("{file}: {difference}")]
    Other {
        /// The file.
        file: String,
        /// What differs.
        difference: Difference,
    },
    /// It holds a value that cannot be written.
    #[error("the checkpoint cannot be written: {message}")]
    Unwritable {
        /// Why.
        message: String,
    },
}

impl CheckpointError {
    pub(super) fn broken(file: &str, broken: Broken) -> Self {
        let file = file.into();
        match broken {
            Broken::Foreign => CheckpointError::Foreign { file },
            Broken::Newer { version, known } => CheckpointError::Newer { file, version, known },
            Broken::Damaged => CheckpointError::Damaged { file },
        }
    }
}
