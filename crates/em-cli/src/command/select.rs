//! `em select`.

use super::destination::Destination;
use super::report::{PageTo, subject};
use super::{Answer, document, fit, interrupted};
use crate::args::SelectArgs;
use crate::failure::{Failure, Status};
use crate::fit_file;
use crate::outcome::Outcome;
use crate::prepared::Prepared;
use crate::report::{self, selection_page};
use crate::signals::Signals;
use crate::spec_file::{SpecFile, read_text};
use crate::spec_text::Sweep;
use crate::summary::{fixed, render_section};
use crate::visible;
use em_core::registry::Params;
use em_core::{Cell, Interrupt, Section, Table};
use serde_json::{Map, Value, json};
use std::path::Path;

/// One model of the sweep and what became of it.
struct Candidate {
    /// The places of its values in the lists of the sweep.
    choice: Vec<usize>,
    /// The values as JSON.
    json: Vec<Value>,
    fitted: Result<Outcome, Failure>,
}

/// All models of the sweep.
struct Selection {
    sweep: Sweep,
    candidates: Vec<Candidate>,
    /// The candidate of smallest BIC so far.
    best: Option<Best>,
    /// What the log-likelihood is called where it is none.
    objective_name: Option<&'static str>,
}

/// A candidate with all that its file says.
struct Best {
    at: usize,
    bic: f64,
    prepared: Prepared,
    params: Params,
    /// The table, where a page is to show it.
    table: Option<Table>,
}

pub(super) fn run(args: &SelectArgs, signals: Signals) -> Result<Answer, Failure> {
    let sweep = read_sweep(&args.spec)?;
    let mut selection = Selection { sweep, candidates: Vec::new(), best: None, objective_name: None };
    let choices = selection.sweep.choices();
    // All are read before the first is fitted: a slip in the last list should not cost the work on the others.
    let first = selection.spec(args, &choices[0])?;
    choices[1..].iter().try_for_each(|choice| selection.spec(args, choice).map(drop))?;
    let (table, data_path) = first.table(args.data.as_deref(), args.common.limits())?;
    let inputs = || [Some(Path::new(&args.spec)), data_path.as_deref()].into_iter().flatten();
    let checked = |output: &String| Destination::beside_json(output, inputs(), args.common.json);
    let output = args.output.as_ref().map(checked).transpose()?;
    let page = PageTo::new(&args.page);
    page.spares(inputs())?;
    page.differs_from([output.as_ref().and_then(Destination::file)])?;
    let interrupt = signals.interrupt();
    for choice in &choices {
        selection.add(args, choice, &table, data_path.as_deref(), &interrupt)?;
        if interrupt.is_raised() {
            break;
        }
    }
    if selection.candidates.iter().all(|c| c.fitted.is_err()) {
        return Err(selection.candidates.swap_remove(0).fitted.expect_err("all have failed"));
    }
    page.write(|image| selection.page(args, image))?;
    selection.answer(args, output.as_ref(), choices.len(), &interrupt)
}

/// The sweep of a spec. Where there is none to be found, what is wrong with the spec says more.
fn read_sweep(spec: &str) -> Result<Sweep, Failure> {
    let text = read_text(spec)?;
    Sweep::read(&text).or_else(|fault| {
        SpecFile::read(spec)?;
        Err(Failure::Spec { file: spec.into(), fault })
    })
}

impl Selection {
    /// The spec with one choice of the sweep; a fault outside the sweep says with which.
    fn spec(&self, args: &SelectArgs, choice: &[usize]) -> Result<SpecFile, Failure> {
        let in_sweep = |f: &Failure| matches!(f, Failure::Spec { fault, .. } if fault.path.starts_with("sweep"));
        SpecFile::of_choice(&args.spec, &self.sweep, choice)
            .map_err(|failure| if in_sweep(&failure) { failure } else { with(failure, &self.label(choice)) })
    }

    /// Fits one candidate. Data that cannot serve its model, and a fit that fails, are its own affair; all else ends the
    /// command.
    fn add(
        &mut self,
        args: &SelectArgs,
        choice: &[usize],
        table: &Table,
        data_path: Option<&Path>,
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        let spec = self.spec(args, choice)?;
        let (at, choice, json) = (self.candidates.len(), choice.to_vec(), json_values(&spec, &self.sweep, choice));
        let keep = PageTo::new(&args.page).is_wanted();
        let fitted = match Prepared::of_with_table(spec, table.clone(), data_path.map(Path::to_path_buf), keep) {
            Ok(read) => self.fit(args, at, read, interrupt)?,
            Err(failure @ Failure::Data(_)) => Err(failure),
            Err(failure) => return Err(with(failure, &self.label(&choice))),
        };
        self.candidates.push(Candidate { choice, json, fitted });
        Ok(())
    }

