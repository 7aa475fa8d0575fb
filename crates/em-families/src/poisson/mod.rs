//! Poisson regressions with log link.

mod ascent;
mod emission;
mod form;
mod gradient;
mod level;
mod log_factorial;
mod log_means;
mod newton;
mod open_questions;
mod prior;
mod spec;
mod start;
#[cfg(test)]
mod tests;

pub use emission::PoissonRegressions;
pub use newton::Newton;
pub use prior::{CoefficientPrior, PoissonPrior};
pub use spec::{CountDesign, PoissonRegressionError, PoissonRegressionMixture};
