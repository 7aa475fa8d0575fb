//! `em compare`.

use super::{Answer, document};
use crate::args::CompareArgs;
use crate::failure::Failure;
use crate::fit_file::FitFile;
use crate::summary::{fixed, in_words, render_section, short};
use em_core::table::Scaling;
use em_core::{Cell, Section, Warning};
use serde_json::{Value, json};

/// So much of a fingerprint tells data apart for a person.
const SHOWN: usize = 8;

pub(super) fn run(args: &CompareArgs) -> Result<Answer, Failure> {
    let fits = args.fits.iter().map(|file| FitFile::read(file)).collect::<Result<Vec<_>, _>>()?;
    let out = match args.common.json {
        true => document(&fits.iter().map(json_of).collect()),
        false => text(&fits),
    };
    Ok(Answer::done(out).with_warnings(&doubts(&fits), &args.common))
}

fn json_of(fit: &FitFile) -> Value {
    let (outcome, data) = (&fit.frame.outcome, &fit.frame.data);
    json!({
        "fit": fit.file,
        "model": fit.frame.model,
        "spec": fit.experiment.model,
        "n": data.n,
        "weight": data.weight,
        "columns": data.columns,
        "log_likelihood": outcome.log_likelihood,
        "log_prior": outcome.log_prior,
        "n_parameters": outcome.criteria.map(|c| c.n_parameters),
        "aic": outcome.criteria.map(|c| c.aic),
        "bic": outcome.criteria.map(|c| c.bic),
        "icl": outcome.icl,
        "converged": outcome.converged,
        "iterations": outcome.iterations,
        "seconds": outcome.seconds,
        "data": data.fingerprint,
    })
}

fn text(fits: &[FitFile]) -> String {
    let heads =
        ["n", "log-likelihood", "parameters", "AIC", "BIC", "ICL", "converged", "iterations", "seconds", "data"];
    let section = Section {
        title: format!("{} fit{}", fits.len(), if fits.len() == 1 { "" } else { "s" }),
        heads: heads.map(String::from).to_vec(),
        rows: fits.iter().map(|fit| (fit.file.clone(), cells(fit))).collect(),
    };
    let model = |fit: &FitFile| in_words(&fit.experiment.model).unwrap_or_else(|| fit.frame.model.clone());
    let models = Section {
        title: "Models".into(),
        heads: Vec::new(),
        rows: fits.iter().map(|fit| (format!("{}  {}", fit.file, model(fit)), Vec::new())).collect(),
    };
    format!("{}\n{}", render_section(&section), render_section(&models))
}

fn cells(fit: &FitFile) -> Vec<Cell> {
    let (outcome, data) = (&fit.frame.outcome, &fit.frame.data);
    let shown = |x: Option<f64>| x.map_or(Cell::Empty, |x| Cell::Text(fixed(x)));
    let criteria = outcome.criteria;
    vec![
        Cell::Count(data.n as u64),
        shown(Some(outcome.log_likelihood)),
        criteria.map_or(Cell::Empty, |c| Cell::Count(c.n_parameters as u64)),
        shown(criteria.map(|c| c.aic)),
        shown(criteria.map(|c| c.bic)),
        shown(outcome.icl),
        Cell::Text(if outcome.converged { "yes" } else { "NO" }.into()),
        Cell::Count(outcome.iterations),
        Cell::Text(short(outcome.seconds)),
        Cell::Text(data.fingerprint.chars().take(SHOWN).collect()),
    ]
}

/// Why figures may not be comparable.
fn doubts(fits: &[FitFile]) -> Vec<Warning> {
    let mut doubts = Vec::new();
    let differ = |of: &dyn Fn(&FitFile) -> String| fits.windows(2).any(|pair| of(&pair[0]) != of(&pair[1]));
    if differ(&|fit| fit.frame.data.fingerprint.clone()) {
        let message = "the fits are of different data";
        doubts.push(Warning::new(
            "different_data",
            message,
            "compare log-likelihoods and criteria of the same data only",
        ));
    } else if differ(&explained) {
        let message = "the fits explain different columns of the same data";
        let advice = "compare log-likelihoods and criteria of the same columns only";
        doubts.push(Warning::new("different_columns", message, advice));
    } else if differ(&|fit| format!("{:?}", scale(fit))) {
        let message = "the fits standardise what they explain differently, which shifts log-likelihoods";
        doubts.push(Warning::new("different_scale", message, "compare fits with the same `standardize`"));
    }
    for fit in fits {
        if let Some(name) = fit.learnt.objective_name() {
            let message = format!("the log-likelihood of {} is {name}", fit.file);
            doubts.push(Warning::new("no_likelihood", message, "compare it with fits of the same model only"));
        }
        if !fit.frame.outcome.converged {
            let message = format!("{} did not converge", fit.file);
            doubts.push(Warning::new("not_converged", message, "fit it to the end before it is compared"));
        }
    }
    doubts
}

/// What a model's likelihood is of: the response of a regression, all columns of others.
fn explained(fit: &FitFile) -> String {
    match fit.experiment.model.uses_any() {
        Some(uses) => format!("{:?}", uses.others.first()),
        None => format!("{:?}", fit.frame.data.columns),
    }
}

/// How that is standardised.
fn scale(fit: &FitFile) -> Vec<&Scaling> {
    let response = fit.experiment.model.uses_any().map(|uses| uses.others);
    let of_it = |s: &&Scaling| response.as_ref().is_none_or(|others| others.first() == Some(&s.column));
    fit.frame.scalings.iter().filter(of_it).collect()
}
