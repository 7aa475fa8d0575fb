//! A component that degenerates: the run fails, or it begins anew, or it is left out, and the result says so.

use em_core::{Degenerate, EventKind, Fit, Fitted, LatentModel, MStepError, Part, StartKind, Weighted};
use em_families::{
    Bernoullis, Component, Each, FullGaussian, Mixture, MixtureParams, Moments, Normal, Probabilities, Rows,
};
use nalgebra::{DMatrix, DMatrixView, DVector};
use std::f64::consts::PI;

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

/// 60 numbers about 0, 20 and 50.
fn three_groups() -> Vec<f64> {
    let group = |centre: f64| (0..20).map(move |i| centre + (f64::from(i) * 0.7).sin() * 2.0 + f64::from(i) * 0.01);
    group(0.0).chain(group(20.0)).chain(group(50.0)).collect()
}

#[test]
fn a_component_on_one_row_begins_anew_where_it_is_needed() {
    // The third component sits on one row of the first group, the third group has none.
    let rows = Rows::new(1, three_groups()).unwrap();
    let normal = |m: f64, v: f64| Normal::new(vec![m].into(), DMatrix::from_element(1, 1, v)).unwrap();
    let on_a_row = rows.row(0)[0];
    let components = vec![normal(0.0, 4.0), normal(20.0, 4.0), normal(on_a_row, 1e-18)];
    let start = MixtureParams::new(vec![0.4, 0.4, 0.2], components).unwrap();
    let model = Mixture::of(3, FullGaussian);
    assert!(Fit::new(&model, &rows).from(start.clone()).is_err());

    let fitted = Fit::new(&model, &rows).degenerate(Degenerate::Reseed).from(start.clone()).unwrap();
    assert!(fitted.converged());
    let anew = |e: &EventKind| matches!(e, EventKind::Reseeded { component: 2, row, .. } if *row >= 40);
    assert!(fitted.events.iter().any(|e| anew(&e.what)), "{:?}", fitted.events);
    let mut means: Vec<f64> = fitted.params.components().iter().map(|n| n.mean()[0]).collect();
    means.sort_by(f64::total_cmp);
    for (mean, centre) in means.iter().zip([0.0, 20.0, 50.0]) {
        assert!((mean - centre).abs() < 1.0, "{means:?}");
    }
    // From then on the objective rises again.
    let last = fitted.events.iter().map(|e| e.iteration as usize).max().unwrap();
    assert!(fitted.trace[last..].windows(2).all(|w| w[1] >= w[0] - 1e-9));

    let fitted = Fit::new(&model, &rows).degenerate(Degenerate::Drop).from(start).unwrap();
    assert_eq!(fitted.params.weights().len(), 2);
}

#[test]
fn what_collapses_again_and_again_ends() {
    // The likelihood of two pairs of equal rows has no maximum but the flat one of components that are alike.
    let rows = Rows::new(1, vec![1.0, 1.0, 5.0, 5.0]).unwrap();
    let model = Mixture::of(2, FullGaussian);
    for seed in 0..10 {
        let fit = Fit::new(&model, &rows).degenerate(Degenerate::Reseed).start(StartKind::Rows);
        match fit.restarts(1).seed(seed).run() {
            Ok(fitted) => assert!(fitted.objective().is_finite() && (1..=10).contains(&fitted.events.len())),
            Err(e) => assert!(e.to_string().contains(": component "), "{e}"),
        }
    }
}

#[test]
fn the_last_component_cannot_be_left_out() {
    let rows = Rows::new(1, vec![2.0; 5]).unwrap();
    let one = Normal::new(vec![2.0].into(), DMatrix::from_element(1, 1, 1.0)).unwrap();
    let start = MixtureParams::new(vec![1.0], vec![one]).unwrap();
    let error = Fit::new(&Mixture::of(1, FullGaussian), &rows).degenerate(Degenerate::Drop).from(start).unwrap_err();
    assert!(error.to_string().contains("component 0: the variance"), "{error}");
}

/// A normal distribution of one number, through the small door.
#[derive(Clone, Debug)]
struct Bell {
    mean: f64,
    variance: f64,
}

impl Component for Bell {
    type Item = f64;
    type Stats = Moments;

    fn zero(_: usize) -> Moments {
        Moments::zero(1)
    }
    fn log_density(&self, x: &f64) -> f64 {
        -0.5 * ((2.0 * PI * self.variance).ln() + (x - self.mean).powi(2) / self.variance)
    }
    fn add(s: &mut Moments, x: &f64, weight: f64) {
        s.add(DMatrixView::from_slice(&[*x], 1, 1), &[weight]);
    }
    fn maximize(s: &Moments) -> Result<Self, MStepError> {
        let variance = s.scatter[(0, 0)] / s.weight;
        // Also where the weight is 0.
        if variance.is_nan() || variance < 1e-12 {
            return Err(MStepError::new(Part::Whole, "it has no spread", "use fewer components"));
        }
        Ok(Bell { mean: s.mean[0], variance })
    }
}

