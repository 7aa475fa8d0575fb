//! [`Moments`]: weight, mean and scatter, without cancellation.

use crate::lanes::{self, Block, Outer};
use em_core::{Statistics, scratch};
use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut, DVector, Dyn};

/// The part of a sum of squares that must be left when its origin moves to the mean.
pub(crate) const LEFT: f64 = 1e-3;

/// The sum of weights W, the weighted mean, and the scatter Σ w (x − mean)(x − mean)′ of rows in d dimensions.
///
/// Parts are merged pairwise (Chan, Golub & LeVeque 1983, eqs. 2.1a–b), and each block is centred on its own mean, so
/// that nothing cancels wherever the data lie.
///
/// ```
/// use em_families::Moments;
/// use nalgebra::DMatrix;
/// let mut m = Moments::zero(1);
/// // Three rows in one dimension, one observation per column, the middle one twice.
/// m.add(DMatrix::from_row_slice(1, 3, &[1e9, 1e9 + 1.0, 1e9 + 2.0]).as_view(), &[1.0, 2.0, 1.0]);
/// assert_eq!((m.weight, m.mean[0], m.scatter[(0, 0)]), (4.0, 1e9 + 1.0, 2.0));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// W, the sum of the weights.
    pub weight: f64,
    /// The weighted mean, d numbers; zero when W is.
    pub mean: DVector<f64>,
    /// The scatter about the mean, d × d.
    pub scatter: DMatrix<f64>,
}

impl Moments {
    /// Of no rows, in d dimensions.
    pub fn zero(d: usize) -> Self {
        Moments { weight: 0.0, mean: DVector::zeros(d), scatter: DMatrix::zeros(d, d) }
    }

    /// Adds the columns of `x` (d × m, one observation per column), each with its weight.
    pub fn add(&mut self, x: DMatrixView<f64>, weights: &[f64]) {
        show_parts(x, weights, &mut |weight, mean, scatter| self.merge_parts(weight, mean, scatter));
    }

    /// Adds the rows of a block, each with its weight; the origin should be near those that weigh most.
    pub(crate) fn add_near(&mut self, origin: &[f64], block: Block, weights: &[f64]) {
        show_parts_near(origin, block, weights, &mut |weight, mean, scatter| self.merge_parts(weight, mean, scatter));
    }

    /// Σ w (x − centre)(x − centre)′, by the parallel-axis theorem.
    pub fn scatter_about(&self, centre: &DVector<f64>) -> DMatrix<f64> {
        let gap = &self.mean - centre;
        &self.scatter + &gap * gap.transpose() * self.weight
    }

    /// Adds a part by its weight, mean (d numbers) and scatter (d × d).
    pub(crate) fn merge_parts(&mut self, weight: f64, mean: &[f64], scatter: &[f64]) {
        if weight <= 0.0 {
            return;
        }
        let total = self.weight + weight;
        let (toward, between) = (weight / total, self.weight * weight / total);
        scratch::with(self.mean.len(), |gaps| {
            gaps.iter_mut().zip(mean.iter().zip(&self.mean)).for_each(|(gap, (mean, own))| *gap = mean - own);
            lanes::add_with_outer(scatter, between, gaps, self.scatter.as_mut_slice());
            self.mean.iter_mut().zip(gaps).for_each(|(own, gap)| *own += toward * *gap);
        });
        self.weight = total;
    }
}

/// What a part of the rows is added by: its weight, its mean (d numbers) and its scatter (d × d, or d).
pub(crate) type Show<'a> = dyn FnMut(f64, &[f64], &[f64]) + 'a;

/// Shows the moments of the columns of `x`, each with its weight; nothing where they have none.
fn show_parts(x: DMatrixView<f64>, weights: &[f64], show: &mut Show) {
    let (d, m) = x.shape();
    let weight = lanes::sum(weights);
    if weight <= 0.0 {
        return;
    }
    scratch::with(2 * d * m + d + d * d, |buffer| {
        let (centred, buffer) = buffer.split_at_mut(d * m);
        let (weighted, buffer) = buffer.split_at_mut(d * m);
        let (mean, scatter) = buffer.split_at_mut(d);
        weighted_mean(x, weights, weight, mean, scatter);
        let blocks = centred.chunks_exact_mut(d).zip(weighted.chunks_exact_mut(d));
        for (((c, cw), x), w) in blocks.zip(x.column_iter()).zip(weights) {
            for i in 0..d {
                c[i] = x[i] - mean[i];
                cw[i] = w * c[i];
            }
        }
        outer_products(centred, weighted, scatter, d, m);
        show(weight, mean, scatter);
    });
}

