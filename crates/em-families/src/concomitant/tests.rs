//! What is asked of mixing weights that depend on covariates, whatever the family of the components is.

use super::*;
use crate::mixture::{Mixing, MixingParams};
use crate::*;
use em_core::algorithm::{Algorithm, Anderson, Annealed, Context, Gem, GradientEm, HardEm, MonteCarloEm, Squarem};
use em_core::{
    Cause, Coordinates, Dataset, Degenerate, Fit, FitError, Fitted, Gradient, LabelStart, LabelSymmetry, LatentModel,
    Local, Predict, Repair, Resample, Rng, Rule, Sample, Start, Stop, Streams, difference_gradient,
};
use nalgebra::{DMatrix, DVector};
use rand::{RngExt, SeedableRng};
use std::ops::Range;

type Normals = Mixture<Gaussian, ConcomitantWeights>;
type Counts = Mixture<PoissonRegressions, ConcomitantWeights>;
type Params<P> = MixtureParams<P, MixingWeights>;

fn logits(rows: &[&[f64]]) -> LogitCoefficients {
    LogitCoefficients::new(rows.iter().map(|row| row.to_vec()).collect()).unwrap()
}

fn normal(mean: f64, variance: f64) -> Normal {
    Normal::new(DVector::from_element(1, mean), DMatrix::from_element(1, 1, variance)).unwrap()
}

fn normals(k: usize) -> Normals {
    Mixture::of(k, FullGaussian).concomitant()
}

fn standard_normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt() * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

/// Numbers about 0, 4 and 8 by turns, a row of covariates from −1 to 1 for each coefficient of the truth but the first.
fn simulated(n: usize, seed: u64, truth: &LogitCoefficients) -> WithCovariates<Rows> {
    let mut rng = Rng::seed_from_u64(seed);
    let z = DMatrix::from_fn(truth.columns() - 1, n, |_, _| 2.0 * rng.random::<f64>() - 1.0);
    let labels = draw(&z, truth, &mut rng);
    let x = labels.iter().map(|j| 4.0 * *j as f64 + standard_normal(&mut rng)).collect();
    WithCovariates::new(Rows::new(1, x).unwrap(), z).unwrap()
}

/// A label for each column of covariates.
fn draw(z: &DMatrix<f64>, truth: &LogitCoefficients, rng: &mut Rng) -> Vec<usize> {
    let one = |z: nalgebra::DVectorView<f64>| {
        let odds =
            |j: usize| (truth.row(j)[0] + truth.row(j)[1..].iter().zip(&z).map(|(a, z)| a * z).sum::<f64>()).exp();
        let odds: Vec<f64> = (0..truth.components()).map(odds).collect();
        let sum: f64 = odds.iter().sum();
        simplex::draw(&odds.iter().map(|o| o / sum).collect::<Vec<_>>(), rng)
    };
    z.column_iter().map(one).collect()
}

fn start(a: LogitCoefficients) -> Params<Vec<Normal>> {
    let components = (0..a.components()).map(|j| normal(4.0 * j as f64 + 0.7, 1.5)).collect();
    MixtureParams::concomitant(a, components)
}

/// Until the parameters stand still.
fn to_the_end<M: Coordinates<Data: Sized>>(model: &M, data: &M::Data, start: M::Params) -> Fitted<M> {
    let rule = Rule::Any(vec![Rule::ParameterChange(1e-11), Rule::MaxIterations(20_000)]);
    let fitted = Fit::new(model, data).stop(rule).follow_parameters().from(start).unwrap();
    assert!(fitted.converged(), "{:?}", fitted.stop);
    fitted
}

fn objective<M: LatentModel<Data: Sized>>(model: &M, data: &M::Data, at: M::Params) -> f64 {
    Context::new(model, &Local::new(model, data), Streams { seed: 0, run: 0 }).at(at).objective()
}

fn assert_close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).for_each(|(a, b)| assert!((a - b).abs() <= tolerance, "{a} and {b}"));
}

