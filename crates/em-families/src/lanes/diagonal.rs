//! Squared distances and sums of squares, feature by feature.

use super::dispatch::{Kernel, multiply_add, run, totals};

/// Σ_f ((x_f − μ_f) s_f)² of the rows of a [`Block`](super::Block) with the columns `x`, into as many numbers as each has.
pub(crate) fn scaled_squares(scales: &[f64], mean: &[f64], x: &[f64], out: &mut [f64]) {
    run(Distances { scales, mean, x, out })
}

struct Distances<'a> {
    scales: &'a [f64],
    mean: &'a [f64],
    x: &'a [f64],
    out: &'a mut [f64],
}

impl Kernel for Distances<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Distances { scales, mean, x, out } = self;
        let stride = out.len();
        for (at, out) in out.as_chunks_mut::<V>().0.iter_mut().enumerate() {
            let mut sum = [0.0; V];
            for (j, (scale, mean)) in scales.iter().zip(mean).enumerate() {
                let x = &x[j * stride + at * V..][..V];
                for l in 0..V {
                    let z = (x[l] - mean) * scale;
                    sum[l] = multiply_add::<FUSED>(z, z, sum[l]);
                }
            }
            *out = sum;
        }
    }
}

/// Σ_i w_i g_i and Σ_i w_i g_i² over a block of rows, feature by feature, with g = x less an origin.
pub(crate) struct Squares<'a> {
    /// The rows x, the columns of a [`Block`](super::Block): d times as many numbers as there are weights.
    pub(crate) rows: &'a [f64],
    /// The origin, d numbers.
    pub(crate) origin: &'a [f64],
    /// The weights w, filled up with zeros.
    pub(crate) weights: &'a [f64],
    /// For Σ w g, d numbers.
    pub(crate) sum: &'a mut [f64],
    /// For Σ w g², d numbers.
    pub(crate) squares: &'a mut [f64],
}

impl Squares<'_> {
    /// Writes both sums.
    pub(crate) fn add_up(self) {
        run(self)
    }
}

impl Kernel for Squares<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Squares { rows, origin, weights, sum, squares } = self;
        let weights = weights.as_chunks::<V>().0;
        for (j, column) in rows.chunks_exact(weights.len().max(1) * V).enumerate().take(origin.len()) {
            let (origin, mut first, mut second) = (origin[j], [0.0; V], [0.0; V]);
            for (x, w) in column.as_chunks::<V>().0.iter().zip(weights) {
                for l in 0..V {
                    let gap = x[l] - origin;
                    let weighted = gap * w[l];
                    first[l] += weighted;
                    second[l] = multiply_add::<FUSED>(weighted, gap, second[l]);
                }
            }
            [sum[j], squares[j]] = totals([first, second]);
        }
    }
}

/// Writes x − origin and its squares, column by column, behind one another; x are the columns of a
/// [`Block`](super::Block).
pub(crate) fn powers(origin: &[f64], x: &[f64], out: &mut [f64]) {
    let (first, second) = out.split_at_mut(x.len());
    run(Powers { origin, x, first, second });
}

struct Powers<'a> {
    origin: &'a [f64],
    x: &'a [f64],
    first: &'a mut [f64],
    second: &'a mut [f64],
}

impl Kernel for Powers<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Powers { origin, x, first, second } = self;
        let stride = (x.len() / origin.len().max(1)).max(1);
        let out = first.chunks_exact_mut(stride).zip(second.chunks_exact_mut(stride));
        for ((origin, x), (first, second)) in origin.iter().zip(x.chunks_exact(stride)).zip(out) {
            for ((x, first), second) in x.iter().zip(first).zip(second) {
                *first = x - origin;
                *second = *first * *first;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::{padded, with_block};
    use super::super::tests::{SHAPES, agree, at_every_level, numbers};
    use super::*;

    #[test]
    fn distances_and_sums_are_those_of_the_rows_with_their_weights() {
        for (d, m, _) in SHAPES {
            let (x, mean, scales) = (numbers(d * m, 1), numbers(d, 2), numbers(d, 3));
            let weights: Vec<f64> = numbers(m, 4).iter().map(|w| w.abs()).collect();
            let gap = |u: usize, i: usize| x[u * d + i] - mean[i];
            let distances: Vec<f64> =
                (0..m).map(|u| (0..d).map(|i| (gap(u, i) * scales[i]).powi(2)).sum::<f64>()).collect();
            let sum_of = |i: usize, power: i32| (0..m).map(|u| weights[u] * gap(u, i).powi(power)).sum::<f64>();
            at_every_level(|level| {
                let mut filled = weights.clone();
                filled.resize(padded(m), 0.0);
                let mut out = vec![f64::NAN; padded(m)];
                let (mut sum, mut squares) = (vec![f64::NAN; d], vec![f64::NAN; d]);
                with_block(d, &x, |block| {
                    scaled_squares(&scales, &mean, block.columns, &mut out);
                    let (rows, origin, weights) = (block.columns, &mean[..], &filled[..]);
                    Squares { rows, origin, weights, sum: &mut sum, squares: &mut squares }.add_up();
                });
                agree(&out[..m], &distances, (level, d, m));
                agree(&sum, &(0..d).map(|i| sum_of(i, 1)).collect::<Vec<_>>(), (level, d, m));
                let mut both = vec![f64::NAN; 2 * d * padded(m)];
                with_block(d, &x, |block| powers(&mean, block.columns, &mut both));
                let place = |i: usize, u: usize| i * padded(m) + u;
                let units = || (0..d).flat_map(|i| (0..m).map(move |u| (i, u)));
                for (i, u) in units() {
                    let (first, second) = (both[place(i, u)], both[place(d + i, u)]);
                    assert_eq!((first, second), (gap(u, i), gap(u, i) * gap(u, i)), "{level:?} {d} {m}");
                }
                agree(&squares, &(0..d).map(|i| sum_of(i, 2)).collect::<Vec<_>>(), (level, d, m));
            });
        }
    }
}
