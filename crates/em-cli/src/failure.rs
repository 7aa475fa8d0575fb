//! [`Failure`]: why a command has no answer, and the exit status that says so.

use crate::atomic::WriteError;
use crate::checkpoint_file::CheckpointError;
use crate::fit_file::FitFileError;
use crate::source::ReadError;
use crate::spec_text::SpecFault;
use em_core::{Cause, DataError, FitError};

/// The exit status of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done, and converged.
    Done = 0,
    /// Done, but not converged, or an expectation was missed.
    Unconverged = 1,
    /// Bad usage, spec or data.
    Refused = 2,
    /// The fit failed.
    Failed = 3,
}

/// Why a command has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A spec is wrong.
    #[error("{}", fault.show(file))]
    Spec {
        /// The file, as the user wrote it.
        file: String,
        /// What is wrong, and where.
        fault: SpecFault,
    },
    /// The model lacks what the spec asks for.
    #[error("{file}: {asked} needs `{capability}`, which the model {model} does not offer; {advice}")]
    Capability {
        /// The spec or the fit.
        file: String,
        /// What is asked for.
        asked: String,
        /// What that needs.
        capability: &'static str,
        /// The model.
        model: &'static str,
        /// What to do instead.
        advice: String,
    },
    /// Two things that exclude each other, a name that nobody knows.
    #[error("{0}")]
    Usage(String),
    /// A table cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A table cannot serve the model.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A fit file cannot be used.
    #[error(transparent)]
    FitFile(#[from] FitFileError),
    /// A checkpoint cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// An output cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The fit failed.
    #[error("{file}: {cause}{}", meant.as_ref().map(|m| format!(" ({m})")).unwrap_or_default())]
    Fit {
        /// The spec.
        file: String,
        /// Where and why.
        #[source]
        cause: Box<FitError>,
        /// The name of the column or the group that the cause calls by its number.
        meant: Option<String>,
    },
}

impl Failure {
    /// The exit status.
    pub fn status(&self) -> Status {
        match self {
            Failure::Fit { cause, .. } if !matches!(cause.cause, Cause::Checkpoint(_) | Cause::Store(_)) => {
                Status::Failed
            }
            _ => Status::Refused,
        }
    }

    /// The message without the name of `file` before it, for a place where that is known.
    pub fn reason(&self, file: &str) -> String {
        let text = self.to_string();
        text.strip_prefix(&format!("{file}: ")).unwrap_or(&text).into()
    }
}
