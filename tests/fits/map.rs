//! Priors: the update that they give, the mode against an independent optimiser, and flat ones that change nothing.

use crate::common::models::{bernoullis, binary};
use crate::common::*;
use em_core::{Dataset, Fit, LatentModel, Stop};
use em_families::prior::Hyper;
use em_families::{
    Bernoullis, Beta, Covariance, CovariancePrior, Dirichlet, Gaussian, GaussianPrior, InverseGamma, MeanPrior,
    Mixture, Normal, Probabilities, Rows,
};
use nalgebra::DVector;
use std::f64::consts::TAU;

/// Until the objective gains nothing any more but rounding.
const TO_THE_END: Stop = Stop {
    relative_gain: 1e-15,
    absolute_gain: 0.0,
    parameter_change: 0.0,
    max_iterations: 20_000,
    seconds: 0.0,
    passes: 0.0,
};

/// The largest value of `f` that the method of Nelder & Mead (1965) finds from `start`, and where it is. It is begun anew
/// where it ends until that gains nothing, since a simplex may shrink too soon.
fn nelder_mead(f: &dyn Fn(&[f64]) -> f64, start: &[f64]) -> (f64, Vec<f64>) {
    let mut best = (f(start), start.to_vec());
    for _ in 0..50 {
        let next = one_simplex(f, &best.1);
        let gain = next.0 - best.0;
        best = next;
        if gain < 1e-13 {
            break;
        }
    }
    best
}

