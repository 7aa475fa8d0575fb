//! What is asked of the whole family: safe steps, the same maximum by every way, priors, recovery, and words for what has
//! no maximum.

use super::*;
use crate::{Design, Dirichlet, EmissionCoordinates, EmissionStart, Mixture, MixtureParams, RegressionData};
use em_core::algorithm::{Algorithm, Context, Memory, State};
use em_core::{
    Cause, Coordinates, Fit, FitError, Fitted, LatentModel, Local, Part, Predict, Rng, Rule, Start, Stop, StopReason,
    Streams,
};
use nalgebra::{DMatrix, DVector};
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Poisson};
use statrs::distribution::{Continuous, Discrete};

type Model = Mixture<PoissonRegressions>;
type Params = MixtureParams<Vec<DVector<f64>>>;

fn params(weights: &[f64], rows: &[&[f64]]) -> Params {
    MixtureParams::new(weights.to_vec(), rows.iter().map(|b| DVector::from_row_slice(b)).collect()).unwrap()
}

/// n counts of two regressions with weights 0.4 and 0.6 on an intercept and a covariate from −1 to 1.
fn simulated(n: usize, seed: u64, truth: [[f64; 2]; 2]) -> RegressionData {
    let mut rng = Rng::seed_from_u64(seed);
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let b = truth[usize::from(rng.random::<f64>() > 0.4)];
        let covariate = 2.0 * rng.random::<f64>() - 1.0;
        x.extend([1.0, covariate]);
        y.push(Poisson::new((b[0] + b[1] * covariate).exp()).unwrap().sample(&mut rng));
    }
    RegressionData::new(DMatrix::from_vec(2, n, x), Some(y), None, None).unwrap()
}

const TRUTH: [[f64; 2]; 2] = [[0.3, 0.8], [2.2, -0.5]];

fn objective(model: &Model, data: &RegressionData, at: Params) -> f64 {
    Context::new(model, &Local::new(model, data), Streams { seed: 0, run: 0 }).at(at).objective()
}

/// Until the parameters stand still.
fn to_the_end(model: &Model, data: &RegressionData, start: Params) -> Fitted<Model> {
    let rule = Rule::Any(vec![Rule::ParameterChange(1e-11), Rule::MaxIterations(20_000)]);
    let fitted = Fit::new(model, data).stop(rule).follow_parameters().from(start).unwrap();
    assert!(fitted.converged(), "{:?}", fitted.stop);
    fitted
}

/// Gradient of f by central differences of width h.
fn gradient(f: &dyn Fn(&[f64]) -> f64, x: &[f64], h: f64) -> DVector<f64> {
    DVector::from_fn(x.len(), |i, _| {
        let moved = |by: f64| {
            let mut x = x.to_vec();
            x[i] += by;
            f(&x)
        };
        (moved(h) - moved(-h)) / (2.0 * h)
    })
}

/// Second derivatives of f by differences of differences.
fn hessian(f: &dyn Fn(&[f64]) -> f64, x: &[f64], h: f64) -> DMatrix<f64> {
    let columns: Vec<DVector<f64>> = (0..x.len())
        .map(|i| {
            let moved = |by: f64| {
                let mut x = x.to_vec();
                x[i] += by;
                gradient(f, &x, h)
            };
            (moved(h) - moved(-h)) / (2.0 * h)
        })
        .collect();
    DMatrix::from_columns(&columns)
}

#[test]
fn one_regression_reaches_its_maximum_from_any_start() {
    let (data, model) = (simulated(60, 1, TRUTH), Mixture::of(1, PoissonRegressions::default()));
    let best = to_the_end(&model, &data, params(&[1.0], &[&[1.0, 0.0]]));
    for (intercept, slope) in [
        (-1e5, 0.0),
        (1e5, 0.0),
        (700.0, 1.0),
        (-800.0, 5.0),
        (0.0, 1e3),
        (0.0, -1e3),
        (-1e4, 1e4),
        (2e4, 1e5),
        (-1e8, 1e2),
    ] {
        let far = Fit::new(&model, &data).from(params(&[1.0], &[&[intercept, slope]])).unwrap();
        assert!(far.converged() && far.iterations < 20, "{intercept} {slope}: {}", far.iterations);
        assert!((far.objective() - best.objective()).abs() < 1e-9, "{intercept} {slope}: {}", far.objective());
    }
}