#[test]
fn the_likelihood_by_hand() {
    let a = logits(&[&[0.0, 0.0], &[0.3, -1.0], &[-0.5, 2.0]]);
    let (x, z) = ([0.5, 3.0, 9.0], [-1.0, 0.25, 2.0]);
    let data = WithCovariates::new(Rows::new(1, x.to_vec()).unwrap(), DMatrix::from_row_slice(1, 3, &z)).unwrap();
    let (p, model) = (start(a.clone()), normals(3));
    let scores = model.score(&p, &data, 0..3);
    for i in 0..3 {
        let odds = [1.0, (0.3 - z[i]).exp(), (-0.5 + 2.0 * z[i]).exp()];
        let density = |j: usize| p.components()[j].log_density(&[x[i]]).exp();
        let sum: f64 = odds.iter().sum();
        let truth = (0..3).map(|j| odds[j] / sum * density(j)).sum::<f64>().ln();
        assert!((scores[i] - truth).abs() < 1e-13, "{} {truth}", scores[i]);
        let shares = model.mixing().shares(p.mixing(), &data, i..i + 1);
        assert_close(&shares, &odds.map(|o| o / sum), 1e-15);
    }
    // Covariates and coefficients of any size give weights, if extreme ones.
    let far =
        WithCovariates::new(Rows::new(1, x.to_vec()).unwrap(), DMatrix::from_row_slice(1, 3, &[1e9, 1e9 + 1.0, -1e9]));
    let far = far.unwrap();
    assert_eq!(model.mixing().shares(p.mixing(), &far, 0..3), [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
    assert!(model.score(&p, &far, 0..3).iter().all(|score| score.is_finite()));
}

/// Σ_ij r_ij ln π_j(z_i) by the definition.
fn expected(a: &[f64], q: usize, z: &DMatrix<f64>, r: &[f64], m: usize) -> f64 {
    let k = r.len() / m;
    let one = |i: usize| {
        let odds =
            |j: usize| if j == 0 { 0.0 } else { z.column(i).iter().zip(&a[(j - 1) * q..]).map(|(z, a)| z * a).sum() };
        let odds: Vec<f64> = (0..k).map(odds).collect();
        let log_sum = odds.iter().map(|o| o.exp()).sum::<f64>().ln();
        (0..k).map(|j| r[j * m + i] * (odds[j] - log_sum)).sum::<f64>()
    };
    (0..m).map(one).sum()
}

#[test]
fn statistics_are_the_slope_and_the_bend() {
    let mut rng = Rng::seed_from_u64(1);
    let (m, k, q) = (7, 3, 3);
    // Far from 0, which differences bear and the statistics must not notice.
    let covariates = DMatrix::from_fn(q - 1, m, |c, _| 30.0 * c as f64 + standard_normal(&mut rng));
    let r: Vec<f64> = (0..m * k).map(|_| rng.random::<f64>()).collect();
    let data = WithCovariates::new(Rows::new(1, vec![0.0; m]).unwrap(), covariates.clone()).unwrap();
    let a = logits(&[&[0.0; 3], &[0.4, -0.5, 0.02], &[-0.2, 0.3, -0.01]]);
    let mut stats = LogitStats::zero(k - 1, q);
    for units in [0..3, 3..3, 3..7] {
        let part: Vec<f64> = (0..k).flat_map(|j| &r[j * m..][units.clone()]).copied().collect();
        stats.add(&a, data.design().unwrap(), units, &part);
    }
    let z = covariates.insert_row(0, 1.0);
    let value = |x: &[f64]| expected(x, q, &z, &r, m);
    assert_close(&stats.slope(), &difference_gradient(&a.to_free(), value), 1e-6);
    // About the center: coordinates in which the first is the log odds there.
    let center: Vec<f64> = data.design().unwrap().center()[..q].to_vec();
    let about = |x: &[f64]| {
        let mut x = x.to_vec();
        for of_component in x.chunks_mut(q) {
            of_component[0] -= of_component[1..].iter().zip(&center[1..]).map(|(a, c)| a * c).sum::<f64>();
        }
        value(&x)
    };
    let mut there = a.to_free();
    for of_component in there.chunks_mut(q) {
        of_component[0] += of_component[1..].iter().zip(&center[1..]).map(|(a, c)| a * c).sum::<f64>();
    }
    let quadratic = stats.quadratic();
    assert_close(quadratic.gradient.as_slice(), &difference_gradient(&there, about), 1e-6);
    for i in 0..there.len() {
        let moved = |by: f64| {
            let mut x = there.clone();
            x[i] += by;
            difference_gradient(&x, about)
        };
        let bend: Vec<f64> = moved(1e-4).iter().zip(moved(-1e-4)).map(|(up, down)| (down - up) / 2e-4).collect();
        assert_close(quadratic.curvature.column(i).as_slice(), &bend, 1e-4);
    }
}

#[test]
fn the_gradient_is_that_of_the_objective() {
    let a = logits(&[&[0.0; 3], &[0.2, 1.0, -0.4], &[-0.3, 0.1, 0.8]]);
    let data = simulated(80, 2, &a).reweight(&(0..80).map(|u| 0.5 * f64::from(u % 4)).collect::<Vec<_>>());
    let (model, p) = (normals(3), start(logits(&[&[0.0; 3], &[0.5, 0.3, 0.3], &[0.1, -0.6, 0.0]])));
    let x = model.to_free(&p);
    assert_eq!(x.len(), 6 + 6);
    let state = Context::new(&model, &Local::new(&model, &data), Streams { seed: 0, run: 0 }).at(p.clone());
    let by_differences = difference_gradient(&x, |x| objective(&model, &data, model.at_free(&p, x).unwrap()));
    assert_close(&model.gradient(&p, &state.stats), &by_differences, 1e-5);
}

#[test]
fn an_intercept_alone_is_the_plain_mixture() {
    let covariates = |n| DMatrix::zeros(0, n);
    let rows = simulated(200, 3, &logits(&[&[0.0], &[-0.8]])).observations().clone();
    let (plain, data) = (Mixture::of(2, FullGaussian), WithCovariates::new(rows.clone(), covariates(200)).unwrap());
    let begin = MixtureParams::new(vec![0.4, 0.6], vec![normal(0.7, 1.5), normal(4.7, 1.5)]).unwrap();
    let wanted = to_the_end(&plain, &rows, begin.clone());
    // Plain weights are admitted as an intercept.
    let fitted = to_the_end(&plain.clone().concomitant(), &data, begin.into());
    assert!((fitted.objective() - wanted.objective()).abs() < 1e-9);
    let a = fitted.params.mixing().concomitant().unwrap();
    assert!((a.row(1)[0] - (wanted.params.weights()[1] / wanted.params.weights()[0]).ln()).abs() < 1e-8);
    // The M-steps are the same, so the paths are.
    assert_close(&fitted.trace[..8], &wanted.trace[..8], 1e-9);

    let counts = counts(150, 4).observations().clone();
    let (plain, data) =
        (Mixture::of(2, PoissonRegressions::default()), WithCovariates::new(counts.clone(), covariates(150)).unwrap());
    let begin = plain.start(&counts, &mut Rng::seed_from_u64(1)).unwrap();
    let wanted = to_the_end(&plain, &counts, begin.clone());
    let fitted = to_the_end(&plain.concomitant(), &data, begin.into());
    assert!((fitted.objective() - wanted.objective()).abs() < 1e-9);
}

#[test]
fn without_covariates_it_is_the_plain_mixture() {
    let rows = simulated(700, 5, &logits(&[&[0.0], &[0.5]])).observations().clone();
    let plain = Mixture::of(2, FullGaussian).with_prior(Some(Dirichlet(3.0.into())));
    let wanted = Fit::new(&plain, &rows).seed(1).restarts(2).run().unwrap();
    let (model, data) = (plain.clone().concomitant(), WithCovariates::from(rows));
    let fitted = Fit::new(&model, &data).seed(1).restarts(2).run().unwrap();
    // In inner rounds statistics are taken about other origins: sums of 700 terms, rounded otherwise.
    assert_close(&fitted.trace, &wanted.trace, 1e-10);
    assert_close(&model.to_free(&fitted.params), &plain.to_free(&wanted.params), 1e-8);
    // At the same parameters all is the same, to the bit.
    let same = wanted.params.clone().into();
    assert_eq!(model.to_free(&same), plain.to_free(&wanted.params));
    assert_eq!(model.predict(&same, &data, 0..9), plain.predict(&wanted.params, data.observations(), 0..9));
    let (mut a, mut b) = (Rng::seed_from_u64(2), Rng::seed_from_u64(2));
    let (drawn, labels) = model.sample(&same, &data, &mut a);
    let (wanted, wanted_labels) = plain.sample(&wanted.params, data.observations(), &mut b);
    assert_eq!((drawn.observations(), labels), (&wanted, wanted_labels));
}

const RATES: [[f64; 2]; 2] = [[0.3, 0.8], [2.2, -0.5]];

fn rates() -> Vec<DVector<f64>> {
    RATES.map(|b| DVector::from_row_slice(&b)).to_vec()
}

/// Counts of two regressions on one covariate, of which another decides: log odds −0.4 + 1.5 z.
fn counts(n: usize, seed: u64) -> WithCovariates<RegressionData> {
    let mut rng = Rng::seed_from_u64(seed);
    let z = DMatrix::from_fn(1, n, |_, _| standard_normal(&mut rng));
    let labels = draw(&z, &logits(&[&[0.0, 0.0], &[-0.4, 1.5]]), &mut rng);
    let x = DMatrix::from_fn(2, n, |i, _| if i == 0 { 1.0 } else { 2.0 * rng.random::<f64>() - 1.0 });
    let like = RegressionData::new(x, None, None, None).unwrap();
    let data = PoissonRegressions::default().sample(&rates(), &like, &labels, &mut rng);
    WithCovariates::new(data, z).unwrap()
}

fn count_model() -> Counts {
    Mixture::of(2, PoissonRegressions::default()).concomitant()
}

/// ln p(y) straight from the definitions and another program's distribution; x holds a_1, b_0, b_1.
fn log_likelihood(data: &WithCovariates<RegressionData>, x: &[f64]) -> f64 {
    use statrs::distribution::{Discrete, Poisson};
    let counts = data.observations();
    let one = |u: usize| {
        let share = 1.0 / (1.0 + (-x[0] - x[1] * data.design_row(u).unwrap()[1]).exp());
        let density = |b: &[f64]| {
            let rate = (b[0] + b[1] * counts.row(u)[1]).exp();
            Poisson::new(rate).unwrap().pmf(counts.response().unwrap()[u] as u64)
        };
        ((1.0 - share) * density(&x[2..4]) + share * density(&x[4..6])).ln()
    };
    (0..counts.units()).map(one).sum()
}

/// Where f is largest: BFGS on slopes by differences, with halved steps.
fn bfgs(f: impl Fn(&[f64]) -> f64, x: &[f64]) -> (Vec<f64>, f64) {
    let slope = |x: &DVector<f64>| DVector::from_vec(difference_gradient(x.as_slice(), &f));
    let mut x = DVector::from_row_slice(x);
    let (mut g, mut inverse) = (slope(&x), DMatrix::identity(x.len(), x.len()) * 1e-2);
    for _ in 0..300 {
        let step = &inverse * &g;
        let value = f(x.as_slice());
        let Some(by) = (0..40).map(|h| 0.5f64.powi(h)).find(|by| f((&x + &step * *by).as_slice()) > value) else {
            break;
        };
        let s = step * by;
        x += &s;
        let next = slope(&x);
        // Of −f, which is convex about the maximum.
        let y = &g - &next;
        g = next;
        let sy = s.dot(&y);
        if sy > 0.0 {
            let left = DMatrix::identity(x.len(), x.len()) - &s * y.transpose() / sy;
            inverse = &left * inverse * left.transpose() + &s * s.transpose() / sy;
        }
    }
    let value = f(x.as_slice());
    (x.as_slice().to_vec(), value)
}

#[test]
fn the_maximum_is_that_of_an_independent_optimiser() {
    let (data, model) = (counts(250, 6), count_model());
    let start = model.start(&data, &mut Rng::seed_from_u64(1)).unwrap();
    let a = start.mixing().concomitant().unwrap();
    assert_eq!((a.components(), a.columns(), a.row(1)[1]), (2, 2, 0.0));
    let fitted = to_the_end(&model, &data, start);
    let first = usize::from(fitted.params.components()[0][0] > fitted.params.components()[1][0]);
    let x = model.to_free(&model.permute(&fitted.params, &[first, 1 - first]));
    assert!((log_likelihood(&data, &x) - fitted.objective()).abs() < 1e-10 * fitted.objective().abs());
    let (best, value) = bfgs(|x| log_likelihood(&data, x), &[0.0, 0.0, 0.5, 0.0, 2.0, 0.0]);
    assert!((value - fitted.objective()).abs() < 1e-7, "{value} {}", fitted.objective());
    // Slopes by differences are right to some 1e-7, and a flat maximum is left at the root of what values tell.
    assert_close(&x, &best, 1e-4);
}

#[test]
fn a_simulated_truth_is_within_its_standard_errors() {
    let truth = logits(&[&[0.0; 3], &[0.5, 1.2, -0.7], &[-0.4, -0.8, 1.5]]);
    let (data, model) = (simulated(1500, 7, &truth), normals(3));
    let fitted = to_the_end(&model, &data, start(logits(&[&[0.0; 3], &[0.0; 3], &[0.0; 3]])));
    let x = model.to_free(&fitted.params);
    // The observed information by differences of the gradient, which is exact.
    let gradient = |x: &[f64]| {
        let p = model.at_free(&fitted.params, x).unwrap();
        let stats = Context::new(&model, &Local::new(&model, &data), Streams { seed: 0, run: 0 }).at(p.clone()).stats;
        model.gradient(&p, &stats)
    };
    let column = |i: usize| {
        let moved = |by: f64| {
            let mut x = x.clone();
            x[i] += by;
            DVector::from_vec(gradient(&x))
        };
        (moved(-1e-4) - moved(1e-4)) / 2e-4
    };
    let information = DMatrix::from_columns(&(0..x.len()).map(column).collect::<Vec<_>>());
    let covariance = information.try_inverse().unwrap();
    for (i, truth) in truth.to_free().iter().enumerate() {
        let error = covariance[(i, i)].sqrt();
        assert!(error < 0.3 && (x[i] - truth).abs() < 3.5 * error, "{i}: {} is not {truth} within {error}", x[i]);
    }
}

/// A problem without pattern: covariates of any size and origin, ties, absent rows, groups, far starts.
fn trial(seed: u64) -> Result<bool, String> {
    let mut rng = Rng::seed_from_u64(seed);
    let (n, q, k) = (rng.random_range(1..25), rng.random_range(1..4), rng.random_range(1..4));
    let size = 10f64.powi(rng.random_range(-3..5));
    let origin = if rng.random::<f64>() < 0.5 { 0.0 } else { size * 10f64.powi(rng.random_range(0..6)) };
    let keys: Vec<usize> = (0..n).map(|row| if rng.random::<f64>() < 0.3 { row / 2 } else { n + row }).collect();
    let weights = [1.0, 1.0, 0.0, 2.5];
    let of_key: Vec<f64> = (0..2 * n).map(|_| weights[rng.random_range(0..4)]).collect();
    let values: Vec<f64> = (0..2 * n * q).map(|_| f64::from(rng.random_range(-3..4))).collect();
    let z = DMatrix::from_fn(q - 1, n, |c, row| origin + size * values[keys[row] * q + c]);
    let ones: Vec<f64> = (0..3 * n).map(|_| f64::from(rng.random_range(0..2u8))).collect();
    let rows = Rows::new(3, ones).unwrap().weighted(keys.iter().map(|key| of_key[*key]).collect()).unwrap();
    let data = WithCovariates::new(Grouped::new(rows, &keys).unwrap(), z).map_err(|e| e.to_string())?;
    let family = Bernoullis { prior: (rng.random::<f64>() < 0.5).then(|| Beta(2.0.into(), 2.0.into())) };
    let model = Mixture::of(k, PerGroup(family)).concomitant();
    let stop = Stop { max_iterations: 60, relative_gain: 1e-8, ..Stop::default() };
    let mut begin = match model.start(&data, &mut rng) {
        Ok(begin) => begin,
        Err(_) => return Ok(false),
    };
    if rng.random::<f64>() < 0.4 {
        let far = 10f64.powi(rng.random_range(0..4));
        let a = |j: usize, c: usize| match (j, c) {
            (0, _) => 0.0,
            (_, 0) => far * (values[j] - 0.5),
            _ => far * values[j + c] / size,
        };
        let a = LogitCoefficients::new((0..k).map(|j| (0..q).map(|c| a(j, c)).collect()).collect()).unwrap();
        begin = MixtureParams::concomitant(a, begin.components().clone());
    }
    let fit = Fit::new(&model, &data).stop(stop);
    let ended = match rng.random::<f64>() < 0.5 {
        true => fit.algorithm(Gem::default()).from(begin),
        false => fit.from(begin),
    };
    match ended {
        Ok(fitted) => match fitted.trace.windows(2).find(|w| w[1] < w[0] - 1e-11 * w[0].abs().max(1.0)) {
            Some(w) => Err(format!("{w:?}")),
            None if fitted.trace.iter().all(|o| o.is_finite()) => Ok(true),
            None => Err(format!("{:?}", fitted.trace)),
        },
        // A component that is left without support: an answer in words.
        Err(FitError { cause: Cause::MStep(e), .. }) if e.to_string().contains("no observation") => Ok(false),
        Err(e) => Err(e.to_string()),
    }
}

fn trials(seeds: Range<u64>) {
    let n = seeds.end - seeds.start;
    let ends: Vec<(u64, Result<bool, String>)> = seeds.map(|seed| (seed, trial(seed))).collect();
    let faults: Vec<String> =
        ends.iter().filter_map(|(s, e)| e.as_ref().err().map(|e| format!("seed {s}: {e}"))).collect();
    assert!(faults.is_empty(), "{} of {n}:\n{}", faults.len(), faults.join("\n"));
    // Enough must have an answer in numbers for the test to mean something.
    let fitted = ends.iter().filter(|(_, e)| *e == Ok(true)).count() as u64;
    assert!(2 * fitted > n, "{fitted} of {n}");
}

#[test]
fn the_objective_never_falls() {
    trials(0..60);
}

/// `cargo test -p em-families --lib concomitant -- --ignored`
#[test]
#[ignore = "takes longer than the other tests together"]
fn the_objective_never_falls_a_thousand_times() {
    trials(0..1000);
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let truth = logits(&[&[0.0; 3], &[0.5, 1.2, -0.7], &[-0.4, -0.8, 1.5]]);
    let (data, model) = (simulated(20_000, 8, &truth), normals(3));
    assert!(data.units() > 4 * model.block(&data));
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Fit::new(&model, &data).stop(Rule::MaxIterations(4)).from(start(truth.clone())).unwrap())
    };
    let one = run(1);
    for threads in [2, 3] {
        let more = run(threads);
        assert_eq!((&more.trace, &more.params), (&one.trace, &one.params));
        assert_eq!(more.stats, one.stats);
    }
}

