//! A fit as a person reads it on a terminal.

mod number;
mod plain;
mod table;

pub(crate) use number::{count, fixed, short};
pub use number::{csv_field, exact, field};
pub(crate) use table::cells;
pub use table::render_section;

use crate::outcome::Outcome;
use crate::prepared::Prepared;
use crate::visible;
use em_core::registry::{Learnt, Params, Stats};
use em_core::{Dataset, Section, StopReason};
use serde::Serialize;
use std::fmt::Write;

/// The summary of a fit: what was fitted, the parameters as tables, the objective, and why it stopped.
pub fn summary(prepared: &Prepared, params: &Params, stats: &Stats, outcome: &Outcome) -> String {
    let mut out = format!("{}\n{}\n", model_line(prepared), data_line(prepared));
    for section in &sections(&*prepared.learnt, params, stats) {
        out.push('\n');
        out.push_str(&render_section(section));
    }
    // Writing to a string cannot fail.
    let _ = write!(out, "\n{}\n{}\n", objective_lines(prepared.learnt.objective_name(), outcome), stop_lines(outcome));
    let held = &prepared.experiment.fit.fixed;
    if !held.is_empty() {
        let _ = writeln!(out, "held fixed: {}", visible::line(&held.names().join(", ")));
    }
    if let Some(lines) = outcome.certified.lines() {
        let _ = writeln!(out, "{}", visible::lines(&lines));
    }
    for event in &outcome.events {
        let _ = writeln!(out, "{}", visible::line(&event.to_string()));
    }
    out
}

/// The parameters of a fit as tables: those of the model, or else a plain listing.
pub(crate) fn sections(learnt: &dyn Learnt, params: &Params, stats: &Stats) -> Vec<Section> {
    let sections = learnt.summary(params, stats);
    if sections.is_empty() { plain::sections(params) } else { sections }
}

pub(crate) fn model_line(prepared: &Prepared) -> String {
    in_words(&prepared.experiment.model).unwrap_or_else(|| prepared.learnt.model().name.into())
}

/// A part of a spec on one line, as a person would write it.
pub fn in_words(part: &impl Serialize) -> Option<String> {
    let options = ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    // The compact writer leaves out the spaces that people put in.
    options.to_string(part).ok().map(|text| visible::line(&spaced(&text)))
}

/// Blanks behind commas and colons, except inside quotes.
fn spaced(spec: &str) -> String {
    let (mut out, mut quoted, mut escaped) = (String::new(), false, false);
    for c in spec.chars() {
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        out.push(c);
        if matches!(c, ',' | ':') && !quoted {
            out.push(' ');
        }
    }
    out
}

pub(crate) fn data_line(prepared: &Prepared) -> String {
    let (n, columns) = (prepared.data.units(), prepared.learnt.columns());
    let from = match &prepared.data_path {
        Some(path) => format!(" from {}", visible::line(&path.to_string_lossy())),
        None => String::new(),
    };
    let weight = prepared.data.total_weight();
    let weighing = if weight == n as f64 { String::new() } else { format!(" weighing {}", short(weight)) };
    let names: Vec<String> = columns.iter().map(|c| visible::line(c)).collect();
    let units = match prepared.groups {
        Some(_) => format!("{n} groups of {} rows", prepared.data.rows()),
        None => format!("{n} observations"),
    };
    format!("{units}{weighing}{from}: {}", names.join(", "))
}

fn objective_lines(name: Option<&str>, outcome: &Outcome) -> String {
    let mut lines = match name {
        Some(name) => format!("{name}  {}", fixed(outcome.log_likelihood)),
        None => format!("log-likelihood  {} nats", fixed(outcome.log_likelihood)),
    };
    if outcome.log_prior != 0.0 {
        let (prior, sum) = (fixed(outcome.log_prior), fixed(outcome.objective));
        let _ = write!(lines, "\nlog prior       {prior} nats, objective {sum} nats");
    }
    if let Some(c) = &outcome.criteria {
        let _ = write!(lines, "\n{} free parameters  AIC {}  BIC {}", c.n_parameters, fixed(c.aic), fixed(c.bic));
    }
    if let Some(icl) = outcome.icl {
        let _ = write!(lines, "  ICL {}", fixed(icl));
    }
    lines
}

fn stop_lines(outcome: &Outcome) -> String {
    let verdict = if outcome.converged { "converged" } else { "NOT CONVERGED: stopped" };
    let iterations = count(outcome.iterations as usize, "iteration", "iterations");
    let passes = format!("{} {}", short(outcome.passes), if outcome.passes == 1.0 { "pass" } else { "passes" });
    let mut lines = format!("{verdict} after {iterations}, {passes}: {}", reason(&outcome.stop));
    if outcome.runs.len() > 1 {
        let (run, runs, reached) = (outcome.run, outcome.runs.len(), outcome.reached_best);
        let _ =
            write!(lines, "\nbest of {runs} runs is run {run}; {reached} reached its objective; seed {}", outcome.seed);
    }
    lines
}

/// Why a fit stopped, in words.
pub(crate) fn reason(stop: &StopReason) -> String {
    match stop {
        StopReason::RelativeGain { gain, tolerance } => {
            format!("the last gain was {} of the objective, at most {}", short(*gain), short(*tolerance))
        }
        StopReason::AbsoluteGain { gain, tolerance } => {
            format!("the last gain was {} nats, at most {}", short(*gain), short(*tolerance))
        }
        StopReason::ParameterChange { change, tolerance } => {
            format!("no parameter changed by more than {}, at most {}", short(*change), short(*tolerance))
        }
        StopReason::MaxIterations { limit } => {
            format!("the limit of {} was reached", count(*limit as usize, "iteration", "iterations"))
        }
        StopReason::Seconds { limit } => format!("the {} seconds were up", short(*limit)),
        StopReason::Passes { limit } => format!("the {} passes over the data were used up", short(*limit)),
        StopReason::Observer { message } => message.clone(),
        StopReason::Interrupted => "it was interrupted".into(),
    }
}
