//! Laws of the posterior, and of Q as what it makes of the log-likelihood.

use super::law::{Judged, Law, Tried, agree, broken, not_below, untold};
use super::trial::Trial;

const ABOUT: &str = "E-step";
/// Sums of some hundred terms.
const ROUNDING: f64 = 1e-9;

pub(super) static LAWS: &[Law] = &[
    Law {
        name: "posterior",
        about: ABOUT,
        says: "responsibilities lie between 0 and 1 and add up to 1",
        usually: "the posterior is not normalised, or a component is passed over",
        tried: Tried::Always,
        test: posterior,
    },
    Law {
        name: "decomposition",
        about: ABOUT,
        says: "Q + the entropy of q + KL(q ‖ posterior) is the log-likelihood, whatever q is",
        usually: "a constant such as ln 2π is missing from the log-likelihood or from Q, or the statistics are not those of \
                  the responsibilities",
        tried: Tried::Always,
        test: decomposition,
    },
    Law {
        name: "minorant",
        about: ABOUT,
        says: "from θ to any θ′ the log-likelihood gains at least what Q gains",
        usually: "E-step and log-likelihood belong to different models: a slip in a density, a weight or a mask in one of both",
        tried: Tried::Always,
        test: minorant,
    },
];

fn posterior(t: &Trial) -> Judged {
    let state = t.at(t.params)?;
    let all = t.responsibilities(&state)?;
    for (u, _) in t.counting() {
        let sum: f64 = all[u].iter().sum();
        // k roundings.
        agree(format!("the responsibilities of unit {u}"), ("their sum", sum), ("wanted", 1.0), ROUNDING)?;
        if let Some(r) = all[u].iter().find(|r| !(0.0..=1.0 + ROUNDING).contains(*r)) {
            return broken(format!("a responsibility of unit {u} is {r}"));
        }
    }
    Ok(())
}

/// −Σ w Σ_j r_j ln s_j.
fn cross_entropy(t: &Trial, r: &[Vec<f64>], s: &[Vec<f64>]) -> f64 {
    let term = |(r, s): (&f64, &f64)| if *r > 0.0 { -r * s.ln() } else { 0.0 };
    t.counting().map(|(u, w)| w * r[u].iter().zip(&s[u]).map(term).sum::<f64>()).sum()
}

/// With q the posterior at other parameters, entropy and divergence of q together are its cross entropy with the
/// posterior at θ.
fn decomposition(t: &Trial) -> Judged {
    let held = t.at(t.params)?;
    let q = t.responsibilities(&held)?;
    for (what, params) in [("at the same parameters", t.params.clone()), ("at others", t.elsewhere(&held)?)] {
        let state = t.at(&params)?;
        let bound = t.q(&held, &params)? + cross_entropy(t, &q, &t.responsibilities(&state)?);
        if !bound.is_finite() {
            return untold("a label that q holds possible is impossible at other parameters");
        }
        let (left, right) = (("Q + H(q) + KL", bound), ("ln p(y | θ)", state.log_likelihood));
        agree(format!("both sides, with q the posterior {what}"), left, right, ROUNDING * t.size(&state))?;
    }
    Ok(())
}

fn minorant(t: &Trial) -> Judged {
    let here = t.at(t.params)?;
    let there = t.at(&t.elsewhere(&here)?)?;
    let gain_of_q = t.q(&here, &there.params)? - t.q(&here, &here.params)?;
    let gain = there.log_likelihood - here.log_likelihood;
    if gain_of_q.is_nan() {
        return untold("Q is not finite there");
    }
    let allowed = ROUNDING * (t.size(&here) + t.size(&there));
    not_below("what is gained", ("by the log-likelihood", gain), ("by Q", gain_of_q), allowed)
}
