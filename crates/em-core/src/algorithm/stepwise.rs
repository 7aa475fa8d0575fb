//! Stepwise, or online, EM.

use super::{Algorithm, Ascent, Context, Memory, State, at_least_one};
use crate::{Cause, CompleteLikelihood, Partial, Statistics};
use serde::{Deserialize, Serialize};

/// Stepwise EM (Cappé & Moulines 2009; Liang & Klein 2009): an M-step after every batch of blocks, on running statistics
///
/// s ← (1 − γ_t) s + γ_t (W / w) s_batch, γ_t = (t + 2)^−power,
///
/// with W the weight of all data and w that of the batch. One iteration is one sweep over the batches in order; t counts
/// batches from the start of the run. The objective of an iteration adds up what each batch gave when it was seen; it is
/// not comparable between iterations, and no rule of convergence applies. Large data want few sweeps.
///
/// Of K-means this is the online update: a center moves towards the rows of its batch, by a rate that falls.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stepwise {
    /// How fast the rate γ falls: above ½ and at most 1 for convergence.
    pub power: f64,
    /// Blocks per batch, at least one.
    pub batch: u64,
}

impl Default for Stepwise {
    fn default() -> Self {
        Stepwise { power: 0.7, batch: 1 }
    }
}

impl<M: CompleteLikelihood> Algorithm<M> for Stepwise {
    fn check(&self) -> Result<(), String> {
        let Self { power, .. } = self;
        match *power > 0.5 && *power <= 1.0 {
            true => at_least_one("batch", self.batch),
            false => Err(format!("`power` is {power}; it must be above 0.5 and at most 1")),
        }
    }

    fn step(&self, cx: &Context<M>, from: &State<M>, memory: &mut Memory) -> Result<State<M>, Cause> {
        let (mut params, mut stats, mut sum) = (from.params.clone(), from.stats.clone(), 0.0);
        let (blocks, batch) = (cx.blocks(), (self.batch as usize).min(cx.blocks()));
        let all = cx.weight(0..blocks);
        let mut seen = memory.number().unwrap_or(0.0);
        for first in (0..blocks).step_by(batch) {
            cx.proceed()?;
            let part = first..(first + batch).min(blocks);
            let weight = cx.weight(part.clone());
            let mut new = cx.expect(&params, part);
            sum += new.sum;
            seen += 1.0;
            // A batch that weighs nothing says nothing.
            if weight > 0.0 {
                let rate = (seen + 1.0).powf(-self.power);
                new.stats.scale(rate * all / weight);
                stats.scale(1.0 - rate);
                stats.merge(&new.stats);
                params = cx.maximize(&stats, &params)?;
            }
            cx.recycle(new.stats);
        }
        memory.numbers = vec![vec![seen]];
        Ok(cx.state(params, Partial { stats, sum }))
    }

    fn ascent(&self, _: &Memory) -> Ascent {
        Ascent::Noisy
    }
}
