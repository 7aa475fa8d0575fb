//! What holds of mixtures: units and origin of the data, the M-step, the truth behind simulated data, starts, and that
//! wrong models are found out.

use crate::common::models::{Family, Law, Lawful, every_model, forms, gaussian_prior, gaussians};
use crate::common::*;
use em_core::{
    Cause, Coordinates, Dataset, Fit, LatentModel, MStepError, Predict, Resample, Rule, Start, Statistics, Stop,
};
use em_families::{
    EmissionStart, FullGaussian, Gaussian, GaussianPrior, GaussianStats, Mixture, MixtureParams, MixtureStats, Normal,
    PoissonRegressions, RegressionData, Rows,
};
use nalgebra::{DMatrix, DVector};
use std::ops::Range;

type Gaussians = MixtureParams<Vec<Normal>>;
type Sums = MixtureStats<GaussianStats>;

/// Every row x as scale · x + offset, by columns.
fn moved(rows: &Rows, scale: [f64; 2], offset: f64) -> Rows {
    let values = (0..rows.units()).flat_map(|u| [0, 1].map(|j| scale[j] * rows.row(u)[j] + offset));
    Rows::new(2, values.collect()).unwrap()
}

fn moved_params(p: &Gaussians, scale: [f64; 2], offset: f64) -> Gaussians {
    let units = DMatrix::from_diagonal(&DVector::from_row_slice(&scale));
    let one = |n: &Normal| {
        let mean = (&units * n.mean()).map(|m| m + offset);
        Normal::new(mean, &units * n.covariance() * &units).unwrap()
    };
    params(p.weights(), p.components().iter().map(one).collect())
}

#[test]
fn a_change_of_units_only_shifts_the_log_likelihood() {
    let (case, n) = (gaussian(2000), 2000.0);
    let rule = || Rule::MaxIterations(25);
    let plain = Fit::new(&case.model, &case.data).stop(rule()).from(case.start.clone()).unwrap();
    let known = case.model.responsibilities(&plain.params, &case.data, 0..2000);
    for scale in [[1000.0, 0.001], [1e-30, 3.0], [0.1, 1e40]] {
        let (data, start) = (moved(&case.data, scale, 0.0), moved_params(&case.start, scale, 0.0));
        let fitted = Fit::new(&case.model, &data).stop(rule()).from(start).unwrap();
        let shift = n * (scale[0].ln() + scale[1].ln());
        let back: Vec<f64> = fitted.trace.iter().map(|o| o + shift).collect();
        // The shift itself is up to 40 times the trace, and rounded as such.
        assert_close(&plain.trace, &back, 1e-11);
        assert_close(&known, &case.model.responsibilities(&fitted.params, &data, 0..2000), 1e-10);
    }
}

#[test]
fn an_origin_far_away_loses_nothing() {
    let case = gaussian(2000);
    let rule = || Rule::MaxIterations(25);
    let plain = Fit::new(&case.model, &case.data).stop(rule()).from(case.start.clone()).unwrap();
    // Data in steps of 2⁻²⁰ plus 1e7 are exact, so all that is lost is lost by the algorithm: means of 1e7 are rounded
    // by 1e-9, and a density feels that times a distance of a few standard deviations.
    let (data, start) = (moved(&case.data, [1.0; 2], 1e7), moved_params(&case.start, [1.0; 2], 1e7));
    let far = Fit::new(&case.model, &data).stop(rule()).from(start).unwrap();
    let known = case.model.responsibilities(&plain.params, &case.data, 0..2000);
    assert_close(&known, &case.model.responsibilities(&far.params, &data, 0..2000), 1e-7);
    assert_close(&plain.trace, &far.trace, 1e-10);
    for (a, b) in plain.params.components().iter().zip(far.params.components()) {
        assert_close(a.covariance().as_slice(), b.covariance().as_slice(), 1e-7);
    }
}

/// Q(θ′ | θ) = Σ_i Σ_j r_ij (ln π′_j + ln p(x_i | θ′_j)) + ln p(θ′), straight from the definition; `r` are the
/// responsibilities at θ, n × k, unit after unit.
fn q<E: Family>(case: &Case<Mixture<E>>, r: &[f64], p: &MixtureParams<E::Params>) -> f64 {
    let (n, k) = (case.data.units(), p.weights().len());
    let mut log = vec![0.0; n * k];
    case.model.emission().log_density(p.components(), &case.data, 0..n, &mut log);
    let cells = (0..n).flat_map(|u| (0..k).map(move |j| (u, j)));
    let joint = |u: usize, j: usize| p.weights()[j].ln() + log[j * n + u];
    cells.map(|(u, j)| r[u * k + j] * joint(u, j)).sum::<f64>() + case.model.log_prior(p)
}

