//! An intercept that is not shrunk: its flat prior, and what follows from it.

use super::*;
use crate::Gamma;
use em_core::{Fitted, Part, Rng, Rule, Sample};
use rand::SeedableRng;

fn flat(columns: usize) -> BayesianLinearModel {
    BayesianLinearModel::new(columns).shrink_intercept(false)
}

fn products(model: &BayesianLinearModel, d: &RegressionData) -> Products {
    let mut products = model.zero(&at(1.0, 1.0));
    products.add(d, 0..d.units());
    products
}

fn flat_evidence(d: &RegressionData, p: &Precisions) -> f64 {
    let model = flat(d.columns());
    model.log_likelihood(p, &products(&model, d), 0.0)
}

/// Five rows of weights that are no whole numbers, with an offset.
fn weighted() -> RegressionData {
    let d = small().reweight(&[0.5, 2.0, 0.0, 1.3, 0.8]);
    let offset = vec![0.5, -2.0, 0.0, 1.0, 3.0];
    let weights = d.weights().map(<[f64]>::to_vec);
    RegressionData::new(d.design().clone(), d.response().map(<[f64]>::to_vec), Some(offset), weights).unwrap()
}

/// Two covariates, with what is added to each and to the response.
fn shifted(by: [f64; 3]) -> RegressionData {
    let n = 12;
    let noise = |i: usize, j: usize| ((i * i * 7 + j * 13 + i * j) % 29) as f64 / 14.0 - 1.0;
    let x = DMatrix::from_fn(3, n, |j, i| if j == 0 { 1.0 } else { noise(i, j) + by[j - 1] });
    let t = (0..n).map(|i| 1.5 * noise(i, 1) - 0.4 * noise(i, 2) + 0.6 * noise(i, 3) + by[2]).collect();
    RegressionData::new(x, Some(t), None, Some((0..n).map(|i| 0.5 + (i % 3) as f64).collect())).unwrap()
}

fn fit(d: &RegressionData, update: EvidenceUpdate, prior: PrecisionPrior) -> Fitted<BayesianLinearModel> {
    let model = flat(d.columns()).update(update).prior(prior);
    let rule = Rule::Any(vec![Rule::RelativeGain(1e-15), Rule::MaxIterations(20_000)]);
    Fit::new(&model, d).stop(rule).run().unwrap()
}

/// ln ∫∫ N(w₁ | 0, 1/α) ∏ N(t | w₀ + w₁x, 1/β)^weight dw₀ dw₁ by the trapezoidal rule, which is exact to rounding for a
/// smooth function that dies away at both ends.
fn quadrature(d: &RegressionData, p: &Precisions) -> f64 {
    let (alpha, beta, steps, most) = (p.alpha(), p.beta(), 300, 15.0);
    let h = 2.0 * most / f64::from(steps);
    let log_joint = |w0: f64, w1: f64| {
        let row = |u: usize| {
            let error = d.response().unwrap()[u] - d.offset(u) - w0 - w1 * d.row(u)[1];
            0.5 * d.weight(u) * ((beta / TAU).ln() - beta * error * error)
        };
        0.5 * ((alpha / TAU).ln() - alpha * w1 * w1) + (0..d.units()).map(row).sum::<f64>()
    };
    let point = |i: i32| h * f64::from(i) - most;
    let sum: f64 = (0..=steps)
        .flat_map(|i| (0..=steps).map(move |j| (i, j)))
        .map(|(i, j)| log_joint(point(i), point(j)).exp())
        .sum();
    (sum * h * h).ln()
}

#[test]
fn the_evidence_is_the_integral_over_all_coefficients() {
    for d in [small().select(&[0, 1, 2]), weighted()] {
        for (alpha, beta) in [(1.0, 1.0), (0.3, 4.0), (5.0, 0.5)] {
            let p = at(alpha, beta);
            // The grid's spacing h = 0.1 is below 0.7 standard deviations in either direction, so that the rule errs by
            // some exp(−2π²/0.7²), far below rounding.
            assert_relative_eq!(flat_evidence(&d, &p), quadrature(&d, &p), max_relative = 1e-12, epsilon = 1e-12);
        }
    }
}