#[test]
fn without_an_intercept_it_does_so_too() {
    let (data, model) = (simulated(60, 2, TRUTH), Mixture::of(1, PoissonRegressions::default()));
    let x = DMatrix::from_fn(2, 60, |i, u| data.row(u)[1].powi(i as i32 + 1) + 0.5);
    let data = RegressionData::new(x, data.response().map(<[f64]>::to_vec), None, None).unwrap();
    let best = to_the_end(&model, &data, params(&[1.0], &[&[0.0, 0.0]]));
    for start in [[-200.0, 10.0], [60.0, 60.0], [-1e4, -1e4]] {
        let far = Fit::new(&model, &data).from(params(&[1.0], &[&start])).unwrap();
        assert!(far.converged() && (far.objective() - best.objective()).abs() < 1e-8, "{start:?}: {:?}", far.trace);
    }
}

#[test]
fn mixtures_end_well_from_far_starts() {
    let (data, model) = (simulated(80, 3, TRUTH), Mixture::of(2, PoissonRegressions::default()));
    let one = Fit::new(&Mixture::of(1, PoissonRegressions::default()), &data).run().unwrap().objective();
    let fit = |rows: [[f64; 2]; 2]| Fit::new(&model, &data).from(params(&[0.5, 0.5], &[&rows[0], &rows[1]]));
    for rows in [
        [[-1e5, 0.0], [1.0, 0.2]],
        [[-1e5, 0.0], [-2e5, 0.0]],
        [[-1e5, 1e5], [-1e5, -1e5]],
        [[0.0, 1e4], [0.0, -1e4]],
        [[1e5, 2e5], [1e5, -2e5]],
    ] {
        let far = fit(rows).unwrap();
        assert!(far.converged(), "{rows:?}: {:?}", far.stop);
        // Two components are no worse than one.
        assert!(far.objective() > one - 1e-6 * one.abs(), "{rows:?}: {} {one}", far.objective());
    }
    // A component that no observation is for, beside one that is better everywhere.
    for (rows, lost) in [([[1e5, 0.0], [1.0, 0.2]], 0), ([[2e3, 0.0], [1.0, 0.2]], 0), ([[-1e5, 1e4], [1e5, -1e4]], 1)]
    {
        let e = fit(rows).unwrap_err().to_string();
        let words = format!("component {lost}: no observation is left in it; use fewer components, another start");
        assert!(e.contains(&words), "{e}");
    }
}

