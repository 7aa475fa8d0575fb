//! Reading fit files.

use super::{FitFileError, Frame, KIND};
use crate::experiment::Experiment;
use crate::sealed::{self, Broken};
use crate::source::{STANDARD, read_bytes, standard_bytes};
use crate::spec_text::{self, At, SpecFault, Then};
use em_core::registry::{Learnt, Params, ReadParams};
use serde::de::DeserializeSeed;
use std::path::{Path, PathBuf};

/// A fit file may have this many bytes.
const LONGEST: usize = 1 << 30;
/// What messages call a fit that came through a pipe.
pub const STANDARD_INPUT: &str = "standard input";

/// A fit, read and checked: its model can be used again.
pub struct FitFile {
    /// The file, as the user wrote it.
    pub file: String,
    /// Everything but encoding and parameters.
    pub frame: Frame,
    /// The spec.
    pub experiment: Experiment,
    /// The model, and what was learned.
    pub learnt: Box<dyn Learnt>,
    /// The parameters.
    pub params: Params,
}

impl FitFile {
    /// Reads a fit file, RON or JSON; `-` is standard input.
    ///
    /// # Errors
    /// Any [`FitFileError`] but `Unwritable`.
    pub fn read(file: &str) -> Result<Self, FitFileError> {
        match file {
            STANDARD => Self::parse(STANDARD_INPUT, standard_bytes(LONGEST)?),
            _ => Self::parse(file, read_bytes(file, LONGEST)?),
        }
    }

    /// The same of the bytes of a file, called `file` in messages.
    ///
    /// # Errors
    /// Any [`FitFileError`] but `Read` and `Unwritable`.
    pub fn parse(file: &str, bytes: Vec<u8>) -> Result<Self, FitFileError> {
        let foreign = || FitFileError::Foreign { file: file.into() };
        let text = String::from_utf8(bytes).map_err(|_| foreign())?;
        sealed::check(&text, &KIND).map_err(|broken| refused(file, broken))?;
        let content = |fault| FitFileError::Content { file: file.into(), fault };
        let body = Body::new(&text).map_err(content)?;
        let frame = body.frame().map_err(content)?;
        let (experiment, _) = spec_text::read::<Experiment>(&frame.spec).map_err(content)?;
        let mut learnt = None;
        body.read_at(&["encoding"], &mut |d| {
            learnt = Some(experiment.model.load_any(d)?);
            Ok(())
        })
        .map_err(content)?;
        let learnt = learnt.ok_or_else(foreign)?;
        let mut params = None;
        body.read_at(&["params"], &mut |d| {
            params = Some(learnt.model().read_params(d)?);
            Ok(())
        })
        .map_err(content)?;
        let params = params.ok_or_else(foreign)?;
        Ok(FitFile { file: file.into(), frame, experiment, learnt, params })
    }

    /// Where the data of this fit are now: where they were, or at the same place seen from the fit file.
    ///
    /// # Errors
    /// [`FitFileError::NoData`] when they are at neither.
    pub fn data_path(&self) -> Result<Option<PathBuf>, FitFileError> {
        let Some(absolute) = &self.frame.data.path else { return Ok(None) };
        let folder = Path::new(&self.file).parent().unwrap_or(Path::new(""));
        let beside = self.frame.data.relative.as_ref().map(|r| folder.join(r));
        let found = [Some(PathBuf::from(absolute)), beside].into_iter().flatten().find(|p| p.exists());
        found.map(Some).ok_or_else(|| FitFileError::NoData { file: self.file.clone(), tried: absolute.clone() })
    }
}

fn refused(file: &str, broken: Broken) -> FitFileError {
    let file = file.into();
    match broken {
        Broken::Foreign => FitFileError::Foreign { file },
        Broken::Newer { version, known } => FitFileError::Newer { file, version, known },
        Broken::Damaged => FitFileError::Damaged { file },
    }
}

/// The text of a fit file in either of its languages.
enum Body<'a> {
    Ron(Box<(Frame, spec_text::Whole)>),
    Json(&'a str),
}

impl<'a> Body<'a> {
    fn new(text: &'a str) -> Result<Self, SpecFault> {
        if is_json(text) {
            return Ok(Body::Json(text));
        }
        Ok(Body::Ron(Box::new(spec_text::read::<Frame>(text)?)))
    }

    fn frame(&self) -> Result<Frame, SpecFault> {
        match self {
            Body::Ron(read) => Ok(read.0.clone()),
            Body::Json(text) => serde_json::from_str(text).map_err(in_json),
        }
    }

    fn read_at(&self, path: &[&str], then: &mut Then) -> Result<(), SpecFault> {
        match self {
            Body::Ron(read) => spec_text::read_at(&read.1, path, then),
            Body::Json(text) => {
                At { path, then }.deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(in_json)
            }
        }
    }
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

fn in_json(e: serde_json::Error) -> SpecFault {
    let message = e.to_string();
    let message = message.split(" at line ").next().unwrap_or_default().into();
    SpecFault { place: Some((e.line(), e.column())), path: String::new(), message, line: String::new() }
}
