mod calibration;
mod decomposition;
mod flat_intercept;
mod mackay;
mod priors;
mod sums;

use super::*;
use crate::{RegressionData, Term};
use approx::assert_relative_eq;
use em_core::{
    Coordinates, Dataset, Fit, LatentModel, Predict, Purpose, Resample, Spec, Start, Statistics, Stop, Table,
};
use nalgebra::{DMatrix, DVector};
use std::f64::consts::TAU;

fn data(rows: &[[f64; 2]], t: &[f64], weights: Option<&[f64]>) -> RegressionData {
    let x = DMatrix::from_fn(2, rows.len(), |i, j| rows[j][i]);
    RegressionData::new(x, Some(t.to_vec()), None, weights.map(<[f64]>::to_vec)).unwrap()
}

fn small() -> RegressionData {
    let rows = [[1.0, 0.3], [1.0, -1.2], [1.0, 2.5], [1.0, 0.9], [1.0, -0.4]];
    data(&rows, &[0.7, -1.1, 2.0, 1.6, 0.1], None)
}

const MODEL: usize = 2;

fn model() -> BayesianLinearModel {
    BayesianLinearModel::new(MODEL)
}

fn at(alpha: f64, beta: f64) -> Precisions {
    Precisions::new(alpha, beta).unwrap()
}

fn evidence(data: &RegressionData, p: &Precisions) -> f64 {
    let model = BayesianLinearModel::new(data.columns());
    let mut stats = model.zero(p);
    let sum = model.expect(p, data, 0..data.units(), &mut stats);
    model.log_likelihood(p, &stats, sum)
}

/// ln N(t | 0, I/β + ΦΦ′/α), Bishop (2006), exercise 3.16.
fn direct_evidence(data: &RegressionData, p: &Precisions) -> f64 {
    let (x, n) = (data.design(), data.units());
    let covariance = DMatrix::identity(n, n) / p.beta() + x.tr_mul(x) / p.alpha();
    let t = DVector::from_fn(n, |i, _| data.response().unwrap()[i] - data.offset(i));
    let factor = covariance.cholesky().unwrap();
    let log_determinant = 2.0 * factor.l().diagonal().iter().map(|v| v.ln()).sum::<f64>();
    -0.5 * (n as f64 * TAU.ln() + log_determinant + t.dot(&factor.solve(&t)))
}

fn sinusoid(degree: u32) -> (Table, BayesianLinearRegression) {
    let x = vec![
        0.0, 0.0417, 0.0833, 0.125, 0.1667, 0.2083, 0.25, 0.2917, 0.3333, 0.375, 0.4167, 0.4583, 0.5, 0.5417, 0.5833,
        0.625, 0.6667, 0.7083, 0.75, 0.7917, 0.8333, 0.875, 0.9167, 0.9583, 1.0,
    ];
    let t = vec![
        -0.0817, 0.0154, 0.6235, 0.8134, 0.7558, 0.941, 0.5491, 0.7453, 0.9203, 0.856, 0.4976, 0.0533, -0.0888,
        -0.1277, -0.8415, -0.4059, -0.9233, -1.1671, -1.2599, -1.2482, -0.6754, -1.0458, -0.7104, -0.2335, -0.3032,
    ];
    let table = Table::from_columns("sinusoid", [("x", x), ("t", t)]).unwrap();
    let spec = BayesianLinearRegression::new("t", vec![Term::Polynomial("x".into(), degree)], true).unwrap();
    (table, spec)
}

#[test]
fn the_evidence_is_a_normal_density_of_the_responses() {
    let with_offset = {
        let d = small();
        let offset = vec![0.5, -2.0, 0.0, 1.0, 3.0];
        RegressionData::new(d.design().clone(), d.response().map(<[f64]>::to_vec), Some(offset), None).unwrap()
    };
    let fewer_rows_than_columns = small().select(&[2]);
    for data in [small(), with_offset, fewer_rows_than_columns] {
        for (alpha, beta) in [(1.0, 1.0), (1e-3, 20.0), (50.0, 0.1), (1e-2, 1e3)] {
            let p = at(alpha, beta);
            // The n × n covariance has a condition of up to 1e6, and the direct way loses as much.
            assert_relative_eq!(evidence(&data, &p), direct_evidence(&data, &p), max_relative = 1e-10);
        }
    }
}

