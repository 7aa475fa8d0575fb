//! Samplers agree with the densities they belong to, and components can change places.

mod common;

use common::{params, rng};
use em_core::{Dataset, LabelSymmetry, LatentModel, Predict, Sample};
use em_families::{
    BayesianLinearModel, Bernoullis, Mixture, MixtureParams, PoissonRegressions, Precisions, Probabilities,
    RegressionData, Rows,
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

#[test]
fn components_change_places_without_a_trace() {
    fn unchanged<M: LatentModel<Data: Sized> + LabelSymmetry + Predict>(model: &M, p: &M::Params, data: &M::Data) {
        let (k, n) = (model.parts(p), data.units());
        let (before, r) = (model.score(p, data, 0..n), model.predict(p, data, 0..n));
        for order in permutations(k) {
            let moved = model.permute(p, &order);
            for (a, b) in before.iter().zip(model.score(&moved, data, 0..n)) {
                assert!((a - b).abs() <= 1e-13 * a.abs().max(1.0));
            }
            let (old, prediction) = (r.responsibilities().unwrap().1, model.predict(&moved, data, 0..n));
            let new = prediction.responsibilities().unwrap().1;
            for (i, j) in (0..n).flat_map(|i| (0..k).map(move |j| (i, j))) {
                assert!((new[i * k + j] - old[i * k + order[j]]).abs() < 1e-13);
            }
        }
    }
    let rows = [[0.9, 0.2], [0.1, 0.6], [0.4, 0.4]].map(|r| DVector::from_row_slice(&r)).to_vec();
    let p = params(&[0.2, 0.3, 0.5], Probabilities::new(rows).unwrap());
    let data = Rows::new(2, vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]).unwrap();
    unchanged(&Mixture::of(3, Bernoullis::default()), &p, &data);
    let (model, p, like) = poisson();
    let (data, _) = model.sample(&p, &like, &mut rng(6));
    unchanged(&model, &p, &data);
}

fn permutations(k: usize) -> Vec<Vec<usize>> {
    if k == 0 {
        return vec![Vec::new()];
    }
    let longer = |shorter: Vec<usize>| {
        (0..k).map(move |at| {
            let mut order = shorter.clone();
            order.insert(at, k - 1);
            order
        })
    };
    permutations(k - 1).into_iter().flat_map(longer).collect()
}
