//! [`GaussianStats`]: what k normal distributions are estimated from.

use super::form::Covariance;
use super::moments::GaussianMoments;
use super::normal::Normal;
use super::pooled_moments::PooledMoments;
use super::squares::add_squares;
use crate::lanes::Block;
use em_core::Statistics;
use nalgebra::{DMatrix, DVector};
use std::borrow::Cow;

/// What an E-step adds up for k normal distributions.
#[derive(Clone, Debug, PartialEq)]
pub enum GaussianStats {
    /// The moments of each: their covariances are their own.
    Own(Vec<GaussianMoments>),
    /// One scatter of all: they share a covariance, or it is fixed.
    Pooled(PooledMoments),
}

/// What one covariance is estimated from.
pub(super) struct Sum {
    /// c.
    pub(super) count: f64,
    /// S: d × d, or d × 1 where it is but the diagonal.
    pub(super) scatter: DMatrix<f64>,
}

impl GaussianStats {
    /// Of no rows.
    pub(super) fn zero(form: Covariance, k: usize, d: usize) -> Self {
        match form.is_tied() {
            true => GaussianStats::Pooled(PooledMoments::zero(form, k, d)),
            false => GaussianStats::Own(vec![form.zero(d); k]),
        }
    }

    /// k.
    pub fn components(&self) -> usize {
        match self {
            GaussianStats::Own(each) => each.len(),
            GaussianStats::Pooled(all) => all.weights.len(),
        }
    }

    /// The weight and the mean, d numbers, of component j, which is one of k.
    pub fn of(&self, j: usize) -> (f64, Cow<'_, DVector<f64>>) {
        match self {
            GaussianStats::Own(each) => (each[j].weight(), Cow::Borrowed(each[j].mean())),
            GaussianStats::Pooled(all) => (all.weights[j], Cow::Owned(all.means.column(j).into_owned())),
        }
    }

    /// The moments of all components as one; there is one at least.
    pub(super) fn whole(&self) -> GaussianMoments {
        match self {
            GaussianStats::Own(each) => {
                let mut whole = each[0].clone();
                each[1..].iter().for_each(|s| whole.merge(s));
                whole
            }
            GaussianStats::Pooled(all) => all.whole(),
        }
    }

    /// Adds the rows of a block, with k × m weights; each should weigh most in the components that it is near.
    pub(super) fn add_near(&mut self, normals: &[Normal], block: Block, weights: &[f64]) {
        match self {
            GaussianStats::Own(each) if each.iter().all(|s| matches!(s, GaussianMoments::Diagonal(_))) => {
                add_squares(each, normals, block, weights);
            }
            GaussianStats::Own(each) => {
                let each = each.iter_mut().zip(normals).zip(weights.chunks_exact(block.len().max(1)));
                each.for_each(|((s, normal), weights)| s.add_near(normal.mean().as_slice(), block, weights));
            }
            GaussianStats::Pooled(all) => all.add_near(normals, block, weights),
        }
    }

    /// The scatters, k or one, with what is added to each for component j, given its weight and mean.
    pub(super) fn sums(&self, added: impl Fn(usize, f64, &DVector<f64>) -> Sum) -> Vec<Sum> {
        let of = |j: usize| {
            let (weight, mean) = self.of(j);
            added(j, weight, &mean)
        };
        match self {
            GaussianStats::Own(each) => {
                each.iter().enumerate().map(|(j, s)| of(j).and(Sum { count: 0.0, scatter: s.scatter() })).collect()
            }
            GaussianStats::Pooled(all) => {
                let within = Sum { count: 0.0, scatter: all.scatter.clone() };
                vec![(0..self.components()).map(of).fold(within, Sum::and)]
            }
        }
    }
}

impl Sum {
    /// Both together.
    pub(super) fn and(self, other: Sum) -> Sum {
        Sum { count: self.count + other.count, scatter: self.scatter + other.scatter }
    }
}

impl Statistics for GaussianStats {
    fn merge(&mut self, other: &Self) {
        match (self, other) {
            (GaussianStats::Own(a), GaussianStats::Own(b)) => a.merge(b),
            (GaussianStats::Pooled(a), GaussianStats::Pooled(b)) => a.merge(b),
            _ => panic!("statistics of different shape"),
        }
    }
    fn scale(&mut self, by: f64) {
        match self {
            GaussianStats::Own(each) => each.scale(by),
            GaussianStats::Pooled(all) => all.scale(by),
        }
    }
    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        match self {
            GaussianStats::Own(each) => each.visit(f),
            GaussianStats::Pooled(all) => all.visit(f),
        }
    }
}
