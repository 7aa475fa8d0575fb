//! Plain EM.

use super::{Algorithm, Context, Memory, State};
use crate::{Cause, EventKind, InnerRounds, LatentModel, MStepError, Part, Partial};
use serde::{Deserialize, Serialize};

/// A step of an inner round is halved at most this often: 2⁻³⁰ of a step is below the rounding of most parameters.
const HALVINGS: u32 = 30;
/// Inner rounds end when Q gains less than this, relative to max(1, |Q|): a thousand times the rounding of a sum.
const INNER_GAIN: f64 = 1e-13;
/// Inner rounds are Newton-like; one that needs more than this many is on its way to infinity and goes on with the
/// next iteration.
const INNER_ROUNDS: usize = 100;

/// EM (Dempster, Laird & Rubin 1977): θ ← argmax Q(θ′ | θ).
///
/// Where the M-step has no closed form ([`InnerRounds`]), it is repeated under the posterior held at θ until Q stops
/// rising; a step that lowers Q is halved. The objective never falls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Em;

impl<M: LatentModel> Algorithm<M> for Em {
    fn step(&self, cx: &Context<M>, from: &State<M>, _: &mut Memory) -> Result<State<M>, Cause> {
        let next = match cx.model.inner() {
            None => cx.maximize(&from.stats, &from.params)?,
            Some(inner) => climb(cx, inner, from)?,
        };
        Ok(cx.at(next))
    }
}

type Rounds<'a, M> = dyn InnerRounds<Data = <M as LatentModel>::Data, Params = <M as LatentModel>::Params, Stats = <M as LatentModel>::Stats>
    + 'a;

/// A point of the inner rounds with its statistics and Q, prior included.
struct Point<M: LatentModel> {
    params: M::Params,
    stats: M::Stats,
    q: f64,
}

/// Rounds of `maximize` under the posterior held at `from`, until Q stops rising.
fn climb<M: LatentModel>(cx: &Context<M>, inner: &Rounds<M>, from: &State<M>) -> Result<M::Params, Cause> {
    let mut at = point(cx, inner, &from.params, from.params.clone());
    for round in 0..INNER_ROUNDS {
        let full = cx.model.maximize(&at.stats, &at.params)?;
        let next = match halved(cx, inner, &from.params, &at, full) {
            Some(next) => next,
            // To go on would call standing still convergence.
            None if round == 0 => return Err(stuck()),
            None => break,
        };
        let gain = next.q - at.q;
        cx.recycle(std::mem::replace(&mut at, next).stats);
        if gain <= rounding(at.q) {
            break;
        }
    }
    cx.recycle(at.stats);
    Ok(at.params)
}

/// What is no gain and no loss of Q.
fn rounding(q: f64) -> f64 {
    INNER_GAIN * q.abs().max(1.0)
}

fn stuck() -> Cause {
    let cause = format!("its M-step lowers Q, even when halved {HALVINGS} times");
    let advice = "try another start, or bring covariates and offsets to the scale of one";
    MStepError::new(Part::Whole, cause, advice).into()
}

fn point<M: LatentModel>(cx: &Context<M>, inner: &Rounds<M>, posterior: &M::Params, params: M::Params) -> Point<M> {
    let Partial { stats, sum } = cx.pass(&params, 0..cx.blocks(), &|data, units, _, stats| {
        inner.expect_fixed(posterior, &params, data, units, stats)
    });
    Point { q: sum + cx.model.log_prior(&params), params, stats }
}

/// The first of the full step, half of it, a quarter … at which Q is not lower than at `at`, rounding apart.
fn halved<M: LatentModel>(
    cx: &Context<M>,
    inner: &Rounds<M>,
    posterior: &M::Params,
    at: &Point<M>,
    full: M::Params,
) -> Option<Point<M>> {
    for times in 0..=HALVINGS {
        let to = if times == 0 { full.clone() } else { inner.between(&at.params, &full, 0.5f64.powi(times as i32)) };
        let next = point(cx, inner, posterior, to);
        if next.q >= at.q - rounding(at.q) {
            if times > 0 {
                cx.record(EventKind::StepHalved { times });
            }
            return Some(next);
        }
        cx.recycle(next.stats);
    }
    None
}
