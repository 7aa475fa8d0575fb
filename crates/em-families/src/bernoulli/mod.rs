//! Independent coins: Bernoulli distributions of d binary features.

mod complete;
mod emission;
mod portrait;
mod spec;
mod start;

pub use emission::{BernoulliStats, Bernoullis, Probabilities};
pub use spec::{BernoulliMixture, BernoulliPrior, BinaryColumns};
