//! Classification EM.

use super::modes::EStep;
use super::{Algorithm, Ascent, Context, Memory, State};
use crate::{Cause, EStepMode, EStepModes};
use serde::{Deserialize, Serialize};

/// Classification EM (Celeux & Govaert 1992): the E-step takes the most probable latent values for certain.
///
/// It climbs the classification likelihood ln p(y, ẑ | θ), which it never lowers, and ends after finitely many labellings.
/// The log-likelihood of its result is ln p(y | θ) all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HardEm;

/// The E-step on the most probable latent values.
fn hard() -> EStep {
    EStep { mode: Box::new(|_| EStepMode::Hard), draws: 1, iteration: 0, drawn: 0.0 }
}

impl<M: EStepModes> Algorithm<M> for HardEm {
    fn begin(&self, cx: &Context<M>, params: M::Params, _: &mut Memory) -> State<M> {
        hard().at(cx, params)
    }

    fn step(&self, cx: &Context<M>, from: &State<M>, _: &mut Memory) -> Result<State<M>, Cause> {
        Ok(hard().at(cx, hard().m_step(cx, from)?))
    }

    fn ascent(&self, _: &Memory) -> Ascent {
        Ascent::Classification
    }
}
