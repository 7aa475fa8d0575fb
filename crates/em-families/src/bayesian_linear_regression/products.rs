//! [`Products`]: what rows add to the posterior of the coefficients.

use super::InterceptPrior;
use super::spectrum::Spectrum;
use crate::moments::{add_about, move_to_mean, to_mean};
use crate::regression::PivotedCholesky;
use crate::{Moments, RegressionData, lanes};
use em_core::{Statistics, scratch};
use nalgebra::{DMatrix, DVector};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Rows whose sums are moved to their mean together: so many that it costs little beside the sums themselves.
pub(super) const BLOCK: usize = 1024;
/// Of these so many are multiplied at a time, so that they stay in the cache.
const TOGETHER: usize = 256;
/// A spread below so many units in the last place of the mean is rounding.
const ROUNDING: f64 = 8.0 * f64::EPSILON;
/// The response is fitted exactly when its noise variance falls below this fraction of its variance: scatter keeps
/// about 15 digits, so that what is left would hold no more than two.
const EXACT: f64 = 1e-13;

/// Weight, mean and scatter of the joint vectors (design columns, response − offset) of the rows seen.
///
/// The sums Φ′Φ, Φ′t and t′t of the textbooks, but taken about a point amid the data, so that nothing cancels: neither
/// a covariate nor a response far from zero loses digits. Parts taken about different points merge all the same.
///
/// They depend on the data alone. Clones share them, and with them the one decomposition that an E-step needs, made when
/// it is first asked for.
#[derive(Clone, Debug)]
pub struct Products(Arc<Sums>);

#[derive(Clone, Debug)]
struct Sums {
    /// Decides what is decomposed.
    intercept: InterceptPrior,
    /// The point, M + 1 numbers.
    center: DVector<f64>,
    /// Of what is left of the rows.
    moments: Moments,
    /// Of the sums as they stand, what [`Products::root`] and [`Products::spectrum`] tell.
    root: OnceLock<Option<DMatrix<f64>>>,
    spectrum: OnceLock<Option<Spectrum>>,
}

impl Products {
    /// Of no rows, with M design columns.
    pub(super) fn zero(columns: usize, intercept: InterceptPrior) -> Self {
        let (center, moments) = (DVector::zeros(columns + 1), Moments::zero(columns + 1));
        Products(Arc::new(Sums { intercept, center, moments, root: OnceLock::new(), spectrum: OnceLock::new() }))
    }

    /// Of all rows of `data` before `end`, with every coefficient shrunk.
    pub(super) fn of(data: &RegressionData, end: usize) -> Self {
        let mut products = Products::zero(data.columns(), InterceptPrior::Shrunk);
        for start in (0..end).step_by(BLOCK) {
            products.add(data, start..end.min(start + BLOCK));
        }
        products
    }

    /// The sums, to be changed: the decompositions are no longer theirs.
    fn change(&mut self) -> &mut Sums {
        let sums = Arc::make_mut(&mut self.0);
        (sums.root, sums.spectrum) = (OnceLock::new(), OnceLock::new());
        sums
    }

    /// Adds the rows `units`, each times its weight.
    pub(super) fn add(&mut self, data: &RegressionData, units: Range<usize>) {
        let d = data.columns() + 1;
        let Sums { center, moments, .. } = self.change();
        if moments.weight == 0.0 {
            center.copy_from_slice(data.center());
        }
        scratch::with(d + d * d, |buffer| {
            let (sum, products) = buffer.split_at_mut(d);
            let weight = add_rows(center.as_slice(), data, units.clone(), sum, products);
            if weight > 0.0 && !to_mean(weight, sum, products) {
                about_mean(center.as_slice(), data, units, sum, products);
            }
            moments.merge_parts(weight, sum, products);
        });
    }

    /// N, the sum of the weights.
    pub(super) fn weight(&self) -> f64 {
        self.0.moments.weight
    }

    /// The mean of the joint vector.
    fn mean(&self) -> DVector<f64> {
        &self.0.center + &self.0.moments.mean
    }

    /// The variance of the response − offset about its mean.
    pub(super) fn response_variance(&self) -> f64 {
        let last = self.0.center.len() - 1;
        self.0.moments.scatter[(last, last)] / self.weight()
    }

    /// Below this the noise variance holds nothing but rounding.
    pub(super) fn least_variance(&self) -> f64 {
        let mean = self.mean();
        least_variance(mean[mean.len() - 1], self.response_variance())
    }

    /// R with R′R = Σ w (φ, t)(φ, t)′, at most (M + 2) × (M + 1); none where a sum is not finite.
    ///
    /// The first row is √N times the mean; those below are a factor of the scatter, scaled to unit diagonal and pivoted.
    /// Never squared, the first keeps its digits beside the others. Factored once.
    pub(super) fn root(&self) -> Option<&DMatrix<f64>> {
        self.0.root.get_or_init(|| self.factor()).as_ref()
    }

