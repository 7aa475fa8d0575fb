//! Mixing weights that depend on covariates: a multinomial logit model of the labels.

mod coefficients;
mod data;
mod mixing_weights;
mod open_questions;
mod stats;
#[cfg(test)]
mod tests;
mod weights;

pub use coefficients::{LogitCoefficients, LogitError};
pub use data::{CovariatesError, WithCovariates};
pub use mixing_weights::MixingWeights;
pub use stats::LogitStats;
pub use weights::ConcomitantWeights;