/// Each of them from one start: those that climb the likelihood reach its maximum, the others do not fail.
#[test]
fn every_algorithm_ends_where_it_should() {
    let truth = logits(&[&[0.0, 0.0], &[0.3, 1.4]]);
    let (data, model) = (simulated(300, 9, &truth), normals(2));
    let begin = || start(logits(&[&[0.0, 0.0], &[0.0, 0.0]]));
    let best = to_the_end(&model, &data, begin()).objective();
    let run = |algorithm: Box<dyn Algorithm<Normals>>, iterations| {
        let rule = Rule::Any(vec![Rule::RelativeGain(1e-13), Rule::MaxIterations(iterations)]);
        Fit::new(&model, &data).algorithm(&*algorithm).stop(rule).from(begin()).unwrap()
    };
    for climbs in [Box::<Gem>::default() as Box<dyn Algorithm<Normals>>, Box::new(Squarem), Box::<Anderson>::default()]
    {
        assert!((run(climbs, 2000).objective() - best).abs() < 1e-8);
    }
    assert!((run(Box::<GradientEm>::default(), 3000).objective() - best).abs() < 1e-4);
    assert!((run(Box::new(Annealed { from: 0.5, steps: 10 }), 2000).objective() - best).abs() < 1e-8);
    assert!((run(Box::new(MonteCarloEm { draws: 20 }), 50).objective() - best).abs() < 3.0);
    assert!(run(Box::new(HardEm), 100).objective() < best);
}

