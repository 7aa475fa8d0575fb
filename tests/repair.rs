//! A component that degenerates: the run fails, or it begins anew, or it is left out, and the result says so.

use em_core::{Degenerate, EventKind, Fit, Fitted, StartKind};
use em_families::{FullGaussian, Mixture, MixtureParams, Normal, Rows};
use nalgebra::DMatrix;

type Model = Mixture<em_families::Gaussian>;

/// Three equal points that draw the variance of a component to 0.
fn data() -> Rows {
    Rows::new(1, vec![1.0, 1.0, 1.0, 4.1, 5.0, 5.9, 6.4, 7.2, 8.8]).unwrap()
}

fn start() -> MixtureParams<Vec<Normal>> {
    let normal = |m: f64, v: f64| Normal::new(vec![m].into(), DMatrix::from_element(1, 1, v)).unwrap();
    MixtureParams::new(vec![0.5, 0.5], vec![normal(1.2, 0.5), normal(6.0, 2.0)]).unwrap()
}

fn fit(policy: Degenerate) -> Result<Fitted<Model>, em_core::FitError> {
    Fit::new(&Mixture::of(2, FullGaussian), &data()).degenerate(policy).from(start())
}

#[test]
fn by_default_the_run_fails() {
    let error = fit(Degenerate::Fail).unwrap_err().to_string();
    assert!(error.contains("component 0: the variance of feature 0"), "{error}");
}

#[test]
fn left_out_the_others_go_on_to_their_own_maximum() {
    let fitted = fit(Degenerate::Drop).unwrap();
    assert!(fitted.converged());
    assert_eq!(fitted.params.weights(), [1.0]);
    let dropped =
        |e: &EventKind| matches!(e, EventKind::Dropped { component: 0, reason } if reason.contains("variance"));
    assert!(fitted.events.iter().any(|e| dropped(&e.what)), "{:?}", fitted.events);
    // One normal distribution: the mean and variance (divisor n) of all nine.
    let mean = 40.4 / 9.0;
    assert!((fitted.params.components()[0].mean()[0] - mean).abs() < 1e-12);
    let squares: f64 = [1.0, 1.0, 1.0, 4.1, 5.0, 5.9, 6.4, 7.2, 8.8].iter().map(|x| (x - mean) * (x - mean)).sum();
    assert!((fitted.params.components()[0].variances()[0] - squares / 9.0).abs() < 1e-12);
}

#[test]
fn begun_anew_at_a_row_that_is_badly_explained_and_never_for_ever() {
    match fit(Degenerate::Reseed) {
        Ok(fitted) => assert!(fitted.params.components().iter().all(|n| n.variances()[0] > 1e-6)),
        // The three equal points may draw a component again and again: ten times is enough.
        Err(e) => assert!(e.to_string().contains("component"), "{e}"),
    }
    // Nineteen points on two lines and one far off: a component that collapses on a pair is put elsewhere.
    let mut values: Vec<f64> = (0..20).map(|i| (i * i % 7) as f64 + if i < 10 { 0.0 } else { 30.0 }).collect();
    values.extend([100.0, 100.0]);
    let rows = Rows::new(1, values).unwrap();
    let (mut reseeded, mut finished) = (0, 0);
    for seed in 0..20 {
        let model = Mixture::of(3, FullGaussian);
        let fit = Fit::new(&model, &rows).degenerate(Degenerate::Reseed);
        if let Ok(fitted) = fit.start(StartKind::Rows).restarts(1).seed(seed).run() {
            finished += 1;
            let anew = |e: &EventKind| matches!(e, EventKind::Reseeded { row, .. } if *row < 22);
            reseeded += usize::from(fitted.events.iter().any(|e| anew(&e.what)));
            assert!(fitted.objective().is_finite());
        }
    }
    assert!(finished > 0 && reseeded > 0, "{finished} {reseeded}");
}

#[test]
fn the_last_component_cannot_be_left_out() {
    let rows = Rows::new(1, vec![2.0; 5]).unwrap();
    let one = Normal::new(vec![2.0].into(), DMatrix::from_element(1, 1, 1.0)).unwrap();
    let start = MixtureParams::new(vec![1.0], vec![one]).unwrap();
    let error = Fit::new(&Mixture::of(1, FullGaussian), &rows).degenerate(Degenerate::Drop).from(start).unwrap_err();
    assert!(error.to_string().contains("component 0: the variance"), "{error}");
}