    fn factor(&self) -> Option<DMatrix<f64>> {
        let Sums { center, moments, .. } = &*self.0;
        let d = center.len();
        let spread = moments.scatter.diagonal().map(f64::sqrt);
        let inverse = spread.map(|s| if s > 0.0 { 1.0 / s } else { 0.0 });
        let correlations = DMatrix::from_fn(d, d, |i, j| moments.scatter[(i, j)] * inverse[i] * inverse[j]);
        let first = self.mean() * self.weight().sqrt();
        if correlations.iter().chain(spread.iter()).chain(first.iter()).any(|v| !v.is_finite()) {
            return None;
        }
        let lower = PivotedCholesky::new(correlations, d as f64 * f64::EPSILON).lower;
        let mut root = lower.transpose().insert_row(0, 0.0);
        root.column_iter_mut().zip(spread.iter()).for_each(|(mut column, s)| column *= *s);
        root.set_row(0, &first.transpose());
        Some(root)
    }

    /// The same about the means and without the intercept, so that R′R holds the scatter; none also where the first
    /// column is not one of ones, or the only one.
    fn centered_root(&self) -> Option<DMatrix<f64>> {
        let ones = self.mean()[0] == 1.0 && self.0.moments.scatter[(0, 0)] == 0.0;
        let mut root = self.root().filter(|root| ones && root.ncols() > 2)?.clone().remove_column(0);
        root.row_mut(0).fill(0.0);
        Some(root)
    }

    /// What an E-step needs, decomposed once; none where a sum is not finite.
    pub(super) fn spectrum(&self) -> Option<&Spectrum> {
        // Not within the lock: while a thread waits for others it may take up work that asks for the same spectrum. Whoever
        // comes second finds the same bits.
        if self.0.spectrum.get().is_none() {
            let _ = self.0.spectrum.set(self.decompose());
        }
        self.0.spectrum.get()?.as_ref()
    }

    fn decompose(&self) -> Option<Spectrum> {
        match self.0.intercept {
            InterceptPrior::Flat if self.weight() > 0.0 => {
                Some(Spectrum::new(&self.centered_root()?, None, self.weight())?.less_flat_intercept())
            }
            // Without a row there is nothing to be integrated out: the log evidence is 0, as the sum of no scores.
            _ => Spectrum::new(self.root()?, self.constant(), self.weight()),
        }
    }

    /// The first design column that does not vary and is not zero, an intercept mostly, and the multiple of it that
    /// makes the mean response.
    fn constant(&self) -> Option<(usize, f64)> {
        let (mean, scatter) = (self.mean(), &self.0.moments.scatter);
        let m = mean.len() - 1;
        (0..m).find(|j| scatter[(*j, *j)] == 0.0 && mean[*j] != 0.0).map(|j| (j, mean[m] / mean[j]))
    }
}

/// Writes Σ w (x − origin) and the lower triangle of Σ w (x − origin)(x − origin)′ over the rows `units`; tells Σ w.
fn add_rows(origin: &[f64], data: &RegressionData, units: Range<usize>, sum: &mut [f64], products: &mut [f64]) -> f64 {
    sum.fill(0.0);
    products.fill(0.0);
    let mut weight = 0.0;
    for start in units.clone().step_by(TOGETHER) {
        data.with_joint_columns(start..units.end.min(start + TOGETHER), |columns, weights| {
            weight += lanes::sum(weights);
            add_about(origin, columns, weights, sum, products);
        });
    }
    weight
}

/// Given the mean of the rows `units` less the center in `mean`, writes their scatter about the mean, and the mean once
/// more, which the center being far from it has cost digits.
fn about_mean(center: &[f64], data: &RegressionData, units: Range<usize>, mean: &mut [f64], scatter: &mut [f64]) {
    scratch::with(center.len(), |origin| {
        origin.iter_mut().zip(center.iter().zip(&*mean)).for_each(|(out, (c, m))| *out = c + m);
        let weight = add_rows(origin, data, units, mean, scatter);
        move_to_mean(weight, mean, scatter);
        mean.iter_mut().zip(origin.iter().zip(center)).for_each(|(m, (o, c))| *m += o - c);
    });
}

/// Below this the noise variance of a response of this mean and variance holds nothing but rounding.
pub(super) fn least_variance(mean: f64, variance: f64) -> f64 {
    f64::max(EXACT * variance, (ROUNDING * mean).powi(2))
}

/// They are equal when the sums are.
impl PartialEq for Products {
    fn eq(&self, other: &Self) -> bool {
        self.0.center == other.0.center && self.0.moments == other.0.moments
    }
}

impl Statistics for Products {
    fn merge(&mut self, other: &Self) {
        assert_eq!(self.0.center.len(), other.0.center.len(), "statistics of different shape");
        if self.weight() == 0.0 {
            self.clone_from(other);
            return;
        }
        let Sums { center, moments, .. } = &*other.0;
        scratch::with(center.len(), |mean| {
            let points = moments.mean.iter().zip(center.iter().zip(&self.0.center));
            mean.iter_mut().zip(points).for_each(|(out, (mean, (c, own)))| *out = mean + (c - own));
            self.change().moments.merge_parts(moments.weight, mean, moments.scatter.as_slice());
        });
    }
    fn scale(&mut self, by: f64) {
        self.change().moments.scale(by);
    }
    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        let sums = self.change();
        sums.center.visit(f);
        sums.moments.visit(f);
    }
}
