//! [`Prepared`]: a spec and its data, read, checked and ready to be fitted.

use crate::experiment::{Experiment, StartFrom, read_params};
use crate::failure::Failure;
use crate::fingerprint;
use crate::source::{DataSource, Standardize, View};
use crate::spec_text::{self, Whole};
use em_core::registry::{Data, Learnt, Params};
use em_core::table::Scaling;
use em_core::{LatentModel, Purpose, Start, StartKind, Table, Warning};
use std::path::{Path, PathBuf};

/// A spec with its data, the model learned from them, and where to start.
pub struct Prepared {
    /// The spec file, as the user wrote it.
    pub file: String,
    /// Its text.
    pub text: String,
    /// What it says.
    pub experiment: Experiment,
    /// The data file, as it was opened; none for inline data.
    pub data_path: Option<PathBuf>,
    /// A digest of names, numbers and weights before anything was done to them.
    pub fingerprint: String,
    /// Standardised columns.
    pub scalings: Vec<Scaling>,
    /// The model, and what was learned.
    pub learnt: Box<dyn Learnt>,
    /// The data, as the model sees them.
    pub data: Data,
    /// The start that stands in the spec, if any does.
    pub start: Option<Params>,
    /// What was noticed on the way.
    pub warnings: Vec<Warning>,
}

impl Prepared {
    /// Reads the spec `file` and its data, or those in `data`.
    ///
    /// # Errors
    /// Any [`Failure`] of exit status 2.
    pub fn read(file: &str, data: Option<&str>) -> Result<Self, Failure> {
        let text = read_text(file)?;
        let (experiment, whole) =
            spec_text::read::<Experiment>(&text).map_err(|fault| Failure::Spec { file: file.into(), fault })?;
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        let (table, data_path) = read_table(&*experiment.data, folder, data)?;
        let mut table = experiment.data.view().apply(table)?;
        let fingerprint = fingerprint::of(&table);
        let scalings = learn_scalings(&experiment, &table)?;
        scalings.iter().try_for_each(|s| s.apply(&mut table))?;
        let mut warnings = Vec::new();
        let learnt = experiment.model.learn_any(&table, &mut warnings)?;
        let data = learnt.encode(&table, Purpose::Fit)?;
        let start = given_start(file, &whole, &experiment, &*learnt, &data)?;
        check_capabilities(file, &experiment, &*learnt)?;
        let (file, text) = (file.to_string(), text);
        Ok(Prepared { file, text, experiment, data_path, fingerprint, scalings, learnt, data, start, warnings })
    }

    /// The named start that is asked for.
    pub fn kind(&self) -> Option<StartKind> {
        match self.experiment.fit.start {
            Some(StartFrom::Kind(kind)) => Some(kind),
            _ => None,
        }
    }
}

/// The text of a file.
///
/// # Errors
/// [`Failure::Open`].
pub fn read_text(file: &str) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|cause| Failure::Open { file: file.into(), cause })
}

/// The table of a source, or of another file with the same options; and the file it was.
///
/// # Errors
/// [`Failure::Read`].
pub fn read_table(
    source: &dyn DataSource,
    folder: &Path,
    other: Option<&str>,
) -> Result<(Table, Option<PathBuf>), Failure> {
    match other {
        Some(path) => Ok((source.read_file(Path::new(path))?, (path != "-").then(|| path.into()))),
        None => Ok((source.read(folder)?, source.path().map(|p| folder.join(p)))),
    }
}

fn learn_scalings(experiment: &Experiment, table: &Table) -> Result<Vec<Scaling>, Failure> {
    let View { standardize, .. } = experiment.data.view();
    let names: Vec<String> = match standardize {
        Standardize::No => Vec::new(),
        Standardize::Columns(names) => names.clone(),
        Standardize::All => match experiment.model.uses_any() {
            Some(uses) => uses.covariates,
            None => table.numeric_names().map(String::from).collect(),
        },
    };
    Ok(names.iter().map(|name| Scaling::learn(table, name)).collect::<Result<_, _>>()?)
}

fn given_start(
    file: &str,
    text: &Whole,
    experiment: &Experiment,
    learnt: &dyn Learnt,
    data: &Data,
) -> Result<Option<Params>, Failure> {
    if experiment.fit.start != Some(StartFrom::Params) {
        return Ok(None);
    }
    let start = read_params(text, learnt.model()).map_err(|fault| Failure::Spec { file: file.into(), fault })?;
    if let Some(params) = &start {
        let refuse = |message| Failure::Start { file: file.into(), message };
        learnt.model().admit(params, data).map_err(refuse)?;
    }
    Ok(start)
}

/// Refuses, before the first pass over the data, what the model cannot do.
fn check_capabilities(file: &str, experiment: &Experiment, learnt: &dyn Learnt) -> Result<(), Failure> {
    let model = learnt.model();
    let lacks = |asked: String, capability, advice: String| {
        Err(Failure::Capability { file: file.into(), asked, capability, model: model.name, advice })
    };
    let fit = &experiment.fit;
    if fit.stop.parameter_change > 0.0 && model.coordinates.is_none() {
        return lacks("`stop: (parameter_change: …)`".into(), "Coordinates", "stop by `relative_gain` instead".into());
    }
    match fit.start {
        Some(StartFrom::Params) => Ok(()),
        None if model.start.is_none() => {
            lacks("a fit without `start`".into(), "Start", "give `start: Params(…)`".into())
        }
        Some(StartFrom::Kind(kind)) => {
            let kinds = if model.start.is_some() { model.kinds() } else { &[] };
            if kinds.contains(&kind) {
                return Ok(());
            }
            let known: Vec<String> = kinds.iter().map(|k| format!("`{k}`")).chain(["`Params(…)`".into()]).collect();
            let advice = format!("it can start from {}", known.join(", "));
            lacks(format!("`start: {kind}`"), "that start", advice)
        }
        None => Ok(()),
    }
}
