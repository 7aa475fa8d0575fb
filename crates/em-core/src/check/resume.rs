//! The law of runs that are put down and taken up again.

use super::law::{Judged, Law, Tried, broken, same_bits, untold};
use super::numbers::{numbers, read_again};
use super::same::{fit, same_fit};
use super::trial::{Trial, flat};
use crate::algorithm::State;
use crate::registry::{Erased, Params, ReadParams};
use crate::{Checkpoint, Fit, LatentModel, Rule, Statistics};
use serde_json::Value;
use std::convert::Infallible;
use std::time::Duration;

/// Iterations until a run is put down; the fits compared do twice as many.
const HALF: u64 = 2;

pub(super) static LAWS: &[Law] = &[Law {
    name: "resume",
    about: "repetition",
    says: "a run that is written down, read again and continued ends in the bits of one never interrupted",
    usually: "parameters do not write all they hold (`#[serde(skip)]`), or `visit` shows statistics only in part",
    tried: Tried::Twice,
    test: resume,
}];

fn resume(t: &Trial) -> Judged {
    state(t)?;
    let straight = fit(t.model, t.data, t.params)?;
    let text = put_down(t)?;
    let read: Result<Checkpoint<Value>, _> = serde_json::from_str(&text);
    let from = read.map_err(|e| e.to_string()).and_then(|checkpoint| checkpoint.try_map(|value| params(t, &value)));
    let from = match from {
        Ok(from) => from,
        Err(why) => return broken(format!("a checkpoint cannot be read again: {why}")),
    };
    let continued = Fit::new(t.model, t.data).stop(Rule::MaxIterations(2 * HALF)).resume(from).from(t.params.clone());
    match continued {
        Ok(continued) => same_fit(("never interrupted", &straight), ("put down and continued", &continued)),
        Err(e) => broken(format!("a run that was put down fails when it goes on: {e}")),
    }
}

fn params(t: &Trial, value: &Value) -> Result<Params, String> {
    t.model.read_params(&mut <dyn erased_serde::Deserializer>::erase(value)).map_err(|e| e.to_string())
}

/// A checkpoint of the first iterations, as text.
fn put_down(t: &Trial) -> Judged<String> {
    let mut text = String::new();
    let write = |checkpoint: &Checkpoint<Params>| {
        text = serde_json::to_string(checkpoint).unwrap_or_default();
        Ok::<(), Infallible>(())
    };
    let fit = Fit::new(t.model, t.data).stop(Rule::MaxIterations(HALF)).checkpoint(Duration::ZERO, write);
    fit.from(t.params.clone()).or_else(|e| untold(format!("the fit fails: {e}")))?;
    Ok(text)
}

/// Parameters and statistics that were written down lead to the same next step.
fn state(t: &Trial) -> Judged {
    let here = t.at(t.params)?;
    let read = match read_again(t.model, t.params) {
        Ok(params) => params,
        Err(why) => return broken(format!("the parameters cannot be written and read: {why}")),
    };
    let there = t.sweep(t.data, &read);
    same_bits("the objective", ("written", &[here.objective()]), ("read again", &[there.objective()]))?;
    same_bits("the statistics", ("written", &flat(&here.stats)), ("read again", &flat(&there.stats)))?;
    let (mut stats, numbers_of_stats) = (t.model.zero(&read), flat(&here.stats));
    stats.unflatten(&numbers_of_stats);
    let (log_likelihood, log_prior) = (here.log_likelihood, here.log_prior);
    same_step(t, &here, &State { params: read, stats, log_likelihood, log_prior })
}

fn same_step(t: &Trial, here: &State<Erased>, read: &State<Erased>) -> Judged {
    match (t.maximize(here), t.maximize(read)) {
        (Ok(a), Ok(b)) => {
            same_bits("the parameters after an M-step", ("written", &numbers(&a)), ("read again", &numbers(&b)))?;
            let (a, b) = ([t.sweep(t.data, &a).objective()], [t.sweep(t.data, &b).objective()]);
            same_bits("the objective after an M-step", ("written", &a), ("read again", &b))
        }
        (Err(why), Err(_)) => Err(why),
        _ => broken("the M-step fails on what was read again, or only there does not"),
    }
}
