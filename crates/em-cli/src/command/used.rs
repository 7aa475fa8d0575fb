//! A fit put to use on data: what `predict` and `score` share.

use crate::failure::Failure;
use crate::fingerprint;
use crate::fit_file::FitFile;
use crate::source::{DataSource, View};
use em_core::registry::Data;
use em_core::{Purpose, Table, Warning};
use std::path::{Path, PathBuf};

/// A fit with the data it is used on.
pub(super) struct Used {
    pub fit: FitFile,
    pub data: Data,
    /// The file the data came from, if it was one.
    pub data_path: Option<PathBuf>,
    pub warnings: Vec<Warning>,
}

impl Used {
    /// Reads a fit file, and `data` or the data it was made from.
    pub fn read(file: &str, data: Option<&str>, purpose: Purpose) -> Result<Self, Failure> {
        let fit = FitFile::read(file)?;
        let mut warnings = Vec::new();
        let (mut table, data_path) = match data {
            Some(path) => (other_table(&fit, path, purpose)?, Some(path.into())),
            None => own_table(&fit, &mut warnings)?,
        };
        for scaling in &fit.frame.scalings {
            // A response that is to be predicted may be missing.
            if purpose == Purpose::Fit || table.names().any(|n| n == scaling.column) {
                scaling.apply(&mut table)?;
            }
        }
        let data = fit.learnt.encode(&table, purpose)?;
        Ok(Used { fit, data, data_path, warnings })
    }
}

fn own_table(fit: &FitFile, warnings: &mut Vec<Warning>) -> Result<(Table, Option<PathBuf>), Failure> {
    let source = &fit.experiment.data;
    let path = fit.data_path()?;
    let table = match &path {
        Some(path) => source.read_file(path)?,
        None => source.read(Path::new(""))?,
    };
    let table = source.view().apply(table)?;
    if fingerprint::of(&table) != fit.frame.data.fingerprint {
        let message = format!("{}: the data have changed since the fit", table.source().name);
        warnings.push(Warning::new("data_changed", message, "fit again, or name the data with `--data`"));
    }
    Ok((table, path))
}

/// Another table: columns are found by name, whatever else it holds; without weights to predict, all rows weigh 1.
fn other_table(fit: &FitFile, path: &str, purpose: Purpose) -> Result<Table, Failure> {
    let source: &dyn DataSource = &*fit.experiment.data;
    let table = source.read_file(Path::new(path))?;
    let weights = source.view().weights.clone();
    let weights = weights.filter(|w| purpose == Purpose::Fit || table.names().any(|n| n == w));
    Ok(View { weights, ..View::default() }.apply(table)?)
}
