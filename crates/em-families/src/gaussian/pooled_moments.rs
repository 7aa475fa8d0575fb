//! [`PooledMoments`]: the means of k groups of rows, and one scatter about them.

use super::form::Covariance;
use super::moments::GaussianMoments;
use super::normal::Normal;
use crate::diagonal_moments::show_squares_near;
use crate::lanes::{self, Block, Squares};
use crate::moments::{LEFT, scatter_about, show_parts_near};
use crate::{DiagonalMoments, Moments};
use em_core::{Statistics, scratch};
use nalgebra::{DMatrix, DVector, DVectorView};

/// Weights and weighted means of k groups of rows in d dimensions, and the scatter within all of them,
/// Σ_j Σ_i w_ij (x_i − mean_j)(x_i − mean_j)′: what a covariance that k components share is estimated from.
///
/// A row counts in the scatter with what it weighs in all groups together, whichever they are: with W_i = Σ_j w_ij the
/// scatter of a block is Σ_i W_i (x_i − o)(x_i − o)′ less Σ_j w_j (mean_j − o)(mean_j − o)′ about any origin o, one pass
/// where k scatters take k. Where the groups lie so far apart that this would cost more than three digits, they are taken
/// one by one. Parts are merged pairwise (Chan, Golub & LeVeque 1983, eqs. 2.1a–b).
#[derive(Clone, Debug, PartialEq)]
pub struct PooledMoments {
    /// The sum of the weights w_j of each group, k numbers.
    pub weights: DVector<f64>,
    /// The weighted means, d × k; zero where there is no weight.
    pub means: DMatrix<f64>,
    /// The scatter, d × d, or its diagonal, d × 1.
    pub scatter: DMatrix<f64>,
}

impl PooledMoments {
    /// Of no rows, with as much of the scatter as the form of the covariance needs.
    pub fn zero(form: Covariance, k: usize, d: usize) -> Self {
        let (weights, means) = (DVector::zeros(k), DMatrix::zeros(d, k));
        PooledMoments { weights, means, scatter: form.outer(&DVector::zeros(d)) }
    }

    /// The weight and the mean of each group.
    pub fn groups(&self) -> impl Iterator<Item = (f64, DVectorView<'_, f64>)> {
        self.weights.iter().copied().zip(self.means.column_iter())
    }

    /// The moments of all groups as one.
    pub(super) fn whole(&self) -> GaussianMoments {
        let weight = self.weights.sum();
        let mean = if weight > 0.0 { &self.means * &self.weights / weight } else { DVector::zeros(self.means.nrows()) };
        let mut scatter = self.scatter.clone();
        for (weight, group) in self.groups() {
            let gap = group - &mean;
            match self.correlates() {
                true => scatter.ger(weight, &gap, &gap, 1.0),
                false => scatter.iter_mut().zip(&gap).for_each(|(s, g)| *s += weight * g * g),
            }
        }
        match self.correlates() {
            true => GaussianMoments::Full(Moments { weight, mean, scatter }),
            false => {
                GaussianMoments::Diagonal(DiagonalMoments { weight, mean, squares: scatter.column(0).into_owned() })
            }
        }
    }

    fn correlates(&self) -> bool {
        self.scatter.is_square()
    }

    /// Adds the rows of a block, with k × m weights; rows should weigh most in the groups whose distributions they are near.
    pub(super) fn add_near(&mut self, normals: &[Normal], block: Block, weights: &[f64]) {
        let (k, d) = (normals.len(), block.features);
        if block.len() == 0 {
            return;
        }
        let kept = scratch::with(k + k * d + self.scatter.len(), |buffer| {
            let (totals, buffer) = buffer.split_at_mut(k);
            let (means, scatter) = buffer.split_at_mut(k * d);
            let lists = weights.chunks_exact(block.len());
            totals.iter_mut().zip(lists).for_each(|(total, list)| *total = lanes::sum(list));
            let together = totals.iter().sum::<f64>();
            let kept = together <= 0.0 || self.together(normals, block, weights, (totals, means, scatter));
            if kept && together > 0.0 {
                self.merge_parts(totals, means, scatter);
            }
            kept
        });
        if !kept {
            self.add_one_by_one(normals, block, weights);
        }
    }