    /// Fits candidate number `at`, and keeps it if it is the best.
    fn fit(
        &mut self,
        args: &SelectArgs,
        at: usize,
        (prepared, table): (Prepared, Option<Table>),
        interrupt: &Interrupt,
    ) -> Result<Result<Outcome, Failure>, Failure> {
        let (model, page) = (prepared.learnt.model(), PageTo::new(&args.page));
        page.check(&prepared)?;
        if args.output.is_some() && model.coordinates.is_none() {
            let (file, asked) = (args.spec.clone(), "`-o`, which writes the model of smallest BIC,".into());
            let advice = "leave it out to see the table".into();
            return Err(Failure::Capability { file, asked, capability: "Coordinates", model: model.name, advice });
        }
        self.objective_name = prepared.learnt.objective_name();
        let fitted = match fit::fit(&prepared, args.seed, &args.common, interrupt) {
            Ok(fitted) => fitted,
            Err(failure) => return Ok(Err(failure)),
        };
        let outcome = Outcome::new(model, &prepared.data, &prepared.warnings, &fitted, false);
        if let Some(bic) = outcome.criteria.map(|c| c.bic)
            && self.best.as_ref().is_none_or(|best| bic < best.bic)
        {
            self.best = Some(Best { at, bic, prepared, params: fitted.params, table });
        }
        Ok(Ok(outcome))
    }

    /// The varied fields on one line: `components: 3, covariance: Full`.
    fn label(&self, choice: &[usize]) -> String {
        let values = self.sweep.values(choice).into_iter().map(visible::line);
        let pair = |(name, value): (&str, String)| format!("{name}: {value}");
        self.sweep.names().into_iter().zip(values).map(pair).collect::<Vec<_>>().join(", ")
    }

    /// The text of the fit of the chosen candidate, if one is chosen.
    fn chosen_fit(&self, output: &Destination) -> Result<Option<String>, Failure> {
        let chosen = self.best.as_ref().and_then(|b| Some((b, self.candidates[b.at].fitted.as_ref().ok()?)));
        let Some((best, outcome)) = chosen else { return Ok(None) };
        Ok(Some(fit_file::render(output.path(), &best.prepared.made(), &best.params, outcome)?))
    }

    /// The curves of the criteria, and the chosen fit.
    fn page(&self, args: &SelectArgs, image: Option<report::ImageShape>) -> String {
        let swept = report::Selection {
            fields: self.sweep.names().into_iter().map(String::from).collect(),
            candidates: self.candidates.iter().map(|c| c.reported(&self.sweep)).collect(),
            objective: self.objective_name.unwrap_or("log-likelihood (nats)").into(),
            chosen: self.best.as_ref().map(|best| best.at),
            table: self.section("Models"),
            verdict: self.verdict(),
        };
        let chosen = self.best.as_ref().and_then(|best| {
            let outcome = self.candidates[best.at].fitted.as_ref().ok()?;
            Some(subject(&best.prepared, best.table.as_ref()?, &best.params, outcome))
        });
        selection_page(&args.spec, &swept, chosen.as_ref(), image)
    }

    /// Writes the chosen fit where it is wanted, and says what became of the candidates.
    fn answer(
        &self,
        args: &SelectArgs,
        output: Option<&Destination>,
        wanted: usize,
        interrupt: &Interrupt,
    ) -> Result<Answer, Failure> {
        let chosen = self.best.as_ref().map(|best| best.at);
        let numbered = || self.candidates.iter().enumerate();
        let fit = output.map(|output| self.chosen_fit(output)).transpose()?.flatten();
        let told = |written: &str| match args.common.json {
            true => document(&numbered().map(|(i, c)| c.json(&self.sweep, chosen == Some(i))).collect()),
            false => self.text(args, written),
        };
        let out = match output.zip(fit) {
            Some((output, fit)) => output.take(fit, || told(&output.told()))?,
            None => told(""),
        };
        let converged = |c: &Candidate| c.fitted.as_ref().map_or(true, |outcome| outcome.converged);
        let whole = !interrupt.is_raised() && self.candidates.iter().all(converged);
        let mut notes = if args.common.quiet { Vec::new() } else { self.notes() };
        if interrupt.is_raised() {
            notes.push(interrupted(self.candidates.len(), wanted, "candidates"));
        }
        Ok(Answer { out, notes, status: if whole { Status::Done } else { Status::Unconverged } })
    }

