//! Reading fit files.

use super::{FORMAT, FitFileError, Frame, VERSION};
use crate::experiment::Experiment;
use crate::fingerprint;
use crate::source::read_bytes;
use crate::spec_text::{self, At, SpecFault, Then};
use em_core::registry::{Learnt, Params, ReadParams};
use serde::de::DeserializeSeed;
use std::path::{Path, PathBuf};

/// A fit file may have this many bytes.
const LONGEST: usize = 1 << 30;

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
    /// Reads a fit file, RON or JSON.
    ///
    /// # Errors
    /// Any [`FitFileError`] but `Unwritable`.
    pub fn read(file: &str) -> Result<Self, FitFileError> {
        let bytes = read_bytes(file, LONGEST)?;
        let foreign = || FitFileError::Foreign { file: file.into() };
        let text = String::from_utf8(bytes).map_err(|_| foreign())?;
        check_head(file, &text)?;
        check_sum(file, &text)?;
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

/// What a text says after `name`, up to the end of the value: a glance that needs no parser, since a damaged file has
/// none.
fn glance<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let plain = |t: &'a str| t.trim_start_matches(['"', ':', ' ']);
    let after = plain(&text[text.find(name)? + name.len()..]);
    after.split(['"', ',', '\n', '\r']).next()
}

fn check_head(file: &str, text: &str) -> Result<(), FitFileError> {
    if glance(text, "format") != Some(FORMAT) {
        return Err(FitFileError::Foreign { file: file.into() });
    }
    match glance(text, "version").and_then(|v| v.trim().parse::<u64>().ok()) {
        Some(version) if version > VERSION => Err(FitFileError::Newer { file: file.into(), version, known: VERSION }),
        Some(version) if version > 0 => Ok(()),
        _ => Err(FitFileError::Damaged { file: file.into() }),
    }
}

fn check_sum(file: &str, text: &str) -> Result<(), FitFileError> {
    let whole = || {
        let stated = glance(text, "checksum")?;
        let at = text.find(stated).filter(|_| stated.len() == 64)?;
        (fingerprint::of_text(&[&text[..at], &text[at + stated.len()..]]) == stated).then_some(())
    };
    whole().ok_or_else(|| FitFileError::Damaged { file: file.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glance_finds_values_in_both_languages() {
        for text in
            ["(\n    format: \"em-fit\",\n    version: 12,\n", "{\n  \"format\": \"em-fit\",\n  \"version\": 12,\n"]
        {
            assert_eq!(glance(text, "format"), Some("em-fit"));
            assert_eq!(glance(text, "version"), Some("12"));
            assert!(matches!(check_head("f", text), Err(FitFileError::Newer { version: 12, known: 1, .. })));
        }
        assert!(matches!(check_head("f", "(model: KMeans)"), Err(FitFileError::Foreign { .. })));
        assert!(matches!(check_head("f", "format: \"em-fit\", version: x"), Err(FitFileError::Damaged { .. })));
    }
}