    /// Writes means (k × d) and scatter of a block whose groups weigh `totals`; whether that could be done without loss.
    fn together(
        &self,
        normals: &[Normal],
        block: Block,
        weights: &[f64],
        (totals, means, scatter): (&[f64], &mut [f64], &mut [f64]),
    ) -> bool {
        let (d, m) = (block.features, block.len());
        scratch::with(d + m * d + lanes::padded(m) + scatter.len(), |buffer| {
            let (origin, buffer) = buffer.split_at_mut(d);
            let (gaps, buffer) = buffer.split_at_mut(m * d);
            let (of_rows, between) = buffer.split_at_mut(lanes::padded(m));
            amid(normals, totals, origin);
            for (gap, x) in gaps.chunks_exact_mut(d).zip(block.values.chunks_exact(d)) {
                gap.iter_mut().zip(x).zip(origin.iter()).for_each(|((gap, x), o)| *gap = x - o);
            }
            means.fill(0.0);
            lanes::add_weighted(weights, gaps, d, means);
            for (mean, total) in means.chunks_exact_mut(d).zip(totals) {
                mean.iter_mut().for_each(|sum| *sum = if *total > 0.0 { *sum / total } else { 0.0 });
            }
            lanes::add_lists(weights, &mut of_rows[..m]);
            of_rows[m..].fill(0.0);
            self.scatter_about(origin, block.columns, of_rows, scatter);
            self.scatter_of(means, totals, between);
            let diagonal = if self.correlates() { d + 1 } else { 1 };
            let pairs = scatter.iter().zip(between.iter()).step_by(diagonal);
            if pairs.clone().any(|(all, between)| all - between < LEFT * all) {
                return false;
            }
            scatter.iter_mut().zip(between.iter()).for_each(|(all, between)| *all -= between);
            for mean in means.chunks_exact_mut(d) {
                mean.iter_mut().zip(origin.iter()).for_each(|(gap, o)| *gap += o);
            }
            true
        })
    }

    /// Adds a block group by group, each about its own mean.
    fn add_one_by_one(&mut self, normals: &[Normal], block: Block, weights: &[f64]) {
        let correlates = self.correlates();
        for (j, weights) in weights.chunks_exact(block.len().max(1)).enumerate() {
            let origin = normals[j].mean().as_slice();
            let mut add = |weight: f64, mean: &[f64], scatter: &[f64]| self.merge_group(j, weight, mean, scatter);
            match correlates {
                true => show_parts_near(origin, block, weights, &mut add),
                false => show_squares_near(origin, block, weights, &mut add),
            }
        }
    }

    /// Adds rows of group j by their weight, mean and scatter.
    fn merge_group(&mut self, j: usize, weight: f64, mean: &[f64], scatter: &[f64]) {
        let k = self.weights.len();
        scratch::with(k + mean.len() * k, |buffer| {
            let (weights, means) = buffer.split_at_mut(k);
            weights.fill(0.0);
            means.fill(0.0);
            weights[j] = weight;
            means[j * mean.len()..][..mean.len()].copy_from_slice(mean);
            self.merge_parts(weights, means, scatter);
        });
    }

    /// Adds parts of all groups by their weights (k), means (k × d) and scatter.
    fn merge_parts(&mut self, weights: &[f64], means: &[f64], scatter: &[f64]) {
        self.scatter.iter_mut().zip(scatter).for_each(|(sum, s)| *sum += s);
        let (d, k) = self.means.shape();
        scratch::with(k + k * d + self.scatter.len(), |buffer| {
            let (between, buffer) = buffer.split_at_mut(k);
            let (gaps, of_gaps) = buffer.split_at_mut(k * d);
            let parts = weights.iter().zip(means.chunks_exact(d.max(1)));
            for (j, (weight, mean)) in parts.enumerate() {
                let total = self.weights[j] + weight;
                let toward = if *weight > 0.0 { weight / total } else { 0.0 };
                between[j] = self.weights[j] * toward;
                let gaps = gaps[j * d..][..d].iter_mut();
                for ((gap, own), mean) in gaps.zip(self.means.column_mut(j).iter_mut()).zip(mean) {
                    *gap = if toward > 0.0 { mean - *own } else { 0.0 };
                    *own += toward * *gap;
                }
                self.weights[j] = total;
            }
            if between.iter().any(|b| *b > 0.0) {
                self.scatter_of(gaps, between, of_gaps);
                self.scatter.iter_mut().zip(of_gaps).for_each(|(sum, s)| *sum += *s);
            }
        });
    }

