//! Small random problems: whatever the data, a fit ends with an answer that holds together, or with an error that says
//! what is wrong.

use crate::common::models::forms;
use crate::common::*;
use em_core::{Cause, Coordinates, Dataset, Degenerate, Fit, FitError, Fitted, Predict, Start, Stop};
use em_families::{
    BayesianGaussianModel, Bernoullis, Centers, Covariance, FullGaussian, Gaussian, KMeansDissimilarity, KMeansModel,
    Levels, Mixture, NormalWishart, PoissonRegressions, RegressionData, Rows,
};
use nalgebra::{DMatrix, DVector};
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
    // A component that begins anew or is left out may cost something once.
    let mended = |i: usize| fitted.events.iter().any(|e| e.run == fitted.run && e.iteration == i as u64 + 1);
    let rises = |(i, w): (usize, &[f64])| mended(i) || w[1] >= w[0] - 1e-11 * w[0].abs().max(1.0);
    assert!(fitted.trace.windows(2).enumerate().all(rises), "{:?}", fitted.trace);
    let prediction = fitted.predict(model, data);
    let (k, responsibilities) = prediction.responsibilities().unwrap();
    let scores = model.score(&fitted.params, data, 0..data.units());
    for ((row, score), unit) in responsibilities.chunks_exact(k).zip(&scores).zip(0..) {
        // Only a row that does not count can be one that nothing explains; then no component answers for it.
        let wanted = if *score > f64::NEG_INFINITY { 1.0 } else { 0.0 };
        assert!(wanted == 1.0 || data.weight(unit) == 0.0);
        assert!((row.iter().sum::<f64>() - wanted).abs() < 1e-12, "{row:?}");
    }
    let sum: f64 =
        scores.iter().enumerate().filter(|(u, _)| data.weight(*u) > 0.0).map(|(u, s)| s * data.weight(u)).sum();
    assert_close(&[sum], &[fitted.log_likelihood], 1e-10);
}

/// An error that is about the data; a falling objective would be about the program.
fn told(e: &FitError) {
    assert!(matches!(e.cause, Cause::MStep(_)), "{e}");
    assert!(e.to_string().contains(';'), "no advice: {e}");
}

/// Either an error that is about the data, or a fit that holds together and is counted.
fn tried<M: Predict>(model: &M, data: &M::Data, result: Result<Fitted<M>, FitError>, ended: &Cell<u32>) {
    match result {
        Err(e) => told(&e),
        Ok(fitted) => {
            ended.set(ended.get() + 1);
            sound(model, data, &fitted);
        }
    }
}

/// Values with ties, weights with zeros.
fn numbers(n: usize) -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    let value = prop_oneof![(-5i32..5).prop_map(f64::from), -3.0..3.0f64];
    let weight = prop_oneof![4 => Just(1.0), 1 => Just(0.0), 1 => 0.0..3.0f64];
    (prop::collection::vec(value, 3 * n), prop::collection::vec(weight, n))
}

#[test]
fn any_small_gaussian_mixture() {
    let shape = || (1usize..4, 1usize..5, 0usize..4, 0u64..100, -3i32..7, 0usize..7);
    let problem = (1usize..25).prop_flat_map(move |n| (numbers(n), shape()));
    let ended = Cell::new(0);
    runner()
        .run(&problem, |((values, weights), (d, k, kind, seed, size, form))| {
            let n = weights.len();
            let offset = 10f64.powi(size);
            let rows = Rows::new(d, values[..n * d].iter().map(|x| x + offset).collect()).unwrap();
            let data = rows.weighted(weights).unwrap();
            let model = Mixture::of(k, Gaussian::new(forms().nth(form).unwrap()).unwrap());
            let kind = model.kinds()[kind];
            tried(&model, &data, Fit::new(&model, &data).start(kind).seed(seed).restarts(2).stop(STOP).run(), &ended);
            Ok(())
        })
        .unwrap();
    // Many such problems have no answer; enough must have one for the test to mean something.
    assert!(ended.get() > 50, "{}", ended.get());
}

