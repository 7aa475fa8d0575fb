//! Seconds per iteration of EM on simulated data, or per whole fit, one workload after the other.
//!
//! `cargo bench --bench iterations` runs all; `cargo bench --bench iterations -- full` those whose name holds the word. Each
//! line tells the medians of several turns, on one thread and on all; the two take turns on the same iterations, so that
//! their ratio means something on a machine that has other work.

use em::core::algorithm::Context;
use em::core::{Em, Fit, Fitted, LatentModel, Local, Run, Streams};
use em::families::{
    BayesianLinearModel, Bernoullis, Centers, Covariance, FullGaussian, Gaussian, KMeansModel, Mixture, MixtureParams,
    Normal, PoissonRegressions, Probabilities, RegressionData, Rows,
};
use nalgebra::{DMatrix, DVector};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::time::Instant;

/// Turns of each number of threads.
const TURNS: usize = 7;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|w| name.contains(w.as_str()));
    println!("{:<34} {:>11} {:>11} {:>6}   objective", "seconds", "one thread", "all", "ratio");
    for (name, n, d, k, form) in [
        ("full 1000000x16 k=16", 1_000_000, 16, 16, Covariance::Full),
        ("full 200000x64 k=32", 200_000, 64, 32, Covariance::Full),
        ("full 100000x2 k=5", 100_000, 2, 5, Covariance::Full),
        ("diagonal 1000000x32 k=64", 1_000_000, 32, 64, Covariance::Diagonal),
        ("tied 200000x32 k=32", 200_000, 32, 32, Covariance::Tied),
        ("spherical 200000x32 k=32", 200_000, 32, 32, Covariance::Spherical),
        ("tied-diagonal 200000x32 k=32", 200_000, 32, 32, Covariance::TiedDiagonal),
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
    regressions(&wanted);
    if wanted("old faithful, whole fit") {
        let (rows, start) = old_faithful();
        let model = Mixture::of(2, FullGaussian);
        whole("old faithful, whole fit", || Fit::new(&model, &rows).from(start.clone()).expect("a fit"));
    }
}

fn regressions(wanted: &impl Fn(&str) -> bool) {
    if wanted("poisson 100000x5 k=3") {
        let (data, start) = counts(100_000, 5, 3);
        line("poisson 100000x5 k=3", &Mixture::of(3, PoissonRegressions::default()), &data, start);
    }
    if wanted("evidence 100000x100, whole fit") {
        let (data, model) = (responses(100_000, 100), BayesianLinearModel::new(100));
        whole("evidence 100000x100, whole fit", || Fit::new(&model, &data).run().expect("a fit"));
    }
}

/// One thread, and as many as there are.
fn pools() -> [ThreadPool; 2] {
    [1, 0].map(|threads| ThreadPoolBuilder::new().num_threads(threads).build().expect("threads"))
}

/// Shows the medians of what each pool took, in seconds.
fn show(name: &str, mut seconds: [Vec<f64>; 2], objective: f64) {
    let [one, all] = seconds.each_mut().map(|s| {
        s.sort_by(f64::total_cmp);
        s[s.len() / 2]
    });
    println!("{name:<34} {one:>11.6} {all:>11.6} {:>6.2}   {objective:.10e}", one / all);
}

fn timed<R>(f: impl FnOnce() -> R) -> (f64, R) {
    let begun = Instant::now();
    let result = f();
    (begun.elapsed().as_secs_f64(), result)
}

/// Turns last so long at least, in seconds: threads that have slept since their last turn are to be awake for most of it.
const TURN: f64 = 0.1;

