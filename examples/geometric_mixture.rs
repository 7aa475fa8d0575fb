//! How does one make a mixture of a distribution that is not there yet?
//!
//! Through the small door, by four functions: how often something fails before it works, in two kinds of case.
//!
//! The program has every command of `em`; given none, it fits `models/geometric_mixture.ron`.

use em::prelude::*;
use serde::{Deserialize, Serialize};

/// Failures before the first success.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Geometric {
    p: f64,
}

impl Component for Geometric {
    type Item = f64;
    type Stats = [f64; 2]; // weight, weighted failures

    fn zero(_: usize) -> [f64; 2] {
        [0.0; 2]
    }
    fn log_density(&self, x: &f64) -> f64 {
        self.p.ln() + if *x > 0.0 { x * (-self.p).ln_1p() } else { 0.0 } // 0 · ln 0 = 0
    }
    fn add(s: &mut [f64; 2], x: &f64, weight: f64) {
        s[0] += weight;
        s[1] += weight * x;
    }
    fn maximize(s: &[f64; 2]) -> Result<Self, MStepError> {
        Ok(Geometric { p: s[0] / (s[0] + s[1]) })
    }
}

register_mixture!(GeometricMixture of Geometric);

fn main() -> std::process::ExitCode {
    em::cli::run_or_fit(concat!(env!("CARGO_MANIFEST_DIR"), "/models/geometric_mixture.ron"))
}