#[test]
fn a_covariate_that_tells_components_apart_is_named() {
    // Far apart in x, and z tells which: whatever the slope, a larger one is better.
    let x: Vec<f64> =
        (0..40).map(|i| if i % 2 == 0 { 0.1 * f64::from(i) } else { 50.0 + 0.1 * f64::from(i) }).collect();
    let z = DMatrix::from_fn(2, 40, |c, i| match c {
        0 => (if i % 2 == 0 { -1.0 } else { 1.0 }) + 0.01 * (i % 7) as f64,
        _ => (i % 5) as f64,
    });
    // Then nothing is left that could be said of another covariate.
    let data = WithCovariates::new(Rows::new(1, x).unwrap(), z).unwrap();
    let model = normals(2).naming(vec!["side".into(), "time".into()]);
    let fitted = Fit::new(&model, &data).seed(1).run().unwrap();
    assert!(fitted.converged());
    assert!(fitted.trace.windows(2).all(|w| w[1] >= w[0] - 1e-11 * w[0].abs()));
    let warning = fitted.warnings.iter().find(|w| w.code == "flat_mixing_weights").expect("a warning");
    assert!(warning.message.contains("changes with `side`, `time`:"), "{warning}");
    assert!(warning.message.contains("no finite maximum") && warning.component.is_some(), "{warning}");

    // One value of a covariate is enough: those of z = 1 are all of one kind.
    let mixed = DMatrix::from_fn(1, 40, |_, i| f64::from(u8::from(i % 2 == 0 && i < 20)));
    let data = WithCovariates::new(data.observations().clone(), mixed).unwrap();
    let fitted = Fit::new(&normals(2), &data).seed(1).run().unwrap();
    let warning = fitted.warnings.iter().find(|w| w.code == "flat_mixing_weights").expect("a warning");
    assert!(fitted.converged() && warning.message.contains("covariate 0"), "{warning}");

    // A covariate that says something, but not all, is none to warn of; columns that determine one another are.
    let clean = simulated(300, 10, &logits(&[&[0.0, 0.0], &[0.3, 1.4]]));
    assert!(
        Fit::new(&normals(2), &clean).seed(1).run().unwrap().warnings.iter().all(|w| w.code != "flat_mixing_weights")
    );
    let twice = DMatrix::from_fn(2, 300, |c, u| clean.design_row(u).unwrap()[1] * (1 + c) as f64);
    let data = WithCovariates::new(clean.observations().clone(), twice).unwrap();
    let fitted = Fit::new(&normals(2), &data).seed(1).run().unwrap();
    let warning = fitted.warnings.iter().find(|w| w.code == "flat_mixing_weights").expect("a warning");
    assert!(warning.message.contains("covariate 0, covariate 1"), "{warning}");
}

