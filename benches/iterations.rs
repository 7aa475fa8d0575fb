//! Seconds per iteration of EM on simulated data, one workload after the other.
//!
//! `cargo bench --bench iterations` runs all; `cargo bench --bench iterations -- full` those whose name holds the word. Each
//! line is the median of several runs; the share of the machine's rate is that of a product of two 2000 × 2000 matrices.

use em::core::algorithm::Context;
use em::core::{Em, LatentModel, Local, Run, Streams};
use em::families::{
    Bernoullis, Centers, Covariance, Gaussian, KMeansModel, Mixture, MixtureParams, Normal, Probabilities, Rows,
};
use nalgebra::{DMatrix, DVector};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use std::time::Instant;

const RUNS: usize = 5;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|w| name.contains(w.as_str()));
    println!("{:<34} {:>12}", "workload", "s/iteration");
    for (name, n, d, k, form) in [
        ("full 1000000x16 k=16", 1_000_000, 16, 16, Covariance::Full),
        ("full 200000x64 k=32", 200_000, 64, 32, Covariance::Full),
        ("full 100000x2 k=5", 100_000, 2, 5, Covariance::Full),
        ("diagonal 1000000x32 k=64", 1_000_000, 32, 64, Covariance::Diagonal),
        ("tied 200000x32 k=32", 200_000, 32, 32, Covariance::Tied),
        ("spherical 200000x32 k=32", 200_000, 32, 32, Covariance::Spherical),
    ] {
        if wanted(name) {
            let (rows, start) = clusters(n, d, k, form);
            let model = Mixture::of(k, Gaussian::new(form).expect("a form without settings"));
            line(name, &model, &rows, start);
        }
    }
    for (name, n, d, k) in [("k-means 1000000x32 k=100", 1_000_000, 32, 100)] {
        if wanted(name) {
            let (rows, start) = clusters(n, d, k, Covariance::Spherical);
            let centers = start.components().iter().map(|c| c.mean().as_slice().to_vec()).collect();
            line(name, &KMeansModel::means(k), &rows, Centers::new(centers).expect("finite centers"));
        }
    }
    for (name, n, d, k) in
        [("bernoulli 60000x784 k=10", 60_000, 784, 10), ("bernoulli 1000000x64 k=16", 1_000_000, 64, 16)]
    {
        if wanted(name) {
            let (rows, start) = bits(n, d, k);
            line(name, &Mixture::of(k, Bernoullis::default()), &rows, start);
        }
    }
}

/// The median time of one iteration after the first.
fn line<M: LatentModel<Data: Sized>>(name: &str, model: &M, data: &M::Data, start: M::Params) {
    let local = Local::new(model, data);
    let mut run =
        Run::new(Context::new(model, &local, Streams { seed: 1, run: 1 }), &Em, start).expect("a sound start");
    let mut seconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            run.advance().expect("an iteration");
            begun.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    println!("{name:<34} {:>12.5}   {:.10e}", seconds[RUNS / 2], run.state().objective());
}

/// n rows of d features around k overlapping centres, and parameters near the truth.
fn clusters(n: usize, d: usize, k: usize, form: Covariance) -> (Rows, MixtureParams<Vec<Normal>>) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut normal = || (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
    let centers: Vec<Vec<f64>> = (0..k).map(|_| (0..d).map(|_| 2.0 * normal()).collect()).collect();
    let values: Vec<f64> =
        (0..n).flat_map(|i| (0..d).map(move |f| (i, f))).map(|(i, f)| centers[i % k][f] + normal()).collect();
    let rows = Rows::new(d, values).expect("finite numbers");
    let normals = centers.into_iter().map(|c| {
        let mean = DVector::from_vec(c).map(|c| c + 0.1);
        let mut covariance = DMatrix::identity(d, d) * 1.2;
        if form == Covariance::Full || form == Covariance::Tied {
            (1..d).for_each(|i| {
                covariance[(i, i - 1)] = 0.1;
                covariance[(i - 1, i)] = 0.1;
            });
        }
        Normal::new(mean, covariance).expect("a covariance")
    });
    (rows, MixtureParams::new(vec![1.0 / k as f64; k], normals.collect()).expect("weights"))
}

/// n rows of d zeros and ones around k patterns, and parameters near the truth.
fn bits(n: usize, d: usize, k: usize) -> (Rows, MixtureParams<Probabilities>) {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let p: Vec<DVector<f64>> = (0..k).map(|_| DVector::from_fn(d, |_, _| 0.1 + 0.8 * rng.random::<f64>())).collect();
    let values = (0..n * d).map(|i| f64::from(rng.random::<f64>() < p[i / d % k][i % d])).collect();
    let start = p.iter().map(|p| p.map(|p| 0.9 * p + 0.05)).collect();
    let start = MixtureParams::new(vec![1.0 / k as f64; k], Probabilities::new(start).expect("probabilities"));
    (Rows::new(d, values).expect("finite numbers"), start.expect("weights"))
}
