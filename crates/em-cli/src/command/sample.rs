//! `em sample`.

use super::destination::Destination;
use super::shown_table::{Shown, ShownTable};
use super::used::{Used, WholeTable};
use super::{Answer, document};
use crate::args::SampleArgs;
use crate::failure::Failure;
use crate::fit_file::FitFile;
use crate::source::{Limits, STANDARD};
use em_core::registry::Data;
use em_core::table::Scaling;
use em_core::{Column, Prediction, Purpose, Sample, Streams, Table, Values, Warning};
use std::path::{Path, PathBuf};

/// The run that samples are drawn in: those of fits count from 1, so that no draw repeats what a fit drew.
const RUN: u64 = 0;

/// What the draws are like: rows with covariates, groups and weights, or just so many.
struct Like {
    fit: FitFile,
    data: Data,
    /// What is shown; the columns that are drawn take the place of what stands there.
    table: ShownTable,
    data_path: Option<PathBuf>,
    warnings: Vec<Warning>,
}

pub(super) fn run(args: &SampleArgs) -> Result<Answer, Failure> {
    let fit = FitFile::read(&args.fit)?;
    let model = fit.learnt.model();
    if model.sample.is_none() {
        let (file, asked) = (args.fit.clone(), "`em sample`".into());
        let advice = "it has no law to draw from, as a mixture or a regression has".into();
        return Err(Failure::Capability { file, asked, capability: "Sample", model: model.name, advice });
    }
    let like = Like::new(fit, args)?;
    let inputs = [Some(Path::new(&args.fit)), like.data_path.as_deref()];
    let output = args.output.as_deref().unwrap_or(STANDARD);
    let output = Destination::new(output, inputs.into_iter().flatten())?;
    let seed = args.seed.unwrap_or(like.fit.frame.outcome.seed);
    let drawn = like.draw(seed, args.latent)?;
    let delimiter = like.fit.experiment.data.delimiter();
    let text = if args.common.json { document(&drawn.json(seed)) } else { drawn.text(delimiter) };
    Ok(Answer::done(output.take(text, String::new)?).with_warnings(&like.warnings, &args.common))
}

impl Like {
    /// The rows of a table where one is given or the model needs one, and else as many as are asked for.
    fn new(fit: FitFile, args: &SampleArgs) -> Result<Self, Failure> {
        let needs_rows = fit.experiment.model.uses_any().is_some() || fit.experiment.data.view().group.is_some();
        match args.rows {
            _ if needs_rows || args.data.is_some() => Like::rows_of_table(fit, args),
            Some(n) => Like::bare(fit, n, args.common.limits()),
            None => Err(Failure::Usage(format!("{}: say with `-n` how many rows to draw", args.fit))),
        }
    }

    fn rows_of_table(fit: FitFile, args: &SampleArgs) -> Result<Self, Failure> {
        let whole = WholeTable::read(&fit, args.data.as_deref(), None, args.common.limits())?;
        if let Some(n) = args.rows.filter(|n| *n != whole.table.rows()) {
            let (rows, table) = (whole.table.rows(), &whole.table.source().name);
            return Err(Failure::Usage(format!(
                "{}: `-n` is {n}, but one draw is made for each of the {rows} rows of {table}; leave `-n` out, or give other \
                 rows with `--data`",
                args.fit
            )));
        }
        let read = fit.experiment.reads(fit.learnt.columns());
        let table = ShownTable::of(&whole.table, whole.table.names().filter(|name| read.iter().any(|r| r == name)));
        let used = Used::of(fit, whole, Purpose::Predict, None)?;
        Ok(Like { fit: used.fit, data: used.data, table, data_path: used.data_path, warnings: used.warnings })
    }

    /// Rows of which nothing is known but their number; they weigh 1.
    fn bare(fit: FitFile, n: usize, limits: Limits) -> Result<Self, Failure> {
        let (names, limit) = (fit.learnt.columns(), limits.cells);
        if n == 0 || n > limit / names.len().max(1) {
            let most = limit / names.len().max(1);
            return Err(Failure::Usage(format!("{}: `-n` is {n}; it must be from 1 to {most}", fit.file)));
        }
        let rows = Table::from_columns("samples", names.into_iter().map(|name| (name, vec![0.0; n])))?;
        let data = fit.learnt.encode(&rows, Purpose::Predict)?;
        let mut table = ShownTable::of(&rows, rows.names());
        if let Some(weights) = &fit.experiment.data.view().weights {
            table.set(weights.clone(), Shown::Numbers(vec![1.0; n]));
        }
        Ok(Like { fit, data, table, data_path: None, warnings: Vec::new() })
    }

    /// The table with the columns that are drawn in it, and the latent values where they are wanted.
    fn draw(&self, seed: u64, latent: bool) -> Result<ShownTable, Failure> {
        let (model, rng) = (self.fit.learnt.model(), &mut Streams { seed, run: RUN }.rng(0, 0));
        let (drawn, latents) = model.sample(&self.fit.params, &self.data, rng);
        let drawn = self.fit.learnt.decode(&drawn).ok_or_else(|| {
            let (file, asked) = (self.fit.file.clone(), "`em sample`".into());
            let advice = "implement it for what turns tables into its data".into();
            Failure::Capability { file, asked, capability: "Encoding::decode", model: model.name, advice }
        })?;
        let scalings = &self.fit.frame.scalings;
        let response = if let [(name, _)] = &drawn[..] { Some(name.clone()) } else { None };
        let mut table = self.table.clone();
        for (name, column) in drawn {
            let column = unscaled(&name, column, scalings);
            self.check(&name, &column)?;
            table.set(name, Shown::Numbers(column));
        }
        if latent {
            let latents = latent_columns(&latents, response.as_deref(), scalings);
            latents.into_iter().for_each(|(name, values)| table.append(name, values));
        }
        Ok(table)
    }

    /// Refuses draws that are no numbers.
    fn check(&self, name: &str, column: &[f64]) -> Result<(), Failure> {
        match column.iter().position(|x| !x.is_finite()) {
            None => Ok(()),
            Some(row) => Err(Failure::Usage(format!(
                "{}: the draw of column {name:?} for row {row} (from 0) is beyond all numbers; are the covariates of this row \
                 far from those that were fitted?",
                self.fit.file
            ))),
        }
    }
}

/// A column on the scale of the table.
fn unscaled(name: &str, mut column: Vec<f64>, scalings: &[Scaling]) -> Vec<f64> {
    if let Some(scaling) = scalings.iter().find(|s| s.column == name) {
        column.iter_mut().for_each(|x| *x = *x * scaling.scale + scaling.center);
    }
    column
}

/// The latent values as columns; a mean is one of the single column that is drawn, and has its scale.
fn latent_columns(latents: &Prediction, drawn: Option<&str>, scalings: &[Scaling]) -> Vec<(String, Shown)> {
    let columns = |latent: &Column| match &latent.values {
        Values::Labels(labels) => vec![(latent.name.into(), Shown::Labels(labels.clone()))],
        Values::Numbers(numbers) => {
            let response = drawn.filter(|_| latent.name == "mean").unwrap_or_default();
            vec![(latent.name.into(), Shown::Numbers(unscaled(response, numbers.clone(), scalings)))]
        }
        Values::Rows { width, values } => {
            let part = |j: usize| values.iter().skip(j).step_by(*width).copied().collect();
            (0..*width).map(|j| (format!("{}_{j}", latent.name), Shown::Numbers(part(j)))).collect()
        }
    };
    latents.columns.iter().flat_map(columns).collect()
}
