//! [`DiagonalMoments`]: weight, mean and sums of squares, feature by feature.

use crate::lanes::{self, Block, Squares};
use crate::moments::{LEFT, Show, weighted_mean};
use em_core::{Statistics, scratch};
use nalgebra::{DMatrixView, DVector};

/// The diagonal of [`Moments`](crate::Moments): the sum of weights W, the weighted mean, and Σ w (x_i − mean_i)² of each
/// of d features; d numbers where the scatter has d².
///
/// Parts are merged pairwise (Chan, Golub & LeVeque 1983, eqs. 2.1a–b), as those of `Moments` are.
#[derive(Clone, Debug, PartialEq)]
pub struct DiagonalMoments {
    /// W, the sum of the weights.
    pub weight: f64,
    /// The weighted mean, d numbers; zero when W is.
    pub mean: DVector<f64>,
    /// The sums of squares about the mean, d numbers.
    pub squares: DVector<f64>,
}

impl DiagonalMoments {
    /// Of no rows, in d dimensions.
    pub fn zero(d: usize) -> Self {
        DiagonalMoments { weight: 0.0, mean: DVector::zeros(d), squares: DVector::zeros(d) }
    }

    /// Adds the columns of `x` (d × m, one observation per column), each with its weight.
    pub fn add(&mut self, x: DMatrixView<f64>, weights: &[f64]) {
        show_squares(x, weights, &mut |weight, mean, squares| self.merge_parts(weight, mean, squares));
    }

    /// Adds the rows of a block, each with its weight; the origin should be near those that weigh most.
    pub(crate) fn add_near(&mut self, origin: &[f64], block: Block, weights: &[f64]) {
        show_squares_near(origin, block, weights, &mut |weight, mean, squares| self.merge_parts(weight, mean, squares));
    }

    pub(crate) fn merge_parts(&mut self, weight: f64, mean: &[f64], squares: &[f64]) {
        if weight <= 0.0 {
            return;
        }
        let total = self.weight + weight;
        let (toward, between) = (weight / total, self.weight * weight / total);
        let own = self.mean.iter_mut().zip(self.squares.iter_mut());
        for ((own_mean, own_squares), (mean, squares)) in own.zip(mean.iter().zip(squares)) {
            let gap = mean - *own_mean;
            *own_squares += squares + between * gap * gap;
            *own_mean += toward * gap;
        }
        self.weight = total;
    }
}

/// Shows the moments of the columns of `x`, each with its weight; nothing where they have none.
fn show_squares(x: DMatrixView<f64>, weights: &[f64], show: &mut Show) {
    let (d, weight) = (x.nrows(), lanes::sum(weights));
    if weight <= 0.0 {
        return;
    }
    scratch::with(2 * d, |buffer| {
        let (mean, squares) = buffer.split_at_mut(d);
        weighted_mean(x, weights, weight, mean, squares);
        squares.fill(0.0);
        for (x, w) in x.column_iter().zip(weights) {
            let terms = x.iter().zip(mean.iter()).map(|(x, m)| w * (x - m) * (x - m));
            squares.iter_mut().zip(terms).for_each(|(s, term)| *s += term);
        }
        show(weight, mean, squares);
    });
}

/// Shows the moments of the rows of a block, each with its weight; the origin should be near those that weigh most. As with
/// [`Moments`](crate::Moments), no more than three digits are lost for that.
pub(crate) fn show_squares_near(origin: &[f64], block: Block, weights: &[f64], show: &mut Show) {
    let (d, m) = (block.features, block.len());
    let weight = lanes::sum(weights);
    if weight <= 0.0 {
        return;
    }
    let stride = lanes::padded(m);
    let kept = scratch::with(stride + 2 * d, |buffer| {
        let (filled, buffer) = buffer.split_at_mut(stride);
        let (sum, squares) = buffer.split_at_mut(d);
        filled[..m].copy_from_slice(weights);
        filled[m..].fill(0.0);
        Squares { rows: block.columns, origin, weights: filled, sum, squares }.add_up();
        let kept = move_to_mean(weight, origin, sum, squares);
        if kept {
            show(weight, sum, squares);
        }
        kept
    });
    if !kept {
        show_squares(block.rows(), weights, show);
    }
}

/// Turns Σ w g and Σ w g², g = x less an origin, into the mean of rows that weigh `weight` and the squares about it; whether
/// enough of the squares is left.
pub(crate) fn move_to_mean(weight: f64, origin: &[f64], sum: &mut [f64], squares: &mut [f64]) -> bool {
    let mut kept = true;
    for ((s, square), o) in sum.iter_mut().zip(squares).zip(origin) {
        let gap = *s / weight;
        let left = *square - *s * gap;
        kept &= left >= LEFT * *square;
        (*s, *square) = (gap + o, left);
    }
    kept
}

impl Statistics for DiagonalMoments {
    fn merge(&mut self, other: &Self) {
        assert_eq!(self.mean.len(), other.mean.len(), "statistics of different shape");
        self.merge_parts(other.weight, other.mean.as_slice(), other.squares.as_slice());
    }
    fn scale(&mut self, by: f64) {
        if by == 0.0 {
            return self.clear();
        }
        self.weight *= by;
        self.squares *= by;
    }
    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        self.weight.visit(f);
        self.mean.visit(f);
        self.squares.visit(f);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Moments;
    use approx::assert_relative_eq;
    use nalgebra::DMatrix;

    #[test]
    fn they_are_the_diagonal_of_the_moments_however_they_are_merged() {
        let x = DMatrix::from_fn(3, 40, |i, j| 1e7 + ((i + 2) * j * j % 17) as f64);
        let weights: Vec<f64> = (0..40).map(|i| (i % 3) as f64).collect();
        let mut whole = Moments::zero(3);
        whole.add(x.as_view(), &weights);
        for cut in [0, 1, 13, 40] {
            let (mut a, mut b) = (DiagonalMoments::zero(3), DiagonalMoments::zero(3));
            a.add(x.columns(0, cut), &weights[..cut]);
            b.add(x.columns(cut, 40 - cut), &weights[cut..]);
            a.merge(&b);
            assert_eq!(a.weight, whole.weight);
            assert_relative_eq!(a.mean, whole.mean, max_relative = 1e-15);
            assert_relative_eq!(a.squares, whole.scatter.diagonal(), max_relative = 1e-8);
        }
    }

    #[test]
    fn scaled_by_zero_is_empty() {
        let mut m = DiagonalMoments::zero(1);
        m.add(DMatrix::from_row_slice(1, 2, &[1.0, 2.0]).as_view(), &[1.0, 1.0]);
        m.scale(2.0);
        assert_eq!((m.weight, m.squares[0]), (4.0, 1.0));
        m.scale(0.0);
        assert_eq!(m, DiagonalMoments::zero(1));
    }
}
