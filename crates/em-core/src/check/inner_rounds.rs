//! The law of M-steps that go in inner rounds.

use super::law::{Judged, Law, Stop, Tried, agree_all, broken, not_below};
use super::numbers::numbers;
use super::slope::slope;
use super::trial::{Trial, flat};
use crate::registry::{Data, Params, Stats};
use crate::{InnerRounds, LatentModel};

/// Rounds that are watched.
const ROUNDS: u64 = 5;
/// A step is halved at most this often, as the loop does it.
const HALVINGS: i32 = 30;
/// Q is a sum of some hundred terms; what it gains or loses by less, relative to their size, is rounding.
const ROUNDING: f64 = 1e-13;

pub(super) static LAWS: &[Law] = &[Law {
    name: "inner_rounds",
    about: "M-step",
    says: "under a posterior that is held, each inner round, shortened if need be, raises Q + ln prior",
    usually: "the ascent direction is wrong (a forgotten offset, a sign), or `between` does not lead from one end to the other",
    tried: Tried::Always,
    test: inner_rounds,
}];

type Inner<'a> = dyn InnerRounds<Data = Data, Params = Params, Stats = Stats> + 'a;

/// The rounds from the parameters of a trial, under the posterior there.
struct Rounds<'a> {
    trial: &'a Trial<'a>,
    inner: &'a Inner<'a>,
    /// What is no loss of Q.
    rounding: f64,
}

/// A point that a round leads to, with its statistics and Q, prior included.
struct Point {
    params: Params,
    stats: Stats,
    q: f64,
}

fn inner_rounds(t: &Trial) -> Judged {
    let Some(inner) = t.model.inner() else { return Err(Stop::Lacks("its M-step has no inner rounds".into())) };
    let held = t.at(t.params)?;
    let size = t.size(&held);
    let rounds = Rounds { trial: t, inner, rounding: ROUNDING * size };
    let mut at = rounds.at(t.params.clone());
    let (plain, fixed) = (flat(&held.stats), flat(&at.stats));
    agree_all("the statistics", ("E-step", &plain), ("posterior held at the same point", &fixed), 1e-9)?;
    rounds.leads_uphill(&at, size + at.q.abs())?;
    for round in 0..ROUNDS {
        let Ok(full) = t.model.maximize(&at.stats, &at.params) else { break };
        // What has a closed form may go all the way even where a step is shortened; so nothing is asked of the beginning.
        let (there, end) = (numbers(&inner.between(&at.params, &full, 1.0)), numbers(&full));
        agree_all("the parameters between two points", ("all the way", &there), ("the end", &end), 1e-6)?;
        at = rounds.raised(round, &at, &full)?;
    }
    Ok(())
}

impl Rounds<'_> {
    fn at(&self, params: Params) -> Point {
        let (t, mut stats) = (self.trial, self.trial.model.zero(&params));
        let q = self.inner.expect_fixed(t.params, &params, t.data, t.all(), &mut stats) + t.model.log_prior(&params);
        Point { params, stats, q }
    }

    /// The first of the full step, half of it, a quarter, … that does not lower Q.
    fn raised(&self, round: u64, from: &Point, full: &Params) -> Judged<Point> {
        let mut best = f64::NEG_INFINITY;
        for times in 0..=HALVINGS {
            let next = self.at(self.inner.between(&from.params, full, 0.5f64.powi(times)));
            if next.q >= from.q - self.rounding {
                return Ok(next);
            }
            best = best.max(next.q);
        }
        let what = format!("Q + ln prior in round {round}, the step halved up to {HALVINGS} times");
        not_below(what, ("at best", best), ("before", from.q), self.rounding)?;
        broken(format!("Q + ln prior is not a number in round {round}"))
    }

    /// A small part of the first step does not lower Q by more than rounding.
    fn leads_uphill(&self, from: &Point, size: f64) -> Judged {
        let Ok(full) = self.trial.model.maximize(&from.stats, &from.params) else { return Ok(()) };
        let gain = |by: f64| self.at(self.inner.between(&from.params, &full, by)).q - from.q;
        // Of one side only, turned about the point to be seen as a slope.
        match slope(&|by| if by < 0.0 { -gain(-by) } else { gain(by) }, 1e-2, size) {
            // Where the maximum is all but reached, the slope is lost in rounding.
            Some(s) if s.value < -s.error - 1e-6 * size => {
                broken(format!("the step leads downhill: the slope of Q + ln prior along it is {}", s.value))
            }
            _ => Ok(()),
        }
    }
}
