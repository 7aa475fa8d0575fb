//! Small random problems: whatever the data, a fit ends with an answer that holds together, or with an error that says
//! what is wrong.

mod common;

use common::*;
use em_core::{Cause, Coordinates, Dataset, Fit, FitError, Fitted, Predict, Start, Stop};
use em_families::{FullGaussian, Mixture, PoissonRegressions, RegressionData, Rows};
use nalgebra::DMatrix;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::Cell;

/// The same problems every time; failures are printed, not stored.
fn runner() -> TestRunner {
    let config = Config { cases: 256, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

const STOP: Stop = Stop {
    relative_gain: 1e-8,
    absolute_gain: 0.0,
    parameter_change: 0.0,
    max_iterations: 200,
    seconds: 0.0,
    passes: 0.0,
};

/// What must hold of any fit that has a result.
fn sound<M: Predict>(model: &M, data: &M::Data, fitted: &Fitted<M>) {
    assert!(fitted.trace.iter().all(|o| o.is_finite()));
    assert!(fitted.trace.windows(2).all(|w| w[1] >= w[0] - 1e-11 * w[0].abs().max(1.0)), "{:?}", fitted.trace);
    let prediction = fitted.predict(model, data);
    let (k, responsibilities) = prediction.responsibilities().unwrap();
    for row in responsibilities.chunks_exact(k) {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{row:?}");
    }
    let scores = model.score(&fitted.params, data, 0..data.units());
    let sum: f64 =
        scores.iter().enumerate().filter(|(u, _)| data.weight(*u) > 0.0).map(|(u, s)| s * data.weight(u)).sum();
    assert_close(&[sum], &[fitted.log_likelihood], 1e-10);
}

/// An error that is about the data; a falling objective would be about the program.
fn told(e: &FitError) {
    assert!(matches!(e.cause, Cause::MStep(_)), "{e}");
    assert!(e.to_string().contains(';'), "no advice: {e}");
}

/// Values with ties, weights with zeros.
fn numbers(n: usize) -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    let value = prop_oneof![(-5i32..5).prop_map(f64::from), -3.0..3.0f64];
    let weight = prop_oneof![4 => Just(1.0), 1 => Just(0.0), 1 => 0.0..3.0f64];
    (prop::collection::vec(value, 3 * n), prop::collection::vec(weight, n))
}

#[test]
fn any_small_gaussian_mixture() {
    let problem = (1usize..25).prop_flat_map(|n| (numbers(n), 1usize..4, 1usize..5, 0usize..4, 0u64..100, -3i32..7));
    let ended = Cell::new(0);
    runner()
        .run(&problem, |((values, weights), d, k, kind, seed, size)| {
            let n = weights.len();
            let offset = 10f64.powi(size);
            let rows = Rows::new(d, values[..n * d].iter().map(|x| x + offset).collect()).unwrap();
            let data = rows.weighted(weights).unwrap();
            let model = Mixture::of(k, FullGaussian);
            let kind = model.kinds()[kind];
            match Fit::new(&model, &data).start(kind).seed(seed).restarts(2).stop(STOP).run() {
                Err(e) => told(&e),
                Ok(fitted) => {
                    ended.set(ended.get() + 1);
                    sound(&model, &data, &fitted);
                }
            }
            Ok(())
        })
        .unwrap();
    // Many such problems have no answer; enough must have one for the test to mean something.
    assert!(ended.get() > 50, "{}", ended.get());
}

#[test]
fn any_small_mixture_of_counts() {
    let problem = (1usize..25).prop_flat_map(|n| (numbers(n), prop::collection::vec(0u32..9, n), 1usize..4, 0u64..100));
    let ended = Cell::new(0);
    runner()
        .run(&problem, |((values, weights), counts, k, seed)| {
            let n = weights.len();
            let x = DMatrix::from_fn(2, n, |i, j| if i == 0 { 1.0 } else { values[j] });
            let (y, offset) = (counts.iter().map(|c| f64::from(*c)).collect(), values[n..2 * n].to_vec());
            let data = RegressionData::new(x, Some(y), Some(offset), Some(weights)).unwrap();
            let model = Mixture::of(k, PoissonRegressions::default());
            match Fit::new(&model, &data).seed(seed).restarts(2).stop(STOP).run() {
                Err(e) => told(&e),
                Ok(fitted) => {
                    ended.set(ended.get() + 1);
                    sound(&model, &data, &fitted);
                }
            }
            Ok(())
        })
        .unwrap();
    assert!(ended.get() > 50, "{}", ended.get());
}

#[test]
fn another_order_of_components_is_another_order_of_the_result() {
    let problem = (8usize..25).prop_flat_map(|n| (numbers(n), 0u64..100));
    runner()
        .run(&problem, |((values, _), seed)| {
            let n = values.len() / 3;
            let (model, data) = (Mixture::of(3, FullGaussian), Rows::new(1, values[..n].to_vec()).unwrap());
            let Ok(start) = model.start(&data, &mut rng(seed)) else { return Ok(()) };
            let turn = |v: &[f64]| vec![v[2], v[0], v[1]];
            let c = start.components();
            let turned = params(&turn(start.weights()), vec![c[2].clone(), c[0].clone(), c[1].clone()]);
            let stop = Stop { max_iterations: 5, ..STOP };
            let fit = |start| Fit::new(&model, &data).stop(stop).from(start);
            match (fit(start), fit(turned)) {
                (Ok(a), Ok(b)) => {
                    assert_close(&a.trace, &b.trace, 1e-9);
                    assert_close(&turn(a.params.weights()), b.params.weights(), 1e-8);
                    assert_eq!(model.to_free(&a.params).len(), 2 + 3 * 2);
                }
                (Err(a), Err(b)) => assert_eq!(a.iteration, b.iteration),
                (a, b) => panic!("{:?} and {:?}", a.map(|a| a.trace), b.map(|b| b.trace)),
            }
            Ok(())
        })
        .unwrap();
}