#[test]
fn one_column_by_hand() {
    // Φ = (1, 2)′, t = (1, 3)′, α = 2, β = 3: A = 2 + 3·5 = 17, m = 3·7/17, S = 1/17.
    let x = DMatrix::from_row_slice(1, 2, &[1.0, 2.0]);
    let data = RegressionData::new(x, Some(vec![1.0, 3.0]), None, None).unwrap();
    let products = Products::of(&data, 2);
    let at = products.spectrum().unwrap().at(2.0, 3.0);
    let m: f64 = 21.0 / 17.0;
    let squares = (1.0 - m).powi(2) + (3.0 - 2.0 * m).powi(2);
    assert_relative_eq!(at.squares + at.trace, m * m + 1.0 / 17.0, max_relative = 1e-14);
    assert_relative_eq!(at.residual + at.spread, squares + 5.0 / 17.0, max_relative = 1e-13);
    assert_relative_eq!(at.effective_parameters, 15.0 / 17.0, max_relative = 1e-14);
    let finished = BayesianLinearModel::new(1).finish(&self::at(2.0, 3.0), &products);
    let coefficients = finished.coefficients().unwrap();
    assert_relative_eq!(coefficients.mean[0], m, max_relative = 1e-14);
    assert_relative_eq!(coefficients.covariance[(0, 0)], 1.0 / 17.0, max_relative = 1e-14);
}

/// Values of an independent implementation in 80-bit arithmetic.
#[test]
fn cubic_through_a_noisy_sinusoid() {
    let (table, spec) = sinusoid(3);
    let design = spec.learn(&table, &mut Vec::new()).unwrap();
    let data = design.encode(&table, Purpose::Fit).unwrap();
    let stop = Stop { relative_gain: 0.0, max_iterations: 100, ..Stop::default() };
    let fitted = Fit::new(&spec.model(&design), &data).stop(stop).from(at(1.0, 1.0)).unwrap();
    let trace = [-29.607754496024288, -23.533810406023846, -23.28466392266408, -23.280721254253862];
    trace.iter().zip(&fitted.trace).for_each(|(a, b)| assert_relative_eq!(a, b, max_relative = 1e-12));
    assert_relative_eq!(fitted.log_likelihood, -23.280612273762287, max_relative = 1e-12);
    assert_relative_eq!(fitted.params.alpha(), 1.4099754152053898, max_relative = 1e-8);
    assert_relative_eq!(fitted.params.beta(), 3.583699535273731, max_relative = 1e-8);
    let coefficients = fitted.params.coefficients().unwrap();
    assert_relative_eq!(coefficients.mean[1], -0.836100817144878, max_relative = 1e-8);
    assert_relative_eq!(coefficients.effective_parameters, 2.248532147024989, max_relative = 1e-8);
    // MacKay (1992): at the maximum α m′m = γ and β |t − Φm|² = N − γ.
    let squares = fitted.params.alpha() * coefficients.mean.norm_squared();
    assert_relative_eq!(squares, coefficients.effective_parameters, max_relative = 1e-7);
}

#[test]
fn the_evidence_never_falls() {
    let (table, spec) = sinusoid(9);
    let design = spec.learn(&table, &mut Vec::new()).unwrap();
    let data = design.encode(&table, Purpose::Fit).unwrap();
    for start in [at(1e-6, 1e-6), at(10.0, 1e-3), at(1e-3, 1e6)] {
        let fitted = Fit::new(&spec.model(&design), &data).from(start).unwrap();
        assert!(fitted.converged());
        assert!(fitted.trace.windows(2).all(|w| w[1] >= w[0] - 1e-12 * w[0].abs()));
        assert_relative_eq!(fitted.log_likelihood, -14.037021511821306, max_relative = 1e-7);
    }
}