#[test]
fn components_of_ones_own_begin_anew_or_are_left_out() {
    let (model, data) = (Mixture::of(3, Each::<Bell>::default()), Weighted::from(three_groups()));
    let bell = |mean, variance| Bell { mean, variance };
    let on_a_row = bell(data.items[0], 1e-18);
    let start = MixtureParams::new(vec![0.4, 0.4, 0.2], vec![bell(0.0, 4.0), bell(20.0, 4.0), on_a_row]).unwrap();
    let fit = |policy| Fit::new(&model, &data).degenerate(policy).from(start.clone());

    let error = fit(Degenerate::Fail).unwrap_err().to_string();
    assert!(error.contains("component 2: it has no spread; use fewer components"), "{error}");

    let dropped = fit(Degenerate::Drop).unwrap();
    let told = |e: &EventKind| matches!(e, EventKind::Dropped { component: 2, reason } if reason.contains("no spread"));
    assert!(dropped.events.len() == 1 && told(&dropped.events[0].what), "{:?}", dropped.events);
    assert_eq!(dropped.params.weights().len(), 2);

    // One number has no spread either: the component begins as one of it and the whole sample by halves.
    let anew = fit(Degenerate::Reseed).unwrap();
    assert!(matches!(anew.events[0].what, EventKind::Reseeded { component: 2, row, .. } if row >= 40));
    assert!(anew.converged() && anew.events.len() == 1, "{:?}", anew.events);
    let mut means: Vec<f64> = anew.params.components().iter().map(|b| b.mean).collect();
    means.sort_by(f64::total_cmp);
    assert!(means.iter().zip([0.0, 20.0, 50.0]).all(|(m, centre)| (m - centre).abs() < 1.0), "{means:?}");
}

#[test]
fn bernoulli_components_begin_anew_or_are_left_out() {
    // Component 2 cannot have made any row that is there: it says ones for certain where all others have a zero.
    let rows = Rows::new(3, [[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]].repeat(5).concat());
    let rows = rows.unwrap();
    let p = |row: [f64; 3]| DVector::from_row_slice(&row);
    let components = vec![p([0.8, 0.7, 0.1]), p([0.2, 0.3, 0.1]), p([0.5, 0.5, 1.0])];
    let start = MixtureParams::new(vec![0.4, 0.4, 0.2], Probabilities::new(components).unwrap()).unwrap();
    let model = Mixture::of(3, Bernoullis::default());
    let fit = |policy| Fit::new(&model, &rows).degenerate(policy).from(start.clone());

    let error = fit(Degenerate::Fail).unwrap_err().to_string();
    assert!(error.contains("iteration 1: component 2: no observation is left in it"), "{error}");

    let dropped = fit(Degenerate::Drop).unwrap();
    let told =
        |e: &EventKind| matches!(e, EventKind::Dropped { component: 2, reason } if reason.contains("is left in it"));
    assert!(dropped.events.len() == 1 && told(&dropped.events[0].what), "{:?}", dropped.events);
    assert_eq!((dropped.params.weights().len(), dropped.params.components().rows().len()), (2, 2));
    let plain =
        MixtureParams::new(vec![0.5, 0.5], Probabilities::new(start.components().rows()[..2].to_vec()).unwrap());
    let alone = Fit::new(&Mixture::of(2, Bernoullis::default()), &rows).from(plain.unwrap()).unwrap();
    assert!((dropped.objective() - alone.objective()).abs() < 1e-9, "as if it had never been there");

    let anew = fit(Degenerate::Reseed).unwrap();
    // The row that the start explains worst: of the four kinds, (1, 0, 0) and (0, 1, 0) are as unlikely but for rounding.
    let EventKind::Reseeded { component: 2, row, .. } = anew.events[0].what else { panic!("{:?}", anew.events) };
    let scores = model.score(&start, &rows, 0..20);
    assert!(scores.iter().all(|s| scores[row] <= *s), "{row}: {scores:?}");
    assert!(anew.events.len() == 1 && anew.params.weights().iter().all(|w| *w > 0.01), "{:?}", anew.params);
    assert!(anew.objective() >= dropped.objective() - 1e-9);
    assert!(anew.trace[1..].windows(2).all(|w| w[1] >= w[0] - 1e-9));
}