/// Tries a law on every mixture with 200 units and so many components.
macro_rules! every_mixture {
    ($law:ident, $k:expr) => {{
        struct This;
        impl Law for This {
            fn model<M: Lawful>(&self, _: &Case<M>) {}
            fn mixture<E: Family>(&self, case: &Case<Mixture<E>>) {
                println!("{}", case.name);
                $law(case);
            }
        }
        every_model(200, $k, &This);
    }};
}

#[test]
fn the_m_step_beats_every_other_point() {
    every_mixture!(greatest, 2);
}

fn greatest<E: Family>(case: &Case<Mixture<E>>) {
    let (model, start) = (&case.model, &case.start);
    let r = model.responsibilities(start, &case.data, 0..200);
    let best = model.maximize(&sweep(model, &case.data, start).stats, start).unwrap();
    let top = q(case, &r, &best);
    assert!(top > q(case, &r, start) + 0.1, "the M-step gains {}", top - q(case, &r, start));
    if E::INNER {
        // It is one step towards the greatest value: halves of it are on the way.
        let half = model.inner().unwrap().between(start, &best, 0.5);
        assert!(q(case, &r, &half) > q(case, &r, start));
        return;
    }
    let (x, mut rng) = (model.to_free(&best), rng(11));
    for size in [1e-3, 1e-2, 0.1, 1.0] {
        for _ in 0..20 {
            let other: Vec<f64> = x.iter().map(|x| x + size * normal(&mut rng)).collect();
            let other = model.at_free(&best, &other).unwrap();
            // The smallest steps cost about n · 1e-6, far above the rounding of 1e-13 · |Q|.
            assert!(q(case, &r, &other) < top, "a step of {size} gains {:e}", q(case, &r, &other) - top);
        }
    }
}

#[test]
fn the_gradient_of_q_is_that_of_the_objective() {
    every_mixture!(fisher, 3);
}

/// Fisher's identity: at θ the gradients of the objective and of Q(· | θ) agree, the prior being part of both.
fn fisher<E: Family>(case: &Case<Mixture<E>>) {
    let (model, start) = (&case.model, &case.start);
    let (r, x) = (model.responsibilities(start, &case.data, 0..200), model.to_free(start));
    let h = 1e-5;
    for j in 0..x.len() {
        let slope = |f: &dyn Fn(&MixtureParams<E::Params>) -> f64| {
            let moved = |by: f64| {
                let mut x = x.clone();
                x[j] += by;
                f(&model.at_free(start, &x).unwrap())
            };
            (moved(h) - moved(-h)) / (2.0 * h)
        };
        let objective = slope(&|p| sweep(model, &case.data, p).objective());
        let complete = slope(&|p| q(case, &r, p));
        // Differences of values of 1000 over 2e-5 are right to about 1e-7; gradients here are 1 to 500.
        assert!((objective - complete).abs() < 1e-4, "coordinate {j}: {objective} and {complete}");
    }
}

/// A mixture whose objective leaves a prior out that its M-step knows.
struct Forgetful(Mixture<Gaussian>);

impl LatentModel for Forgetful {
    type Data = Rows;
    type Params = Gaussians;
    type Stats = Sums;

    fn zero(&self, p: &Gaussians) -> Sums {
        self.0.zero(p)
    }
    fn expect(&self, p: &Gaussians, data: &Rows, units: Range<usize>, s: &mut Sums) -> f64 {
        self.0.expect(p, data, units, s)
    }
    fn maximize(&self, s: &Sums, p: &Gaussians) -> Result<Gaussians, MStepError> {
        self.0.maximize(s, p)
    }
}

#[test]
fn a_prior_left_out_of_the_objective_is_found_out_in_every_form() {
    for form in forms() {
        let case = gaussians(60, 2, form, gaussian_prior(form));
        let stop = Stop { relative_gain: 1e-13, max_iterations: 5000, ..Stop::default() };
        let right = Fit::new(&case.model, &case.data).stop(stop).from(case.start.clone());
        assert!(right.unwrap().converged(), "{form:?}");
        // From the maximum of the likelihood the prior leads downhill.
        let bare = gaussians(60, 2, form, GaussianPrior::default());
        let likeliest = Fit::new(&bare.model, &bare.data).stop(stop).from(bare.start).unwrap();
        let e = Fit::new(&Forgetful(case.model), &case.data).stop(stop).from(likeliest.params).unwrap_err();
        assert!(matches!(e.cause, Cause::Fell { .. }), "{form:?}: {e}");
    }
}

