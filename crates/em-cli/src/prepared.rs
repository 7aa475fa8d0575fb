//! [`Prepared`]: a spec and its data, read, checked and ready to be fitted.

use crate::experiment::{Experiment, StartFrom, check_fixed, read_params};
use crate::failure::Failure;
use crate::fingerprint;
use crate::fit_file::{FitFile, Made};
use crate::left_out;
use crate::source::{DataSource, Limits, STANDARD, Standardize, View};
use crate::spec_file::SpecFile;
use crate::spec_text::Whole;
use em_core::registry::{Data, Erased, Learnt, Params};
use em_core::table::{DataError, Labels, Scaling};
use em_core::{Dataset, Degenerate, LabelStart, LatentModel, Start, StartKind, Table, Uses, Warning};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

/// Runs of a random start where the spec says nothing.
const RUNS: u64 = 10;
/// Of more labels than a model has, so many are shown.
const SHOWN: usize = 6;

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
    /// The groups of the rows, which are the units, where there are any.
    pub groups: Option<Labels>,
    /// The start that stands in the spec, if any does.
    pub start: Option<Params>,
    /// What was noticed on the way.
    pub warnings: Vec<Warning>,
}

impl Prepared {
    /// Reads the spec `file` and its data, or those in `data`; and where it is to be kept, which takes as much memory again,
    /// the table that the data were made of.
    ///
    /// # Errors
    /// Any [`Failure`] of exit status 2.
    pub fn with_table(
        file: &str,
        data: Option<&str>,
        limits: Limits,
        keep: bool,
    ) -> Result<(Self, Option<Table>), Failure> {
        let spec = SpecFile::read(file)?;
        let (table, data_path) = spec.table(data, limits)?;
        Prepared::of_with_table(spec, table, data_path, keep)
    }

    /// The same without the table.
    ///
    /// # Errors
    /// As [`with_table`](Self::with_table).
    pub fn read(file: &str, data: Option<&str>, limits: Limits) -> Result<Self, Failure> {
        Prepared::with_table(file, data, limits, false).map(|(prepared, _)| prepared)
    }

    /// A spec with its table, which was read from `data_path`; and where it is to be kept, the table that the data were made
    /// of.
    ///
    /// # Errors
    /// Any [`Failure`] of exit status 2; [`Failure::Data`] where the table cannot serve the model.
    pub fn of_with_table(
        spec: SpecFile,
        table: Table,
        data_path: Option<PathBuf>,
        keep: bool,
    ) -> Result<(Self, Option<Table>), Failure> {
        let SpecFile { name: file, text, experiment, whole } = spec;
        let file = file.as_str();
        let mut warnings = Vec::new();
        let table = without_gaps(&experiment, table, &mut warnings)?;
        let labels = given_labels(&experiment, &table)?;
        let mut table = experiment.data.view().apply(table)?;
        check_columns(&experiment, &table)?;
        let fingerprint = fingerprint::of(&table);
        let scalings = learn_scalings(file, &whole, &experiment, &table)?;
        scalings.iter().try_for_each(|s| s.apply(&mut table))?;
        let kept = keep.then(|| table.clone().held()).transpose()?;
        let learnt = experiment.model.learn_and_encode_any(&mut table, &mut warnings);
        // What cannot be read looks like many another fault.
        table.fault().map_or(Ok(()), |fault| Err(DataError::from(fault)))?;
        let (learnt, data) = learnt.map_err(|e| match e {
            DataError::NoGroups { .. } => refuse(file, &whole, &["data"], &e.to_string()),
            e => e.into(),
        })?;
        check_capabilities(file, &whole, &experiment, &*learnt)?;
        // Who names the columns, in `columns` or in the model, knows which are left out.
        if experiment.data.view().columns.is_none() && experiment.model.uses_any().is_none() {
            let mut named = learnt.columns();
            if let Some(StartFrom::Labels(column)) = &experiment.fit.start {
                named.push(column.clone());
            }
            warnings.extend(left_out::warnings(&table, &named));
        }
        let mut start = given_start(file, &whole, &experiment, &*learnt, &data)?;
        if let Some(labels) = &labels {
            let labels = check_label_count(labels, &*learnt).map(|()| of_units(labels, &table, &data));
            let refuse = |message: String| refuse(file, &whole, &["fit", "start"], &message);
            let params = learnt.model().start_from_labels(&data, &labels.map_err(refuse)??);
            start = Some(params.map_err(|e| refuse(e.to_string()))?);
        }
        check_fixed(&experiment.fit, learnt.model(), &data, start.as_ref())
            .map_err(|message| refuse(file, &whole, &["fit", "fixed"], &message))?;
        let (file, text, groups) = (file.to_string(), text, table.groups().cloned());
        let prepared = Prepared {
            file,
            text,
            experiment,
            data_path,
            fingerprint,
            scalings,
            learnt,
            data,
            groups,
            start,
            warnings,
        };
        Ok((prepared, kept))
    }