#[test]
fn it_is_the_limit_of_a_prior_that_says_ever_less() {
    // ln N(t | 0, I/β + ΦΦ′/α + 11′/ε) + ½ ln(2π/ε) as ε → 0: what is left is of order ε.
    let (d, p, precision) = (small(), at(0.3, 4.0), 1e-7);
    let mut x = d.design().clone();
    // Column 0 times √(α/ε) under precision α is column 0 under precision ε.
    x.row_mut(0).scale_mut((p.alpha() / precision).sqrt());
    let wide = RegressionData::new(x, d.response().map(<[f64]>::to_vec), None, None).unwrap();
    let limit = evidence(&wide, &p) + 0.5 * (TAU / precision).ln();
    assert_relative_eq!(flat_evidence(&d, &p), limit, max_relative = 1e-6);
}

#[test]
fn two_rows_by_hand() {
    // About the means Φ = (−1, 1)′ / 2 and t = (−1, 1)′: λ = ½, Φ′t = 1, t′t = 2, N − 1 = 1.
    let d = data(&[[1.0, 1.0], [1.0, 2.0]], &[1.0, 3.0], None);
    let (alpha, beta) = (2.0f64, 3.0f64);
    let a = alpha + 0.5 * beta;
    let (m, s) = (beta / a, 1.0 / a);
    let model = flat(2);
    let products = products(&model, &d);
    let e = products.spectrum().unwrap().at(alpha, beta);
    let contrast = 0.5 * ((beta / TAU).ln() + (alpha / a).ln() - beta * (2.0 - m));
    assert_relative_eq!(e.log_evidence, contrast - 0.5 * 2f64.ln(), max_relative = 1e-14);
    assert_relative_eq!(e.effective_parameters, 0.5 * beta / a, max_relative = 1e-14);
    let step = model.maximize(&products, &at(alpha, beta)).unwrap();
    assert_relative_eq!(step.alpha(), 1.0 / (m * m + s), max_relative = 1e-14);
    assert_relative_eq!(step.beta(), 1.0 / (2.0 - 2.0 * m + 0.5 * m * m + 0.5 * s), max_relative = 1e-13);
    let finished = model.finish(&at(alpha, beta), &products);
    let c = finished.coefficients().unwrap();
    assert_relative_eq!(c.mean, DVector::from_vec(vec![2.0 - 1.5 * m, m]), max_relative = 1e-14);
    let wanted = [0.5 / beta + 2.25 * s, -1.5 * s, -1.5 * s, s];
    assert_relative_eq!(c.covariance, DMatrix::from_row_slice(2, 2, &wanted), max_relative = 1e-14);
}

#[test]
fn the_posterior_is_that_of_a_precision_matrix_without_alpha_for_the_intercept() {
    let d = shifted([3.0, -20.0, 7.0]);
    let (model, p) = (flat(3), at(0.8, 2.5));
    let finished = model.finish(&p, &products(&model, &d));
    let c = finished.coefficients().unwrap();
    let weights = DMatrix::from_diagonal(&DVector::from_fn(12, |i, _| d.weight(i)));
    let mut precision = d.design() * &weights * d.design().transpose() * p.beta();
    (1..3).for_each(|j| precision[(j, j)] += p.alpha());
    let s = precision.try_inverse().unwrap();
    let m = &s * d.design() * &weights * DVector::from_row_slice(d.response().unwrap()) * p.beta();
    // The covariate at −20 gives the inverse a condition of some 1e4.
    assert_relative_eq!(c.mean, m, epsilon = 1e-11 * m.amax());
    assert_relative_eq!(c.covariance, s, epsilon = 1e-11 * s.amax());
    assert_relative_eq!(c.effective_parameters, 2.0 - p.alpha() * (s[(1, 1)] + s[(2, 2)]), max_relative = 1e-11);
    let predicted = model.predict(&finished, &d, 4..5);
    let row = d.design().column(4);
    assert_relative_eq!(predicted.numbers("mean").unwrap()[0], row.dot(&m), max_relative = 1e-10);
    let sd = (1.0 / p.beta() + (&s * row).dot(&row)).sqrt();
    assert_relative_eq!(predicted.numbers("sd").unwrap()[0], sd, max_relative = 1e-10);
}