/// Mended if need be: an error that is about the data, or a result that holds together from the last repair on.
#[test]
fn any_small_mixture_of_zeros_and_ones_with_every_policy() {
    let problem = (1usize..25).prop_flat_map(|n| (numbers(n), 1usize..5, 0usize..4, 0u64..100, 0usize..3));
    let ended = Cell::new(0);
    runner()
        .run(&problem, |((values, weights), k, kind, seed, policy)| {
            let n = weights.len();
            let binary = values[..2 * n].iter().map(|x| f64::from(*x > 0.0)).collect();
            let data = Rows::new(2, binary).unwrap().weighted(weights).unwrap();
            let model = Mixture::of(k, Bernoullis::default());
            let fit = Fit::new(&model, &data).start(model.kinds()[kind]).seed(seed).restarts(2).stop(STOP);
            let policy = [Degenerate::Fail, Degenerate::Reseed, Degenerate::Drop][policy];
            tried(&model, &data, fit.degenerate(policy).run(), &ended);
            Ok(())
        })
        .unwrap();
    assert!(ended.get() > 50, "{}", ended.get());
}

#[test]
fn any_small_variational_mixture() {
    let shape = || (1usize..4, 1usize..5, 0usize..4, 0u64..100, 0usize..6);
    let problem = (1usize..25).prop_flat_map(move |n| (numbers(n), shape()));
    let ended = Cell::new(0);
    runner()
        .run(&problem, |((values, weights), (d, k, kind, seed, form))| {
            let n = weights.len();
            let data = Rows::new(d, values[..n * d].to_vec()).unwrap().weighted(weights).unwrap();
            let (mean, scale) = (DVector::zeros(d), DMatrix::identity(d, d));
            let prior = NormalWishart::of(Covariance::FITTED[form], mean, 0.5, scale, d as f64).unwrap();
            let model = BayesianGaussianModel::new(k, 0.3, prior, n as f64);
            let result = Fit::new(&model, &data).start(model.kinds()[kind]).seed(seed).restarts(2).stop(STOP).run();
            // With a prior on everything only a start can fail: too few rows differ.
            assert!(result.as_ref().err().is_none_or(|e| e.iteration == 0));
            tried(&model, &data, result, &ended);
            Ok(())
        })
        .unwrap();
    assert!(ended.get() > 100, "{}", ended.get());
}

#[test]
fn any_small_kmeans_with_every_policy() {
    use KMeansDissimilarity::{Hamming, Manhattan, SquaredEuclidean};
    let shape = || (1usize..4, 1usize..6, 0usize..3, 0usize..3, prop::collection::vec(-6.0..6.0f64, 18));
    let problem = (1usize..25).prop_flat_map(move |n| (numbers(n), shape()));
    runner()
        .run(&problem, |((values, weights), (d, k, dissimilarity, policy, centers))| {
            let n = weights.len();
            let data = Rows::new(d, values[..n * d].to_vec()).unwrap().weighted(weights.clone()).unwrap();
            let model = KMeansModel::on(k, [SquaredEuclidean, Manhattan, Hamming][dissimilarity], Levels::of(&data));
            let policy = [Degenerate::Fail, Degenerate::Reseed, Degenerate::Drop][policy];
            let start = Centers::new(centers.chunks(d).take(k).map(<[f64]>::to_vec).collect()).unwrap();
            match Fit::new(&model, &data).stop(STOP).degenerate(policy).from(start) {
                Err(e) => assert!(weights.iter().all(|w| *w == 0.0), "{e}"),
                Ok(fitted) => {
                    // Whatever becomes of empty clusters, the inertia never rises.
                    assert!(fitted.trace.windows(2).all(|w| w[1] >= w[0] - 1e-11 * w[0].abs().max(1.0)));
                    let empty = fitted.stats.weights.iter().filter(|w| **w == 0.0).count();
                    assert_eq!(fitted.warnings.iter().filter(|w| w.code == "empty_cluster").count(), empty);
                    assert_eq!(
                        fitted.params.rows().len() + fitted.events.len() * usize::from(policy == Degenerate::Drop),
                        k
                    );
                    assert!(policy != Degenerate::Drop || empty == 0 || fitted.iterations == 0, "{fitted:?}");
                }
            }
            Ok(())
        })
        .unwrap();
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
            tried(&model, &data, Fit::new(&model, &data).seed(seed).restarts(2).stop(STOP).run(), &ended);
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