#[test]
fn weight_two_is_two_copies_and_weight_zero_is_absence() {
    let weighted = small().reweight(&[1.0, 2.0, 0.0, 1.0, 3.0]);
    let copies = small().select(&[0, 1, 1, 3, 4, 4, 4]);
    let p = at(0.7, 2.0);
    assert_relative_eq!(evidence(&weighted, &p), evidence(&copies, &p), max_relative = 1e-13);
    let (a, b) = (Fit::new(&model(), &weighted).run().unwrap(), Fit::new(&model(), &copies).run().unwrap());
    assert_relative_eq!(a.params.alpha(), b.params.alpha(), max_relative = 1e-10);
    assert_relative_eq!(a.params.beta(), b.params.beta(), max_relative = 1e-10);
}

#[test]
fn parts_merge_into_the_whole() {
    let (d, p) = (small(), at(0.7, 2.0));
    for cut in 0..=d.units() {
        let mut left = Products::of(&d, cut);
        let mut right = model().zero(&p);
        right.add(&d, cut..d.units());
        left.merge(&right);
        assert_relative_eq!(model().log_likelihood(&p, &left, 0.0), evidence(&d, &p), max_relative = 1e-13);
        // Parts of data with another centre merge too.
        let mut left = Products::of(&d.select(&(0..cut).collect::<Vec<_>>()), cut);
        left.merge(&right);
        assert_relative_eq!(model().log_likelihood(&p, &left, 0.0), evidence(&d, &p), max_relative = 1e-13);
    }
    let mut twice = Products::of(&d, d.units());
    twice.scale(2.0);
    let all = d.reweight(&[2.0; 5]);
    assert_relative_eq!(model().log_likelihood(&p, &twice, 0.0), evidence(&all, &p), max_relative = 1e-13);
}

/// With a response so far away the coefficients are hardly shrunk: slope and noise are those of least squares.
#[test]
fn a_response_far_from_zero_loses_nothing() {
    let n = 3000;
    let noise = |j: usize| ((j * j) % 17) as f64 / 16.0 - 0.5;
    let rows: Vec<[f64; 2]> = (0..n).map(|j| [1.0, (j % 50) as f64 / 64.0]).collect();
    let t: Vec<f64> = (0..n).map(|j| 1e7 + 2.0 * rows[j][1] + noise(j)).collect();
    let near: Vec<f64> = (0..n).map(|j| 2.0 * rows[j][1] + noise(j)).collect();
    let (slope, squares) = least_squares(&rows, &near);
    let stop = Stop { relative_gain: 0.0, max_iterations: 30, ..Stop::default() };
    let fitted = Fit::new(&model(), &data(&rows, &t, None)).stop(stop).run().unwrap();
    let coefficients = fitted.params.coefficients().unwrap();
    assert_relative_eq!(coefficients.mean[1], slope, max_relative = 1e-9);
    assert_relative_eq!(1.0 / fitted.params.beta(), squares / (n as f64 - 2.0), max_relative = 1e-9);
}

fn least_squares(rows: &[[f64; 2]], t: &[f64]) -> (f64, f64) {
    let n = rows.len() as f64;
    let (mx, mt) = (rows.iter().map(|r| r[1]).sum::<f64>() / n, t.iter().sum::<f64>() / n);
    let sum = |f: &dyn Fn(f64, f64) -> f64| rows.iter().zip(t).map(|(r, t)| f(r[1] - mx, t - mt)).sum::<f64>();
    let slope = sum(&|x, t| x * t) / sum(&|x, _| x * x);
    (slope, sum(&|x, t| (t - slope * x).powi(2)))
}

#[test]
fn scores_add_up_to_the_evidence() {
    let p = at(0.3, 4.0);
    let weighted = small().reweight(&[0.5, 2.0, 0.0, 1.0, 3.0]);
    for d in [small(), weighted] {
        let scores = model().score(&p, &d, 0..5);
        let total: f64 = scores.iter().enumerate().map(|(u, s)| s * d.weight(u)).sum();
        assert_relative_eq!(total, evidence(&d, &p), max_relative = 1e-13);
        let later = model().score(&p, &d, 3..5);
        later.iter().zip(&scores[3..]).for_each(|(a, b)| assert_relative_eq!(a, b, max_relative = 1e-12));
    }
    let one = model().score(&p, &small(), 0..1)[0];
    assert_relative_eq!(one, direct_evidence(&small().select(&[0]), &p), max_relative = 1e-13);
    let unknown = RegressionData::new(small().design().clone(), None, None, None).unwrap();
    assert!(model().score(&p, &unknown, 0..5).iter().all(|s| s.is_nan()));
}

