//! The M-step of every algorithm, in inner rounds where it has no closed form.

use super::{Context, State};
use crate::{Cause, EventKind, Inner, LatentModel, MStepError, Part, Partial};
use std::ops::Range;

/// A step of an inner round is halved at most this often: 2⁻³⁰ of a step is below the rounding of most parameters.
const HALVINGS: u32 = 30;
/// Inner rounds end when Q gains less than this, relative to max(1, |Q|): a thousand times the rounding of a sum.
const INNER_GAIN: f64 = 1e-13;
/// Inner rounds are Newton-like; one that needs more than this many is on its way to infinity and goes on with the
/// next iteration.
pub(super) const INNER_ROUNDS: u64 = 100;

/// Adds the units of one block, given with its number, at a point under the posterior that is held; returns their part
/// of Q.
pub(super) type Held<'a, M> = dyn Fn(
        &<M as LatentModel>::Params,
        &<M as LatentModel>::Data,
        Range<usize>,
        usize,
        &mut <M as LatentModel>::Stats,
    ) -> f64
    + Sync
    + 'a;

/// The M-step from `from`, under the posterior of a plain E-step there: at most `rounds` inner rounds where it has no
/// closed form.
pub(super) fn m_step<M: LatentModel>(cx: &Context<M>, from: &State<M>, rounds: u64) -> Result<M::Params, Cause> {
    let Some(inner) = cx.model.inner() else { return cx.maximize(&from.stats, &from.params) };
    climb(cx, from, rounds, &|at, data, units, _, stats| inner.expect_fixed(&from.params, at, data, units, stats))
}

/// Rounds of `maximize` under the posterior held at `from`, until Q stops rising.
pub(super) fn climb<M: LatentModel>(
    cx: &Context<M>,
    from: &State<M>,
    rounds: u64,
    held: &Held<M>,
) -> Result<M::Params, Cause> {
    let mut at = point(cx, held, from.params.clone());
    for round in 0..rounds {
        cx.proceed()?;
        let full = cx.maximize(&at.stats, &at.params)?;
        let next = match halved(cx, held, &at, full) {
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

/// A point of the inner rounds with its statistics and Q, prior included.
struct Point<M: LatentModel> {
    params: M::Params,
    stats: M::Stats,
    q: f64,
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

fn point<M: LatentModel>(cx: &Context<M>, held: &Held<M>, params: M::Params) -> Point<M> {
    let Partial { stats, sum } =
        cx.pass(&params, 0..cx.blocks(), &|data, units, block, stats| held(&params, data, units, block, stats));
    Point { q: sum + cx.model.log_prior(&params), params, stats }
}

/// The first of the full step, half of it, a quarter … at which Q is not lower than at `at`, rounding apart.
fn halved<M: LatentModel>(cx: &Context<M>, held: &Held<M>, at: &Point<M>, full: M::Params) -> Option<Point<M>> {
    let inner: Inner<M> = cx.model.inner();
    for times in 0..=HALVINGS {
        let to = match (times, inner) {
            (0, _) => full.clone(),
            (_, Some(inner)) => {
                cx.holding_back(&at.params, inner.between(&at.params, &full, 0.5f64.powi(times as i32)))
            }
            (_, None) => return None,
        };
        let next = point(cx, held, to);
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