#[test]
fn constants_added_to_the_data_move_the_intercept_alone() {
    let gamma = |shape, rate| Some(Gamma::new(shape, rate).unwrap());
    let informed = PrecisionPrior { alpha: gamma(3.0, 2.0), beta: gamma(0.5, 4.0) };
    for (update, prior) in [
        (EvidenceUpdate::Em, PrecisionPrior::default()),
        (EvidenceUpdate::MacKay, PrecisionPrior::default()),
        (EvidenceUpdate::Em, informed),
        (EvidenceUpdate::MacKay, informed),
    ] {
        let near = fit(&shifted([0.0; 3]), update, prior);
        let c = near.params.coefficients().unwrap();
        assert!(c.effective_parameters > 1.0 && c.effective_parameters < 2.0);
        for by in [[0.0, 0.0, 1000.0], [0.0, 0.0, -7.5], [300.0, -40.0, 0.0], [1e3, 1e3, 1e6]] {
            let far = fit(&shifted(by), update, prior);
            let f = far.params.coefficients().unwrap();
            assert_relative_eq!(far.params.alpha(), near.params.alpha(), max_relative = 1e-9);
            assert_relative_eq!(far.params.beta(), near.params.beta(), max_relative = 1e-9);
            assert_relative_eq!(f.effective_parameters, c.effective_parameters, max_relative = 1e-9);
            assert_relative_eq!(far.log_likelihood, near.log_likelihood, max_relative = 1e-9);
            for (a, b) in far.trace.iter().zip(&near.trace) {
                assert_relative_eq!(a, b, max_relative = 1e-9);
            }
            for j in 1..3 {
                assert_relative_eq!(f.mean[j], c.mean[j], max_relative = 1e-9);
                assert_relative_eq!(f.covariance[(j, j)], c.covariance[(j, j)], max_relative = 1e-9);
            }
            let moved = c.mean[0] + by[2] - by[0] * c.mean[1] - by[1] * c.mean[2];
            // The slopes, good to 1e-12, are multiplied by the shifts.
            assert_relative_eq!(f.mean[0], moved, epsilon = 1e-8, max_relative = 1e-9);
        }
    }
    // A shrunk intercept gives way instead.
    let shrunk = |by| Fit::new(&BayesianLinearModel::new(3), &shifted(by)).run().unwrap().params.alpha();
    assert!((shrunk([0.0, 0.0, 1000.0]) / shrunk([0.0; 3]) - 1.0).abs() > 0.5);
}

/// α m′m = γ and β|t − Φm|² = N − 1 − γ, with what a prior adds: where both updates stand still.
#[test]
fn both_updates_end_where_the_slope_is_zero() {
    use em_core::Gradient;
    let d = shifted([1.0, 2.0, 3.0]);
    let fits = [EvidenceUpdate::Em, EvidenceUpdate::MacKay].map(|u| fit(&d, u, PrecisionPrior::default()));
    for fitted in &fits {
        let model = flat(3);
        let products = products(&model, &d);
        let e = products.spectrum().unwrap().at(fitted.params.alpha(), fitted.params.beta());
        let gamma = e.effective_parameters;
        // The objective is flat to 1e-15 where the parameters are good to its root.
        assert_relative_eq!(fitted.params.alpha() * e.squares, gamma, max_relative = 1e-6);
        assert_relative_eq!(fitted.params.beta() * e.residual, d.total_weight() - 1.0 - gamma, max_relative = 1e-6);
        assert!(model.gradient(&fitted.params, &products).iter().all(|g| g.abs() < 1e-6));
        assert!(fitted.trace.windows(2).all(|w| w[1] >= w[0] - 1e-12 * w[0].abs()));
        assert_eq!(fitted.passes, 1.0);
    }
    assert_relative_eq!(fits[0].log_likelihood, fits[1].log_likelihood, max_relative = 1e-12);
}