    /// What a fit file has to say of where a fit comes from.
    pub fn made(&self) -> Made<'_> {
        Made {
            spec: &self.text,
            data_path: self.data_path.as_deref(),
            fingerprint: &self.fingerprint,
            scalings: &self.scalings,
            learnt: &*self.learnt,
            data: &self.data,
        }
    }

    /// How many runs a fit has: one where its start does not depend on chance.
    pub fn runs(&self) -> u64 {
        let random = self.start.is_none() && self.learnt.model().is_random(self.kind());
        if random { self.experiment.fit.restarts.map_or(RUNS, NonZeroU64::get) } else { 1 }
    }

    /// The named start that is asked for.
    pub fn kind(&self) -> Option<StartKind> {
        match self.experiment.fit.start {
            Some(StartFrom::Kind(kind)) => Some(kind),
            _ => None,
        }
    }
}

/// Refuses what came of data of which some could not be read.
///
/// # Errors
/// [`DataError::Store`].
pub fn check_readable(data: &impl Dataset) -> Result<(), DataError> {
    data.fault().map_or(Ok(()), |fault| Err(fault.into()))
}

/// The table of a source, or of another file with the same options; and the file it was.
///
/// # Errors
/// [`Failure::Read`].
pub fn read_table(
    source: &dyn DataSource,
    folder: &Path,
    other: Option<&str>,
    limits: Limits,
) -> Result<(Table, Option<PathBuf>), Failure> {
    match other {
        Some(path) => Ok((source.read_file(Path::new(path), limits)?, (path != STANDARD).then(|| path.into()))),
        None => Ok((source.read(folder, limits)?, source.path().map(|p| folder.join(p)))),
    }
}

/// The rows in which no value is missing that is read, where the others may be dropped.
fn without_gaps(experiment: &Experiment, table: Table, warnings: &mut Vec<Warning>) -> Result<Table, DataError> {
    let source = &experiment.data;
    let all = || table.numeric_names().map(String::from).collect();
    let mut read = experiment.reads(source.view().columns.clone().unwrap_or_else(all));
    if let Some(StartFrom::Labels(column)) = &experiment.fit.start {
        read.push(column.clone());
    }
    let (table, dropped) = source.missing().apply(table, &read)?;
    warnings.extend(dropped);
    Ok(table)
}

/// Columns that a spec lists are wanted: one of text among them is refused, not left out.
fn check_columns(experiment: &Experiment, table: &Table) -> Result<(), Failure> {
    if experiment.data.view().columns.is_some() && experiment.model.uses_any().is_none() {
        table.names().try_for_each(|name| table.check_numbers(name))?;
    }
    Ok(())
}

fn learn_scalings(file: &str, text: &Whole, experiment: &Experiment, table: &Table) -> Result<Vec<Scaling>, Failure> {
    let View { standardize, .. } = experiment.data.view();
    let uses = experiment.model.uses_any();
    let names: Vec<String> = match standardize {
        Standardize::No => Vec::new(),
        Standardize::Columns(names) => {
            let refuse = |message: String| refuse(file, text, &["data"], &message);
            check_levels(names, uses.as_ref()).map_err(refuse)?;
            names.clone()
        }
        // Columns of levels are none of the covariates.
        Standardize::All => match uses {
            Some(uses) => uses.covariates,
            None => table.numeric_names().map(String::from).collect(),
        },
    };
    Ok(Scaling::learn_all(table, &names)?)
}