/// A problem without pattern: covariates of any size, ties, absent rows, many or few components, far starts.
fn trial(seed: u64) -> Result<bool, String> {
    let mut rng = Rng::seed_from_u64(seed);
    let (n, p, k) = (rng.random_range(1..25), rng.random_range(1..4), rng.random_range(1..4));
    let (size, origin) =
        (10f64.powi(rng.random_range(-3..5)), rng.random_range(-1.0..1.0) * 10f64.powi(rng.random_range(0..7)));
    let intercept = rng.random::<f64>() < 0.8;
    let mut covariate = |i: usize| match intercept && i == 0 {
        true => 1.0,
        false => size * f64::from(rng.random_range(-3..4)) + if intercept { origin } else { 0.0 },
    };
    let x = DMatrix::from_fn(p, n, |i, _| covariate(i));
    let y = (0..n).map(|_| f64::from(rng.random_range(0..9u8)) * f64::from(rng.random_range(0..2u8))).collect();
    let offset = (0..n).map(|_| rng.random_range(-3.0..3.0)).collect();
    let weights = (0..n).map(|_| [1.0, 1.0, 0.0, 2.5][rng.random_range(0..4)]).collect();
    let data = RegressionData::new(x, Some(y), Some(offset), Some(weights)).unwrap();
    let shared = (0..p).filter(|_| rng.random::<f64>() < 0.25).collect::<Vec<_>>();
    let prior =
        (rng.random::<f64>() < 0.3).then(|| CoefficientPrior::Normal { sd: 10f64.powi(rng.random_range(-1..3)) });
    let family = PoissonRegressions::default().sharing(shared.clone()).with_prior(prior);
    let model = Mixture::of(k, family).with_prior((rng.random::<f64>() < 0.3).then(|| Dirichlet(2.0.into())));
    let stop = Stop { max_iterations: 60, relative_gain: 1e-8, ..Stop::default() };
    let fit = Fit::new(&model, &data).stop(stop).seed(seed);
    let ended = if rng.random::<f64>() < 0.5 {
        let far = 10f64.powi(rng.random_range(0..4));
        let common: Vec<f64> = (0..p).map(|_| far * rng.random_range(-1.0..1.0)).collect();
        let mut one = |c: usize| if shared.contains(&c) { common[c] } else { far * rng.random_range(-1.0..1.0) };
        let rows = (0..k).map(|_| DVector::from_fn(p, |c, _| one(c) / if c == 0 { 1.0 } else { size })).collect();
        let rows: Vec<DVector<f64>> = rows;
        let same = |c: usize, b: &DVector<f64>| if shared.contains(&c) { rows[0][c] } else { b[c] };
        let rows = rows.iter().map(|b| DVector::from_fn(p, |c, _| same(c, b))).collect();
        fit.from(MixtureParams::new(vec![1.0 / k as f64; k], rows).unwrap())
    } else {
        fit.restarts(1).run()
    };
    match ended {
        Ok(fitted) => {
            let falls = fitted.trace.windows(2).find(|w| w[1] < w[0] - 1e-11 * w[0].abs().max(1.0));
            match falls {
                Some(w) => Err(format!("{w:?}")),
                None if fitted.trace.iter().all(|o| o.is_finite()) => Ok(true),
                None => Err(format!("{:?}", fitted.trace)),
            }
        }
        // No rows that count, as many components as rows: an answer in words.
        Err(FitError { cause: Cause::MStep(e), .. }) if e.to_string().contains(';') => Ok(false),
        Err(e) => Err(e.to_string()),
    }
}

fn trials(seeds: std::ops::Range<u64>) {
    let ends: Vec<(u64, Result<bool, String>)> = seeds.map(|seed| (seed, trial(seed))).collect();
    let faults: Vec<String> =
        ends.iter().filter_map(|(s, e)| e.as_ref().err().map(|e| format!("seed {s}: {e}"))).collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), ends.len(), faults.join("\n"));
    // Enough must have an answer in numbers for the test to mean something.
    let fitted = ends.iter().filter(|(_, e)| *e == Ok(true)).count();
    assert!(2 * fitted > ends.len(), "{fitted} of {}", ends.len());
}

#[test]
fn the_objective_never_falls() {
    trials(0..60);
}

/// `cargo test -p em-families --lib poisson -- --ignored`
#[test]
#[ignore = "takes longer than the other tests together"]
fn the_objective_never_falls_a_thousand_times() {
    trials(0..1000);
}

/// One Newton step for each E-step, by hand.
struct OneStep;

impl<M: LatentModel> Algorithm<M> for OneStep {
    fn step(&self, cx: &Context<M>, from: &State<M>, _: &mut Memory) -> Result<State<M>, Cause> {
        Ok(cx.at(cx.maximize(&from.stats, &from.params)?))
    }
}

#[test]
fn one_step_for_each_e_step_ends_at_the_same_maximum() {
    let data = simulated(200, 4, TRUTH);
    for shared in [vec![], vec![1], vec![0]] {
        let model = Mixture::of(2, PoissonRegressions::default().sharing(shared));
        let start = model.start(&data, &mut Rng::seed_from_u64(1)).unwrap();
        let em = to_the_end(&model, &data, start.clone());
        let rule = Rule::Any(vec![Rule::ParameterChange(1e-11), Rule::MaxIterations(20_000)]);
        let fit = Fit::new(&model, &data).algorithm(OneStep).stop(rule).follow_parameters();
        let one = fit.from(start).unwrap();
        assert!(one.converged() && one.passes < em.passes);
        assert!((one.objective() - em.objective()).abs() < 1e-9);
        for (a, b) in model.to_free(&one.params).into_iter().zip(model.to_free(&em.params)) {
            assert!((a - b).abs() < 1e-7, "{a} {b}");
        }
    }
}

