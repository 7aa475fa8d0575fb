//! Laws that tie the M-step to the objective: Fisher's identity, ascent, and rest.

use super::law::{Judged, Law, Stop, Tried, agree, clash, offered, untold};
use super::slope::{Slope, slope};
use super::trial::Trial;
use crate::algorithm::{Algorithm, Context};
use crate::registry::{Erased, Params};
use crate::{Cause, Ecm, Em, LatentModel, Local, Run};

const ABOUT: &str = "objective";
/// Iterations of a run that is watched.
const WATCHED: usize = 15;
/// Iterations until a run must have come to rest.
const TO_REST: usize = 3000;
/// A run rests when no coordinate has farther to go than this, relative to its size and 1.
const AT_REST: f64 = 1e-6;
/// Where a run rests, the maximum may be this many standard errors away. A divisor n − 1 for n moves it by 0.7/√n of
/// them, a pseudo-observation by 1/√n; both are above 0.04 for the few hundred units looked at.
const DISPLACED: f64 = 0.01;

pub(super) static LAWS: &[Law] = &[
    Law {
        name: "fisher",
        about: ABOUT,
        says: "the slope of Q + ln prior at θ is that of the objective (Fisher's identity)",
        usually: "E-step and log-likelihood belong to different models, the prior is in one of both only, or a term is missing \
                  from `gradient`",
        tried: Tried::Always,
        test: fisher,
    },
    Law {
        name: "gradient",
        about: ABOUT,
        says: "the gradient is the slope of Q + ln prior at any parameters, wherever the statistics were taken",
        usually: "`gradient` holds only at the parameters of the E-step: it takes something from there that it should take from \
                  the parameters it is given, or the other way round",
        tried: Tried::Always,
        test: gradient,
    },
    Law {
        name: "ascent",
        about: ABOUT,
        says: "the objective never falls over a run",
        usually: "the M-step does not maximise what the objective is made of: a prior in one of both only, a wrong divisor, \
                  weights in one of both only, a term of a bound left out",
        tried: Tried::Always,
        test: ascent,
    },
    Law {
        name: "fixed_point",
        about: ABOUT,
        says: "where EM comes to rest, the slope of the objective is zero",
        usually: "the M-step has a maximum of its own: a prior in one of both only, a divisor such as n − 1, weights or a mask in \
                  one of both only",
        tried: Tried::Twice,
        test: fixed_point,
    },
];

/// The slopes of a function of parameters along every free coordinate.
fn slopes(t: &Trial, at: &Params, size: f64, f: &dyn Fn(&Params) -> f64) -> Judged<Vec<Option<Slope>>> {
    let x = t.free(at)?;
    let along = |j: usize| {
        let mut axis = vec![0.0; x.len()];
        axis[j] = 1.0;
        slope(&t.along(at, &x, &axis, f), 1e-3 * x[j].abs().max(1.0), size)
    };
    Ok((0..x.len()).map(along).collect())
}

fn names(t: &Trial, at: &Params) -> Judged<Vec<String>> {
    Ok(offered(&t.model.coordinates, "Coordinates")?.coordinate_names(at))
}

fn fisher(t: &Trial) -> Judged {
    offered(&t.model.coordinates, "Coordinates")?;
    if t.model.gradient.is_none() {
        t.q(&t.at(t.params)?, t.params)?;
    }
    let state = t.at(t.params)?;
    let (size, names) = (t.size(&state), names(t, t.params)?);
    let objective = slopes(t, t.params, size, &|p| t.sweep(t.data, p).objective())?;
    let steepest = objective.iter().flatten().fold(1.0, |m: f64, s| m.max(s.value.abs()));
    let compare = |j: usize, name: &str, found: f64, error: f64| match &objective[j] {
        // The differences know their own error; the sums of an analytic gradient are rounded beside that.
        Some(s) => {
            let allowed = error + s.error + 1e-8 * steepest;
            agree(format!("the slope along {}", names[j]), (name, found), ("of the objective", s.value), allowed)
        }
        None => Ok(()),
    };
    if let Ok(q) = t.q_and_prior(&state, t.params) {
        let of_q = slopes(t, t.params, size + q.abs(), &|p| t.q_and_prior(&state, p).unwrap_or(f64::NAN))?;
        for (j, s) in of_q.iter().enumerate() {
            s.map_or(Ok(()), |s| compare(j, "of Q + ln prior", s.value, s.error))?;
        }
    }
    if let Some(gradient) = &t.model.gradient {
        let given = gradient.gradient(t.params, &state.stats);
        let (found, wanted) = (("gradient", given.len() as f64), ("coordinates", names.len() as f64));
        agree("how many slopes there are", found, wanted, 0.0)?;
        for (j, g) in given.into_iter().enumerate() {
            compare(j, "by `gradient`", g, 1e-8 * size)?;
        }
    }
    match objective.iter().any(Option::is_some) {
        true => Ok(()),
        false => untold("the objective has no slope there"),
    }
}