    /// What is suspicious about each candidate, and why some failed.
    fn notes(&self) -> Vec<String> {
        let of = |c: &Candidate| {
            let label = self.label(&c.choice);
            match &c.fitted {
                Ok(outcome) => outcome.warnings.iter().map(|w| format!("warning: {label}: {w}")).collect(),
                Err(failure) => vec![format!("warning: {label}: no fit: {failure}")],
            }
        };
        self.candidates.iter().flat_map(of).collect()
    }

    fn text(&self, args: &SelectArgs, written: &str) -> String {
        let page = PageTo::new(&args.page).line();
        format!("{}\n{}\n{written}{page}", render_section(&self.section(&args.spec)), self.verdict())
    }

    /// The chosen candidate in words.
    fn verdict(&self) -> String {
        match &self.best {
            Some(best) => {
                format!("* chosen, the smallest BIC: {}", self.label(&self.candidates[best.at].choice))
            }
            None => "none is chosen, since the model has no BIC".into(),
        }
    }

    fn section(&self, spec: &str) -> Section {
        let chosen = self.best.as_ref().map(|best| best.at);
        let figures = [self.objective_name.unwrap_or("log-likelihood"), "parameters", "AIC", "BIC", "ICL"];
        let mark = |i: usize| if chosen == Some(i) { "*" } else { "" }.to_string();
        let rows = self.candidates.iter().enumerate().map(|(i, c)| (mark(i), c.cells(&self.sweep)));
        let count = self.candidates.len();
        Section {
            title: format!("{}: {count} candidate{}", spec, if count == 1 { "" } else { "s" }),
            heads: self.sweep.names().into_iter().chain(figures).map(String::from).collect(),
            rows: rows.collect(),
        }
    }
}

/// The varied fields, as the model writes them; what it leaves out because it is the default, as the spec does.
fn json_values(spec: &SpecFile, sweep: &Sweep, choice: &[usize]) -> Vec<Value> {
    let model = serde_json::to_value(&spec.experiment.model).unwrap_or_default();
    let fields = &model[spec.experiment.model.name()];
    let value = |(name, text): (&str, &str)| fields.get(name).cloned().unwrap_or_else(|| json!(text));
    sweep.names().into_iter().zip(sweep.values(choice)).map(value).collect()
}

/// A refusal that says with which values of the sweep it came.
fn with(failure: Failure, label: &str) -> Failure {
    match failure {
        Failure::Spec { file, mut fault } => {
            fault.message = format!("with `{label}`: {}", fault.message);
            Failure::Spec { file, fault }
        }
        other => other,
    }
}

impl Candidate {
    fn json(&self, sweep: &Sweep, chosen: bool) -> Value {
        let mut row: Map<String, Value> =
            sweep.names().into_iter().map(String::from).zip(self.json.iter().cloned()).collect();
        let outcome = self.fitted.as_ref().ok();
        let criteria = outcome.and_then(|o| o.criteria);
        let figures = json!({
            "log_likelihood": outcome.map(|o| o.log_likelihood),
            "n_parameters": criteria.map(|c| c.n_parameters),
            "aic": criteria.map(|c| c.aic),
            "bic": criteria.map(|c| c.bic),
            "icl": outcome.and_then(|o| o.icl),
            "converged": outcome.map(|o| o.converged),
            "chosen": chosen,
            "error": self.fitted.as_ref().err().map(ToString::to_string),
        });
        row.extend(figures.as_object().cloned().unwrap_or_default());
        Value::Object(row)
    }

    fn reported(&self, sweep: &Sweep) -> report::Candidate {
        let outcome = self.fitted.as_ref().ok();
        let criteria = outcome.and_then(|o| o.criteria);
        report::Candidate {
            choice: self.choice.clone(),
            values: sweep.values(&self.choice).into_iter().map(String::from).collect(),
            figures: [
                outcome.map(|o| o.log_likelihood),
                criteria.map(|c| c.aic),
                criteria.map(|c| c.bic),
                outcome.and_then(|o| o.icl),
            ],
            error: self.fitted.as_ref().err().map(ToString::to_string),
        }
    }

    fn cells(&self, sweep: &Sweep) -> Vec<Cell> {
        let shown = |x: Option<f64>| x.map_or(Cell::Empty, |x| Cell::Text(fixed(x)));
        let outcome = self.fitted.as_ref().ok();
        let criteria = outcome.and_then(|o| o.criteria);
        let varied = sweep.values(&self.choice).into_iter().map(|value| Cell::Text(value.into()));
        let figures = [
            shown(outcome.map(|o| o.log_likelihood)),
            criteria.map_or(Cell::Empty, |c| Cell::Count(c.n_parameters as u64)),
            shown(criteria.map(|c| c.aic)),
            shown(criteria.map(|c| c.bic)),
            shown(outcome.and_then(|o| o.icl)),
        ];
        varied.chain(figures).collect()
    }
}
