//! Writing fit files.

use super::{DataRecord, FitFileError, KIND, Made};
use crate::outcome::Outcome;
use crate::sealed;
use em_core::Dataset;
use em_core::registry::Params;
use em_core::table::Scaling;
use serde::Serialize;
use std::path::{Component, Path, PathBuf};

/// The whole file. Encoding stands before parameters, because it makes the model that reads them.
#[derive(Serialize)]
struct Whole<'a> {
    format: &'static str,
    version: u64,
    checksum: &'a str,
    program: &'static str,
    model: &'static str,
    spec: &'a str,
    data: DataRecord,
    scalings: &'a [Scaling],
    encoding: &'a dyn erased_serde::Serialize,
    params: &'a Params,
    outcome: &'a Outcome,
}

/// The text of the fit file that is to stand at `path`: JSON where the name ends so, RON otherwise.
///
/// # Errors
/// [`FitFileError::Unwritable`] when the parameters cannot be put in words.
pub fn render(path: &Path, made: &Made, params: &Params, outcome: &Outcome) -> Result<String, FitFileError> {
    let whole = Whole {
        format: KIND.format,
        version: KIND.version,
        checksum: sealed::BLANK,
        program: env!("CARGO_PKG_VERSION"),
        model: made.learnt.model().name,
        spec: made.spec,
        data: record(path, made),
        scalings: made.scalings,
        encoding: made.learnt.encoding(),
        params,
        outcome,
    };
    let text = match path.extension().is_some_and(|e| e == "json") {
        true => json(&whole),
        false => sealed::ron(&whole),
    };
    text.map(|text| sealed::seal(&text)).map_err(|message| FitFileError::Unwritable { message })
}

fn json(whole: &Whole) -> Result<String, String> {
    serde_json::to_string_pretty(whole).map(|text| text + "\n").map_err(|e| e.to_string())
}

fn record(fit_path: &Path, made: &Made) -> DataRecord {
    let absolute = made.data_path.and_then(|p| std::path::absolute(p).ok());
    let folder = std::path::absolute(fit_path).ok().and_then(|p| p.parent().map(Path::to_path_buf));
    let relative = absolute.as_deref().zip(folder.as_deref()).and_then(|(to, from)| seen_from(from, to));
    let show = |p: PathBuf| p.to_string_lossy().into_owned();
    DataRecord {
        path: absolute.map(show),
        relative: relative.map(show),
        n: made.data.units(),
        weight: made.data.total_weight(),
        columns: made.learnt.columns(),
        fingerprint: made.fingerprint.into(),
    }
}

/// The path from the folder `from` to the file `to`, both absolute.
fn seen_from(from: &Path, to: &Path) -> Option<PathBuf> {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common);
    // What lies on another drive, or behind `..`, cannot be reached like this.
    if common == 0 || up.clone().any(|c| !matches!(c, Component::Normal(_))) {
        return None;
    }
    Some(up.map(|_| Component::ParentDir).chain(to.components().skip(common)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_seen_from_a_folder() {
        let seen = |from: &str, to: &str| seen_from(Path::new(from), Path::new(to)).unwrap();
        assert_eq!(seen("/a/b", "/a/b/x.csv"), Path::new("x.csv"));
        assert_eq!(seen("/a/b", "/a/c/x.csv"), Path::new("../c/x.csv"));
        assert_eq!(seen("/", "/a/x.csv"), Path::new("a/x.csv"));
    }
}
