//! Laws of the M-step.

use super::case::normal;
use super::law::{Judged, Law, Stop, Tried, broken, clash, not_below, offered, untold};
use super::slope::slope;
use super::trial::Trial;
use crate::LatentModel;
use crate::algorithm::State;
use crate::registry::{Erased, Params};

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
    // Next to a singular covariance the terms of Q are far larger than their sum, and so is what rounding costs.
    let held = State { stats: t.wobbled(&state.stats), ..state.clone() };
    let allowed = ROUNDING * size + 10.0 * (t.q_and_prior(&held, &best)? - top).abs();
    if goes_on(t, &state, &best, top, size)? {
        return Err(Stop::Lacks("its M-step only raises Q, and does not claim to maximise it".into()));
    }
    let q = |p: &Params| t.q_and_prior(&state, p).unwrap_or(f64::NAN);
    let higher = |direction: &[f64], by: f64| {
        let value = t.along(&best, &x, direction, &q)(by);
        let (at_best, other) = (("after the M-step", top), ("nearby", value));
        if value.is_nan() { Ok(()) } else { not_below("Q + ln prior", at_best, other, allowed) }
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

fn conditionals(t: &Trial) -> Judged {
    let conditionals = offered(&t.model.conditionals, "Conditionals")?;
    let state = t.at(t.params)?;
    let before = t.q_and_prior(&state, t.params)?;
    let names = offered(&t.model.coordinates, "Coordinates")?.coordinate_names(t.params);
    let allowed = ROUNDING * (t.size(&state) + before.abs());
    let mut mover: Vec<Option<(usize, f64)>> = vec![None; t.free(t.params)?.len()];
    for i in 0..conditionals.conditionals() {
        let Ok(next) = conditionals.maximize_conditional(i, &state.stats, t.params) else {
            return untold("a conditional step fails");
        };
        let after = t.q_and_prior(&state, &next)?;
        not_below(format!("Q + ln prior, conditional step {i}"), ("after", after), ("before", before), allowed)?;
        for (j, by) in changes(t, &next)?.into_iter().enumerate().filter(|(_, by)| by.abs() > MOVED) {
            if let Some((first, before)) = mover[j].replace((i, by)) {
                let what =
                    format!("the change of {} by conditional steps {first} and {i}, which both move it", names[j]);
                return clash(what, ("by the one", before), ("by the other", by), 0.0);
            }
        }
    }
    let moved = changes(t, &t.maximize(&state)?)?;
    // What is almost at rest may have been rounded to rest.
    match (0..names.len()).find(|j| mover[*j].is_none() && moved[*j].abs() > 1e3 * MOVED) {
        Some(j) => broken(format!("{} is moved by the M-step, but by no conditional step", names[j])),
        None => Ok(()),
    }
}

/// How far each coordinate is from where it was, relative to its size and 1.
fn changes(t: &Trial, params: &Params) -> Judged<Vec<f64>> {
    let (from, to) = (t.free(t.params)?, t.free(params)?);
    Ok(to.iter().zip(&from).map(|(new, old)| (new - old) / old.abs().max(1.0)).collect())
}
