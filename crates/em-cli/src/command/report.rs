//! `em report`, and the page that other commands write beside their result.

use super::fit::inputs;
use super::used::Used;
use super::{Answer, check_output, check_written, document, is_same};
use crate::args::{PageArgs, ReportArgs};
use crate::atomic;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::prepared::Prepared;
use crate::report::{ImageShape, Subject, page};
use crate::visible;
use em_core::Table;
use em_core::registry::Params;
use serde_json::json;
use std::path::{Path, PathBuf};

pub(super) fn run(args: &ReportArgs) -> Result<Answer, Failure> {
    let (used, table) = Used::with_table(&args.fit, args.data.as_deref(), args.common.limits())?;
    let output = Path::new(&args.output);
    let inputs = [Some(Path::new(&args.fit)), used.data_path.as_deref()];
    check_output(output, inputs.into_iter().flatten())?;
    check_image(args.image, used.fit.learnt.columns().len())?;
    let frame = &used.fit.frame;
    let subject = Subject {
        spec: &frame.spec,
        experiment: &used.fit.experiment,
        learnt: &*used.fit.learnt,
        params: &used.fit.params,
        outcome: &frame.outcome,
        data: &used.data,
        table: &table,
        scalings: &frame.scalings,
        noticed: &used.warnings,
    };
    let text = page(&subject, args.image);
    atomic::write(output, text.as_bytes())?;
    let out = match args.common.json {
        true => document(&json!({ "fit": args.fit, "model": frame.model, "report": args.output, "bytes": text.len() })),
        false => format!("report written to {}\n", visible::line(&args.output)),
    };
    Ok(Answer::done(out).with_warnings(&used.warnings, &args.common))
}

fn check_image(image: Option<ImageShape>, columns: usize) -> Result<(), Failure> {
    image.map_or(Ok(()), |shape| shape.check(columns)).map_err(Failure::Usage)
}

/// Where the page of a command goes, if it makes one.
pub(super) struct PageTo {
    path: Option<PathBuf>,
    image: Option<ImageShape>,
}

impl PageTo {
    /// As the arguments say.
    pub(super) fn new(args: &PageArgs) -> Self {
        PageTo { path: args.report.as_ref().map(PathBuf::from), image: args.image }
    }

    /// Whether there is to be one, which will need the table.
    pub(super) fn is_wanted(&self) -> bool {
        self.path.is_some()
    }

    /// Refuses a page that would overwrite an input of this fit, that cannot be written, or has no picture of that shape.
    pub(super) fn check(&self, prepared: &Prepared) -> Result<(), Failure> {
        check_image(self.image, prepared.learnt.columns().len())?;
        let inputs: Vec<PathBuf> = inputs(prepared).collect();
        self.spares(inputs.iter().map(PathBuf::as_path))
    }

    /// Refuses to overwrite an input.
    pub(super) fn spares<'a>(&self, inputs: impl IntoIterator<Item = &'a Path>) -> Result<(), Failure> {
        self.path.as_ref().map_or(Ok(()), |path| check_written(path, inputs, "--report"))
    }

    /// Refuses to take the place of another output.
    pub(super) fn differs_from<'a>(&self, outputs: impl IntoIterator<Item = Option<&'a Path>>) -> Result<(), Failure> {
        let Some(path) = &self.path else { return Ok(()) };
        if outputs.into_iter().flatten().any(|output| is_same(path, output)) {
            let message = "the report would overwrite another output; choose another name with --report";
            return Err(Failure::Usage(format!("{}: {message}", path.display())));
        }
        Ok(())
    }

    /// Writes the page, if one is asked for.
    pub(super) fn write(&self, page: impl FnOnce(Option<ImageShape>) -> String) -> Result<(), Failure> {
        let Some(path) = &self.path else { return Ok(()) };
        Ok(atomic::write(path, page(self.image).as_bytes())?)
    }

    /// Where the page is, for people.
    pub(super) fn line(&self) -> String {
        let path = self.path.as_ref().map(|path| visible::line(&path.to_string_lossy()));
        path.map_or_else(String::new, |path| format!("report written to {path}\n"))
    }
}

/// What there is to report of a fit that was just made.
pub(super) fn subject<'a>(
    prepared: &'a Prepared,
    table: &'a Table,
    params: &'a Params,
    outcome: &'a Outcome,
) -> Subject<'a> {
    Subject {
        spec: &prepared.text,
        experiment: &prepared.experiment,
        learnt: &*prepared.learnt,
        params,
        outcome,
        data: &prepared.data,
        table,
        scalings: &prepared.scalings,
        noticed: &[],
    }
}
