//! [`Products`]: what rows add to the posterior of the coefficients.

use crate::regression::PivotedCholesky;
use crate::{Moments, RegressionData};
use em_core::{Dataset, Statistics, scratch};
use nalgebra::{DMatrix, DMatrixViewMut, DVector};
use std::ops::Range;

/// Rows taken at a time where there is no E-step to cut them.
const BLOCK: usize = 512;

/// Weight, mean and scatter of the joint vectors (design columns, response − offset) of the rows seen.
///
/// The sums Φ′Φ, Φ′t and t′t of the textbooks, but taken about a point amid the data, so that nothing cancels: neither
/// a covariate nor a response far from zero loses digits. Parts taken about different points merge all the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Products {
    /// The point, M + 1 numbers.
    center: DVector<f64>,
    /// Of what is left of the rows.
    moments: Moments,
}

impl Products {
    /// Of no rows, with M design columns.
    pub(super) fn zero(columns: usize) -> Self {
        Products { center: DVector::zeros(columns + 1), moments: Moments::zero(columns + 1) }
    }

    /// Of all rows of `data` before `end`.
    pub(super) fn of(data: &RegressionData, end: usize) -> Self {
        let mut products = Products::zero(data.columns());
        for start in (0..end).step_by(BLOCK) {
            products.add(data, start..end.min(start + BLOCK));
        }
        products
    }

    /// Adds the rows `units`, each times its weight.
    pub(super) fn add(&mut self, data: &RegressionData, units: Range<usize>) {
        let (d, m) = (data.columns() + 1, units.len());
        if self.moments.weight == 0.0 {
            self.center.copy_from_slice(data.center());
        }
        scratch::with((d + 1) * m, |buffer| {
            let (rows, weights) = buffer.split_at_mut(d * m);
            for ((row, weight), unit) in rows.chunks_exact_mut(d).zip(&mut *weights).zip(units) {
                data.joint(unit, row);
                row.iter_mut().zip(self.center.iter()).for_each(|(x, c)| *x -= c);
                *weight = data.weight(unit);
            }
            self.moments.add(DMatrixViewMut::from_slice(rows, d, m).as_view(), weights);
        });
    }

    /// N, the sum of the weights.
    pub(super) fn weight(&self) -> f64 {
        self.moments.weight
    }

    /// The mean of the joint vector.
    pub(super) fn mean(&self) -> DVector<f64> {
        &self.center + &self.moments.mean
    }

    /// The variance of the response − offset about its mean.
    pub(super) fn response_variance(&self) -> f64 {
        let last = self.center.len() - 1;
        self.moments.scatter[(last, last)] / self.moments.weight
    }

    /// R with R′R = Σ w (φ, t)(φ, t)′, at most (M + 2) × (M + 1); none where a sum is not finite.
    ///
    /// The rows above the last are a factor of the scatter, scaled to unit diagonal and pivoted; the last is √N times
    /// the mean. Never squared, the last keeps its digits beside the others.
    pub(super) fn root(&self) -> Option<DMatrix<f64>> {
        let d = self.center.len();
        let spread = self.moments.scatter.diagonal().map(f64::sqrt);
        let inverse = spread.map(|s| if s > 0.0 { 1.0 / s } else { 0.0 });
        let correlations = DMatrix::from_fn(d, d, |i, j| self.moments.scatter[(i, j)] * inverse[i] * inverse[j]);
        let last = self.mean() * self.weight().sqrt();
        if correlations.iter().chain(spread.iter()).chain(last.iter()).any(|v| !v.is_finite()) {
            return None;
        }
        let lower = PivotedCholesky::new(correlations, d as f64 * f64::EPSILON).lower;
        let mut root = lower.transpose().insert_row(lower.ncols(), 0.0);
        root.column_iter_mut().zip(spread.iter()).for_each(|(mut column, s)| column *= *s);
        root.set_row(lower.ncols(), &last.transpose());
        Some(root)
    }
}

impl Statistics for Products {
    fn merge(&mut self, other: &Self) {
        assert_eq!(self.center.len(), other.center.len(), "statistics of different shape");
        if self.moments.weight == 0.0 {
            self.clone_from(other);
            return;
        }
        let mut moments = other.moments.clone();
        moments.mean += &other.center - &self.center;
        self.moments.merge(&moments);
    }
    fn scale(&mut self, by: f64) {
        self.moments.scale(by);
    }
    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        self.center.visit(f);
        self.moments.visit(f);
    }
}