#[test]
fn scores_add_up_to_the_evidence_and_the_first_row_says_nothing() {
    let p = at(0.3, 4.0);
    for d in [small(), weighted(), weighted().select(&[2, 1, 0, 3, 4]), shifted([5.0, -3.0, 40.0])] {
        let n = d.units();
        let scores = flat(d.columns()).score(&p, &d, 0..n);
        let total: f64 = scores.iter().enumerate().map(|(u, s)| s * d.weight(u)).sum();
        assert_relative_eq!(total, flat_evidence(&d, &p), max_relative = 1e-12);
        for cut in 1..n {
            let later = flat(d.columns()).score(&p, &d, cut..n);
            later.iter().zip(&scores[cut..]).for_each(|(a, b)| assert_relative_eq!(a, b, max_relative = 1e-10));
        }
    }
    assert_eq!(flat(2).score(&p, &small(), 0..1), [0.0]);
    assert_eq!(flat_evidence(&small().select(&[]), &p), 0.0);
    assert_eq!(flat_evidence(&small().select(&[0]), &p), 0.0);
    // Four copies of a row are three differences of 0, and the integral of their mean.
    let four = small().select(&[0]).reweight(&[4.0]);
    let wanted = 0.5 * (3.0 * (p.beta() / TAU).ln() - 4f64.ln()) / 4.0;
    assert_relative_eq!(flat(2).score(&p, &four, 0..1)[0], wanted, max_relative = 1e-15);
    let no_intercept = data(&[[1.0, 2.0], [0.5, 1.0]], &[1.0, 2.0], None);
    assert!(flat(2).score(&p, &no_intercept, 0..2).iter().all(|s| s.is_nan()));
}

#[test]
fn draws_have_the_mean_and_spread_that_are_predicted() {
    let d = shifted([2.0, 0.0, 10.0]);
    let (model, draws) = (flat(3), 4000);
    let finished = model.finish(&at(0.8, 2.5), &products(&model, &d));
    let (one, mut rng) = (d.select(&[5]), Rng::seed_from_u64(4));
    let mut draw = |p: &Precisions| model.sample(p, &one, &mut rng).0.response().unwrap()[0];
    for p in [finished, at(0.8, 2.5)] {
        let predicted = model.predict(&p, &one, 0..1);
        let (mean, sd) = (predicted.numbers("mean").unwrap()[0], predicted.numbers("sd").unwrap()[0]);
        let z: Vec<f64> = (0..draws).map(|_| (draw(&p) - mean) / sd).collect();
        let (sum, squares) = (z.iter().sum::<f64>(), z.iter().map(|z| z * z).sum::<f64>());
        // Four standard errors.
        assert!(sum.abs() < 4.0 * f64::from(draws).sqrt(), "{sum}");
        assert!((squares / f64::from(draws) - 1.0).abs() < 4.0 * (2.0 / f64::from(draws)).sqrt(), "{squares}");
    }
}

#[test]
fn what_cannot_be_fitted_is_refused_in_words() {
    let fault = |model: BayesianLinearModel, d: &RegressionData| Fit::new(&model, d).run().unwrap_err().to_string();
    let no_intercept = data(&[[1.0, 2.0], [0.5, 1.0], [1.0, 0.0]], &[1.0, 2.0, 4.0], None);
    assert!(fault(flat(2), &no_intercept).contains("holds 0.5 in row 1 (from 0)"));
    assert!(flat(2).admit(&at(1.0, 1.0), &no_intercept).unwrap_err().ends_with("or shrink all coefficients"));
    let alone = RegressionData::new(DMatrix::from_element(1, 3, 1.0), Some(vec![1.0, 2.0, 4.0]), None, None).unwrap();
    assert!(fault(flat(1), &alone).contains("alpha means nothing"));
    assert!(flat_evidence(&alone, &at(1.0, 1.0)).is_nan() && flat_evidence(&no_intercept, &at(1.0, 1.0)).is_nan());
    let one = small().select(&[3]);
    assert!(fault(flat(2), &one).contains("parameter `beta`: the rows weigh 1 in all"));
    let light = small().reweight(&[0.1; 5]);
    let e = flat(2).maximize(&products(&flat(2), &light), &at(1.0, 1.0)).unwrap_err();
    assert_eq!(e.part, Part::Parameter("beta"));
    // A prior on β makes up for it, if its shape does: N − 1 + 2 (a − 1) > 0.
    let beta = |shape| PrecisionPrior { alpha: None, beta: Some(Gamma::new(shape, 1.0).unwrap()) };
    assert!(Fit::new(&flat(2).prior(beta(2.0)), &light).run().is_ok());
    assert!(fault(flat(2).prior(beta(1.2)), &light).contains("as beta goes to 0"));
    let constant = small().select(&[0, 1, 3]);
    let constant = RegressionData::new(constant.design().clone(), Some(vec![1e7 + 0.1; 3]), None, None).unwrap();
    assert!(fault(flat(2), &constant).contains("fitted exactly"));
}