/// Shows the moments of the rows of a block, each with its weight; the origin should be near those that weigh most.
///
/// The block's scatter is taken about the origin and then moved to the block's mean. Where that would cost more than three
/// digits, it is taken about the mean from the first.
pub(crate) fn show_parts_near(origin: &[f64], block: Block, weights: &[f64], show: &mut Show) {
    let (d, m) = (block.features, block.len());
    let weight = lanes::sum(weights);
    if weight <= 0.0 {
        return;
    }
    let kept = scratch::with(lanes::padded(m) + d + d * d, |buffer| {
        let (filled, buffer) = buffer.split_at_mut(lanes::padded(m));
        let (sum, products) = buffer.split_at_mut(d);
        filled[..m].copy_from_slice(weights);
        filled[m..].fill(0.0);
        sum.fill(0.0);
        products.fill(0.0);
        add_about(origin, block.columns, filled, sum, products);
        if !to_mean(weight, sum, products) {
            return false;
        }
        sum.iter_mut().zip(origin).for_each(|(s, o)| *s += o);
        show(weight, sum, products);
        true
    });
    if !kept {
        show_parts(block.rows(), weights, &mut |weight, mean, scatter| match block.center {
            None => show(weight, mean, scatter),
            Some(center) => scratch::with(d, |about| {
                about.iter_mut().zip(mean.iter().zip(center)).for_each(|(out, (mean, c))| *out = mean - c);
                show(weight, about, scatter);
            }),
        });
    }
}

/// Turns Σ w (x − origin) and the lower triangle of Σ w (x − origin)(x − origin)′ into the mean less the origin and the scatter
/// about the mean, d × d. False where that would cost the scatter more than three digits: the mean is told nevertheless, and
/// the products stay as they were.
pub(crate) fn to_mean(weight: f64, sum: &mut [f64], products: &mut [f64]) -> bool {
    let d = sum.len();
    let left = |i: usize| products[i * d + i] - sum[i] * sum[i] / weight;
    let near = !(0..d).any(|i| left(i) < LEFT * products[i * d + i]);
    if near {
        move_to_mean(weight, sum, products);
    } else {
        sum.iter_mut().for_each(|s| *s /= weight);
    }
    near
}

/// The same at whatever cost.
pub(crate) fn move_to_mean(weight: f64, sum: &mut [f64], products: &mut [f64]) {
    let d = sum.len();
    sum.iter_mut().for_each(|s| *s /= weight);
    for j in 0..d {
        let by = weight * sum[j];
        products[j * d + j..(j + 1) * d].iter_mut().zip(&sum[j..]).for_each(|(p, s)| *p -= by * s);
    }
    mirror(products, d);
}

/// Σ w (x − origin), d numbers, and Σ w (x − origin)(x − origin)′, d × d, of rows given by the columns of a block and their
/// weights, filled up with zeros.
pub(crate) fn scatter_about(origin: &[f64], columns: &[f64], weights: &[f64], sum: &mut [f64], products: &mut [f64]) {
    sum.fill(0.0);
    products.fill(0.0);
    add_about(origin, columns, weights, sum, products);
    mirror(products, origin.len());
}

/// Adds Σ w (x − origin) and the lower triangle of Σ w (x − origin)(x − origin)′; rows and weights as above.
pub(crate) fn add_about(origin: &[f64], columns: &[f64], weights: &[f64], sum: &mut [f64], products: &mut [f64]) {
    scratch::with(columns.len() + lanes::LEFT * weights.len(), |buffer| {
        let (gaps, weighted) = buffer.split_at_mut(columns.len());
        Outer { rows: columns, origin, weights, gaps, weighted, sum, products }.add_up();
    });
}

/// Fills the upper triangle of d × d numbers from the lower one.
fn mirror(products: &mut [f64], d: usize) {
    (0..d).for_each(|j| (0..j).for_each(|i| products[j * d + i] = products[i * d + j]));
}

