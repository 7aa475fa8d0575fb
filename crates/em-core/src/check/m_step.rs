//! Laws of the M-step.

use super::case::normal;
use super::law::{Judged, Law, Stop, Tried, agree_all, broken, clash, not_below, offered, untold};
use super::numbers::numbers;
use super::slope::slope;
use super::trial::Trial;
use crate::algorithm::State;
use crate::registry::{Erased, Params};
use crate::{LatentModel, Statistics};

const ABOUT: &str = "M-step";
/// Q is a sum of some hundred terms; what it gains or loses by less is rounding.
const ROUNDING: f64 = 1e-11;
/// A coordinate has moved when it changed by more than this, relative to its size and 1.
const MOVED: f64 = 1e-7;

pub(super) static LAWS: &[Law] = &[
    Law {
        name: "q_rises",
        about: ABOUT,
        says: "the M-step does not lower Q + ln prior",
        usually: "the M-step maximises something else: a prior in one of both only, a wrong divisor, sums mixed up",
        tried: Tried::Always,
        test: q_rises,
    },
    Law {
        name: "q_greatest",
        about: ABOUT,
        says: "where the M-step is a closed form, no point nearby has a higher Q + ln prior",
        usually: "a divisor such as n − 1 for n, the mean and not the mode of a posterior, a prior in one of both only",
        tried: Tried::Always,
        test: q_greatest,
    },
    Law {
        name: "inner_rounds",
        about: ABOUT,
        says: "under a posterior that is held, each inner round, shortened if need be, raises Q + ln prior",
        usually: "the ascent direction is wrong (a forgotten offset, a sign), or `between` does not lead from one end to the other",
        tried: Tried::Always,
        test: inner_rounds,
    },
    Law {
        name: "conditionals",
        about: ABOUT,
        says: "conditional steps do not lower Q + ln prior, move only their own parameters, and together all",
        usually: "a conditional step takes a parameter along that is another's, or the maximum of it at other values of the rest",
        tried: Tried::Always,
        test: conditionals,
    },
];

fn closed_form(t: &Trial) -> Judged {
    if t.model.inner().is_some() {
        return Err(Stop::Lacks("its M-step is taken in inner rounds".into()));
    }
    Ok(())
}

fn q_rises(t: &Trial) -> Judged {
    let state = t.at(t.params)?;
    let before = t.q_and_prior(&state, t.params)?;
    closed_form(t)?;
    let after = t.q_and_prior(&state, &t.maximize(&state)?)?;
    if after.is_nan() {
        return untold("Q is not finite after the M-step");
    }
    not_below("Q + ln prior", ("after", after), ("before", before), ROUNDING * (t.size(&state) + before.abs()))
}

/// Whether a second M-step on the same statistics goes on to rise: such a one does not claim to maximise.
fn goes_on(t: &Trial, state: &State<Erased>, best: &Params, top: f64, size: f64) -> Judged<bool> {
    let Ok(again) = t.model.maximize(&state.stats, best) else { return Ok(false) };
    Ok(t.q_and_prior(state, &again)? > top + 1e-9 * size)
}

fn q_greatest(t: &Trial) -> Judged {
    let state = t.at(t.params)?;
    t.q(&state, t.params)?;
    closed_form(t)?;
    offered(&t.model.coordinates, "Coordinates")?;
    let best = t.maximize(&state)?;
    let (x, top) = (t.free(&best)?, t.q_and_prior(&state, &best)?);
    let size = t.size(&state) + top.abs();
    if goes_on(t, &state, &best, top, size)? {
        return Err(Stop::Lacks("its M-step only raises Q, and does not claim to maximise it".into()));
    }
    let q = |p: &Params| t.q_and_prior(&state, p).unwrap_or(f64::NAN);
    let higher = |direction: &[f64], by: f64| {
        let value = t.along(&best, &x, direction, &q)(by);
        let (at_best, other) = (("after the M-step", top), ("nearby", value));
        if value.is_nan() { Ok(()) } else { not_below("Q + ln prior", at_best, other, ROUNDING * size) }
    };
    for j in 0..x.len() {
        let mut axis = vec![0.0; x.len()];
        axis[j] = 1.0;
        // As far as the slope promises a gain.
        let Some(s) = slope(&t.along(&best, &x, &axis, &q), 1e-3 * x[j].abs().max(1.0), size) else { continue };
        if s.curvature < 0.0 && s.value.abs() > s.error {
            higher(&axis, -s.value / s.curvature)?;
        }
    }
    let mut rng = t.rng(10);
    for by in [1e-3, 1e-2, 0.1, 1.0] {
        for _ in 0..4 {
            let direction: Vec<f64> = x.iter().map(|_| normal(&mut rng)).collect();
            higher(&direction, by)?;
        }
    }
    Ok(())
}