/// One iteration after the first.
fn line<M: LatentModel<Data: Sized>>(name: &str, model: &M, data: &M::Data, start: M::Params) {
    let (local, pools) = (Local::new(model, data), pools());
    let mut runs = [start.clone(), start].map(|start| {
        Run::new(Context::new(model, &local, Streams { seed: 1, run: 1 }), &Em, start).expect("a sound start")
    });
    let mut seconds = [Vec::new(), Vec::new()];
    let (mut together, mut objective) = (1, f64::NAN);
    for turn in 0..=TURNS {
        for ((run, pool), seconds) in runs.iter_mut().zip(&pools).zip(&mut seconds) {
            let advance = || (0..together).for_each(|_| run.advance().map(drop).expect("an iteration"));
            seconds.push(pool.install(|| timed(advance)).0 / f64::from(together));
        }
        // The first turn warms up, and tells how long an iteration takes.
        if turn == 0 {
            together = (TURN / seconds[0][0].min(seconds[1][0])).ceil().clamp(1.0, 1e3) as u32;
            (seconds, objective) = ([Vec::new(), Vec::new()], runs[1].state().objective());
        }
    }
    show(name, seconds, objective);
}

/// A whole fit, data at hand.
fn whole<M: LatentModel>(name: &str, fit: impl Fn() -> Fitted<M> + Sync) {
    let (mut seconds, mut last) = ([Vec::new(), Vec::new()], f64::NAN);
    let pools = pools();
    for _ in 0..3 * TURNS {
        for (pool, seconds) in pools.iter().zip(&mut seconds) {
            let (taken, objective) = pool.install(|| timed(|| fit().objective()));
            seconds.push(taken);
            last = objective;
        }
    }
    show(name, seconds, last);
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
    (Rows::new(d, values).expect("finite numbers").packed(), start.expect("weights"))
}

/// An intercept and p − 1 covariates of n observations.
fn design(n: usize, p: usize, rng: &mut ChaCha8Rng) -> DMatrix<f64> {
    DMatrix::from_fn(p, n, |i, _| if i == 0 { 1.0 } else { 2.0 * rng.random::<f64>() - 1.0 })
}

/// Counts of k Poisson regressions, and coefficients near the truth.
fn counts(n: usize, p: usize, k: usize) -> (RegressionData, MixtureParams<Vec<DVector<f64>>>) {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let x = design(n, p, &mut rng);
    let b: Vec<DVector<f64>> =
        (0..k).map(|j| DVector::from_fn(p, |i, _| if i == 0 { j as f64 } else { rng.random::<f64>() - 0.5 })).collect();
    let y = (0..n).map(|u| poisson(x.column(u).dot(&b[u % k]).exp(), &mut rng)).collect();
    let start = b.iter().map(|b| b.map(|b| 0.9 * b + 0.05)).collect();
    let data = RegressionData::new(x, Some(y), None, None).expect("finite numbers");
    (data, MixtureParams::new(vec![1.0 / k as f64; k], start).expect("weights"))
}

/// A count, by exponential waiting times.
fn poisson(mean: f64, rng: &mut ChaCha8Rng) -> f64 {
    let (mut count, mut left) = (0.0, mean);
    loop {
        left += (1.0 - rng.random::<f64>()).ln();
        if left < 0.0 {
            return count;
        }
        count += 1.0;
    }
}

/// Responses of a linear model with noise.
fn responses(n: usize, p: usize) -> RegressionData {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let x = design(n, p, &mut rng);
    let w = DVector::from_fn(p, |_, _| rng.random::<f64>() - 0.5);
    let t = (0..n).map(|u| x.column(u).dot(&w) + 2.0 * (rng.random::<f64>() - 0.5)).collect();
    RegressionData::new(x, Some(t), None, None).expect("finite numbers")
}

/// The eruptions of Old Faithful and a start between them.
fn old_faithful() -> (Rows, MixtureParams<Vec<Normal>>) {
    let text = include_str!("../models/data/old_faithful.csv");
    let numbers = text.lines().skip(1).flat_map(|line| line.split(','));
    let values = numbers.map(|cell| cell.trim().parse().expect("a number")).collect();
    let one = |mean: [f64; 2]| {
        let variances = DVector::from_vec(vec![0.5, 60.0]);
        Normal::diagonal(DVector::from_row_slice(&mean), variances).expect("variances")
    };
    let start = vec![one([2.5, 60.0]), one([4.0, 75.0])];
    (Rows::new(2, values).expect("whole rows"), MixtureParams::new(vec![0.5; 2], start).expect("weights"))
}
