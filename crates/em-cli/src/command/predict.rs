//! `em predict`.

use super::destination::Destination;
use super::truth;
use super::used::Used;
use super::{Answer, document};
use crate::args::PredictArgs;
use crate::failure::Failure;
use crate::outcome::predict;
use crate::prepared::check_readable;
use crate::source::STANDARD;
use crate::summary::exact;
use em_core::{Column, Confusion, Dataset, Prediction, Purpose, Values};
use serde_json::{Map, Value, json};
use std::path::Path;

pub(super) fn run(args: &PredictArgs) -> Result<Answer, Failure> {
    let (data, truth) = (args.data.as_deref(), args.truth.as_deref());
    let used = Used::read(&args.fit, data, Purpose::Predict, truth, args.common.limits())?;
    let model = used.fit.learnt.model();
    if model.predict.is_none() {
        let file = args.fit.clone();
        let (asked, capability) = ("`em predict`".into(), "Predict");
        let advice = "use `em score` on the fit instead".into();
        return Err(Failure::Capability { file, asked, capability, model: model.name, advice });
    }
    let inputs = [Some(Path::new(&args.fit)), used.data_path.as_deref()];
    let output = args.output.as_deref().unwrap_or(STANDARD);
    let output = Destination::new(output, inputs.into_iter().flatten())?;
    let prediction = predict(model, &used.fit.params, &used.data);
    check_readable(&used.data)?;
    let confusion = confusion(args, &used, &prediction)?;
    // What is read by programs, and what is for people beside it.
    let (text, table) = match args.common.json {
        true => (document(&json_of(&prediction, confusion.as_ref())), String::new()),
        false => {
            let column = args.truth.as_deref().unwrap_or_default();
            let table = confusion.map(|c| truth::render(&c, column)).unwrap_or_default();
            (csv_of(&prediction, used.data.rows()), table)
        }
    };
    let out = match output {
        Destination::Standard if !table.is_empty() => format!("{text}\n{table}"),
        _ => output.take(text, || table)?,
    };
    Ok(Answer::done(out).with_warnings(&used.warnings, &args.common))
}

/// The comparison with the known labels, if one is asked for.
fn confusion(args: &PredictArgs, used: &Used, prediction: &Prediction) -> Result<Option<Confusion<String>>, Failure> {
    let Some(known) = &used.truth else { return Ok(None) };
    let refuse = |reason: String| Failure::Usage(format!("{}: `--truth` {reason}", args.fit));
    match prediction.labels() {
        Some(labels) => Confusion::new(known, labels).map(Some).map_err(|e| refuse(format!("finds {e}"))),
        None => Err(refuse("needs labels, which this model does not predict".into())),
    }
}

fn json_of(prediction: &Prediction, confusion: Option<&Confusion<String>>) -> Value {
    let value = |c: &Column| match &c.values {
        Values::Labels(labels) => json!(labels),
        Values::Numbers(numbers) => json!(numbers),
        Values::Rows { width, values } => values.chunks(*width).map(|row| json!(row)).collect(),
    };
    let mut document: Map<String, Value> =
        prediction.columns.iter().map(|c| (c.plural.to_string(), value(c))).collect();
    if let Some(confusion) = confusion {
        document.insert("confusion".into(), truth::json(confusion));
        document.insert("adjusted_rand_index".into(), json!(confusion.adjusted_rand_index()));
    }
    Value::Object(document)
}

fn csv_of(prediction: &Prediction, rows: usize) -> String {
    let head = |c: &Column| match &c.values {
        Values::Rows { width, .. } => (0..*width).map(|j| format!("{}_{j}", c.name)).collect(),
        _ => vec![c.name.to_string()],
    };
    let cell = |c: &Column, row: usize| match &c.values {
        Values::Labels(labels) => vec![labels[row].to_string()],
        Values::Numbers(numbers) => vec![exact(numbers[row])],
        Values::Rows { width, values } => values[row * width..][..*width].iter().map(|v| exact(*v)).collect(),
    };
    let line = |cells: &dyn Fn(&Column) -> Vec<String>| {
        prediction.columns.iter().flat_map(cells).collect::<Vec<_>>().join(",") + "\n"
    };
    std::iter::once(line(&head)).chain((0..rows).map(|row| line(&|c| cell(c, row)))).collect()
}