#[test]
fn predictions_of_prior_and_posterior() {
    let (d, p) = (small(), at(0.3, 4.0));
    let prior = model().predict(&p, &d, 2..3);
    assert_eq!(prior.numbers("mean"), Some(&[0.0][..]));
    assert_relative_eq!(prior.numbers("sd").unwrap()[0], (0.25 + 7.25f64 / 0.3).sqrt(), max_relative = 1e-14);
    let finished = model().finish(&p, &Products::of(&d, 5));
    let c = finished.coefficients().unwrap();
    let a = DMatrix::identity(2, 2) * 0.3 + d.design() * d.design().transpose() * 4.0;
    assert_relative_eq!(&a * &c.covariance, DMatrix::identity(2, 2), epsilon = 1e-13);
    let prediction = model().predict(&finished, &d, 1..2);
    assert_relative_eq!(prediction.numbers("mean").unwrap()[0], c.mean[0] - 1.2 * c.mean[1], max_relative = 1e-13);
    let variance = 0.25 + c.covariance[(0, 0)] - 2.4 * c.covariance[(0, 1)] + 1.44 * c.covariance[(1, 1)];
    assert_relative_eq!(prediction.numbers("sd").unwrap()[0], variance.sqrt(), max_relative = 1e-13);
}

#[test]
fn an_exact_fit_is_an_error() {
    let rows: Vec<[f64; 2]> = (0..10).map(|j| [1.0, j as f64]).collect();
    let fault = |t: Vec<f64>| Fit::new(&model(), &data(&rows, &t, None)).run().unwrap_err().to_string();
    for t in [rows.iter().map(|r| 3.0 - 2.0 * r[1]).collect(), vec![5.0; 10], vec![0.0; 10], vec![1e7 + 0.1; 10]] {
        let message = fault(t);
        assert!(message.contains("parameter `beta`") && message.contains("fitted exactly"), "{message}");
    }
    let none = small().reweight(&[0.0; 5]);
    assert!(Fit::new(&model(), &none).run().unwrap_err().to_string().contains("nothing to learn from"));
    let huge = data(&rows, &[1e200; 10], None);
    assert!(Fit::new(&model(), &huge).run().is_err());
}

/// Whatever the precisions, there is an answer or an error, and no panic.
#[test]
fn precisions_at_the_ends_of_their_range() {
    let zero_column = data(&[[0.0, 1.0], [0.0, 2.0], [0.0, 4.0]], &[1.0, 1.0, 5.0], None);
    let ends = [5e-324, 1e-308, 1e-160, 1.0, 1e160, 1.7e308];
    for (alpha, beta) in ends.iter().flat_map(|a| ends.map(|b| (*a, b))) {
        for d in [&small(), &zero_column] {
            let (p, stats) = (at(alpha, beta), Products::of(d, d.units()));
            if let Ok(next) = model().maximize(&stats, &p) {
                assert!(next.alpha().is_finite() && next.beta().is_finite());
            }
            model().score(&p, d, 0..d.units());
            model().warnings(&p, &stats);
            model().predict(&model().finish(&p, &stats), d, 0..d.units());
        }
    }
}

#[test]
fn without_a_signal_alpha_grows_and_a_warning_says_so() {
    // The covariate is orthogonal to the response.
    let x = DMatrix::from_row_slice(1, 8, &[1.0, -1.0, 1.0, -1.0, 2.0, -2.0, 2.0, -2.0]);
    let t = vec![1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0];
    let data = RegressionData::new(x, Some(t), None, None).unwrap();
    let fitted = Fit::new(&BayesianLinearModel::new(1), &data).run().unwrap();
    assert_eq!(fitted.warnings.iter().filter(|w| w.code == "precision_at_limit").count(), 1);
    assert!(fitted.warnings.iter().any(|w| w.message.contains("alpha grows")));
    let (table, spec) = sinusoid(3);
    let design = spec.learn(&table, &mut Vec::new()).unwrap();
    let data = design.encode(&table, Purpose::Fit).unwrap();
    let fitted = Fit::new(&spec.model(&design), &data).run().unwrap();
    assert_eq!(fitted.warnings, []);
}