#[test]
fn covariates_of_any_unit_and_origin_give_the_same_fit() {
    let truth = logits(&[&[0.0, 0.0], &[0.3, 1.4]]);
    let (data, model) = (simulated(200, 11, &truth), normals(2));
    let begin = || MixtureParams::new(vec![0.5, 0.5], vec![normal(0.7, 1.5), normal(4.7, 1.5)]).unwrap().into();
    let wanted = to_the_end(&model, &data, begin());
    for (origin, unit) in [(1e6, 1.0), (0.0, 1e-8), (-2e3, 1e5)] {
        let z = DMatrix::from_fn(1, 200, |_, u| origin + unit * data.design_row(u).unwrap()[1]);
        let other = WithCovariates::new(data.observations().clone(), z).unwrap();
        let fitted = Fit::new(&model, &other).from(begin()).unwrap();
        assert!((fitted.objective() - wanted.objective()).abs() < 1e-7, "{origin} {unit}: {}", fitted.objective());
        let slope = |f: &Fitted<Normals>| f.params.mixing().concomitant().unwrap().row(1)[1];
        assert!((slope(&fitted) * unit / slope(&wanted) - 1.0).abs() < 1e-4, "{origin} {unit}");
    }
}

#[test]
fn components_change_places_and_another_is_the_reference() {
    let a = logits(&[&[0.0, 0.0], &[0.3, -1.0], &[-0.5, 2.0]]);
    let (data, model, p) = (simulated(50, 12, &a), normals(3), start(a));
    let before = objective(&model, &data, p.clone());
    for order in [[0, 1, 2], [2, 0, 1], [1, 0, 2]] {
        let moved = model.permute(&p, &order);
        let a = moved.mixing().concomitant().unwrap();
        assert_eq!(a.row(0), [0.0, 0.0]);
        assert!((objective(&model, &data, moved.clone()) - before).abs() < 1e-12 * before.abs());
        let shares = model.mixing().shares(p.mixing(), &data, 0..1);
        assert_close(&model.mixing().shares(moved.mixing(), &data, 0..1), &order.map(|j| shares[j]), 1e-15);
    }
    // Differences of rows, by hand.
    let moved = model.permute(&p, &[2, 0, 1]);
    assert_eq!(moved.mixing().concomitant().unwrap(), &logits(&[&[0.0, 0.0], &[0.5, -2.0], &[0.8, -3.0]]));
}