fn one_simplex(f: &dyn Fn(&[f64]) -> f64, start: &[f64]) -> (f64, Vec<f64>) {
    let d = start.len();
    let corner = |i: usize| (0..d).map(|j| start[j] + if i == j + 1 { 0.2 } else { 0.0 }).collect::<Vec<f64>>();
    let valued = |x: Vec<f64>| (f(&x), x);
    let mut simplex: Vec<(f64, Vec<f64>)> = (0..=d).map(|i| valued(corner(i))).collect();
    for _ in 0..4000 {
        simplex.sort_by(|a, b| b.0.total_cmp(&a.0));
        let centre: Vec<f64> = (0..d).map(|j| simplex[..d].iter().map(|p| p.1[j]).sum::<f64>() / d as f64).collect();
        let along = |by: f64| valued((0..d).map(|j| centre[j] + by * (simplex[d].1[j] - centre[j])).collect());
        let (best, second, worst) = (simplex[0].0, simplex[d - 1].0, simplex[d].0);
        let reflected = along(-1.0);
        let next = match reflected.0 {
            v if v > best => Some([along(-2.0), reflected].into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap()),
            v if v > second => Some(reflected),
            v => Some(along(if v > worst { -0.5 } else { 0.5 })).filter(|p| p.0 > v.max(worst)),
        };
        match next {
            Some(next) => simplex[d] = next,
            None => {
                let lowest = simplex[0].1.clone();
                for p in &mut simplex[1..] {
                    *p = valued(p.1.iter().zip(&lowest).map(|(x, l)| 0.5 * (x + l)).collect());
                }
            }
        }
    }
    simplex.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// 80 rows of two zeros and ones.
fn pairs() -> Rows {
    let all = binary(80, 9);
    Rows::new(2, (0..80).flat_map(|u| [all.row(u)[0], all.row(u)[3]]).collect()).unwrap()
}

#[test]
fn the_mode_of_a_bernoulli_mixture_is_what_an_independent_optimiser_finds() {
    let data = pairs();
    // Beta(3, 2) has the density 12 p² (1 − p), Dirichlet(2, 3) the density 12 π_0 π_1².
    let objective = |x: &[f64]| {
        let (pi, p) = (logistic(x[0]), x[1..].iter().map(|x| logistic(*x)).collect::<Vec<f64>>());
        let one = |row: &[f64], p: &[f64]| {
            row.iter().zip(p).map(|(x, p)| if *x > 0.5 { *p } else { 1.0 - p }).product::<f64>()
        };
        let likelihood = |u: usize| pi * one(data.row(u), &p[..2]) + (1.0 - pi) * one(data.row(u), &p[2..]);
        let prior: f64 = p.iter().map(|p| (12.0 * p * p * (1.0 - p)).ln()).sum();
        (0..80).map(|u| likelihood(u).ln()).sum::<f64>() + prior + (12.0 * pi * (1.0 - pi).powi(2)).ln()
    };
    let (top, at) = nelder_mead(&objective, &[0.0, 1.0, -0.5, -0.5, 1.0]);

    let model = Mixture::of(2, Bernoullis { prior: Some(Beta(3.0.into(), 2.0.into())) });
    let model = model.with_prior(Some(Dirichlet(Hyper::PerComponent(vec![2.0, 3.0]))));
    let rows = [[0.7, 0.4], [0.4, 0.7]].map(|r| DVector::from_row_slice(&r)).to_vec();
    let start = params(&[0.5, 0.5], Probabilities::new(rows).unwrap());
    let fitted = Fit::new(&model, &data).stop(TO_THE_END).from(start).unwrap();
    // Of a smooth function, a value right to 1e-10 is at a place right to about 1e-5 / √curvature.
    assert!((fitted.objective() - top).abs() < 1e-9, "{} {top}", fitted.objective());
    assert!((fitted.params.weights()[0] - logistic(at[0])).abs() < 1e-5);
    let p = fitted.params.components().rows().iter().flat_map(|r| r.iter().copied().collect::<Vec<_>>());
    p.zip(&at[1..]).for_each(|(p, x)| assert!((p - logistic(*x)).abs() < 1e-5, "{p} {}", logistic(*x)));
}

#[test]
fn the_mode_of_a_gaussian_mixture_is_what_an_independent_optimiser_finds() {
    let plane = two_groups(60, 5, 1.5);
    let data = Rows::new(1, (0..60).map(|u| plane.row(u)[0]).collect()).unwrap();
    // μ_j ~ N(1, v_j / 2), v_j ~ IG(2, 3) with the density 9 v⁻³ exp(−3/v), π ~ Dirichlet(2, 2) with 6 π_0 π_1.
    let log_normal = |x: f64, m: f64, v: f64| -0.5 * (TAU * v).ln() - 0.5 * (x - m).powi(2) / v;
    let objective = |x: &[f64]| {
        let (pi, m, v) = (logistic(x[0]), &x[1..3], [x[3].exp(), x[4].exp()]);
        let likelihood = |x: f64| pi * log_normal(x, m[0], v[0]).exp() + (1.0 - pi) * log_normal(x, m[1], v[1]).exp();
        let prior = |j: usize| log_normal(m[j], 1.0, v[j] / 2.0) + (9.0 / v[j].powi(3)).ln() - 3.0 / v[j];
        (0..60).map(|u| likelihood(data.row(u)[0]).ln()).sum::<f64>()
            + prior(0)
            + prior(1)
            + (6.0 * pi * (1.0 - pi)).ln()
    };
    let (top, at) = nelder_mead(&objective, &[-0.5, 0.5, 4.0, 0.0, 0.0]);

    let means = Some(MeanPrior::new(DVector::from_element(1, 1.0), 2.0).unwrap());
    let gamma = InverseGamma::new(2.0.into(), 3.0.into()).unwrap();
    let prior = GaussianPrior { means, covariances: Some(CovariancePrior::InverseGamma(gamma)) };
    let emission = Gaussian::new(Covariance::Diagonal).unwrap().with_prior(prior).unwrap();
    let model = Mixture::of(2, emission).with_prior(Some(Dirichlet(2.0.into())));
    let normal = |m: f64| Normal::diagonal(DVector::from_element(1, m), DVector::from_element(1, 1.0)).unwrap();
    let start = params(&[0.4, 0.6], vec![normal(0.5), normal(4.0)]);
    let fitted = Fit::new(&model, &data).stop(TO_THE_END).from(start).unwrap();
    assert!((fitted.objective() - top).abs() < 1e-9, "{} {top}", fitted.objective());
    assert!((fitted.params.weights()[0] - logistic(at[0])).abs() < 1e-5);
    for (j, n) in fitted.params.components().iter().enumerate() {
        assert!((n.mean()[0] - at[1 + j]).abs() < 1e-5, "{} {}", n.mean()[0], at[1 + j]);
        assert!((n.variances()[0] - at[3 + j].exp()).abs() < 1e-4, "{} {}", n.variances()[0], at[3 + j].exp());
    }
}

/// p_ji = (Σ γ_ij x_i + a_ji − 1) / (N_j + a_ji + b_ji − 2) and π_j = (N_j + α_j − 1) / (N + Σ α − k), written out.
#[test]
fn the_update_under_priors_is_the_derived_one() {
    let a = vec![vec![2.0, 1.0, 3.5, 1.5], vec![1.0, 4.0, 2.5, 6.0]];
    let (b, alpha) = (vec![1.5, 3.0], vec![2.0, 5.5]);
    let prior = Beta(Hyper::PerFeature(a.clone()), Hyper::PerComponent(b.clone()));
    let case = bernoullis(90, 2, Some(prior));
    let model = case.model.with_prior(Some(Dirichlet(Hyper::PerComponent(alpha.clone()))));
    let weights: Vec<f64> = (0..90).map(|u| 0.5 * (u % 4) as f64).collect();
    let data = case.data.weighted(weights).unwrap();

    let (pi, p) = (case.start.weights(), case.start.components().rows());
    let joint = |u: usize, j: usize| {
        let factor = |(x, p): (&f64, &f64)| if *x > 0.5 { *p } else { 1.0 - p };
        pi[j] * data.row(u).iter().zip(p[j].iter()).map(factor).product::<f64>()
    };
    let gamma = |u: usize, j: usize| data.weight(u) * joint(u, j) / (joint(u, 0) + joint(u, 1));
    let count = |j: usize| (0..90).map(|u| gamma(u, j)).sum::<f64>();
    let next = model.maximize(&sweep(&model, &data, &case.start).stats, &case.start).unwrap();
    for j in 0..2 {
        let wanted = (count(j) + alpha[j] - 1.0) / (data.total_weight() + alpha[0] + alpha[1] - 2.0);
        assert!((next.weights()[j] - wanted).abs() < 1e-14);
        for (i, a) in a[j].iter().enumerate() {
            let ones: f64 = (0..90).map(|u| gamma(u, j) * data.row(u)[i]).sum();
            let wanted = (ones + a - 1.0) / (count(j) + a + b[j] - 2.0);
            assert!((next.components().rows()[j][i] - wanted).abs() < 1e-14, "component {j}, feature {i}");
        }
    }
}

#[test]
fn flat_priors_change_nothing_but_the_constant() {
    let (bare, flat) = (bernoullis(150, 3, None), bernoullis(150, 3, Some(Beta(1.0.into(), 1.0.into()))));
    let flat_model = flat.model.with_prior(Some(Dirichlet(1.0.into())));
    let stop = Stop { max_iterations: 50, ..TO_THE_END };
    let plain = Fit::new(&bare.model, &bare.data).stop(stop).from(bare.start).unwrap();
    let fitted = Fit::new(&flat_model, &flat.data).stop(stop).from(flat.start).unwrap();
    assert_eq!(fitted.params, plain.params);
    assert_eq!(bits(&[fitted.log_likelihood]), bits(&[plain.log_likelihood]));
    // Dirichlet(1, 1, 1) has the density Γ(3) = 2 on the simplex, each of 12 Beta(1, 1) the density 1; ln Γ is right to 1e-15.
    assert!((fitted.log_prior - 2f64.ln()).abs() < 1e-13 && plain.log_prior == 0.0);
}

#[test]
fn a_start_at_the_mode_stays_there() {
    let case = bernoullis(150, 2, Some(Beta(2.0.into(), 1.5.into())));
    let fitted = Fit::new(&case.model, &case.data).stop(TO_THE_END).from(case.start).unwrap();
    let again = Fit::new(&case.model, &case.data).stop(TO_THE_END).from(fitted.params.clone()).unwrap();
    assert!(again.objective() - fitted.objective() < 1e-9);
    assert_close(&numbers(&again.params), &numbers(&fitted.params), 1e-6);
}
