//! SQUAREM.

use super::m_step::{INNER_ROUNDS, m_step};
use super::{Algorithm, Context, Memory, State};
use crate::{Cause, Coordinates};
use serde::{Deserialize, Serialize};

/// Steps are shortened towards that of plain EM at most this often.
const BACKTRACKS: usize = 4;
/// How far the longest step may go is multiplied or divided by this.
const STRETCH: f64 = 4.0;

/// Squared extrapolation (Varadhan & Roland 2008, scheme S3) in free coordinates.
///
/// With M the map of one EM iteration, r = M(x) − x and v = M(M(x)) − M(x) − r, it goes to x − 2αr + α²v, where
/// α = −‖r‖ / ‖v‖; α = −1 is M(M(x)). A point whose objective is below that of M(M(x)) is refused and α halved towards
/// −1, so that the objective never falls. One iteration takes three passes over the data, and one more per refusal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Squarem;

impl<M: Coordinates> Algorithm<M> for Squarem {
    fn step(&self, cx: &Context<M>, from: &State<M>, memory: &mut Memory) -> Result<State<M>, Cause> {
        let one = cx.at(m_step(cx, from, INNER_ROUNDS)?);
        let two = cx.at(m_step(cx, &one, INNER_ROUNDS)?);
        let free = |state: &State<M>| cx.model.to_free(&state.params);
        let (x, first, second) = (free(from), free(&one), free(&two));
        cx.recycle(one.stats);
        let r: Vec<f64> = first.iter().zip(&x).map(|(a, b)| a - b).collect();
        let v: Vec<f64> = second.iter().zip(&first).zip(&r).map(|((c, b), r)| (c - b) - r).collect();

        let longest = memory.number().unwrap_or(1.0);
        let wanted = (norm(&r) / norm(&v)).max(1.0);
        let mut length = wanted.min(longest);
        let mut stretched = if wanted >= longest { longest * STRETCH } else { longest };
        for _ in 0..BACKTRACKS {
            // A length that is not a number comes from a standstill, and one of 1 is plain EM.
            if !(length > 1.0 && length.is_finite()) {
                break;
            }
            let to = x.iter().zip(&r).zip(&v).map(|((x, r), v)| x + 2.0 * length * r + length * length * v);
            if let Some(next) = at_least(cx, &two, &to.collect::<Vec<_>>()) {
                memory.numbers = vec![vec![stretched]];
                cx.recycle(two.stats);
                return Ok(next);
            }
            (length, stretched) = ((length + 1.0) / 2.0, (longest / STRETCH).max(1.0));
        }
        memory.numbers = vec![vec![stretched]];
        Ok(two)
    }
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The state at free coordinates `x`, unless there is none or its objective is below that of `floor`.
pub(super) fn at_least<M: Coordinates>(cx: &Context<M>, floor: &State<M>, x: &[f64]) -> Option<State<M>> {
    if x.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let state = cx.at(cx.model.at_free(&floor.params, x).ok()?);
    if state.objective().is_finite() && state.objective() >= floor.objective() {
        return Some(state);
    }
    cx.recycle(state.stats);
    None
}
