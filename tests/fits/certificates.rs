//! What certificates say of real models.

use crate::common::models::{bernoullis, binary, components, forms, gaussian_prior, gaussians};
use crate::common::*;
use em_core::{Certificate, Fit, Fitted, Gradient, LatentModel, Rule, Stop, Verdict};
use em_families::*;
use nalgebra::{DMatrix, DVector};

fn long() -> Stop {
    Stop { relative_gain: 1e-13, max_iterations: 3000, ..Stop::default() }
}

fn fitted<M: LatentModel<Data: Sized>>(case: &Case<M>) -> Fitted<M> {
    Fit::new(&case.model, &case.data).stop(long()).from(case.start.clone()).unwrap()
}

/// Both ways, which must agree.
fn certified<M: Gradient<Data: Sized>>(name: &str, model: &M, data: &M::Data, fitted: &Fitted<M>) -> Certificate {
    let fisher = Certificate::by_gradient(model, data, fitted);
    let differences = Certificate::of(model, data, fitted);
    assert_eq!(fisher.verdict, differences.verdict, "{name}: {fisher:?} {differences:?}");
    let within = differences.tolerance + fisher.tolerance;
    for (a, b) in fisher.eigenvalues.iter().zip(&differences.eigenvalues) {
        assert!((a - b).abs() < within, "{name}: {fisher:?} {differences:?}");
    }
    fisher
}

#[test]
fn ends_of_fits_are_strict_maxima_of_every_family() {
    let check = |name: &str, found: Certificate| assert_eq!(found.verdict, Verdict::StrictMaximum, "{name}: {found:?}");
    for form in forms() {
        for prior in [GaussianPrior::default(), gaussian_prior(form)] {
            let case = gaussians(300, 2, form, prior);
            check(&case.name, certified(&case.name, &case.model, &case.data, &fitted(&case)));
        }
    }
    let case = bernoullis(300, 2, Some(Beta(2.0.into(), 1.5.into())));
    check(&case.name, certified(&case.name, &case.model, &case.data, &fitted(&case)));
    let case = poisson_mixture(300, 2);
    check(&case.name, certified(&case.name, &case.model, &case.data, &fitted(&case)));
    let case = bayesian(200, true);
    check(&case.name, certified(&case.name, &case.model, &case.data, &fitted(&case)));
    // Slopes of components of one's own are differences themselves.
    let case = components(300, 2);
    check(&case.name, Certificate::of(&case.model, &case.data, &fitted(&case)));
}

/// The same rows with columns in other units.
fn scaled(rows: &Rows, units: [f64; 2]) -> Rows {
    let values = (0..300).flat_map(|u| [rows.row(u)[0] * units[0], rows.row(u)[1] * units[1]]).collect();
    Rows::new(2, values).unwrap()
}

#[test]
fn units_of_columns_change_no_verdict_and_no_eigenvalue() {
    let case = gaussians(300, 2, Covariance::Full, GaussianPrior::default());
    let at = |units: [f64; 2], alike: bool| {
        let data = scaled(&case.data, units);
        let d = DMatrix::from_diagonal(&DVector::from_row_slice(&units));
        let moved = |n: &Normal| Normal::new(&d * n.mean(), &d * n.covariance() * &d).unwrap();
        let mut normals: Vec<Normal> = case.start.components().iter().map(moved).collect();
        if alike {
            normals[1] = normals[0].clone();
        }
        let start = MixtureParams::new(case.start.weights().to_vec(), normals).unwrap();
        let fitted = Fit::new(&case.model, &data).stop(long()).from(start).unwrap();
        Certificate::by_gradient(&case.model, &data, &fitted)
    };
    for alike in [false, true] {
        let here = at([1.0, 1.0], alike);
        assert_eq!(here.verdict, if alike { Verdict::Saddle } else { Verdict::StrictMaximum }, "{here:?}");
        for units in [[1e-9, 1e3], [1e12, 1e-3]] {
            let there = at(units, alike);
            assert_eq!(there.verdict, here.verdict, "{units:?}: {there:?}");
            // Factors of Cholesky are no products of units and numbers, but for those of single columns.
            if !alike {
                for (a, b) in here.eigenvalues.iter().zip(&there.eigenvalues) {
                    assert!((a - b).abs() < 1e-4, "{units:?}: {here:?} {there:?}");
                }
            }
        }
    }
}

#[test]
fn identical_components_are_a_saddle() {
    let gaussian = gaussians(300, 2, Covariance::Full, GaussianPrior::default());
    let one = gaussian.start.components()[0].clone();
    let start = MixtureParams::new(vec![0.4, 0.6], vec![one.clone(), one]).unwrap();
    let gaussian = Case { start, ..gaussian };
    let found = certified("gaussian", &gaussian.model, &gaussian.data, &fitted(&gaussian));
    assert_eq!(found.verdict, Verdict::Saddle, "{found:?}");
    // Two clouds three apart are many nats better than one.
    assert!(found.rising[0].gain > 1.0, "{found:?}");
    // How equal components share the observations is all the same.
    assert!(found.flat.iter().any(|d| d.to_string() == "weights"), "{found:?}");

    let case = bernoullis(300, 2, None);
    let row = DVector::from_row_slice(&[0.5, 0.4, 0.5, 0.6]);
    let start = MixtureParams::new(vec![0.3, 0.7], Probabilities::new(vec![row.clone(), row]).unwrap()).unwrap();
    let case = Case { start, ..case };
    let found = certified("bernoulli", &case.model, &case.data, &fitted(&case));
    assert_eq!(found.verdict, Verdict::Saddle, "{found:?}");
    assert!(found.rising[0].loadings.iter().all(|l| l.parameter.starts_with("probabilities[")), "{found:?}");
    assert!(found.rising[0].gain > 1.0, "{found:?}");
}

#[test]
fn probabilities_of_nothing_are_at_the_border() {
    // The last column is 0 throughout, so that both components give it the probability 0.
    let rows = binary(200, 4);
    let values = (0..200).flat_map(|u| [rows.row(u)[0], rows.row(u)[1], rows.row(u)[2], 0.0]).collect();
    let case = Case { data: Rows::new(4, values).unwrap(), ..bernoullis(200, 2, None) };
    let found = certified("border", &case.model, &case.data, &fitted(&case));
    assert_eq!(found.border, ["probabilities[0][3]", "probabilities[1][3]"], "{found:?}");
    assert!(matches!(found.verdict, Verdict::AtBorder | Verdict::NotIdentified), "{found:?}");
    assert!(found.to_gain.is_some_and(f64::is_finite) && found.eigenvalues.iter().all(|e| e.is_finite()));
}

#[test]
fn of_a_fit_stopped_early_both_estimates_tell_what_is_left() {
    let case = bernoullis(300, 2, Some(Beta(2.0.into(), 1.5.into())));
    let best = fitted(&case).objective();
    let fit =
        |most| Fit::new(&case.model, &case.data).stop(Rule::MaxIterations(most)).from(case.start.clone()).unwrap();
    let early = (5..400).step_by(5).map(fit).find(|f| best - f.objective() < 0.02).unwrap();
    let (found, left) = (Certificate::by_gradient(&case.model, &case.data, &early), best - early.objective());
    assert!(left > 2e-3 && found.verdict == Verdict::NotStationary, "{left} {found:?}");
    assert!((found.to_gain.unwrap() / left - 1.0).abs() < 0.2, "{left} {found:?}");
    let aitken = found.convergence.unwrap();
    assert!((aitken.remaining / left - 1.0).abs() < 0.3 && aitken.rate > 0.5, "{left} {found:?}");
}
