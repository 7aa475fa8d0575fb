//! Gaussian mixtures as a whole: every form under every prior.

mod learning;
mod lloyd;
mod mode;
mod starts;

use super::*;
use crate::prior::{CovariancePrior, InverseGamma, InverseWishart, MeanPrior, PerColumn};
use crate::{MixtureParams, Rows};
use em_core::Rng;
use nalgebra::{DMatrix, DVector};
use rand::{RngExt, SeedableRng};

/// Every form, the fixed one last.
const FORMS: [Covariance; 7] = [
    Covariance::Full,
    Covariance::Tied,
    Covariance::Diagonal,
    Covariance::TiedDiagonal,
    Covariance::Spherical,
    Covariance::TiedSpherical,
    Covariance::Fixed(0.8),
];

/// 60 weighted rows of three correlated features in two groups.
fn rows() -> Rows {
    let mut rng = Rng::seed_from_u64(11);
    let mut noise = || (0..4).map(|_| rng.random::<f64>()).sum::<f64>() - 2.0;
    let row = |i: usize| {
        let (a, b, c) = (noise(), noise(), noise());
        let at = if i.is_multiple_of(3) { 2.0 } else { 0.0 };
        [a + at, 0.6 * a + b + at, c - 0.3 * b]
    };
    let values = (0..60).flat_map(row).collect();
    Rows::new(3, values).unwrap().weighted((0..60).map(|i| 0.5 + (i % 4) as f64 * 0.5).collect()).unwrap()
}

/// A start in the widest form; narrow it by [`Covariance::convert`].
fn start() -> MixtureParams<Vec<Normal>> {
    let c = DMatrix::from_row_slice(3, 3, &[1.0, 0.3, 0.0, 0.3, 1.5, -0.2, 0.0, -0.2, 0.7]);
    let one = |m: [f64; 3], by: f64| Normal::new(DVector::from_row_slice(&m), &c * by).unwrap();
    MixtureParams::new(vec![0.4, 0.6], vec![one([1.5, 1.8, 0.1], 1.0), one([0.2, -0.1, 0.0], 1.4)]).unwrap()
}

/// No prior, each part alone, and all parts, as the form has them.
fn priors(form: Covariance) -> Vec<GaussianPrior> {
    let means = MeanPrior::new(DVector::from_row_slice(&[0.3, -0.5, 1.0]), 3.0).unwrap();
    let scale = vec![vec![2.0, 0.5, 0.1], vec![0.5, 1.0, 0.0], vec![0.1, 0.0, 3.0]];
    let covariances = match form {
        Covariance::Fixed(_) => None,
        Covariance::Full | Covariance::Tied => {
            Some(CovariancePrior::InverseWishart(InverseWishart::new(scale, 7.5).unwrap()))
        }
        Covariance::Diagonal | Covariance::TiedDiagonal => {
            let lists = (PerColumn::List(vec![2.0, 3.0, 0.5]), PerColumn::List(vec![1.0, 2.0, 4.0]));
            Some(CovariancePrior::InverseGamma(InverseGamma::new(lists.0, lists.1).unwrap()))
        }
        Covariance::Spherical | Covariance::TiedSpherical => {
            Some(CovariancePrior::InverseGamma(InverseGamma::new(2.5.into(), 4.0.into()).unwrap()))
        }
    };
    let mut all = vec![GaussianPrior::default(), GaussianPrior { means: Some(means.clone()), covariances: None }];
    if covariances.is_some() {
        all.push(GaussianPrior { means: None, covariances: covariances.clone() });
        all.push(GaussianPrior { means: Some(means), covariances });
    }
    all.push(GaussianPrior::data_scaled(form, 2, &rows()).unwrap());
    all
}

fn gaussian(form: Covariance, prior: GaussianPrior) -> Gaussian {
    Gaussian::new(form).unwrap().with_prior(prior).unwrap()
}
