//! [`Destination`]: where what a command makes goes.

use super::{check_output, is_same};
use crate::atomic;
use crate::failure::Failure;
use crate::source::STANDARD;
use crate::visible;
use std::path::{Path, PathBuf};

/// A file, or standard output.
pub(super) enum Destination {
    /// A file, which is none of the inputs.
    File(PathBuf),
    /// `-`: what is made is the whole answer.
    Standard,
}

impl Destination {
    /// What `-o` names, checked before any work is done: a file that is none of the inputs, or `-`.
    ///
    /// # Errors
    /// [`Failure::Usage`] and [`Failure::Write`].
    pub fn new<'a>(output: &str, inputs: impl IntoIterator<Item = &'a Path>) -> Result<Self, Failure> {
        if output == STANDARD {
            return Ok(Destination::Standard);
        }
        let file = PathBuf::from(output);
        check_output(&file, inputs)?;
        Ok(Destination::File(file))
    }

    /// The same for a command that says something else on standard output with `--json`.
    ///
    /// # Errors
    /// As [`new`](Self::new), and where two documents would meet.
    pub fn beside_json<'a>(
        output: &str,
        inputs: impl IntoIterator<Item = &'a Path>,
        json: bool,
    ) -> Result<Self, Failure> {
        if output == STANDARD && json {
            let advice = "`--json` and `-o -` both want standard output; leave one of them out, or name a file";
            return Err(Failure::Usage(advice.into()));
        }
        Destination::new(output, inputs)
    }

    /// The path by which the format of a file is known.
    pub fn path(&self) -> &Path {
        match self {
            Destination::File(file) => file,
            Destination::Standard => Path::new(STANDARD),
        }
    }

    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Destination::File(file) => Some(file),
            Destination::Standard => None,
        }
    }

    /// Whether `path` leads to the same file.
    pub fn is(&self, path: &Path) -> bool {
        matches!(self, Destination::File(file) if is_same(file, path))
    }

    /// Writes `made`, and gives what stands on standard output: `made` itself, or what else there is to say.
    ///
    /// # Errors
    /// [`Failure::Write`].
    pub fn take(&self, made: String, otherwise: impl FnOnce() -> String) -> Result<String, Failure> {
        match self {
            Destination::File(file) => {
                atomic::write(file, made.as_bytes())?;
                Ok(otherwise())
            }
            Destination::Standard => Ok(made),
        }
    }

    /// A line that says where it went.
    pub fn told(&self) -> String {
        match self {
            Destination::File(file) => format!("written to {}\n", visible::line(&file.to_string_lossy())),
            Destination::Standard => String::new(),
        }
    }
}