/// With and without own intercepts, with shared ones, with a prior: the end is a maximum.
#[test]
fn the_gradient_vanishes_at_the_end() {
    let data = simulated(150, 5, [[0.3, 0.8], [2.0, 0.8]]);
    for shared in [vec![], vec![0], vec![1]] {
        for prior in [None, Some(CoefficientPrior::Normal { sd: 0.5 })] {
            let family = PoissonRegressions::default().sharing(shared.clone()).with_prior(prior);
            let model = Mixture::of(2, family).with_prior(prior.map(|_| Dirichlet(3.0.into())));
            let start = model.start(&data, &mut Rng::seed_from_u64(2)).unwrap();
            let fitted = to_the_end(&model, &data, start);
            let f = |x: &[f64]| objective(&model, &data, model.at_free(&fitted.params, x).unwrap());
            let x = model.to_free(&fitted.params);
            assert_eq!(x.len(), 1 + shared.len() + 2 * (2 - shared.len()));
            // Weights are free by their logarithms here, where a Dirichlet prior has its mode elsewhere: coefficients only.
            let slope = gradient(&f, &x, 1e-5);
            // Differences of values of 400 over 2e-5 are right to some 1e-8.
            assert!(slope.rows_range(1..).amax() < 1e-5, "{shared:?} {prior:?}: {slope}");
        }
    }
}

/// ln p(y, θ) straight from the distributions of another program.
fn log_posterior(data: &RegressionData, x: &[f64], sd: f64, alpha: f64) -> f64 {
    let (weights, rows) = ([x[0], 1.0 - x[0]], [&x[1..3], &x[3..5]]);
    let density = |u: usize| {
        let one = |(w, b): (f64, &[f64])| {
            let rate = (b[0] + b[1] * data.row(u)[1]).exp();
            w * statrs::distribution::Poisson::new(rate).unwrap().pmf(data.response().unwrap()[u] as u64)
        };
        weights.into_iter().zip(rows).map(one).sum::<f64>().ln()
    };
    let normal = statrs::distribution::Normal::new(0.0, sd).unwrap();
    let beta = statrs::distribution::Beta::new(alpha, alpha).unwrap();
    let coefficients: f64 = x[1..].iter().map(|b| normal.ln_pdf(*b)).sum();
    (0..data.response().unwrap().len()).map(density).sum::<f64>() + coefficients + beta.ln_pdf(x[0])
}

#[test]
fn the_mode_of_the_posterior_is_that_of_an_independent_optimiser() {
    let (data, sd, alpha) = (simulated(120, 6, TRUTH), 0.7, 5.0);
    let family = PoissonRegressions::default().with_prior(Some(CoefficientPrior::Normal { sd }));
    let model = Mixture::of(2, family).with_prior(Some(Dirichlet(alpha.into())));
    let fitted = to_the_end(&model, &data, params(&[0.5, 0.5], &[&[0.0, 0.0], &[2.0, 0.0]]));
    let flat: Vec<f64> =
        fitted.params.weights()[..1].iter().chain(fitted.params.components().iter().flatten()).copied().collect();
    let f = |x: &[f64]| log_posterior(&data, x, sd, alpha);
    assert!((f(&flat) - fitted.objective()).abs() < 1e-10 * f(&flat).abs());
    // Newton's method by differences, from somewhere else.
    let mut x = DVector::from_vec(flat.iter().map(|x| x + 0.04).collect());
    for _ in 0..8 {
        let (slope, bend) = (gradient(&f, x.as_slice(), 1e-4), hessian(&f, x.as_slice(), 1e-3));
        x -= bend.lu().solve(&slope).unwrap();
    }
    // Differences of width 1e-4 are off by 1e-8 of the third derivative.
    assert!((&x - DVector::from_vec(flat)).amax() < 1e-6, "{x}");
    // The prior matters: without it the fit is elsewhere.
    let free = Mixture::of(2, PoissonRegressions::default());
    let without = to_the_end(&free, &data, fitted.params.clone());
    assert!((without.params.components()[1][0] - x[3]).abs() > 1e-3);
}

