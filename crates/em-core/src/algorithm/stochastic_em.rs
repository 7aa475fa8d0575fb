//! Stochastic EM.

use super::monte_carlo_em::drawn;
use super::{Algorithm, Ascent, Context, Memory, State};
use crate::{Cause, EStepModes};
use serde::{Deserialize, Serialize};

/// Stochastic EM (Celeux & Diebolt 1985): the E-step draws the latent values from their posterior once.
///
/// Its parameters are a Markov chain about the maximum, so the objective goes up and down and no rule of convergence
/// applies: it ends at a limit. It leaves saddle points and poor maxima behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StochasticEm;

impl<M: EStepModes> Algorithm<M> for StochasticEm {
    fn begin(&self, cx: &Context<M>, params: M::Params, memory: &mut Memory) -> State<M> {
        drawn(1, memory.iteration).at(cx, params)
    }

    fn step(&self, cx: &Context<M>, from: &State<M>, memory: &mut Memory) -> Result<State<M>, Cause> {
        let params = drawn(1, memory.iteration).m_step(cx, from)?;
        Ok(drawn(1, memory.iteration + 1).at(cx, params))
    }

    fn ascent(&self, _: &Memory) -> Ascent {
        Ascent::Noisy
    }
}
