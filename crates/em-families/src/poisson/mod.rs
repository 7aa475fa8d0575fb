//! Poisson regressions with log link.

mod emission;
mod newton;
mod spec;
mod start;

pub use emission::PoissonRegressions;
pub use newton::Newton;
pub use spec::{CountDesign, PoissonRegressionMixture};
