//! Laws of the posterior, and of Q as what it makes of the log-likelihood.

use super::law::{Judged, Law, Tried, agree, broken, not_below, offered, untold};
use super::trial::Trial;
use crate::{EStepMode, LatentModel};

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
    Law {
        name: "modes",
        about: ABOUT,
        says: "hard, drawn and tempered E-steps return what the responsibilities say",
        usually: "a mode returns the plain log-likelihood, or a power is taken of one factor of the joint only",
        tried: Tried::Always,
        test: modes,
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

fn modes(t: &Trial) -> Judged {
    let modes = offered(&t.model.modes, "EStepModes")?;
    let state = t.at(t.params)?;
    let (r, mut rng) = (t.responsibilities(&state)?, t.rng(9));
    for (u, w) in t.counting() {
        let in_mode = |mode: EStepMode| {
            let mut stats = t.model.zero(t.params);
            let value = modes.expect_as(mode, t.params, t.data, u..u + 1, &mut stats) / w;
            (value, stats)
        };
        let plain = t.part(t.data, u..u + 1).1 / w;
        let largest = r[u].iter().fold(0.0, |m: f64, r| m.max(*r));
        let power = |beta: f64| plain + r[u].iter().map(|r| r.powf(beta)).sum::<f64>().ln() / beta;
        let allowed = ROUNDING * (1.0 + plain.abs());
        let (hard, at_mode) = in_mode(EStepMode::Hard);
        let wanted = ("log joint of the likeliest label", plain + largest.ln());
        agree(format!("unit {u}, hard"), ("returned", hard), wanted, allowed)?;
        for beta in [1.0, 0.3] {
            let (found, wanted) = (in_mode(EStepMode::Tempered(beta)).0, power(beta));
            // The smaller the power, the more an impossible label would count: it is rounded to 0 in both.
            agree(format!("unit {u}, power {beta}"), ("returned", found), ("wanted", wanted), 10.0 * allowed)?;
        }
        let (drawn, of_draw) = in_mode(EStepMode::Sampled(&mut rng));
        agree(format!("unit {u}, drawn"), ("returned", drawn), ("log-likelihood", plain), allowed)?;
        let Some(likelihood) = t.model.likelihood.as_ref().filter(|_| t.model.inner().is_none()) else { continue };
        let q = likelihood.q(t.params, &at_mode) / w;
        agree(format!("Q of unit {u}, hard"), ("Q", q), ("returned", hard), allowed)?;
        let q = likelihood.q(t.params, &of_draw) / w;
        let joints = r[u].iter().map(|r| plain + r.ln());
        let nearest = joints.min_by(|a, b| (a - q).abs().total_cmp(&(b - q).abs())).unwrap_or(f64::NAN);
        agree(format!("Q of unit {u}, drawn"), ("Q", q), ("nearest log joint of a label", nearest), allowed)?;
    }
    if t.counting().next().is_none() { untold("no unit counts") } else { Ok(()) }
}
