//! `em models`.

use super::{Answer, document};
use crate::args::ModelsArgs;
use crate::failure::Failure;
use em_core::registry::{Entry, ModelSpec, entries, entry, fields};
use em_core::{FieldInfo, ParameterInfo};
use serde_json::{Value, json};
use std::fmt::Write;

pub(super) fn run(args: &ModelsArgs) -> Result<Answer, Failure> {
    let Some(name) = &args.name else { return Ok(Answer::done(all(args.common.json))) };
    let entry = entry(name).map_err(|near| {
        let near = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
        let known: Vec<&str> = entries().into_iter().map(|e| e.name).collect();
        Failure::Usage(format!("there is no model `{}`{near} (known: {})", name.escape_debug(), known.join(", ")))
    })?;
    Ok(Answer::done(if args.common.json { document(&json_of(entry)) } else { describe(entry) }))
}

fn all(json: bool) -> String {
    let entries = entries();
    if json {
        return document(&Value::Array(entries.into_iter().map(json_of).collect()));
    }
    let width = entries.iter().map(|e| e.name.len()).max().unwrap_or(0);
    entries.iter().map(|e| format!("{:width$}  {}\n", e.name, (e.about)().summary)).collect()
}

/// The fields of a model, described by its author or else found by asking its reader.
fn fields_of(entry: &Entry) -> Vec<FieldInfo> {
    let about = (entry.about)();
    if !about.fields.is_empty() {
        return about.fields.to_vec();
    }
    let bare = |name: &&'static str| FieldInfo { name, values: "", default: None, text: "" };
    fields::<dyn ModelSpec>(entry.name).iter().map(bare).collect()
}

fn json_of(entry: &Entry) -> Value {
    let about = (entry.about)();
    let field = |f: &FieldInfo| json!({ "name": f.name, "values": f.values, "default": f.default, "text": f.text });
    let parameter = |p: &ParameterInfo| json!({ "name": p.name, "shape": p.shape, "text": p.text });
    json!({
        "name": entry.name,
        "summary": about.summary,
        "fields": fields_of(entry).iter().map(field).collect::<Vec<_>>(),
        "parameters": about.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "capabilities": (entry.capabilities)(),
        "example": about.example,
    })
}

fn describe(entry: &Entry) -> String {
    let about = (entry.about)();
    let mut out = format!("{}\n", entry.name);
    if !about.summary.is_empty() {
        let _ = writeln!(out, "{}", about.summary);
    }
    let mut part = |title: &str, lines: Vec<[String; 3]>| {
        if lines.is_empty() {
            return;
        }
        let width = |i: usize| lines.iter().map(|l| l[i].chars().count()).max().unwrap_or(0);
        let (a, b) = (width(0), width(1));
        let _ = writeln!(out, "\n{title}");
        for [name, middle, text] in &lines {
            let line = format!("  {name:a$}  {middle:b$}  {text}");
            let _ = writeln!(out, "{}", line.trim_end());
        }
    };
    let field = |f: &FieldInfo| {
        let need = f.default.map_or("required".to_string(), |d| format!("default {d}"));
        let values = if f.values.is_empty() { need } else { format!("{} ({need})", f.values) };
        [f.name.to_string(), values, f.text.to_string()]
    };
    part("Fields", fields_of(entry).iter().map(field).collect());
    let parameter = |p: &ParameterInfo| [p.name, p.shape, p.text].map(String::from);
    part("Parameters", about.parameters.iter().map(parameter).collect());
    let capabilities = (entry.capabilities)().into_iter().map(|c| [c, "", unlocks(c)].map(String::from)).collect();
    part("Capabilities", capabilities);
    if !about.example.is_empty() {
        let _ = writeln!(out, "\nExample\n{}", about.example);
    }
    out
}

fn unlocks(capability: &str) -> &'static str {
    match capability {
        "Start" => "starts from data: restarts, specs without `start`",
        "LabelStart" => "`start: Labels(column: …)`",
        "Coordinates" => {
            "counts its free parameters: AIC, BIC, certificates, `stop: (parameter_change: …)`, `algorithm: Squarem` and `Anderson`"
        }
        "CompleteLikelihood" => {
            "`algorithm: Incremental` and `Stepwise`; `fixed: […]`, parameters held at the values of the start"
        }
        "Conditionals" => "`algorithm: Ecm`",
        "EStepModes" => "`algorithm: HardEm`, `StochasticEm`, `MonteCarloEm` and `Annealed`",
        "Gradient" => "`algorithm: GradientEm`, certificates by Fisher's identity",
        "HeldStep" => "`fixed: […]`, parameters held at the values of the start",
        "Repair" => "`degenerate: Reseed` and `degenerate: Drop`",
        "Sample" => "draws data by its own law",
        "LabelSymmetry" => "components can change places",
        "Resampled" => "`em check --model`: the laws of weights, order and copies",
        "Predict" => "`em predict`",
        "Portrait" => "drawn in reports: ellipses, densities, pictures",
        _ => "",
    }
}
