//! Samplers agree with the distributions they belong to; that scores are zero on average, the conformance kit tries.

use crate::common::models::{Geometric, forms, gaussians};
use crate::common::{params, rng};
use em_core::{LatentModel, Predict, Sample, Weighted};
use em_families::{
    BayesianLinearModel, Bernoullis, Each, GaussianPrior, Mixture, MixtureParams, Normal, PoissonRegressions,
    Precisions, Probabilities, RegressionData, Rows,
};
use nalgebra::{DMatrix, DVector};

const N: usize = 20_000;

fn bernoulli() -> (Mixture<Bernoullis>, MixtureParams<Probabilities>) {
    let rows = [[0.9, 0.2, 0.5], [0.1, 0.6, 0.5]].map(|r| DVector::from_row_slice(&r)).to_vec();
    (Mixture::of(2, Bernoullis::default()), params(&[0.3, 0.7], Probabilities::new(rows).unwrap()))
}

fn poisson() -> (Mixture<PoissonRegressions>, MixtureParams<Vec<DVector<f64>>>, RegressionData) {
    let x = DMatrix::from_fn(2, N, |i, u| if i == 0 { 1.0 } else { (u % 3) as f64 });
    let components = vec![DVector::from_vec(vec![0.2, 0.3]), DVector::from_vec(vec![2.0, -0.5])];
    let data = RegressionData::new(x, None, Some(vec![0.1; N]), None).unwrap();
    (Mixture::of(2, PoissonRegressions::default()), params(&[0.4, 0.6], components), data)
}

/// The share of observations of each kind against their probabilities: Pearson's statistic is chi-squared, and the
/// bound is passed by chance once in a thousand for up to ten degrees of freedom.
fn goodness_of_fit(observed: &[f64], expected: &[f64]) {
    let statistic: f64 = observed.iter().zip(expected).map(|(o, e)| (o - e).powi(2) / e).sum();
    assert!(statistic < 29.6, "{statistic}: {observed:?} against {expected:?}");
}

#[test]
fn bernoulli_samples_follow_their_density() {
    let (model, p) = bernoulli();
    let like = Rows::new(3, vec![0.0; 3 * N]).unwrap();
    let (data, latent) = model.sample(&p, &like, &mut rng(3));
    let mut observed = [0.0; 8];
    (0..N).for_each(|u| observed[data.row(u).iter().fold(0, |code, x| 2 * code + *x as usize)] += 1.0);
    let all: Vec<f64> = (0..8).flat_map(|code| [code >> 2 & 1, code >> 1 & 1, code & 1].map(f64::from)).collect();
    let densities = model.score(&p, &Rows::new(3, all).unwrap(), 0..8);
    let expected: Vec<f64> = densities.iter().map(|l| N as f64 * l.exp()).collect();
    assert!((expected.iter().sum::<f64>() - N as f64).abs() < 1e-6, "the densities sum to one");
    goodness_of_fit(&observed, &expected);
    let first = latent.labels().unwrap().iter().filter(|j| **j == 0).count() as f64;
    goodness_of_fit(&[first, N as f64 - first], &[0.3 * N as f64, 0.7 * N as f64]);
}

/// Of a normal distribution in two dimensions squared distances are chi-squared, P(q ≤ x) = 1 − exp(−x/2), and directions
/// from the mean are uniform: both in ten bins of equal probability.
fn is_normal(rows: &[&[f64]], normal: &Normal) {
    let (n, mut rings, mut sectors) = (rows.len() as f64, [0.0; 10], [0.0; 10]);
    let bin = |share: f64| ((10.0 * share) as usize).min(9);
    for row in rows {
        rings[bin(1.0 - (-0.5 * normal.squared_distance(row)).exp())] += 1.0;
        let white = normal.whiten(DMatrix::from_fn(2, 1, |i, _| row[i] - normal.mean()[i]));
        sectors[bin(0.5 + white[1].atan2(white[0]) / std::f64::consts::TAU)] += 1.0;
    }
    goodness_of_fit(&rings, &[n / 10.0; 10]);
    goodness_of_fit(&sectors, &[n / 10.0; 10]);
    let mean = |f: &dyn Fn(&[f64]) -> f64| rows.iter().map(|r| f(r)).sum::<f64>() / n;
    let (m, c) = (normal.mean(), normal.covariance());
    for (i, j) in [(0, 0), (0, 1), (1, 1)] {
        // Four standard errors: of a mean √(v/n), of a covariance √((v_i v_j + c²)/n).
        assert!((mean(&|r| r[i]) - m[i]).abs() < 4.0 * (c[(i, i)] / n).sqrt());
        let found = mean(&|r| (r[i] - m[i]) * (r[j] - m[j]));
        let error = ((c[(i, i)] * c[(j, j)] + c[(i, j)].powi(2)) / n).sqrt();
        assert!((found - c[(i, j)]).abs() < 4.0 * error, "{found} {}", c[(i, j)]);
    }
}

