//! Algorithms as values: what one iteration does. The loop around them is [`Run`](crate::Run).

mod anderson;
mod annealed;
mod context;
mod ecm;
mod em;
mod gem;
mod gradient_em;
mod hard_em;
mod held;
mod incremental;
mod m_step;
mod modes;
mod monte_carlo_em;
mod squarem;
mod stepwise;
mod stochastic_em;

pub use anderson::Anderson;
pub use annealed::Annealed;
pub use context::Context;
pub use ecm::Ecm;
pub use em::Em;
pub use gem::Gem;
pub use gradient_em::GradientEm;
pub use hard_em::HardEm;
pub use incremental::Incremental;
pub use monte_carlo_em::MonteCarloEm;
pub use squarem::Squarem;
pub use stepwise::Stepwise;
pub use stochastic_em::StochasticEm;

use crate::{Cause, LatentModel};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Parameters with the E-step taken at them, so that an accepted step costs no second one.
pub struct State<M: LatentModel> {
    /// θ.
    pub params: M::Params,
    /// The expected statistics at θ.
    pub stats: M::Stats,
    /// ln p(y | θ), or the bound that the algorithm climbs, in nats.
    pub log_likelihood: f64,
    /// ln p(θ), in nats.
    pub log_prior: f64,
}

impl<M: LatentModel> State<M> {
    /// What a fit climbs: log-likelihood + log prior.
    pub fn objective(&self) -> f64 {
        self.log_likelihood + self.log_prior
    }
}

// Neither is derived: a derive would ask the model itself for it.
impl<M: LatentModel> Clone for State<M> {
    fn clone(&self) -> Self {
        State { params: self.params.clone(), stats: self.stats.clone(), ..*self }
    }
}

impl<M: LatentModel<Params: fmt::Debug, Stats: fmt::Debug>> fmt::Debug for State<M> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("State")
            .field("params", &self.params)
            .field("stats", &self.stats)
            .field("log_likelihood", &self.log_likelihood)
            .field("log_prior", &self.log_prior)
            .finish()
    }
}

/// What a step may remember from one iteration to the next: plain numbers, so that a checkpoint is complete whatever
/// the model is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Iterations done; kept by the loop.
    pub iteration: u64,
    /// Components begun anew or left out; kept by the loop.
    pub repairs: u64,
    /// The units at which components began anew; kept by the loop.
    pub reseeded: Vec<usize>,
    /// The algorithm's own.
    #[serde(with = "em_named::exact")]
    pub numbers: Vec<Vec<f64>>,
}

/// What an algorithm climbs, and so what the loop may expect from one iteration to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ascent {
    /// Log-likelihood + log prior, which never falls: guarded by the loop and tested for convergence.
    Monotone,
    /// A lower bound on that, guarded and tested likewise; at the end a full E-step takes its place.
    Bound,
    /// The log-likelihood of data and latent values together, guarded and tested likewise; it stays the objective, and a
    /// full E-step at the end adds the log-likelihood.
    Classification,
    /// What is not comparable between iterations: neither guarded nor tested; at the end a full E-step takes its place.
    Noisy,
}

impl Memory {
    /// The first of the algorithm's own numbers, where there is one.
    pub(crate) fn number(&self) -> Option<f64> {
        self.numbers.first().and_then(|numbers| numbers.first()).copied()
    }
}

/// A setting that must be at least one.
fn at_least_one(setting: &str, value: u64) -> Result<(), String> {
    if value == 0 { Err(format!("`{setting}` is 0; it must be at least 1")) } else { Ok(()) }
}

/// One member of the EM family: a value that says what an iteration does.
///
/// It keeps no state of its own; what it must remember goes into the [`Memory`], so that restarts begin clean.
pub trait Algorithm<M: LatentModel>: Send + Sync {
    /// The first E-step, of the kind this algorithm climbs by.
    fn begin(&self, cx: &Context<M>, params: M::Params, _memory: &mut Memory) -> State<M> {
        cx.at(params)
    }

    /// One iteration.
    ///
    /// # Errors
    /// [`Cause`] when there is no next state; `from` is then still the last good one.
    fn step(&self, cx: &Context<M>, from: &State<M>, memory: &mut Memory) -> Result<State<M>, Cause>;

    /// Whether its settings make sense.
    ///
    /// # Errors
    /// A sentence that names the setting, its value, and what it may be.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// What it climbs, as of the iteration last done.
    fn ascent(&self, _memory: &Memory) -> Ascent {
        Ascent::Monotone
    }

    /// Why what is guarded fell from `old` to `new`, and what to do about it.
    fn fell(&self, old: f64, new: f64) -> Cause {
        Cause::Fell { old, new }
    }
}

/// What points to an algorithm is one: it can be chosen at run time.
macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<M: LatentModel, A: Algorithm<M> + ?Sized> Algorithm<M> for $pointer {
            fn begin(&self, cx: &Context<M>, params: M::Params, memory: &mut Memory) -> State<M> {
                (**self).begin(cx, params, memory)
            }
            fn step(&self, cx: &Context<M>, from: &State<M>, memory: &mut Memory) -> Result<State<M>, Cause> {
                (**self).step(cx, from, memory)
            }
            fn check(&self) -> Result<(), String> {
                (**self).check()
            }
            fn ascent(&self, memory: &Memory) -> Ascent {
                (**self).ascent(memory)
            }
            fn fell(&self, old: f64, new: f64) -> Cause {
                (**self).fell(old, new)
            }
        }
    )*};
}

pointers!(&A, Box<A>);
