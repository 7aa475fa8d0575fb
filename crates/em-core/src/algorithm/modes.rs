//! What the algorithms share whose E-step treats the posterior otherwise.

use super::m_step::{INNER_ROUNDS, climb};
use super::{Context, State};
use crate::{Cause, EStepMode, EStepModes, Rng, Statistics};
use std::ops::Range;

/// How the E-step treats the posterior, given the random stream of a block.
pub(super) type Mode = dyn for<'r> Fn(&'r mut Rng) -> EStepMode<'r> + Sync;

/// An E-step other than the plain one: its mode, how many draws it is the mean of, and whose random streams it takes.
pub(super) struct EStep {
    pub mode: Box<Mode>,
    pub draws: u64,
    pub iteration: u64,
    /// The share of a draw from the posterior that is mixed in, below 1.
    pub drawn: f64,
}

impl EStep {
    /// The mean of all draws, by `one` draw in a mode, and what is mixed in.
    fn mean<S: Statistics>(&self, rng: &mut Rng, stats: &mut S, one: &dyn Fn(EStepMode, &mut S) -> f64) -> f64 {
        let mut mean: f64 = (0..self.draws).map(|_| one((self.mode)(rng), stats)).sum();
        // The statistics of a block hold nothing else.
        if self.draws > 1 {
            stats.scale(1.0 / self.draws as f64);
            mean /= self.draws as f64;
        }
        if self.drawn > 0.0 {
            stats.scale((1.0 - self.drawn) / self.drawn);
            mean += self.drawn * (one(EStepMode::Sampled(rng), stats) - mean);
            stats.scale(self.drawn);
        }
        mean
    }

    /// The E-step over all data.
    pub fn at<M: EStepModes>(&self, cx: &Context<M>, params: M::Params) -> State<M> {
        let all = cx.pass(&params, 0..cx.blocks(), &|data: &M::Data, units: Range<usize>, block, stats| {
            let mut rng = cx.streams.rng(self.iteration, block as u64);
            self.mean(&mut rng, stats, &|mode, stats| cx.model.expect_as(mode, &params, data, units.clone(), stats))
        });
        cx.state(params, all)
    }

    /// The M-step from a state that this E-step gave; the same streams draw the same latent values in every inner round.
    pub fn m_step<M: EStepModes>(&self, cx: &Context<M>, from: &State<M>) -> Result<M::Params, Cause> {
        if cx.model.inner().is_none() {
            return cx.maximize(&from.stats, &from.params);
        }
        climb(cx, from, INNER_ROUNDS, &|at, data, units, block, stats| {
            let mut rng = cx.streams.rng(self.iteration, block as u64);
            self.mean(&mut rng, stats, &|mode, stats| {
                cx.model.expect_fixed_as(mode, &from.params, at, data, units.clone(), stats)
            })
        })
    }
}
