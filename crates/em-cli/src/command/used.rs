//! A fit put to use on data: what `predict`, `score` and `sample` share.

use super::truth::known_labels;
use crate::failure::Failure;
use crate::fingerprint;
use crate::fit_file::{FitFile, STANDARD_INPUT};
use crate::source::{Limits, STANDARD, View};
use em_core::registry::Data;
use em_core::table::Labels;
use em_core::{DataError, Purpose, Table, Warning};
use std::path::{Path, PathBuf};

/// A fit with the data it is used on.
pub(super) struct Used {
    pub fit: FitFile,
    pub data: Data,
    /// The file the data came from, if it was one.
    pub data_path: Option<PathBuf>,
    pub warnings: Vec<Warning>,
    /// The groups of the rows, which are the units, where there are any.
    pub groups: Option<Labels>,
    /// The known labels that were asked for.
    pub truth: Option<Vec<String>>,
}

impl Used {
    /// Reads a fit file, and `data` or the data it was made from.
    pub fn read(
        file: &str,
        data: Option<&str>,
        purpose: Purpose,
        truth: Option<&str>,
        limits: Limits,
    ) -> Result<Self, Failure> {
        let fit = FitFile::read(file)?;
        let whole = WholeTable::read(&fit, data, truth, limits)?;
        Used::of(fit, whole, purpose, truth)
    }

    /// The same to score, and the table that the data were made of.
    pub fn with_table(file: &str, data: Option<&str>, limits: Limits) -> Result<(Self, Table), Failure> {
        let fit = FitFile::read(file)?;
        let whole = WholeTable::read(&fit, data, None, limits)?;
        let (used, table) = Used::assembled(fit, whole, Purpose::Fit, None)?;
        Ok((used, table.held()?))
    }

    /// A fit with a table.
    pub fn of(fit: FitFile, whole: WholeTable, purpose: Purpose, truth: Option<&str>) -> Result<Self, Failure> {
        Used::assembled(fit, whole, purpose, truth).map(|(used, _)| used)
    }

    fn assembled(
        fit: FitFile,
        whole: WholeTable,
        purpose: Purpose,
        truth: Option<&str>,
    ) -> Result<(Self, Table), Failure> {
        let WholeTable { table: whole, path: data_path, other, mut warnings } = whole;
        let truth = truth.map(|column| known_labels(&whole, column)).transpose()?;
        let mut table = match other {
            true => other_table(&fit, whole, purpose)?,
            false => own_table(&fit, whole, &mut warnings)?,
        };
        for scaling in &fit.frame.scalings {
            // A response that is to be predicted may be missing.
            if purpose == Purpose::Fit || table.names().any(|n| n == scaling.column) {
                scaling.apply(&mut table)?;
            }
        }
        let data = fit.learnt.encode(&table, purpose);
        // What cannot be read looks like many another fault.
        table.fault().map_or(Ok(()), |fault| Err(DataError::from(fault)))?;
        let data = data?;
        let used = Used { fit, data, data_path, warnings, groups: table.groups().cloned(), truth };
        Ok((used, table))
    }
}

/// The table that a fit is used on, with all its columns.
pub(super) struct WholeTable {
    pub table: Table,
    /// The file it came from, if it was one.
    pub path: Option<PathBuf>,
    /// Whether it is another than the one the fit was made from.
    pub other: bool,
    /// Rows that were dropped.
    pub warnings: Vec<Warning>,
}

impl WholeTable {
    /// The table in the file `data`, or the one that the fit was made from, without rows in which a value that is read is
    /// missing, where those may be dropped.
    pub fn read(fit: &FitFile, data: Option<&str>, truth: Option<&str>, limits: Limits) -> Result<Self, Failure> {
        let (table, path) = match data {
            Some(STANDARD) if fit.file == STANDARD_INPUT => {
                let advice = "the fit and the data cannot both come from standard input; name a file for one of them";
                return Err(Failure::Usage(advice.into()));
            }
            Some(path) => (fit.experiment.data.read_file(Path::new(path), limits)?, Some(path.into())),
            None => own_file(fit, limits)?,
        };
        let mut read = fit.experiment.reads(fit.learnt.columns());
        read.extend(truth.map(String::from));
        let (table, dropped) = fit.experiment.data.missing().apply(table, &read)?;
        Ok(WholeTable { table, path, other: data.is_some(), warnings: dropped.into_iter().collect() })
    }
}

/// The whole table that the fit was made from, and its file.
fn own_file(fit: &FitFile, limits: Limits) -> Result<(Table, Option<PathBuf>), Failure> {
    let path = fit.data_path()?;
    let table = match &path {
        Some(path) => fit.experiment.data.read_file(path, limits)?,
        None => fit.experiment.data.read(Path::new(""), limits)?,
    };
    Ok((table, path))
}

fn own_table(fit: &FitFile, table: Table, warnings: &mut Vec<Warning>) -> Result<Table, Failure> {
    let table = fit.experiment.data.view().apply(table)?;
    if fingerprint::of(&table) != fit.frame.data.fingerprint {
        let message = format!("{}: the data have changed since the fit", table.source().name);
        warnings.push(Warning::new("data_changed", message, "fit again, or name the data with `--data`"));
    }
    Ok(table)
}

/// Another table: columns are found by name, whatever else it holds. To predict, it may lack weights, and then all rows
/// weigh 1, and groups, and then every row is predicted by itself.
fn other_table(fit: &FitFile, table: Table, purpose: Purpose) -> Result<Table, Failure> {
    let view = fit.experiment.data.view();
    let there = |column: &String| purpose == Purpose::Fit || table.names().any(|n| n == column);
    let (weights, group) = (view.weights.clone().filter(there), view.group.clone().filter(there));
    Ok(View { weights, group, ..View::default() }.apply(table)?)
}