/// Whatever the precisions and the rows, there is an answer or an error, and no panic.
#[test]
fn nothing_to_explain_with_and_precisions_at_the_ends_of_their_range() {
    let constant = data(&[[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]], &[1.0, 1.5, 5.0], None);
    let fitted = Fit::new(&flat(2), &constant).run().unwrap();
    assert!(fitted.warnings.iter().any(|w| w.message.contains("the terms explain nothing")), "{:?}", fitted.warnings);
    // Nothing but the mean is left: a variance of 2 degrees of freedom.
    assert_relative_eq!(1.0 / fitted.params.beta(), (2.25 + 1.0 + 6.25) / 2.0, max_relative = 1e-12);
    let nothing = data(&[[1.0, 2.0], [1.0, 2.0]], &[3.0, 3.0], None);
    let ends = [5e-324, 1e-160, 1.0, 1e160, 1.7e308];
    for (alpha, beta) in ends.iter().flat_map(|a| ends.map(|b| (*a, b))) {
        for d in [&constant, &nothing, &small().reweight(&[0.0; 5]), &small()] {
            let (p, model) = (at(alpha, beta), flat(2));
            let stats = products(&model, d);
            if let Ok(next) = model.maximize(&stats, &p) {
                assert!(next.alpha().is_finite() && next.beta().is_finite());
            }
            model.score(&p, d, 0..d.units());
            model.warnings(&p, &stats);
            let predicted = model.predict(&model.finish(&p, &stats), d, 0..d.units());
            assert_eq!(predicted.numbers("mean").unwrap().len(), d.units());
        }
    }
}

#[test]
fn the_field_is_read_written_and_refused() {
    let read = |json: &str| serde_json::from_str::<BayesianLinearRegression>(json);
    let json = r#"{"response":"t","terms":[{"Column":"x"}],"intercept":true,"shrink_intercept":false,"update":"Em"}"#;
    let spec = read(json).unwrap();
    assert_eq!(serde_json::to_string(&spec).unwrap(), json);
    let built = BayesianLinearRegression::new("t", vec!["x".into()], true).unwrap();
    assert_eq!(spec, built.clone().shrink_intercept(false).unwrap());
    assert_eq!(read(&json.replace("false", "true")).unwrap(), built);
    let fault = |json: &str| read(json).unwrap_err().to_string();
    let none = json.replace("\"intercept\":true", "\"intercept\":false");
    assert!(fault(&none).starts_with("shrink_intercept: where it is false, `intercept: true` is needed"));
    assert!(
        fault(&json.replace("{\"Column\":\"x\"}", ""))
            .starts_with("terms: at least one is needed where `shrink_intercept`")
    );
    let (table, cubic) = sinusoid(3);
    let cubic = cubic.shrink_intercept(false).unwrap();
    let design = cubic.learn(&table, &mut Vec::new()).unwrap();
    assert_eq!(cubic.model(&design), flat(4));
    let d = design.encode(&table, Purpose::Fit).unwrap();
    let fitted = Fit::new(&cubic.model(&design), &d).run().unwrap();
    let sections = cubic.summary(&design, &fitted.params, &fitted.stats);
    let last = sections[1].rows.last().unwrap();
    assert_eq!(last, &("of shrunk coefficients".to_string(), vec![em_core::Cell::Count(3)]));
    let json = serde_json::to_string(&fitted.params).unwrap();
    assert_eq!(serde_json::from_str::<Precisions>(&json).unwrap(), fitted.params);
}
