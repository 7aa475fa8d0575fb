//! [`GaussianMoments`]: what a component's mean and covariance are estimated from.

use crate::lanes::Block;
use crate::{DiagonalMoments, Moments};
use em_core::Statistics;
use nalgebra::{DMatrix, DMatrixView, DVector};

/// Moments with as much of the scatter as the form of the covariance needs.
#[derive(Clone, Debug, PartialEq)]
pub enum GaussianMoments {
    /// All of it, d × d.
    Full(Moments),
    /// Its diagonal, d numbers.
    Diagonal(DiagonalMoments),
}

impl GaussianMoments {
    /// W, the sum of the weights.
    pub fn weight(&self) -> f64 {
        match self {
            GaussianMoments::Full(m) => m.weight,
            GaussianMoments::Diagonal(m) => m.weight,
        }
    }

    /// The weighted mean, d numbers.
    pub fn mean(&self) -> &DVector<f64> {
        match self {
            GaussianMoments::Full(m) => &m.mean,
            GaussianMoments::Diagonal(m) => &m.mean,
        }
    }

    pub(crate) fn add(&mut self, x: DMatrixView<f64>, weights: &[f64]) {
        match self {
            GaussianMoments::Full(m) => m.add(x, weights),
            GaussianMoments::Diagonal(m) => m.add(x, weights),
        }
    }

    /// Adds the rows of a block, each with its weight; the origin should be near those that weigh most.
    pub(crate) fn add_near(&mut self, origin: &[f64], block: Block, weights: &[f64]) {
        match self {
            GaussianMoments::Full(m) => m.add_near(origin, block, weights),
            GaussianMoments::Diagonal(m) => m.add_near(origin, block, weights),
        }
    }

    /// The scatter about the mean: d × d, or d × 1 where it is but the diagonal.
    pub(crate) fn scatter(&self) -> DMatrix<f64> {
        match self {
            GaussianMoments::Full(m) => m.scatter.clone(),
            GaussianMoments::Diagonal(m) => DMatrix::from_column_slice(m.squares.len(), 1, m.squares.as_slice()),
        }
    }

    /// The scatter of one feature.
    pub(crate) fn square(&self, feature: usize) -> f64 {
        match self {
            GaussianMoments::Full(m) => m.scatter[(feature, feature)],
            GaussianMoments::Diagonal(m) => m.squares[feature],
        }
    }
}

impl Statistics for GaussianMoments {
    fn merge(&mut self, other: &Self) {
        match (self, other) {
            (GaussianMoments::Full(a), GaussianMoments::Full(b)) => a.merge(b),
            (GaussianMoments::Diagonal(a), GaussianMoments::Diagonal(b)) => a.merge(b),
            _ => panic!("statistics of different shape"),
        }
    }
    fn scale(&mut self, by: f64) {
        match self {
            GaussianMoments::Full(m) => m.scale(by),
            GaussianMoments::Diagonal(m) => m.scale(by),
        }
    }
    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        match self {
            GaussianMoments::Full(m) => m.visit(f),
            GaussianMoments::Diagonal(m) => m.visit(f),
        }
    }
}