#[test]
fn the_prior_counts_shared_coefficients_once() {
    let family = PoissonRegressions::default().sharing([1]).with_prior(Some(CoefficientPrior::Normal { sd: 2.0 }));
    let p = params(&[0.5, 0.5], &[&[1.0, 3.0], &[-2.0, 3.0]]);
    let f = |x: &[f64]| crate::Emission::log_prior(&family, &family.at_free(p.components(), x).unwrap());
    let x = family.to_free(p.components());
    let slope = gradient(&f, &x, 1e-4);
    assert!((slope + DVector::from_vec(x) / 4.0).amax() < 1e-9);
    let normal = statrs::distribution::Normal::new(0.0, 2.0).unwrap();
    let truth: f64 = [3.0, 1.0, -2.0].map(|b| normal.ln_pdf(b)).iter().sum();
    assert!((crate::Emission::log_prior(&family, p.components()) - truth).abs() < 1e-13);
}

/// Standard errors from the observed information, by differences of the log-likelihood.
#[test]
fn a_simulated_truth_is_within_its_standard_errors() {
    for (shared, truth) in [(vec![], TRUTH), (vec![1], [[0.0, 0.7], [1.8, 0.7]])] {
        let (data, model) = (simulated(1500, 7, truth), Mixture::of(2, PoissonRegressions::default().sharing(shared)));
        let truth = params(&[0.4, 0.6], &[&truth[0], &truth[1]]);
        let fitted = to_the_end(&model, &data, truth.clone());
        let f = |x: &[f64]| objective(&model, &data, model.at_free(&truth, x).unwrap());
        let (x, wanted) = (model.to_free(&fitted.params), model.to_free(&truth));
        let covariance = (-hessian(&f, &x, 1e-3)).try_inverse().unwrap();
        for i in 0..x.len() {
            let error = covariance[(i, i)].sqrt();
            assert!(error > 0.005 && error < 0.3, "{error}");
            // One of nine is this far off by chance once in 1700 seeds.
            assert!((x[i] - wanted[i]).abs() < 4.0 * error, "coordinate {i}: {} {} ± {error}", x[i], wanted[i]);
        }
    }
}

#[test]
fn covariates_of_any_size_and_origin_give_the_same_fit() {
    let (data, model) = (simulated(200, 8, TRUTH), Mixture::of(2, PoissonRegressions::default()));
    let plain = Fit::new(&model, &data).restarts(3).run().unwrap();
    for (size, origin) in [(1e6, 0.0), (1e-6, 0.0), (1.0, 1e6), (1e3, -1e7)] {
        let moved = |i: usize, u: usize| if i == 0 { 1.0 } else { size * data.row(u)[1] + origin };
        let y = data.response().map(<[f64]>::to_vec);
        let other = RegressionData::new(DMatrix::from_fn(2, 200, moved), y, None, None).unwrap();
        let fitted = Fit::new(&model, &other).restarts(3).run().unwrap();
        // An origin of 1e6 rounds covariates and levels by 1e-10; the sum of 200 rows of some counts feels a little more.
        assert!((fitted.objective() - plain.objective()).abs() < 1e-6, "{size} {origin}: {}", fitted.objective());
        for (a, b) in plain.params.components().iter().zip(fitted.params.components()) {
            assert!((b[1] * size - a[1]).abs() < 1e-3, "{size} {origin}: {a} {b}");
            assert!((b[0] + b[1] * origin - a[0]).abs() < 1e-3);
        }
        assert!(fitted.passes < 2.0 * plain.passes + 20.0, "{} {}", fitted.passes, plain.passes);
    }
}

fn warned<'a>(fitted: &'a Fitted<Model>, code: &str) -> Vec<&'a em_core::Warning> {
    fitted.warnings.iter().filter(|w| w.code == code).collect()
}

