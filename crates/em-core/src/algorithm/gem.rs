//! Generalised EM.

use super::m_step::m_step;
use super::{Algorithm, Context, Memory, State, at_least_one};
use crate::{Cause, LatentModel};
use serde::{Deserialize, Serialize};

/// Generalised EM (Dempster, Laird & Rubin 1977, section 3): θ ← some θ′ with Q(θ′ | θ) ≥ Q(θ | θ).
///
/// Takes at most `steps` of the ascent steps that an M-step without a closed form consists of, each halved until Q rises;
/// with one of them and Newton steps it is the one-step method of Lange (1995). A closed form is one step, and this is
/// [`Em`](super::Em). The objective never falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gem {
    /// Ascent steps per iteration, at least one.
    pub steps: u64,
}

impl Default for Gem {
    fn default() -> Self {
        Gem { steps: 1 }
    }
}

impl<M: LatentModel> Algorithm<M> for Gem {
    fn check(&self) -> Result<(), String> {
        at_least_one("steps", self.steps)
    }

    fn step(&self, cx: &Context<M>, from: &State<M>, _: &mut Memory) -> Result<State<M>, Cause> {
        Ok(cx.at(m_step(cx, from, self.steps)?))
    }
}
