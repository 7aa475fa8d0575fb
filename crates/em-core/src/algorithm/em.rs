//! Plain EM.

use super::m_step::{INNER_ROUNDS, m_step};
use super::{Algorithm, Context, Memory, State};
use crate::{Cause, LatentModel};
use serde::{Deserialize, Serialize};

/// EM (Dempster, Laird & Rubin 1977): θ ← argmax Q(θ′ | θ).
///
/// Where the M-step has no closed form ([`InnerRounds`](crate::InnerRounds)), it is repeated under the posterior held at
/// θ until Q stops rising; a step that lowers Q is halved. The objective never falls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Em;

impl<M: LatentModel> Algorithm<M> for Em {
    fn step(&self, cx: &Context<M>, from: &State<M>, _: &mut Memory) -> Result<State<M>, Cause> {
        Ok(cx.at(m_step(cx, from, INNER_ROUNDS)?))
    }
}