#[test]
fn the_truth_behind_separated_groups_is_found() {
    let (data, model) = (two_groups(4000, 21, 4.0), Mixture::of(2, FullGaussian));
    let fitted = Fit::new(&model, &data).restarts(3).run().unwrap();
    let mut order = [0, 1];
    order.sort_by(|a, b| fitted.params.components()[*a].mean()[0].total_cmp(&fitted.params.components()[*b].mean()[0]));
    for (truth, (mean, weight)) in order.into_iter().zip(MEANS.iter().zip([0.3, 0.7])) {
        let (normal, size) = (&fitted.params.components()[truth], 4000.0 * weight);
        for (j, mean) in mean.iter().enumerate() {
            assert!((normal.mean()[j] - 4.0 * mean).abs() < 5.0 / f64::sqrt(size));
            // The variance of a variance is 2 / n.
            assert!((normal.covariance()[(j, j)] - 1.0).abs() < 5.0 * f64::sqrt(2.0 / size));
        }
        let error = f64::sqrt(0.3 * 0.7 / 4000.0);
        assert!((fitted.params.weights()[truth] - weight).abs() < 5.0 * error);
    }
}

#[test]
fn the_truth_behind_counts_is_found() {
    let (data, model) = (counts(4000, 22), Mixture::of(2, PoissonRegressions::default()));
    let fitted = Fit::new(&model, &data).restarts(3).run().unwrap();
    let first = usize::from(fitted.params.components()[0][0] > fitted.params.components()[1][0]);
    for (j, truth) in [(first, RATES[0]), (1 - first, RATES[1])] {
        let errors = fitted.stats.parts[j].information().try_inverse().unwrap();
        for i in 0..2 {
            // Labels are all but certain (rates of 2 and 15), so that they hardly widen the errors.
            let error = errors[(i, i)].sqrt();
            assert!(
                (fitted.params.components()[j][i] - truth[i]).abs() < 5.0 * error,
                "{} {truth:?}",
                fitted.params.components()[j]
            );
        }
    }
}