    /// Σ_j w_j g_j g_j′ of k gaps, k × d.
    fn scatter_of(&self, gaps: &[f64], weights: &[f64], out: &mut [f64]) {
        let (d, k) = self.means.shape();
        scratch::with(d + lanes::padded(k), |buffer| {
            let (zero, filled) = buffer.split_at_mut(d);
            zero.fill(0.0);
            filled[..k].copy_from_slice(weights);
            filled[k..].fill(0.0);
            lanes::with_block(d, gaps, |points| self.scatter_about(zero, points.columns, filled, out));
        });
    }

    /// Σ w (x − origin)(x − origin)′, as much of it as is wanted, of the columns of a block.
    fn scatter_about(&self, origin: &[f64], columns: &[f64], weights: &[f64], out: &mut [f64]) {
        scratch::with(origin.len(), |sum| match self.correlates() {
            true => scatter_about(origin, columns, weights, sum, out),
            false => Squares { rows: columns, origin, weights, sum, squares: out }.add_up(),
        });
    }
}

/// Σ_j w_j μ_j / Σ_j w_j, into d numbers.
pub(super) fn amid(normals: &[Normal], weights: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    let total = weights.iter().sum::<f64>();
    for (normal, weight) in normals.iter().zip(weights) {
        out.iter_mut().zip(normal.mean()).for_each(|(o, m)| *o += weight / total * m);
    }
}

impl Statistics for PooledMoments {
    fn merge(&mut self, other: &Self) {
        assert_eq!(self.means.shape(), other.means.shape(), "statistics of different shape");
        self.merge_parts(other.weights.as_slice(), other.means.as_slice(), other.scatter.as_slice());
    }
    fn scale(&mut self, by: f64) {
        if by == 0.0 {
            return self.clear();
        }
        self.weights *= by;
        self.scatter *= by;
    }
    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        self.weights.visit(f);
        self.means.visit(f);
        self.scatter.visit(f);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    const FORMS: [Covariance; 2] = [Covariance::Tied, Covariance::TiedDiagonal];

    /// 40 rows of three features about two points that lie `apart`, all of them `far` from zero, and weights of both groups.
    fn rows(far: f64, apart: f64) -> (Vec<f64>, Vec<f64>) {
        let x = (0..120).map(|i| {
            let (row, feature) = (i / 3, i % 3);
            far + apart * (row % 2) as f64 + ((row * row * (feature + 2) + 5 * feature) % 17) as f64
        });
        let share = |j: usize, row: usize| {
            let own: f64 = if row % 2 == j { 0.875 } else { 0.125 };
            (row % 3) as f64 * if apart > 100.0 { (own + 0.125).floor() } else { own }
        };
        (x.collect(), (0..80).map(|at| share(at / 40, at % 40)).collect())
    }

    /// Distributions about where the two points are.
    fn normals(far: f64, apart: f64) -> Vec<Normal> {
        let one = |at: f64| Normal::diagonal(DVector::from_element(3, at), DVector::from_element(3, 1.0)).unwrap();
        vec![one(far + 7.0), one(far + apart + 8.0)]
    }

    fn of(form: Covariance, far: f64, apart: f64, rows: &[f64], weights: &[f64]) -> PooledMoments {
        let mut m = PooledMoments::zero(form, 2, 3);
        lanes::with_block(3, rows, |block| m.add_near(&normals(far, apart), block, weights));
        m
    }

    /// Group by group, near zero, where nothing is lost.
    fn truth(apart: f64) -> Vec<Moments> {
        let (x, weights) = rows(0.0, apart);
        let group = |weights: &[f64]| {
            let mut m = Moments::zero(3);
            m.add(DMatrix::from_column_slice(3, 40, &x).as_view(), weights);
            m
        };
        weights.chunks_exact(40).map(group).collect()
    }

