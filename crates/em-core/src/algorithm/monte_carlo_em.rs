//! Monte-Carlo EM.

use super::modes::EStep;
use super::{Algorithm, Ascent, Context, Memory, State, at_least_one};
use crate::{Cause, EStepMode, EStepModes};
use serde::{Deserialize, Serialize};

/// Monte-Carlo EM (Wei & Tanner 1990): the expectations of the E-step are means over draws of the latent values.
///
/// The objective goes up and down by the noise of the draws, so that no rule of convergence applies: it ends at a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MonteCarloEm {
    /// Draws of the latent values per E-step, at least one.
    pub draws: u64,
}

impl Default for MonteCarloEm {
    fn default() -> Self {
        MonteCarloEm { draws: 10 }
    }
}

/// An E-step on the mean of `draws`.
pub(super) fn drawn(draws: u64, iteration: u64) -> EStep {
    EStep { mode: Box::new(|rng| EStepMode::Sampled(rng)), draws, iteration, drawn: 0.0 }
}

impl<M: EStepModes> Algorithm<M> for MonteCarloEm {
    fn begin(&self, cx: &Context<M>, params: M::Params, memory: &mut Memory) -> State<M> {
        drawn(self.draws, memory.iteration).at(cx, params)
    }

    fn check(&self) -> Result<(), String> {
        at_least_one("draws", self.draws)
    }

    fn step(&self, cx: &Context<M>, from: &State<M>, memory: &mut Memory) -> Result<State<M>, Cause> {
        let params = drawn(self.draws, memory.iteration).m_step(cx, from)?;
        Ok(drawn(self.draws, memory.iteration + 1).at(cx, params))
    }

    fn ascent(&self, _: &Memory) -> Ascent {
        Ascent::Noisy
    }
}
