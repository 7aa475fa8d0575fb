//! Poisson regressions with log link.

mod ascent;
mod emission;
mod flatness;
mod form;
mod level;
mod log_factorial;
mod newton;
mod prior;
mod spec;
mod start;
#[cfg(test)]
mod tests;

pub use emission::PoissonRegressions;
pub use newton::Newton;
pub use prior::{CoefficientPrior, PoissonPrior};
pub use spec::{CountDesign, PoissonRegressionError, PoissonRegressionMixture};