/// Levels have names, no centre and scale.
fn check_levels(standardized: &[String], uses: Option<&Uses>) -> Result<(), String> {
    let is_level = |name: &&String| uses.is_some_and(|u| u.levels.contains(name));
    match standardized.iter().find(is_level) {
        None => Ok(()),
        Some(name) => Err(format!(
            "`standardize`: column {name:?} holds the levels of a `Categorical` and cannot be standardised; leave it out"
        )),
    }
}

fn given_start(
    file: &str,
    text: &Whole,
    experiment: &Experiment,
    learnt: &dyn Learnt,
    data: &Data,
) -> Result<Option<Params>, Failure> {
    let refuse = |message: String| refuse(file, text, &["fit", "start"], &message);
    let start = match &experiment.fit.start {
        Some(StartFrom::Params) => {
            read_params(text, learnt.model()).map_err(|fault| Failure::Spec { file: file.into(), fault })?
        }
        Some(StartFrom::Fit(earlier)) => {
            let earlier = Path::new(file).parent().unwrap_or(Path::new("")).join(earlier);
            Some(params_of(&earlier, learnt, refuse)?)
        }
        _ => None,
    };
    start.map(|params| learnt.model().admit(&params, data).map_err(refuse)).transpose()
}

/// The labels to start from, which need not be among the columns that are fitted.
fn given_labels(experiment: &Experiment, whole: &Table) -> Result<Option<Labels>, DataError> {
    match &experiment.fit.start {
        Some(StartFrom::Labels(column)) => Labels::in_rank_order(whole, column).map(Some),
        _ => Ok(None),
    }
}

fn check_label_count(labels: &Labels, learnt: &dyn Learnt) -> Result<(), String> {
    let (model, found) = (learnt.model(), labels.names().len());
    if found == model.labels() {
        return Ok(());
    }
    let known: Vec<String> = labels.names().iter().take(SHOWN).map(|name| format!("{name:?}")).collect();
    let more = if found > SHOWN { ", …" } else { "" };
    Err(format!(
        "the column {:?} has {found} labels ({}{more}), but the model {} has {}; they must be as many",
        labels.column(),
        known.join(", "),
        model.name,
        model.labels(),
    ))
}

/// The label of every unit, on which its rows must agree.
fn of_units(labels: &Labels, table: &Table, data: &Data) -> Result<Vec<usize>, DataError> {
    let mut known: Vec<Option<usize>> = vec![None; data.units()];
    for (row, label) in labels.of_rows().iter().enumerate() {
        let unit = data.unit_of(row);
        let other = *known[unit].get_or_insert(*label);
        if other != *label {
            let name = |names: &[String], at: usize| names.get(at).cloned().unwrap_or_default();
            let group = table.groups().map_or_else(String::new, |groups| name(groups.names(), unit));
            let both = Box::new([*label, other].map(|label| name(labels.names(), label)));
            return Err(DataError::GroupLabel { place: table.place(labels.column(), row), group, labels: both });
        }
    }
    Ok(known.into_iter().flatten().collect())
}

/// The parameters of an earlier fit, which must be one of the same model.
fn params_of(earlier: &Path, learnt: &dyn Learnt, refuse: impl Fn(String) -> Failure) -> Result<Params, Failure> {
    let fit = FitFile::read(&earlier.to_string_lossy())?;
    let (had, wanted) = (fit.learnt.model().name, learnt.model().name);
    if had != wanted {
        return Err(refuse(format!("{} is a fit of the model {had}, not of {wanted}", earlier.display())));
    }
    Ok(fit.params)
}

/// A refusal of the value at `path` of the spec.
pub(crate) fn refuse(file: &str, text: &Whole, path: &[&str], message: &str) -> Failure {
    Failure::Spec { file: file.into(), fault: text.fault(path, message) }
}