#[test]
fn components_begin_anew_and_are_left_out() {
    let a = logits(&[&[0.0, 0.0], &[0.3, -1.0], &[-0.5, 2.0]]);
    let (data, model, p) = (simulated(50, 13, &a), normals(3), start(a));
    let shares = |p: &Params<Vec<Normal>>, u: usize| model.mixing().shares(p.mixing(), &data, u..u + 1);
    for part in 0..3 {
        let others: Vec<usize> = (0..3).filter(|j| *j != part).collect();
        let anew = model.reseed(&p, part, &data, 7).unwrap();
        let without = model.without(&p, part).unwrap();
        assert_eq!((anew.components()[part].mean()[0], without.components().len()), (data.observations().row(7)[0], 2));
        for u in [0, 20] {
            let (old, new, left) = (shares(&p, u), shares(&anew, u), shares(&without, u));
            let odds = |s: &[f64], i: usize, j: usize| s[j] / s[i];
            let wanted = odds(&old, others[0], others[1]);
            assert!((odds(&new, others[0], others[1]) / wanted - 1.0).abs() < 1e-13);
            assert!((odds(&left, 0, 1) / wanted - 1.0).abs() < 1e-13);
            assert!((new[part].ln() - 0.5 * (new[others[0]] * new[others[1]]).ln()).abs() < 1e-13);
        }
    }
    // A start with two equal components on rows that are one point apart degenerates; the policy mends it.
    let alike =
        MixtureParams::concomitant(logits(&[&[0.0, 0.0], &[0.0, 0.0]]), vec![normal(0.0, 1.0), normal(1e4, 1.0)]);
    let two = normals(2);
    let fit = |policy| Fit::new(&two, &data).degenerate(policy).from(alike.clone());
    assert!(fit(Degenerate::Fail).unwrap_err().to_string().contains("component 1: no observation is left in it"));
    assert_eq!(fit(Degenerate::Drop).unwrap().params.components().len(), 1);
    assert!(fit(Degenerate::Reseed).unwrap().objective().is_finite());
}