#[test]
fn a_posterior_that_cannot_be_told_is_warned_of() {
    let products = Products::of(&small(), 5);
    let told = |p: Precisions| {
        let finished = model().finish(&p, &products);
        model().warnings(&finished, &products).iter().any(|w| w.code == "no_posterior")
    };
    assert!(told(at(1e-308, 5e-324)) || told(at(5e-324, 1e308)));
    assert!(!told(at(1.0, 1.0)));
}

#[test]
fn coordinates_and_admission() {
    let p = at(0.3, 4.0);
    let back = model().at_free(&p, &model().to_free(&p)).unwrap();
    assert_relative_eq!(back.alpha(), 0.3, max_relative = 1e-15);
    assert!(model().at_free(&p, &[800.0, 0.0]).is_err());
    assert!(model().admit(&p, &small()).is_ok());
    assert!(BayesianLinearModel::new(3).admit(&p, &small()).unwrap_err().contains("2 design columns where"));
    let one = Coefficients { mean: vec![1.0].into(), covariance: DMatrix::identity(1, 1), effective_parameters: 0.5 };
    let p = p.with_coefficients(one).unwrap();
    assert!(model().admit(&p, &small()).unwrap_err().starts_with("mean: 1 numbers"));
    assert!(!model().is_random(None));
}

#[test]
fn the_spec_warns_of_dependent_columns_and_fits_all_the_same() {
    let (table, spec) = sinusoid(9);
    let mut warnings = Vec::new();
    spec.learn(&table, &mut warnings).unwrap();
    assert_eq!(warnings, []);
    let terms = vec!["x".into(), Term::Power("x".into(), 1.0), Term::Power("x".into(), 0.0)];
    let spec = BayesianLinearRegression::new("t", terms, true).unwrap();
    let design = spec.learn(&table, &mut warnings).unwrap();
    let codes: Vec<&str> = warnings.iter().map(|w| &*w.code).collect();
    assert_eq!(codes, ["constant_column", "dependent_columns"]);
    assert!(warnings[1].message.contains("\"x\", \"x^1\" determine one another"), "{}", warnings[1]);
    let data = design.encode(&table, Purpose::Fit).unwrap();
    let fitted = Fit::new(&spec.model(&design), &data).run().unwrap();
    let mean = &fitted.params.coefficients().unwrap().mean;
    assert_relative_eq!(mean[1], mean[2], max_relative = 1e-9); // equal columns share equally
    let sections = spec.summary(&design, &fitted.params, &fitted.stats);
    assert_eq!((sections[0].rows.len(), sections[1].rows.len()), (4, 5));
}

#[test]
fn the_spec_is_read_strictly_and_registered() {
    let read = |json: &str| serde_json::from_str::<BayesianLinearRegression>(json);
    let spec = read(r#"{"response": "t", "terms": [{"Polynomial": ["x", 3]}]}"#).unwrap();
    assert_eq!(spec, sinusoid(3).1);
    assert_eq!(read(&serde_json::to_string(&spec).unwrap()).unwrap(), spec);
    let fault = |json| read(json).unwrap_err().to_string();
    assert!(fault(r#"{"response": "t", "terms": [], "intercept": false}"#).starts_with("terms: at least one"));
    assert!(fault(r#"{"response": "t", "terms": [], "interecpt": true}"#).contains("interecpt"));
    let entry = em_core::registry::entry("BayesianLinearRegression").unwrap();
    assert_eq!(
        (entry.capabilities)(),
        ["Start", "Coordinates", "Gradient", "HeldStep", "Sample", "Resampled", "Predict"]
    );
    let mut empty = sinusoid(3).0.select(&["x".into(), "t".into()]).unwrap();
    empty.push("w", em_core::table::Cells::Numbers(vec![0.0; 25])).unwrap();
    assert!(empty.take_weights("w").is_err());
    let none = Table::from_columns("none", [("x", vec![]), ("t", vec![])]).unwrap();
    assert!(spec.learn(&none, &mut Vec::new()).unwrap_err().to_string().contains("too few"));
}