/// Σ w x / W, into d numbers, by way of `rough`, at least d numbers: the mean of what the rounded mean leaves corrects it.
/// So rows of one value have that value for a mean, to the bit, wherever they lie.
pub(crate) fn weighted_mean(x: DMatrixView<f64>, weights: &[f64], weight: f64, mean: &mut [f64], rough: &mut [f64]) {
    let rough = &mut rough[..mean.len()];
    rough.fill(0.0);
    for (x, w) in x.column_iter().zip(weights) {
        rough.iter_mut().zip(x.iter()).for_each(|(sum, x)| *sum += w * x);
    }
    rough.iter_mut().for_each(|sum| *sum /= weight);
    mean.fill(0.0);
    for (x, w) in x.column_iter().zip(weights) {
        mean.iter_mut().zip(x.iter().zip(rough.iter())).for_each(|(sum, (x, rough))| *sum += w * (x - rough));
    }
    mean.iter_mut().zip(rough.iter()).for_each(|(sum, rough)| *sum = rough + *sum / weight);
}

/// `out` = Σ over m columns of `weighted` · `centred`′, both d × m.
fn outer_products(centred: &[f64], weighted: &[f64], out: &mut [f64], d: usize, m: usize) {
    let transposed = DMatrixView::from_slice_with_strides_generic(centred, Dyn(m), Dyn(d), Dyn(d), Dyn(1));
    let mut out = DMatrixViewMut::from_slice(out, d, d);
    out.gemm(1.0, &DMatrixView::from_slice(weighted, d, m), &transposed, 0.0);
}

impl Statistics for Moments {
    fn merge(&mut self, other: &Self) {
        assert_eq!(self.mean.len(), other.mean.len(), "statistics of different shape");
        self.merge_parts(other.weight, other.mean.as_slice(), other.scatter.as_slice());
    }
    fn scale(&mut self, by: f64) {
        if by == 0.0 {
            return self.clear();
        }
        self.weight *= by;
        self.scatter *= by;
    }
    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        self.weight.visit(f);
        self.mean.visit(f);
        self.scatter.visit(f);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn of(rows: &[[f64; 2]], weights: &[f64]) -> Moments {
        let mut m = Moments::zero(2);
        m.add(DMatrix::from_fn(2, rows.len(), |i, j| rows[j][i]).as_view(), weights);
        m
    }

    #[test]
    fn by_hand() {
        let m = of(&[[0.0, 1.0], [2.0, 1.0], [4.0, 7.0]], &[1.0, 2.0, 1.0]);
        assert_eq!((m.weight, m.mean.as_slice()), (4.0, &[2.0, 2.5][..]));
        assert_relative_eq!(m.scatter, DMatrix::from_row_slice(2, 2, &[8.0, 12.0, 12.0, 27.0]), epsilon = 1e-12);
        assert_relative_eq!(m.scatter_about(&DVector::zeros(2))[(0, 1)], 32.0, epsilon = 1e-12);
    }

    #[test]
    fn parts_merge_into_the_whole_far_from_the_origin() {
        let rows: Vec<[f64; 2]> = (0..40).map(|i| [1e7 + (i * i % 17) as f64, (i % 5) as f64 - 1e7]).collect();
        let weights: Vec<f64> = (0..40).map(|i| (i % 3) as f64).collect();
        let near: Vec<[f64; 2]> = rows.iter().map(|r| [r[0] - 1e7, r[1] + 1e7]).collect();
        let truth = of(&near, &weights).scatter;
        for cut in [0, 1, 13, 39] {
            let (mut a, b) = (of(&rows[..cut], &weights[..cut]), of(&rows[cut..], &weights[cut..]));
            a.merge(&b);
            assert_relative_eq!(a.scatter, truth, max_relative = 1e-8);
        }
    }

    #[test]
    fn rows_of_one_value_have_no_scatter_far_from_the_origin() {
        let weights: Vec<f64> = (0..3000).map(|i| 0.1 + f64::from(i % 7)).collect();
        let m = of(&[[1e7 + 0.1, -0.3]; 3000], &weights);
        assert_eq!((m.mean.as_slice(), m.scatter), (&[1e7 + 0.1, -0.3][..], DMatrix::zeros(2, 2)));
    }

    #[test]
    fn scaled_by_zero_is_empty() {
        let mut m = of(&[[1.0, 2.0]], &[3.0]);
        m.scale(0.0);
        assert_eq!(m, Moments::zero(2));
    }

    #[test]
    fn rows_of_no_weight_leave_no_trace() {
        let mut m = of(&[[1.0, 2.0]], &[3.0]);
        let before = m.clone();
        m.merge(&of(&[[9.0, 9.0]], &[0.0]));
        assert_eq!(m, before);
    }
}