#[test]
fn labels_and_samples_follow_the_covariates() {
    let a = logits(&[&[0.0, 0.0], &[0.3, -1.0], &[-0.5, 2.0]]);
    let n = 6000;
    let z = DMatrix::from_fn(1, n, |_, u| [-1.0, 0.0, 1.5][u % 3]);
    let like = WithCovariates::new(Rows::new(1, vec![0.0; n]).unwrap(), z).unwrap();
    let (model, p) = (normals(3), start(a));
    let (drawn, latent) = model.sample(&p, &like, &mut Rng::seed_from_u64(3));
    assert_eq!(drawn.design_row(4), like.design_row(4));
    let labels = latent.labels().unwrap();
    for kind in 0..3 {
        let shares = model.mixing().shares(p.mixing(), &like, kind..kind + 1);
        for (j, share) in shares.iter().enumerate() {
            let seen = labels.iter().skip(kind).step_by(3).filter(|l| **l == j).count() as f64 / 2000.0;
            // Four standard errors.
            assert!((seen - share).abs() < 4.0 * (share * (1.0 - share) / 2000.0).sqrt() + 1e-3, "{kind} {j}");
        }
    }
    // From labels: an intercept that has their shares.
    let start = model.start_from_labels(&drawn, labels).unwrap();
    let share = |j: usize| labels.iter().filter(|l| **l == j).count() as f64 / n as f64;
    let a = start.mixing().concomitant().unwrap();
    assert_close(a.row(2), &[(share(2) / share(0)).ln(), 0.0], 1e-12);
}