#[test]
fn every_start_gives_parameters_from_which_a_fit_ends() {
    let (model, data) = (Mixture::of(3, FullGaussian), two_groups(300, 31, 1.0));
    assert_eq!(model.kinds().len(), 4);
    for (kind, seed) in model.kinds().iter().flat_map(|k| (0..5).map(move |s| (*k, s))) {
        let start = model.start_by(kind, &data, &mut rng(seed)).unwrap();
        assert!((start.weights().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!((start.weights().len(), start.components().len()), (3, 3));
        assert!(start.components().iter().all(|n| n.mean().len() == 2 && n.covariance().shape() == (2, 2)));
        assert!(model.to_free(&start).iter().all(|x| x.is_finite()));
        model.admit(&start, &data).unwrap();
        let fitted = Fit::new(&model, &data).start(kind).seed(seed).restarts(1).run().unwrap();
        assert!(fitted.objective().is_finite());
    }
}

#[test]
fn every_start_of_counts_gives_parameters_from_which_a_fit_ends() {
    let (model, data) = (Mixture::of(3, PoissonRegressions::default()), counts(300, 32));
    for seed in 0..5 {
        let kinds = PoissonRegressions::default().kinds().iter().map(|k| model.start_by(*k, &data, &mut rng(seed)));
        for start in kinds.chain([model.start(&data, &mut rng(seed))]) {
            let start = start.unwrap();
            assert!((start.weights().iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(start.components().iter().all(|b| b.len() == 2 && b.iter().all(|b| b.is_finite())));
            let fitted = Fit::new(&model, &data).from(start).unwrap();
            assert!(fitted.objective().is_finite());
        }
    }
}

/// Offsets are logarithms of exposures: a change of their unit moves the intercept and nothing else.
#[test]
fn offsets_far_from_zero_only_move_the_intercept() {
    let (data, model) = (counts(300, 33), Mixture::of(2, PoissonRegressions::default()));
    let fit = |shift: f64| {
        let offset = (0..300).map(|u| data.offset(u) + shift).collect();
        let response = data.response().map(<[f64]>::to_vec);
        let data = RegressionData::new(data.design().clone(), response, Some(offset), None).unwrap();
        Fit::new(&model, &data).restarts(2).run().unwrap()
    };
    let plain = fit(0.0);
    for shift in [-600.0, -14.0, 600.0, 900.0] {
        let far = fit(shift);
        // Predictors of size 900 are rounded by 1e-13, counts of 20 feel that twentyfold, 300 of them add up.
        assert_close(&[plain.objective()], &[far.objective()], 1e-8);
        for (a, b) in plain.params.components().iter().zip(far.params.components()) {
            assert!((a[0] - shift - b[0]).abs() < 1e-3 && (a[1] - b[1]).abs() < 1e-3, "{a} {b}");
        }
    }
}

#[test]
fn rows_that_cannot_count_leave_no_trace_even_if_nothing_explains_them() {
    let case = gaussian(60);
    let plain = case.data.clone();
    let last = (0..59).flat_map(|u| plain.row(u).to_vec()).chain([1e200, -1e200]).collect();
    let wild = Rows::new(2, last).unwrap().weighted((0..60).map(|u| f64::from(u < 59)).collect()).unwrap();
    let without = plain.select(&(0..59).collect::<Vec<_>>());
    let fit = |data: &Rows| Fit::new(&case.model, data).from(case.start.clone()).unwrap();
    assert_eq!(bits(&fit(&wild).trace), bits(&fit(&without).trace));
    // With weight it is an error that names the row.
    let e = Fit::new(&case.model, &Rows::new(2, vec![0.0, 0.0, 1e200, 1.0]).unwrap()).from(case.start.clone());
    assert!(matches!(e.unwrap_err().cause, Cause::NotFinite { unit: Some(1), .. }));
}

#[test]
fn components_keep_the_order_of_their_start() {
    let case = gaussian(500);
    let (w, c) = (case.start.weights(), case.start.components());
    let swapped = params(&[w[1], w[0]], vec![c[1].clone(), c[0].clone()]);
    let stop = Stop { max_iterations: 10, ..Stop::default() };
    let fit = |start: Gaussians| Fit::new(&case.model, &case.data).stop(stop).from(start).unwrap();
    let (a, b) = (fit(case.start.clone()), fit(swapped));
    assert_close(&a.trace, &b.trace, 1e-12);
    for j in 0..2 {
        let (a, b) = (&a.params.components()[j], &b.params.components()[1 - j]);
        assert_close(a.mean().as_slice(), b.mean().as_slice(), 1e-10);
        assert_close(a.covariance().as_slice(), b.covariance().as_slice(), 1e-10);
    }
    let predicted = case.model.predict(&a.params, &case.data, 0..500);
    let other = case.model.predict(&b.params, &case.data, 0..500);
    let flipped: Vec<usize> = other.labels().unwrap().iter().map(|l| 1 - l).collect();
    assert_eq!(predicted.labels().unwrap(), flipped);
}

/// A Gaussian mixture with a slip in its M-step.
struct Slip {
    right: Mixture<FullGaussian>,
    /// What the M-step does to covariances of components of weight W: W / (W − 1), say.
    covariance: fn(f64) -> f64,
    /// How far it moves means.
    mean: f64,
}

impl LatentModel for Slip {
    type Data = Rows;
    type Params = Gaussians;
    type Stats = Sums;

    fn zero(&self, p: &Gaussians) -> Sums {
        self.right.zero(p)
    }
    fn expect(&self, p: &Gaussians, data: &Rows, units: Range<usize>, s: &mut Sums) -> f64 {
        self.right.expect(p, data, units, s)
    }
    fn maximize(&self, s: &Sums, p: &Gaussians) -> Result<Gaussians, MStepError> {
        let next = self.right.maximize(s, p)?;
        let slipped = next.components().iter().zip(&s.counts).map(|(n, w)| {
            let mean = n.mean() * (1.0 - self.mean);
            Normal::new(mean, n.covariance() * (self.covariance)(*w)).expect("a multiple of a covariance is one")
        });
        Ok(params(next.weights(), slipped.collect()))
    }
}

fn caught(covariance: fn(f64) -> f64, mean: f64) {
    let case = gaussian(200);
    let right = Fit::new(&case.model, &case.data).from(case.start.clone()).unwrap();
    let slip = Slip { right: case.model, covariance, mean };
    let e = Fit::new(&slip, &case.data).from(right.params).unwrap_err();
    let Cause::Fell { old, new } = e.cause else { panic!("{e}") };
    assert!(new < old);
}

#[test]
fn a_covariance_by_the_wrong_divisor_is_found_out() {
    caught(|w| w / (w - 1.0), 0.0);
}

/// An M-step that shrinks means as a prior would, where the objective has none.
#[test]
fn a_prior_forgotten_in_the_objective_is_found_out() {
    caught(|_| 1.0, 0.01);
}

#[test]
fn a_sum_that_counts_a_row_twice_breaks_the_law_of_parts() {
    let case = gaussian(10);
    let of = |units: Range<usize>| {
        let mut stats = case.model.zero(&case.start);
        case.model.expect(&case.start, &case.data, units, &mut stats);
        stats
    };
    let mut wrong = of(0..6);
    wrong.merge(&of(5..10));
    let (wrong, whole) = (wrong.flatten(), of(0..10).flatten());
    let gap = wrong.iter().zip(&whole).fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()));
    assert!(gap > 0.1, "a gap of {gap} would pass for rounding");
}
