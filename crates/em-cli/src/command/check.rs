//! `em check`.

use super::{Answer, document};
use crate::args::CheckArgs;
use crate::experiment::StartFrom;
use crate::failure::Failure;
use crate::prepared::Prepared;
use crate::summary::in_words;
use crate::visible;
use em_core::{Dataset, Start};
use serde_json::json;

pub(super) fn run(args: &CheckArgs) -> Result<Answer, Failure> {
    let prepared = Prepared::read(&args.spec, args.data.as_deref())?;
    let (model, data, fit) = (prepared.learnt.model(), &prepared.data, &prepared.experiment.fit);
    let columns = prepared.learnt.columns();
    let start = match &fit.start {
        Some(StartFrom::Kind(kind)) => kind.to_string(),
        Some(StartFrom::Params) => "the parameters in the spec".into(),
        Some(StartFrom::Fit(file)) => format!("the fit in {}", file.display()),
        Some(StartFrom::Labels(column)) => format!("the labels in column {column:?}"),
        None => "the model's own".into(),
    };
    let random = prepared.start.is_none() && model.is_random(prepared.kind());
    let runs = if random { fit.restarts.map_or(10, |n| n.get()) } else { 1 };
    let algorithm = in_words(&fit.algorithm).unwrap_or_else(|| fit.algorithm.name().into());
    let out = match args.common.json {
        true => document(&json!({
            "model": model.name, "n": data.units(), "rows": data.rows(), "weight": data.total_weight(), "columns": columns,
            "algorithm": algorithm, "start": start, "runs": runs, "warnings": prepared.warnings,
        })),
        false => format!(
            "{}: ready to fit\nmodel      {}\nn          {}\ncolumns    {}\nalgorithm  {algorithm}\nstart      {start}\nruns       {runs}\n",
            visible::line(&args.spec),
            model.name,
            units(&prepared),
            columns.iter().map(|c| visible::line(c)).collect::<Vec<_>>().join(", "),
        ),
    };
    Ok(Answer::done(out).with_warnings(&prepared.warnings, &args.common))
}

/// n, and what the units are where they are no rows.
fn units(prepared: &Prepared) -> String {
    let (n, rows) = (prepared.data.units(), prepared.data.rows());
    if prepared.groups.is_some() { format!("{n} groups of {rows} rows") } else { n.to_string() }
}
