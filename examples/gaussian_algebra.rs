//! What is the sum of two normal variables, and how far is one normal distribution from another?
//!
//! Closed forms for sums, entropies and Kullback–Leibler divergences of normal distributions, beside averages over
//! draws. A divergence is an expectation, so that sampling can tell it, only slowly: with n draws to some 1/√n.

use em::prelude::*;
use nalgebra::{DMatrix, DVector};
use rand_distr::{Distribution, StandardNormal};

const DRAWS: usize = 200_000;
/// Standard errors that an average may miss its expectation by: of the nine below one lies beyond in
/// one of two thousand such programs.
const ERRORS: f64 = 4.0;

/// μ + L z with Σ = L L′ and z standard normal.
fn draw(normal: &Normal, rng: &mut Rng) -> DVector<f64> {
    let z = DVector::from_fn(normal.mean().len(), |_, _| StandardNormal.sample(rng));
    normal.mean() + normal.factor() * z
}

/// Prints a closed form beside the average of draws, and checks that it may be its expectation.
fn compare(what: &str, closed: f64, draws: impl Iterator<Item = f64>) {
    let draws: Vec<f64> = draws.collect();
    let n = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / n;
    let error = (draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n / n).sqrt();
    println!("{what:<26} {closed:9.5}   by sampling {mean:9.5} ± {error:.5}");
    assert!((mean - closed).abs() < ERRORS * error, "{what}");
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let normal = |mean: [f64; 2], c: [f64; 4]| Normal::new(mean.to_vec().into(), DMatrix::from_row_slice(2, 2, &c));
    let p = normal([0.0, 1.0], [2.0, 0.7, 0.7, 1.0])?;
    let q = normal([0.5, 0.0], [1.5, -0.3, -0.3, 2.0])?;
    let mut rng = Rng::seed_from_u64(1);
    let pairs: Vec<_> = (0..DRAWS).map(|_| (draw(&p, &mut rng), draw(&q, &mut rng))).collect();

    // X + Y ~ N(μ_x + μ_y, Σ_x + Σ_y) for independent X and Y.
    let sum = p.sum(&q)?;
    for i in 0..2 {
        compare(&format!("mean of X + Y, entry {i}"), sum.mean()[i], pairs.iter().map(|(x, y)| x[i] + y[i]));
    }
    let centered = |(x, y): &(DVector<f64>, DVector<f64>)| x + y - sum.mean();
    for (i, j) in [(0, 0), (0, 1), (1, 1)] {
        let products = pairs.iter().map(centered).map(|z| z[i] * z[j]);
        compare(&format!("covariance of X + Y, {i}{j}"), sum.covariance()[(i, j)], products);
    }

    // H(p) = −E_p[ln p] = ½ ln |2πe Σ|, and KL(p ‖ q) = E_p[ln p − ln q].
    let log_ratio = |x: &DVector<f64>| p.log_density(x.as_slice()) - q.log_density(x.as_slice());
    compare("entropy of X", p.entropy(), pairs.iter().map(|(x, _)| -p.log_density(x.as_slice())));
    compare("entropy of Y", q.entropy(), pairs.iter().map(|(_, y)| -q.log_density(y.as_slice())));
    compare("KL(p ‖ q)", p.divergence(&q), pairs.iter().map(|(x, _)| log_ratio(x)));
    compare("KL(q ‖ p)", q.divergence(&p), pairs.iter().map(|(_, y)| -log_ratio(y)));

    // The divergence of N(μ, σ²) from N(0, 1) is ½ (μ² + σ² − 1 − ln σ²): the term of a variational auto-encoder.
    let one =
        |mean: f64, variance: f64| Normal::diagonal(DVector::from_element(1, mean), DVector::from_element(1, variance));
    let by_hand = 0.5 * (0.6f64.powi(2) + 0.3 - 1.0 - 0.3f64.ln());
    println!("KL(N(0.6, 0.3) ‖ N(0, 1)) is {by_hand:.6} nats");
    assert!((one(0.6, 0.3)?.divergence(&one(0.0, 1.0)?) - by_hand).abs() < 1e-15);
    Ok(())
}