/// Refuses, before the first pass over the data, what the model cannot do.
fn check_capabilities(file: &str, text: &Whole, experiment: &Experiment, learnt: &dyn Learnt) -> Result<(), Failure> {
    let (model, fit) = (learnt.model(), &experiment.fit);
    if let Some(capability) = fit.algorithm.lacks(model) {
        let message = format!(
            "`{}` needs `{capability}`, which the model {} does not offer; use an algorithm that needs less, such as `Em`",
            fit.algorithm.name(),
            model.name
        );
        return Err(refuse(file, text, &["fit", "algorithm"], &message));
    }
    fit.algorithm.algorithm().check().map_err(|message| refuse(file, text, &["fit", "algorithm"], &message))?;
    if fit.degenerate != Degenerate::Fail && model.repair.is_none() {
        let message = format!(
            "`degenerate: {:?}` needs `Repair`, which the model {} does not offer; let such runs fail with `degenerate: Fail`",
            fit.degenerate, model.name
        );
        return Err(refuse(file, text, &["fit", "degenerate"], &message));
    }
    if fit.stop.parameter_change > 0.0 && model.coordinates.is_none() {
        let message = format!(
            "the rule `parameter_change` needs `Coordinates`, which the model {} does not offer; stop by `relative_gain` instead",
            model.name
        );
        return Err(refuse(file, text, &["fit", "stop", "parameter_change"], &message));
    }
    if fit.short_runs.is_some() && !is_random(model, fit.start.as_ref()) {
        let message = "short runs are tried from random starts, and this start is not; leave them out, or start by a random one such as `Rows`";
        return Err(refuse(file, text, &["fit", "short_runs"], message));
    }
    match &fit.start {
        Some(StartFrom::Params | StartFrom::Fit(_)) => Ok(()),
        None if model.start.is_some() => Ok(()),
        None => Err(Failure::Capability {
            file: file.into(),
            asked: "a fit without `start`".into(),
            capability: "Start",
            model: model.name,
            advice: "give parameters to start from: `fit: (start: Params(…))`".into(),
        }),
        Some(StartFrom::Kind(kind)) => check_kind(model, *kind).map_err(|m| refuse(file, text, &["fit", "start"], &m)),
        Some(StartFrom::Labels(_)) if model.label_start.is_some() => Ok(()),
        Some(StartFrom::Labels(_)) => {
            let (name, starts) = (model.name, known_starts(model));
            let message = format!(
                "`Labels` needs `LabelStart`, which the model {name} does not offer; it can start from {starts}"
            );
            Err(refuse(file, text, &["fit", "start"], &message))
        }
    }
}

/// Whether chance has a part in a start; said of those that the model has not, too.
fn is_random(model: &Erased, start: Option<&StartFrom>) -> bool {
    match start {
        Some(StartFrom::Params | StartFrom::Fit(_) | StartFrom::Labels(_)) => false,
        Some(StartFrom::Kind(kind)) => model.start.is_none() || model.is_random(Some(*kind)),
        None => model.start.is_none() || model.is_random(None),
    }
}

/// What the model can start from, in words.
fn known_starts(model: &Erased) -> String {
    let kinds = if model.start.is_some() { model.kinds() } else { &[] };
    let labels = model.label_start.is_some().then(|| "`Labels(…)`".into());
    let known: Vec<String> =
        kinds.iter().map(|k| format!("`{k}`")).chain(labels).chain(["`Params(…)`".into()]).collect();
    let own = model.start.is_some() && kinds.is_empty();
    format!("{}{}", known.join(", "), if own { ", or from a start of its own where `start` is left out" } else { "" })
}

fn check_kind(model: &Erased, kind: StartKind) -> Result<(), String> {
    let name = model.name;
    if model.start.is_none() {
        return Err(format!(
            "`{kind}` needs `Start`, which the model {name} does not offer; it can start from {}",
            known_starts(model)
        ));
    }
    if model.kinds().contains(&kind) {
        return Ok(());
    }
    Err(format!("`{kind}` is no start of the model {name}; it can start from {}", known_starts(model)))
}
