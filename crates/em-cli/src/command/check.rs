//! `em check`.

mod laws;

use super::{Answer, document};
use crate::args::CheckArgs;
use crate::experiment::StartFrom;
use crate::failure::{Failure, Status};
use crate::prepared::Prepared;
use crate::summary::in_words;
use crate::visible;
use em_core::Dataset;
use serde_json::{Value, json};

pub(super) fn run(args: &CheckArgs) -> Result<Answer, Failure> {
    let (data, limits) = (args.data.as_deref(), args.common.limits());
    let (prepared, table) = Prepared::with_table(&args.spec, data, limits, args.model)?;
    let (text, mut value) = (text(&args.spec, &prepared), json_of(&prepared));
    let warnings = prepared.warnings.clone();
    let answer = match table {
        None => Answer::done(if args.common.json { document(&value) } else { text }),
        Some(table) => {
            let report = laws::report(prepared, table, args)?;
            let status = if report.passed() { Status::Done } else { Status::Unconverged };
            value["check"] = json!(report);
            let out = if args.common.json { document(&value) } else { format!("{text}\n{}", laws::shown(&report)) };
            Answer { status, ..Answer::done(out) }
        }
    };
    Ok(answer.with_warnings(&warnings, &args.common))
}

/// How the fit begins, and how often.
fn start(prepared: &Prepared) -> (String, u64) {
    let fit = &prepared.experiment.fit;
    let start = match &fit.start {
        Some(StartFrom::Kind(kind)) => kind.to_string(),
        Some(StartFrom::Params) => "the parameters in the spec".into(),
        Some(StartFrom::Fit(file)) => format!("the fit in {}", file.display()),
        Some(StartFrom::Labels(column)) => format!("the labels in column {column:?}"),
        None => "the model's own".into(),
    };
    (start, prepared.runs())
}

fn algorithm(prepared: &Prepared) -> String {
    let algorithm = &prepared.experiment.fit.algorithm;
    in_words(algorithm).unwrap_or_else(|| algorithm.name().into())
}

fn json_of(prepared: &Prepared) -> Value {
    let (data, (start, runs)) = (&prepared.data, start(prepared));
    json!({
        "model": prepared.learnt.model().name, "n": data.units(), "rows": data.rows(), "weight": data.total_weight(),
        "columns": prepared.learnt.columns(), "algorithm": algorithm(prepared), "start": start, "runs": runs,
        "warnings": prepared.warnings,
    })
}

fn text(spec: &str, prepared: &Prepared) -> String {
    let (start, runs) = start(prepared);
    format!(
        "{}: ready to fit\nmodel      {}\nn          {}\ncolumns    {}\nalgorithm  {}\nstart      {start}\nruns       {runs}\n",
        visible::line(spec),
        prepared.learnt.model().name,
        units(prepared),
        prepared.learnt.columns().iter().map(|c| visible::line(c)).collect::<Vec<_>>().join(", "),
        algorithm(prepared),
    )
}

/// n, and what the units are where they are no rows.
fn units(prepared: &Prepared) -> String {
    let (n, rows) = (prepared.data.units(), prepared.data.rows());
    if prepared.groups.is_some() { format!("{n} groups of {rows} rows") } else { n.to_string() }
}
