//! Two coins tossed in turn, one of them fair: which one is biased, and by how much?
//!
//! One experiment is a row of four counts. With probability ½ the biased coin made the odd tosses and the fair one the
//! even ones, or the other way round; which of both is the latent variable, θ the probability of heads of the biased coin.
//! Given no command, the program prints θ after each iteration, 0.5 → 0.6 → … → 0.7658, and fits `models/two_coins.ron`; it
//! has every command: `cargo run --example two_coins -- bench models/two_coins.ron`.

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

/// θ from iteration to iteration on one experiment: 2 heads in 5 odd tosses, 4 in 5 even ones.
fn trace() -> Result<(), FitError> {
    let mut thetas = Vec::new();
    let watch = |at: &Progress, p: &Theta| {
        println!("iteration {:2}: θ = {:.6}, ln p = {:.6}", at.iteration, p.theta, at.objective);
        thetas.push(p.theta);
        std::ops::ControlFlow::Continue(())
    };
    let data = Weighted::from(vec![[5.0, 2.0, 5.0, 4.0]]);
    let stop = Stop { relative_gain: 1e-14, ..Stop::default() };
    Fit::new(&TwoCoins {}, &data).stop(stop).observe(watch).from(Theta { theta: 0.5 })?;
    // At ½ both labels are as likely: θ becomes the share of heads in all tosses, 6 of 10. The end is known to four digits.
    assert!((thetas[1] - 0.6).abs() < 1e-15 && (thetas[thetas.len() - 1] - 0.7658).abs() < 5e-5);
    Ok(())
}

fn main() -> std::process::ExitCode {
    if std::env::args_os().len() == 1
        && let Err(error) = trace()
    {
        eprintln!("{error}");
        return std::process::ExitCode::FAILURE;
    }
    em::cli::run_or_fit(concat!(env!("CARGO_MANIFEST_DIR"), "/models/two_coins.ron"))
}