#[test]
fn the_predicted_mean_is_weighted_by_the_covariates() {
    let (data, model) = (counts(30, 14), count_model());
    let p = MixtureParams::concomitant(logits(&[&[0.0, 0.0], &[-0.4, 1.5]]), rates());
    let predicted = model.predict(&p, &data, 3..6);
    for (i, u) in (3..6).enumerate() {
        let (x, z) = (data.observations().row(u)[1], data.design_row(u).unwrap()[1]);
        let share = 1.0 / (1.0 + (0.4 - 1.5 * z).exp());
        let [first, second] = RATES.map(|b| (b[0] + b[1] * x).exp());
        let mean = (1.0 - share) * first + share * second;
        assert!((predicted.numbers("mean").unwrap()[i] - mean).abs() < 1e-12 * mean);
    }
    // A group: its rows share the weights, and come in the order given.
    let keys: Vec<usize> = (0..30).map(|row| row % 15).collect();
    let z = DMatrix::from_fn(1, 30, |_, row| (row % 15) as f64 / 10.0);
    let grouped = WithCovariates::new(Grouped::new(data.observations().clone(), &keys).unwrap(), z.clone()).unwrap();
    let of_rows = WithCovariates::new(data.observations().clone(), z).unwrap();
    let model_of_groups = Mixture::of(2, PerGroup(PoissonRegressions::default())).concomitant();
    let (a, b) = (model_of_groups.predict(&p, &grouped, 0..15), model.predict(&p, &of_rows, 0..30));
    // The center of groups is not quite that of rows.
    assert_close(a.numbers("mean").unwrap(), b.numbers("mean").unwrap(), 1e-13);
    assert_eq!(a.labels().unwrap()[..15], a.labels().unwrap()[15..]);
}

#[test]
fn parts_keep_their_covariates_and_groups_share_them() {
    let rows = Rows::new(1, vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    let grouped = Grouped::new(rows.clone(), &["a", "b", "a", "b"]).unwrap();
    let data = WithCovariates::new(grouped.clone(), DMatrix::from_row_slice(1, 4, &[5.0, 6.0, 5.0, 6.0])).unwrap();
    assert_eq!((data.units(), data.rows(), data.unit_of(2)), (2, 4, 0));
    assert_eq!([0, 1].map(|u| data.design_row(u).unwrap()[1]), [5.0, 6.0]);
    let part = data.select(&[1, 1]).reweight(&[2.0, 0.0]);
    assert_eq!((part.design_row(0), part.weight(0), part.total_weight()), (Some(&[1.0, 6.0][..]), 2.0, 2.0));
    let fault = |z: &[f64]| WithCovariates::new(grouped.clone(), DMatrix::from_row_slice(1, z.len(), z)).unwrap_err();
    let e = fault(&[5.0, 6.0, 5.0, 7.0]);
    assert_eq!(e, CovariatesError::Differ { covariate: 0, row: 3, unit: 1, value: 7.0, other: 6.0 });
    assert!(
        e.to_string()
            .starts_with("covariate 0 of row 3 (both from 0) is 7, but an earlier row of its group, unit 1, has 6")
    );
    assert_eq!(fault(&[5.0, 6.0]), CovariatesError::Length { rows: 4, got: 2 });
    let e = fault(&[5.0, f64::INFINITY, 5.0, 6.0]).to_string();
    assert_eq!(e, "covariate 0 of row 1 (both from 0) is inf, not a finite number");
}

#[test]
fn coefficients_that_make_no_sense_are_refused() {
    let fault = |rows: &[&[f64]]| LogitCoefficients::new(rows.iter().map(|r| r.to_vec()).collect()).unwrap_err();
    assert_eq!(fault(&[]), LogitError::Empty);
    assert_eq!(fault(&[&[], &[]]), LogitError::Empty);
    assert_eq!(fault(&[&[0.0], &[0.0, 1.0]]), LogitError::Ragged { row: 1, got: 2, wanted: 1 });
    assert!(matches!(fault(&[&[0.0], &[f64::NAN]]), LogitError::Value { row: 1, entry: 0, .. }));
    let e = fault(&[&[0.0, 0.5], &[0.0, 1.0]]);
    assert_eq!(e, LogitError::Reference { entry: 1, value: 0.5 });
    assert!(e.to_string().contains("component 0 is the one that the others are compared with"), "{e}");
    assert!(logits(&[&[0.0], &[1.0]]).at_free(&[f64::NAN]).unwrap_err().to_string().starts_with("component 1: "));
}

#[test]
fn starts_of_another_shape_are_refused() {
    let (data, model) = (simulated(50, 15, &logits(&[&[0.0, 0.0], &[0.3, 1.4]])), normals(2));
    let fault = |a: LogitCoefficients| Fit::new(&model, &data).from(start(a)).unwrap_err().to_string();
    let e = fault(logits(&[&[0.0, 0.0]]));
    assert!(e.contains("the model has 2 components, but `concomitant` has 1 row"), "{e}");
    let e = fault(logits(&[&[0.0], &[1.0]]));
    assert!(
        e.contains("the design of the mixing weights has 2 columns, an intercept first, but `concomitant` has 1 entry"),
        "{e}"
    );
    let plain = WithCovariates::from(data.observations().clone());
    let e = Fit::new(&model, &plain).from(start(logits(&[&[0.0], &[1.0]]))).unwrap_err().to_string();
    assert!(e.contains("give `weights` and not `concomitant`"), "{e}");
}