#[test]
fn gaussian_samples_of_every_form_are_normal() {
    for form in forms() {
        let case = gaussians(N, 2, form, GaussianPrior::default());
        let (data, latent) = case.model.sample(&case.start, &case.data, &mut rng(12));
        let labels = latent.labels().unwrap();
        for (j, normal) in case.start.components().iter().enumerate() {
            let own: Vec<&[f64]> = (0..N).filter(|u| labels[*u] == j).map(|u| data.row(u)).collect();
            is_normal(&own, normal);
        }
        let first = labels.iter().filter(|j| **j == 0).count() as f64;
        let expected = case.start.weights().iter().map(|w| w * N as f64).collect::<Vec<_>>();
        goodness_of_fit(&[first, N as f64 - first], &expected);
    }
}

#[test]
fn samples_of_components_follow_their_density() {
    let model = Mixture::of(2, Each::<Geometric>::default());
    let p = params(&[0.3, 0.7], vec![Geometric { p: 0.5 }, Geometric { p: 0.2 }]);
    let (data, _) = model.sample(&p, &Weighted::from(vec![0.0; N]), &mut rng(13));
    let mut observed = [0.0; 11];
    data.items.iter().for_each(|x| observed[(*x as usize).min(10)] += 1.0);
    let few = Weighted::from((0..10).map(f64::from).collect::<Vec<_>>());
    let mut expected: Vec<f64> = model.score(&p, &few, 0..10).iter().map(|l| N as f64 * l.exp()).collect();
    expected.push(N as f64 - expected.iter().sum::<f64>());
    goodness_of_fit(&observed, &expected);
}

#[test]
fn poisson_samples_follow_their_density_with_the_covariates_they_were_given() {
    let (model, p, like) = poisson();
    let (data, _) = model.sample(&p, &like, &mut rng(4));
    assert_eq!(data.design(), like.design());
    for covariate in 0..3 {
        let units: Vec<usize> = (0..N).filter(|u| u % 3 == covariate).collect();
        let mut observed = [0.0; 9];
        units.iter().for_each(|u| observed[(data.response().unwrap()[*u] as usize).min(8)] += 1.0);
        let x = DMatrix::from_fn(2, 8, |i, _| if i == 0 { 1.0 } else { covariate as f64 });
        let counts = RegressionData::new(x, Some((0..8).map(f64::from).collect()), Some(vec![0.1; 8]), None).unwrap();
        let mut expected: Vec<f64> =
            model.score(&p, &counts, 0..8).iter().map(|l| units.len() as f64 * l.exp()).collect();
        expected.push(units.len() as f64 - expected.iter().sum::<f64>());
        goodness_of_fit(&observed, &expected);
    }
}

#[test]
fn regression_samples_have_the_mean_and_spread_that_are_predicted() {
    let x = DMatrix::from_fn(2, N, |i, u| if i == 0 { 1.0 } else { (u as f64 / N as f64) - 0.5 });
    let like = RegressionData::new(x, None, None, None).unwrap();
    let (model, p) = (BayesianLinearModel::new(2), Precisions::new(2.0, 4.0).unwrap());
    // The coefficients are drawn once for all rows: many draws, one row.
    let sd = model.predict(&p, &like, 0..1).numbers("sd").unwrap()[0];
    let one = RegressionData::new(like.design().columns(0, 1).into_owned(), None, None, None).unwrap();
    let mut rng = rng(5);
    let draws: Vec<f64> = (0..N).map(|_| model.sample(&p, &one, &mut rng).0.response().unwrap()[0]).collect();
    let mean = draws.iter().sum::<f64>() / N as f64;
    let variance = draws.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / N as f64;
    // Four standard errors: of the mean sd/√n, of the variance sd²·√(2/n).
    assert!(mean.abs() < 4.0 * sd / (N as f64).sqrt(), "{mean}");
    assert!((variance / (sd * sd) - 1.0).abs() < 4.0 * (2.0 / N as f64).sqrt(), "{variance} {sd}");
    // And given the coefficients, what is left is the noise, 1/β.
    let (data, latent) = model.sample(&p, &like, &mut rng);
    let left = data.response().unwrap().iter().zip(latent.numbers("mean").unwrap()).map(|(y, m)| (y - m).powi(2));
    assert!((left.sum::<f64>() / N as f64 * 4.0 - 1.0).abs() < 4.0 * (2.0 / N as f64).sqrt());
}