/// Two groups of rows, of which the second has no events: the coefficient of its indicator has no finite maximum.
#[test]
fn a_group_without_events_is_named_and_the_fit_ends() {
    let x = DMatrix::from_fn(2, 40, |i, u| if i == 0 { 1.0 } else { f64::from(u % 4 == 0) });
    let y = (0..40).map(|u| if u % 4 == 0 { 0.0 } else { (u % 5) as f64 }).collect();
    let data = RegressionData::new(x, Some(y), None, None).unwrap();
    let names = || vec!["intercept".into(), "closed".into()];
    let model = Mixture::of(1, PoissonRegressions::default().naming(names()));
    let fitted = Fit::new(&model, &data).run().unwrap();
    assert!(fitted.converged() && fitted.passes < 200.0, "{}", fitted.passes);
    let [warning] = &warned(&fitted, "flat_likelihood")[..] else { panic!("{:?}", fitted.warnings) };
    assert_eq!((warning.component, warning.column.as_deref()), (Some(0), Some("closed")));
    assert!(warning.message.starts_with("component 0 says next to nothing of its coefficient of `closed`: "));
    // With a prior there is a maximum, and nothing to warn of.
    let prior = Some(CoefficientPrior::Normal { sd: 10.0 });
    let model = Mixture::of(1, PoissonRegressions::default().naming(names()).with_prior(prior));
    let fitted = Fit::new(&model, &data).run().unwrap();
    assert!(fitted.warnings.is_empty(), "{:?}", fitted.warnings);
    assert!(fitted.params.components()[0][1] < -2.0 && fitted.params.components()[0][1] > -100.0);
}

#[test]
fn no_events_at_all_end_with_a_warning() {
    let x = DMatrix::from_fn(2, 12, |i, u| if i == 0 { 1.0 } else { u as f64 });
    let data = RegressionData::new(x, Some(vec![0.0; 12]), None, None).unwrap();
    for k in [1, 2] {
        let model = Mixture::of(k, PoissonRegressions::default());
        let fitted = Fit::new(&model, &data).run().unwrap();
        assert!(fitted.converged() && fitted.iterations < 100, "{:?}", fitted.stop);
        assert!(fitted.log_likelihood > -1e-6);
        assert_eq!(warned(&fitted, "no_finite_maximum").len(), k);
    }
}

#[test]
fn components_that_coincide_are_named() {
    let (data, model) = (simulated(100, 9, TRUTH), Mixture::of(3, PoissonRegressions::default()));
    let start = params(&[0.3, 0.3, 0.4], &[&[0.0, 0.0], &[2.0, 0.0], &[2.0, 0.0]]);
    let fitted = Fit::new(&model, &data).from(start).unwrap();
    let [warning] = &warned(&fitted, "coinciding_components")[..] else { panic!("{:?}", fitted.warnings) };
    assert_eq!(warning.component, Some(2));
    assert!(warning.message.starts_with("component 2 coincides with component 1"));
    let apart = Fit::new(&Mixture::of(2, PoissonRegressions::default()), &data).run().unwrap();
    assert!(warned(&apart, "coinciding_components").is_empty());
}

#[test]
fn covariates_beyond_measure_are_an_error_in_words() {
    let x = DMatrix::from_fn(2, 4, |i, u| if i == 0 { 1.0 } else { 1e200 * u as f64 });
    let data = RegressionData::new(x, Some(vec![1.0, 0.0, 2.0, 4.0]), None, None).unwrap();
    let e = Fit::new(&Mixture::of(1, PoissonRegressions::default()), &data).run().unwrap_err();
    assert!(matches!(&e.cause, Cause::MStep(e) if e.part == Part::Component(0)), "{e}");
    assert!(e.to_string().contains("overflow; bring covariates to the scale of one"), "{e}");
}

#[test]
fn columns_that_are_not_there_cannot_be_shared() {
    let (data, model) = (simulated(20, 10, TRUTH), Mixture::of(2, PoissonRegressions::default().sharing([2])));
    let e = Fit::new(&model, &data).run().unwrap_err().to_string();
    assert!(e.contains("column 2 of them (from 0) cannot be shared; share columns that the design has"), "{e}");
}

