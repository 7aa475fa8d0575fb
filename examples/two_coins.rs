//! Two coins tossed in turn, one of them fair: which one is biased, and by how much?
//!
//! One experiment is a row of four counts. With probability ½ the biased coin made the odd tosses and the fair one the
//! even ones, or the other way round; which of both is the latent variable, θ the probability of heads of the biased coin.
//! The program has every command: `cargo run --example two_coins -- fit models/two_coins.ron`.

use em::prelude::*;
use serde::{Deserialize, Serialize};

/// The model has no settings.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct TwoCoins {}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Theta {
    theta: f64,
}

impl LatentModel for TwoCoins {
    type Data = Weighted<[f64; 4]>; // odd tosses and heads, even tosses and heads
    type Params = Theta;
    type Stats = [f64; 2]; // expected tosses and heads of the biased coin

    fn zero(&self, _: &Theta) -> [f64; 2] {
        [0.0; 2]
    }

    fn expect(&self, p: &Theta, data: &Self::Data, units: Range<usize>, s: &mut [f64; 2]) -> f64 {
        let biased = |n: f64, k: f64| k * p.theta.ln() + (n - k) * (-p.theta).ln_1p();
        let mut log_likelihood = 0.0;
        for ([odd, odd_heads, even, even_heads], w) in units.map(|u| (data.items[u], data.weights[u])) {
            let if_odd = biased(odd, odd_heads) + even * 0.5f64.ln();
            let if_even = biased(even, even_heads) + odd * 0.5f64.ln();
            let r = 1.0 / (1.0 + (if_even - if_odd).exp());
            s[0] += w * (r * odd + (1.0 - r) * even);
            s[1] += w * (r * odd_heads + (1.0 - r) * even_heads);
            log_likelihood += w * (0.5 * (if_odd.exp() + if_even.exp())).ln();
        }
        log_likelihood
    }

    fn maximize(&self, s: &[f64; 2], _: &Theta) -> Result<Theta, MStepError> {
        let untossed = || MStepError::new(Part::Whole, "no coin was tossed", "give experiments with tosses");
        if s[0] > 0.0 { Ok(Theta { theta: s[1] / s[0] }) } else { Err(untossed()) }
    }
}

/// The log odds of heads.
impl Coordinates for TwoCoins {
    fn to_free(&self, p: &Theta) -> Vec<f64> {
        vec![(p.theta / (1.0 - p.theta)).ln()]
    }

    fn at_free(&self, _: &Theta, x: &[f64]) -> Result<Theta, MStepError> {
        Ok(Theta { theta: 1.0 / (1.0 + (-x[0]).exp()) })
    }

    fn coordinate_names(&self, _: &Theta) -> Vec<String> {
        vec!["theta".into()]
    }
}

register!(TwoCoins);

fn main() -> std::process::ExitCode {
    em::cli::run_or_fit(concat!(env!("CARGO_MANIFEST_DIR"), "/models/two_coins.ron"))
}
