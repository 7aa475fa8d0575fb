//! Deterministic annealing.

use super::modes::EStep;
use super::{Algorithm, Ascent, Context, Memory, State, at_least_one};
use crate::{Cause, EStepMode, EStepModes};
use serde::{Deserialize, Serialize};

/// Annealing EM (Ueda & Nakano 1998): the E-step takes the posterior ∝ p(y, z | θ)^β, with β rising to one.
///
/// β_t = β_0^(1 − t/T) in iteration t; from iteration T on it is plain EM. A small β flattens the posterior and with it
/// poor maxima near the start. Until then the objective, (1/β) ln Σ_z p(y, z | θ)^β, is not comparable between iterations.
///
/// Where β is small enough, all components become alike, and neither EM nor a larger β parts what is alike to the last
/// bit: the run would end in the saddle of identical components. So until iteration T a twentieth of every E-step is a draw
/// from the posterior, as Rose (1998) disturbs his centres at each temperature; the seed decides the draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Annealed {
    /// β_0, above 0 and at most 1.
    pub from: f64,
    /// T, the iterations until β is one.
    pub steps: u64,
}

impl Default for Annealed {
    fn default() -> Self {
        Annealed { from: 0.1, steps: 20 }
    }
}

/// The share of a draw: far more than rounding, and too little to lead away from where the posterior leads.
const DRAWN: f64 = 0.05;

impl Annealed {
    /// β_t.
    fn beta(&self, iteration: u64) -> f64 {
        let share = iteration as f64 / self.steps as f64;
        if share >= 1.0 { 1.0 } else { self.from.powf(1.0 - share) }
    }

    /// The E-step of iteration t; from T on the plain one, under another name.
    fn e_step(&self, iteration: u64) -> EStep {
        let beta = self.beta(iteration);
        let drawn = if beta < 1.0 { DRAWN } else { 0.0 };
        EStep { mode: Box::new(move |_| EStepMode::Tempered(beta)), draws: 1, iteration, drawn }
    }

    /// That E-step at `params`.
    fn at<M: EStepModes>(&self, cx: &Context<M>, params: M::Params, iteration: u64) -> State<M> {
        if self.beta(iteration) < 1.0 { self.e_step(iteration).at(cx, params) } else { cx.at(params) }
    }
}

impl<M: EStepModes> Algorithm<M> for Annealed {
    fn begin(&self, cx: &Context<M>, params: M::Params, memory: &mut Memory) -> State<M> {
        self.at(cx, params, memory.iteration)
    }

    fn check(&self) -> Result<(), String> {
        let Self { from, .. } = self;
        match *from > 0.0 && *from <= 1.0 {
            true => at_least_one("steps", self.steps),
            false => Err(format!("`from` is {from}; it must be above 0 and at most 1")),
        }
    }

    fn step(&self, cx: &Context<M>, from: &State<M>, memory: &mut Memory) -> Result<State<M>, Cause> {
        let params = self.e_step(memory.iteration).m_step(cx, from)?;
        Ok(self.at(cx, params, memory.iteration + 1))
    }

    fn ascent(&self, memory: &Memory) -> Ascent {
        if self.beta(memory.iteration) < 1.0 { Ascent::Noisy } else { Ascent::Monotone }
    }
}