#[test]
fn starts_repeat_themselves_and_share_what_is_shared() {
    let (data, family) = (simulated(50, 11, TRUTH), PoissonRegressions::default().sharing([1]));
    for kind in [None, Some(family.kinds()[0])] {
        let draw = |seed| family.start(kind, 3, &data, &mut Rng::seed_from_u64(seed)).unwrap();
        let (a, b, other) = (draw(1), draw(1), draw(2));
        assert_eq!(a, b);
        assert_ne!(a.1, other.1);
        assert!(a.1.iter().all(|row| row[1] == a.1[0][1]));
        assert_ne!(a.1[0][0], a.1[1][0]);
    }
}

#[test]
fn specs_say_what_is_shared_and_what_is_believed() {
    let read = |more: &str| {
        let text =
            format!(r#"{{"components": 2, "response": "y", "terms": [{{"Column": "x"}}, {{"Log": "e"}}]{more}}}"#);
        serde_json::from_str::<PoissonRegressionMixture>(&text)
    };
    let whole = r#", "shared": [{"Log": "e"}], "prior": {"coefficients": {"Normal": {"sd": 10}}, "weights": 2}"#;
    let spec = read(whole).unwrap();
    assert_eq!(serde_json::from_str::<PoissonRegressionMixture>(&serde_json::to_string(&spec).unwrap()).unwrap(), spec);
    let fault = |more: &str| read(more).unwrap_err().to_string();
    assert!(fault(r#", "shared": [{"Column": "z"}]"#).contains("shared: z is not among `terms`"));
    assert!(fault(r#", "shared": [{"Log": "e"}, {"Log": "e"}]"#).contains("shared: log(e) is named twice"));
    let all = r#", "shared": [{"Column": "x"}, {"Log": "e"}, {"Column": "intercept"}]"#;
    assert!(fault(all).contains("the components could not differ"));
    assert!(read(r#", "shared": [{"Column": "intercept"}]"#).is_ok());
    assert!(
        fault(r#", "prior": {"coefficients": {"Normal": {"sd": 0}}}"#).contains("prior: Normal: sd: 0 is out of range")
    );
    assert!(fault(r#", "prior": {"slopes": 1}"#).contains("slopes"));
    let design = Design::new("y", vec!["x".into()], true, None).unwrap();
    let spec = PoissonRegressionMixture::new(2.try_into().unwrap(), design);
    assert!(matches!(spec.sharing(vec!["z".into()]), Err(PoissonRegressionError::NotATerm { .. })));
}

#[test]
fn a_component_without_support_is_an_error_that_names_it() {
    let (data, model) = (simulated(40, 12, TRUTH), Mixture::of(2, PoissonRegressions::default()));
    // Rates of e^400: no count is anywhere near.
    let start = params(&[0.5, 0.5], &[&[1.0, 0.0], &[400.0, 0.0]]);
    let e = Fit::new(&model, &data).from(start).unwrap_err();
    assert_eq!((e.run, e.iteration), (1, 1));
    assert!(e.to_string().contains("component 1: no observation is left in it; use fewer components"), "{e}");
    // A weight on its way to 0 or 1 is a warning.
    let one = simulated(40, 12, [[1.0, 0.3]; 2]);
    let start = params(&[0.999, 0.001], &[&[1.0, 0.3], &[6.0, 0.0]]);
    let fitted = Fit::new(&model, &one).stop(Stop { max_iterations: 3, ..Stop::default() }).from(start).unwrap();
    assert!(matches!(fitted.stop, StopReason::MaxIterations { .. }) || fitted.converged());
    assert_eq!(warned(&fitted, "nearly_empty").len(), 1);
}

#[test]
fn a_part_alone_has_the_mean_and_spread_of_its_own_poisson_distribution() {
    let (model, data) = (Model::of(2, PoissonRegressions::default()), simulated(6, 3, TRUTH));
    let params = params(&[0.4, 0.6], &[&TRUTH[0], &TRUTH[1]]);
    for (part, b) in TRUTH.iter().enumerate() {
        let alone = model.predict_part(&params, part, &data, 1..4).unwrap();
        for (i, unit) in (1..4).enumerate() {
            let mean = (b[0] + b[1] * data.row(unit)[1]).exp();
            assert!((alone.numbers("mean").unwrap()[i] - mean).abs() < 1e-12 * mean);
            assert!((alone.numbers("sd").unwrap()[i] - mean.sqrt()).abs() < 1e-12 * mean);
        }
    }
}
