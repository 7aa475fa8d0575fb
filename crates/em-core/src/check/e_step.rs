//! Laws of the E-step's log-likelihood.

use super::law::{Judged, Law, Tried, agree, agree_all, untold};
use super::trial::Trial;
use crate::{Dataset, LatentModel};

const ABOUT: &str = "E-step";

pub(super) static LAWS: &[Law] = &[
    Law {
        name: super::law::ADMITTED,
        about: ABOUT,
        says: "the start given fits the data",
        usually: "the start has another shape than the data ask for; nothing else can be tried then",
        tried: Tried::Once,
        test: |_| Ok(()),
    },
    Law {
        name: "first_step",
        about: ABOUT,
        says: "the objective is finite at the start given, and after one iteration",
        usually: "a logarithm of 0, a division by an empty sum, or a start that the data rule out",
        tried: Tried::Once,
        test: first_step,
    },
    Law {
        name: "scores",
        about: ABOUT,
        says: "the log-likelihood is the sum over units, each taken by itself and times its weight",
        usually: "`score` and `expect` compute different densities, or the log-likelihood does not count the weights",
        tried: Tried::Always,
        test: scores,
    },
];

fn first_step(t: &Trial) -> Judged {
    let local = crate::Local::new(t.model, t.data);
    let cx = crate::algorithm::Context::new(t.model, &local, t.streams);
    let run = crate::Run::new(cx, &crate::Em, t.params.clone());
    match run.and_then(|mut run| run.advance()) {
        // A fall is a law of its own.
        Ok(_) | Err(crate::FitError { cause: crate::Cause::Fell { .. }, .. }) => Ok(()),
        Err(e) => super::law::broken(e.to_string()),
    }
}

fn scores(t: &Trial) -> Judged {
    let state = t.at(t.params)?;
    let scores = t.model.score(t.params, t.data, t.all());
    let (found, wanted) = (("scored", scores.len() as f64), ("units", t.data.units() as f64));
    agree("how many scores there are", found, wanted, 0.0)?;
    if t.counting().any(|(u, _)| scores[u].is_nan()) {
        return untold("the model does not tell the log-likelihood of single units");
    }
    let sum: f64 = t.counting().map(|(u, w)| w * scores[u]).sum();
    let (left, right) = (("units added up", sum), ("log-likelihood", state.log_likelihood));
    // Some hundred terms, each of some operations, in another order.
    agree("the log-likelihood", left, right, 1e-9 * t.size(&state))?;
    let middle = t.data.units() / 2;
    let tail = t.model.score(t.params, t.data, middle..t.data.units());
    agree_all("the scores", ("of half the units", &tail), ("of all", &scores[middle..]), 1e-9)
}