    fn check(m: &PooledMoments, far: f64, apart: f64, digits: f64) {
        let truth = truth(apart);
        for ((weight, mean), truth) in m.groups().zip(&truth) {
            assert_eq!(weight, truth.weight);
            assert_relative_eq!(mean.into_owned(), truth.mean.add_scalar(far), max_relative = 1e-15);
        }
        let scatter = &truth[0].scatter + &truth[1].scatter;
        let wanted = if m.correlates() { scatter } else { DMatrix::from_columns(&[scatter.diagonal()]) };
        assert_relative_eq!(m.scatter, wanted, max_relative = digits, epsilon = digits * wanted.amax());
    }

    #[test]
    fn the_scatter_is_that_within_the_groups_wherever_they_lie() {
        for form in FORMS {
            for far in [0.0, 1e7] {
                // The last two would leave no digit of it about a common origin.
                for apart in [0.0, 3.0, 1e3, 1e9] {
                    let (x, weights) = rows(far, apart);
                    check(
                        &of(form, far, apart, &x, &weights),
                        far,
                        apart,
                        if far + apart > 1e3 { 1e-8 } else { 1e-13 },
                    );
                }
            }
        }
    }

    #[test]
    fn no_rows_leave_no_trace() {
        for form in FORMS {
            let (x, weights) = rows(0.0, 3.0);
            let mut m = of(form, 0.0, 3.0, &x, &weights);
            let before = m.clone();
            lanes::with_block(3, &[], |block| m.add_near(&normals(0.0, 3.0), block, &[]));
            lanes::with_block(3, &x, |block| m.add_near(&normals(0.0, 3.0), block, &[0.0; 80]));
            assert_eq!(m, before);
        }
    }

    #[test]
    fn parts_merge_into_the_whole_and_scale() {
        for form in FORMS {
            let (far, apart) = (1e7, 3.0);
            let (x, weights) = rows(far, apart);
            for cut in [0, 1, 13, 39] {
                let of_rows = |from: usize, to: usize| -> Vec<f64> {
                    weights.chunks_exact(40).flat_map(|w| &w[from..to]).copied().collect()
                };
                let mut a = of(form, far, apart, &x[..3 * cut], &of_rows(0, cut));
                a.merge(&of(form, far, apart, &x[3 * cut..], &of_rows(cut, 40)));
                check(&a, far, apart, 1e-8);
                let before = a.clone();
                a.merge(&PooledMoments::zero(form, 2, 3));
                assert_eq!(a, before);
                a.scale(2.0);
                assert_eq!((&a.weights, &a.scatter), (&(2.0 * before.weights), &(2.0 * before.scatter)));
                a.scale(0.0);
                assert_eq!(a, PooledMoments::zero(form, 2, 3));
            }
        }
    }

    #[test]
    fn rows_of_one_value_a_group_have_no_scatter_at_all() {
        for form in FORMS {
            let x: Vec<f64> = (0..60).map(|i| if i / 3 % 2 == 0 { 1e7 + 0.1 } else { -0.3 }).collect();
            let weights: Vec<f64> = (0..40).map(|at| if at % 2 == at / 20 { 0.7 } else { 0.0 }).collect();
            let m = of(form, 0.0, 0.0, &x, &weights);
            assert_eq!((m.means[(1, 0)], m.means[(2, 1)]), (1e7 + 0.1, -0.3));
            assert!(m.scatter.iter().all(|s| *s == 0.0), "{}", m.scatter);
        }
    }

    #[test]
    fn all_groups_as_one_are_the_moments_of_all_rows() {
        for form in FORMS {
            let (x, weights) = rows(1e7, 3.0);
            let whole = of(form, 1e7, 3.0, &x, &weights).whole();
            let mut truth = form.zero(3);
            let together: Vec<f64> = (0..40).map(|i| weights[i] + weights[40 + i]).collect();
            truth.add(DMatrix::from_column_slice(3, 40, &x).as_view(), &together);
            assert_relative_eq!(whole.weight(), truth.weight(), max_relative = 1e-15);
            assert_relative_eq!(whole.mean(), truth.mean(), max_relative = 1e-15);
            assert_relative_eq!(whole.scatter(), truth.scatter(), max_relative = 1e-8);
            let nothing = PooledMoments::zero(form, 2, 3).whole();
            assert_eq!(nothing, form.zero(3));
        }
    }
}