fn inner_rounds(t: &Trial) -> Judged {
    let Some(inner) = t.model.inner() else { return Err(Stop::Lacks("its M-step has no inner rounds".into())) };
    let held = t.at(t.params)?;
    let at = |params: &Params| {
        let mut stats = t.model.zero(params);
        let q = inner.expect_fixed(t.params, params, t.data, t.all(), &mut stats) + t.model.log_prior(params);
        (stats, q)
    };
    let (stats, mut q) = at(t.params);
    let (plain, fixed) = (held.stats.flatten(), stats.flatten());
    agree_all("the statistics", ("E-step", &plain), ("posterior held at the same point", &fixed), 1e-9)?;
    let (mut from, mut stats) = (t.params.clone(), stats);
    let allowed = ROUNDING * (t.size(&held) + q.abs());
    for round in 0..5 {
        let Ok(full) = t.model.maximize(&stats, &from) else { break };
        // Where a step is not shortened, what has a closed form may go all the way; so nothing is asked of the beginning.
        let (there, end) = (numbers(&inner.between(&from, &full, 1.0)), numbers(&full));
        agree_all("the parameters between two points", ("all the way", &there), ("the end", &end), 1e-6)?;
        // Rounding may cost a thousandth of a nat's thousandth where the step is nothing; a wrong direction costs more.
        let shortened = (0..=30).map(|i| inner.between(&from, &full, 0.5f64.powi(i)));
        let mut best = f64::NEG_INFINITY;
        let next = shortened.map(|p| (at(&p), p)).find(|((_, there), _)| {
            best = best.max(*there);
            *there >= q - 1e-2 * allowed
        });
        let Some(((next_stats, there), point)) = next else {
            let what = format!("Q + ln prior in round {round}, the step halved up to 30 times");
            return not_below(what, ("at best", best), ("before", q), allowed);
        };
        (stats, q, from) = (next_stats, there, point);
    }
    direction_rises(t, &held, &at)
}

/// A small part of the first step raises Q, unless there is nothing to raise.
fn direction_rises(t: &Trial, held: &State<Erased>, at: &dyn Fn(&Params) -> (crate::registry::Stats, f64)) -> Judged {
    let (Some(inner), Ok(full)) = (t.model.inner(), t.model.maximize(&held.stats, t.params)) else { return Ok(()) };
    let (_, here) = at(t.params);
    let gain = |by: f64| at(&inner.between(t.params, &full, by)).1 - here;
    let size = t.size(held) + here.abs();
    match slope(&|by| if by < 0.0 { -gain(-by) } else { gain(by) }, 1e-2, size) {
        Some(s) if s.value < -s.error - 1e-6 * size => {
            broken(format!("the step leads downhill: the slope of Q along it is {}", s.value))
        }
        _ => Ok(()),
    }
}

fn conditionals(t: &Trial) -> Judged {
    let conditionals = offered(&t.model.conditionals, "Conditionals")?;
    let state = t.at(t.params)?;
    let before = t.q_and_prior(&state, t.params)?;
    let x = t.free(t.params)?;
    let names = offered(&t.model.coordinates, "Coordinates")?.coordinate_names(t.params);
    let allowed = ROUNDING * (t.size(&state) + before.abs());
    let change = |params: &Params| -> Judged<Vec<f64>> {
        Ok(t.free(params)?.iter().zip(&x).map(|(new, old)| (new - old) / old.abs().max(1.0)).collect())
    };
    let mut mover: Vec<Option<(usize, f64)>> = vec![None; x.len()];
    for i in 0..conditionals.conditionals() {
        let Ok(next) = conditionals.maximize_conditional(i, &state.stats, t.params) else {
            return untold("a conditional step fails");
        };
        let after = t.q_and_prior(&state, &next)?;
        not_below(format!("Q + ln prior, conditional step {i}"), ("after", after), ("before", before), allowed)?;
        for (j, by) in change(&next)?.into_iter().enumerate().filter(|(_, by)| by.abs() > MOVED) {
            if let Some((first, before)) = mover[j].replace((i, by)) {
                let what =
                    format!("the change of {} by conditional steps {first} and {i}, which both move it", names[j]);
                return clash(what, ("by the one", before), ("by the other", by), 0.0);
            }
        }
    }
    let moved = change(&t.maximize(&state)?)?;
    let left_out = (0..x.len()).find(|j| mover[*j].is_none() && moved[*j].abs() > 1e3 * MOVED);
    match left_out {
        Some(j) => broken(format!("{} is moved by the M-step, but by no conditional step", names[j])),
        None => Ok(()),
    }
}