/// What gradient EM and `Gem` rely on: within an M-step the parameters leave those of the E-step.
fn gradient(t: &Trial) -> Judged {
    let gradient = offered(&t.model.gradient, "Gradient")?;
    if t.model.inner().is_some() {
        return Err(Stop::Lacks("its M-step has inner rounds, which take new statistics for every point".into()));
    }
    offered(&t.model.likelihood, "CompleteLikelihood")?;
    let held = t.at(t.params)?;
    let there = t.elsewhere(&held)?;
    let (q, names) = (t.q_and_prior(&held, &there)?, names(t, &there)?);
    let (size, given) = (t.size(&held) + q.abs(), gradient.gradient(&there, &held.stats));
    let wanted = slopes(t, &there, size, &|p| t.q_and_prior(&held, p).unwrap_or(f64::NAN))?;
    let steepest = wanted.iter().flatten().fold(1.0, |m: f64, s| m.max(s.value.abs()));
    for ((found, wanted), name) in given.iter().zip(&wanted).zip(&names) {
        let Some(s) = wanted else { continue };
        let allowed = s.error + 1e-8 * (size + steepest);
        agree(format!("the slope along {name}"), ("by `gradient`", *found), ("of Q + ln prior", s.value), allowed)?;
    }
    match wanted.iter().any(Option::is_some) {
        true => Ok(()),
        false => untold("Q has no slope there"),
    }
}

/// Iterations of an algorithm until one ends in an error, which is told apart from a fall.
fn watched(t: &Trial, name: &str, algorithm: &dyn Algorithm<Erased>) -> Judged {
    let local = Local::new(t.model, t.data);
    let cx = Context::new(t.model, &local, t.streams);
    let mut run = match Run::new(cx, algorithm, t.params.clone()) {
        Ok(run) => run,
        Err(e) => return untold(e.to_string()),
    };
    for iteration in 1..=WATCHED {
        match run.advance().map_err(|e| e.cause) {
            Ok(_) => {}
            Err(Cause::Fell { old, new }) => {
                let what = format!("the objective in iteration {iteration} of {name}");
                return clash(what, ("before", old), ("after", new), 1e-11 * old.abs().max(1.0));
            }
            Err(e) if iteration == 1 => return untold(e.to_string()),
            Err(_) => break,
        }
    }
    Ok(())
}

fn ascent(t: &Trial) -> Judged {
    watched(t, "EM", &Em)?;
    if t.model.conditionals.is_some() { watched(t, "ECM", &Ecm { multicycle: true }) } else { Ok(()) }
}

/// The parameters at which EM stands still.
fn rest(t: &Trial) -> Judged<Params> {
    let local = Local::new(t.model, t.data);
    let cx = Context::new(t.model, &local, t.streams);
    let mut run = Run::new(cx, &Em, t.params.clone()).or_else(|e| untold(e.to_string()))?;
    let (mut x, mut last) = (t.free(t.params)?, f64::INFINITY);
    for _ in 0..TO_REST {
        run.advance().or_else(|e| untold(e.to_string()))?;
        let next = t.free(&run.state().params)?;
        let step = x.iter().zip(&next).map(|(a, b)| (a - b).abs() / (1.0 + a.abs())).fold(0.0, f64::max);
        // Steps shrink by a rate in the end; what is left is a geometric series.
        let rate = step / last;
        if step < AT_REST && (step == 0.0 || rate < 1.0 && step * rate / (1.0 - rate) < AT_REST) {
            return Ok(run.state().params.clone());
        }
        (x, last) = (next, step);
    }
    untold(format!("EM does not come to rest in {TO_REST} iterations"))
}

fn fixed_point(t: &Trial) -> Judged {
    offered(&t.model.coordinates, "Coordinates")?;
    let end = rest(t)?;
    let state = t.at(&end)?;
    let (size, names) = (t.size(&state), names(t, &end)?);
    for (j, s) in slopes(t, &end, size, &|p| t.sweep(t.data, p).objective())?.into_iter().enumerate() {
        let Some(s) = s else { continue };
        // The standard error of a coordinate is 1/√curvature, and a slope of g is a way of g/curvature to the maximum. A
        // way of AT_REST is left.
        let allowed = DISPLACED * s.curvature.abs().sqrt() + AT_REST * s.curvature.abs() + s.error;
        agree(
            format!("the slope of the objective along {}", names[j]),
            ("at rest", s.value),
            ("wanted", 0.0),
            allowed,
        )?;
    }
    Ok(())
}
