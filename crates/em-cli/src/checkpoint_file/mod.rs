//! The checkpoint file: from where a fit can go on, and whether it is the same fit.

mod conditions;
mod error;
#[cfg(test)]
mod tests;

pub use conditions::{Conditions, Difference};
pub use error::CheckpointError;

use crate::atomic;
use crate::failure::Failure;
use crate::sealed::{self, Kind};
use crate::source::read_bytes;
use em_core::Checkpoint;
use em_core::registry::{Erased, Params, ReadParams};
use ron::value::RawValue;
use serde::{Deserialize, Serialize};
use std::path::Path;

const KIND: Kind = Kind { format: "em-checkpoint", version: 1 };
/// A checkpoint file may have this many bytes.
const LONGEST: usize = 1 << 30;
/// Brackets may be nested this deep.
const DEEPEST: usize = 64;

/// The whole file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole<M, C, P> {
    format: String,
    version: u64,
    checksum: String,
    /// The program's version.
    program: String,
    /// The model's name.
    model: M,
    conditions: C,
    checkpoint: P,
}

/// Writes a checkpoint to `path`, in place of the one before as soon as it is whole.
///
/// # Errors
/// [`CheckpointError::Unwritable`] when the parameters cannot be put in words; else as [`atomic::write`].
pub fn write(
    path: &Path,
    model: &Erased,
    conditions: &Conditions,
    checkpoint: &Checkpoint<Params>,
) -> Result<(), Failure> {
    let whole = Whole {
        format: KIND.format.into(),
        version: KIND.version,
        checksum: sealed::BLANK.into(),
        program: env!("CARGO_PKG_VERSION").into(),
        model: model.name,
        conditions,
        checkpoint,
    };
    let unwritable = |message| CheckpointError::Unwritable { message };
    let text = sealed::ron(&whole).map_err(unwritable)?;
    if text.len() > LONGEST {
        Err(unwritable(format!("it is longer than the limit of {LONGEST} bytes")))?;
    }
    Ok(atomic::write(path, sealed::seal(&text).as_bytes())?)
}

/// A checkpoint that was read.
pub struct Resumed {
    /// From where to go on.
    pub checkpoint: Checkpoint<Params>,
    /// The version of the program that wrote it, where that is another.
    pub other_program: Option<String>,
}

/// Reads the checkpoint `file` of a fit of `model` under these conditions.
///
/// # Errors
/// Any [`CheckpointError`] but `Unwritable`.
pub fn read(file: &str, model: &Erased, conditions: &Conditions) -> Result<Resumed, CheckpointError> {
    parse(file, read_bytes(file, LONGEST)?, model, conditions)
}

/// The same of the bytes of a file, called `file` in messages.
///
/// # Errors
/// Any [`CheckpointError`] but `Read` and `Unwritable`.
pub fn parse(file: &str, bytes: Vec<u8>, model: &Erased, conditions: &Conditions) -> Result<Resumed, CheckpointError> {
    let text = String::from_utf8(bytes).map_err(|_| CheckpointError::Foreign { file: file.into() })?;
    sealed::check(&text, &KIND).map_err(|broken| CheckpointError::broken(file, broken))?;
    let content = |message: String| CheckpointError::Content { file: file.into(), message };
    let options = ron::Options::default().with_recursion_limit(DEEPEST);
    // Parameters are left as text until it is known that they are of this model.
    let whole: Whole<String, Conditions, Checkpoint<Box<RawValue>>> =
        options.from_str(&text).map_err(|e| content(e.to_string()))?;
    if let Some(difference) = whole.conditions.difference(conditions) {
        return Err(CheckpointError::Other { file: file.into(), difference });
    }
    let params = |raw: Box<RawValue>| {
        let mut d = ron::Deserializer::from_str_with_options(raw.get_ron(), &options).map_err(|e| e.to_string())?;
        let mut erased = <dyn erased_serde::Deserializer>::erase(&mut d);
        model.read_params(&mut erased).map_err(|e| e.to_string())
    };
    let checkpoint = whole.checkpoint.try_map(params).map_err(content)?;
    let other_program = Some(whole.program).filter(|program| program != env!("CARGO_PKG_VERSION"));
    Ok(Resumed { checkpoint, other_program })
}
