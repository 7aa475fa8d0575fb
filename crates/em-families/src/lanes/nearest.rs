//! The nearest of several centers.

use super::dispatch::{Kernel, Tiled, Vector, multiply_add, run, run_tiled};
use super::tile::{self, TOGETHER, store};
use em_core::scratch;

/// Scores that differ by less than this, relative to their largest terms and per feature, are taken for equal: their
/// rounding is a tenth of it.
const CLOSE: f64 = 1e-14;

/// k centers of d features, ready to be compared with rows.
///
/// The nearest center has the least score ½ ‖c − o‖² − (x − o)′(c − o), about an origin o amid the centers: one
/// multiplication a feature. Where the two least scores are too close for their rounding, the row is left to be decided by
/// differences.
pub(crate) struct Centers<'a> {
    origin: &'a [f64],
    /// o − c, so many centers together: a feature after the other, those of the centers side by side. Places behind the last
    /// center are 0.
    gaps: &'a [f64],
    /// ½ ‖c − o‖² of each center; infinite behind the last, which is never nearest.
    halves: &'a [f64],
}

/// Lends `centers`, at least one of d numbers each, ready to be compared with rows.
pub(crate) fn with_centers<T>(centers: &[Vec<f64>], f: impl FnOnce(&Centers) -> T) -> T {
    let (k, d) = (centers.len(), centers[0].len());
    let places = k.next_multiple_of(TOGETHER);
    scratch::with(d + places * d + places, |room| {
        let (origin, room) = room.split_at_mut(d);
        let (gaps, halves) = room.split_at_mut(places * d);
        origin.fill(0.0);
        centers.iter().for_each(|c| origin.iter_mut().zip(c).for_each(|(o, c)| *o += c / k as f64));
        gaps.fill(0.0);
        halves.fill(f64::INFINITY);
        for (j, (half, center)) in halves.iter_mut().zip(centers).enumerate() {
            let places = gaps[j / TOGETHER * TOGETHER * d + j % TOGETHER..].iter_mut().step_by(TOGETHER);
            places.zip(center.iter().zip(origin.iter())).for_each(|(gap, (c, o))| *gap = o - c);
            *half = 0.5 * center.iter().zip(origin.iter()).map(|(c, o)| (c - o) * (c - o)).sum::<f64>();
        }
        f(&Centers { origin, gaps, halves })
    })
}

impl Centers<'_> {
    /// Writes the label of the nearest center of each row of a [`Block`](super::Block) with the columns `x`, −1 where two
    /// are too close to tell; as many labels as a column is filled up to.
    pub(crate) fn label(&self, x: &[f64], labels: &mut [f64]) {
        let stride = labels.len();
        scratch::with(x.len() + 3 * stride, |room| {
            let (shifted, room) = room.split_at_mut(x.len());
            let (squares, room) = room.split_at_mut(stride);
            let (best, second) = room.split_at_mut(stride);
            run(Shift { origin: self.origin, x, shifted, squares });
            run_tiled(LeastTwo { centers: self, shifted, best, second, labels });
            let finite = self.halves.iter().filter(|half| half.is_finite());
            let largest = finite.copied().fold(0.0, f64::max);
            let unit = CLOSE * (self.origin.len() + 8) as f64;
            for (((label, best), second), square) in labels.iter_mut().zip(best).zip(second).zip(squares) {
                *label = if *second - *best > unit * (*square + largest) { *label } else { -1.0 };
            }
        });
    }
}

/// Takes x − o, columns like those of x, and ‖x − o‖².
struct Shift<'a> {
    origin: &'a [f64],
    x: &'a [f64],
    shifted: &'a mut [f64],
    squares: &'a mut [f64],
}

impl Kernel for Shift<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Shift { origin, x, shifted, squares } = self;
        let stride = squares.len();
        squares.fill(0.0);
        for ((x, out), origin) in x.chunks_exact(stride).zip(shifted.chunks_exact_mut(stride)).zip(origin) {
            for ((x, out), square) in x.iter().zip(out).zip(&mut *squares) {
                *out = x - origin;
                *square = multiply_add::<FUSED>(*out, *out, *square);
            }
        }
    }
}

/// Finds the two least scores of each row, and whose the least is.
struct LeastTwo<'a> {
    centers: &'a Centers<'a>,
    /// x − o.
    shifted: &'a [f64],
    best: &'a mut [f64],
    second: &'a mut [f64],
    labels: &'a mut [f64],
}

impl Tiled for LeastTwo<'_> {
    type Out = ();

    #[inline(always)]
    fn go<X: Vector, const N: usize>(self) {
        let LeastTwo { centers: Centers { origin, gaps, halves }, shifted, best, second, labels } = self;
        let (stride, d) = (labels.len(), origin.len());
        for begin in (0..stride).step_by(N * X::LANES) {
            let (mut least, mut next, mut label) =
                ([X::splat(f64::INFINITY); N], [X::splat(f64::INFINITY); N], [X::splat(0.0); N]);
            let groups = gaps.chunks_exact(TOGETHER * d).zip(halves.as_chunks::<TOGETHER>().0);
            for (group, (gaps, halves)) in groups.enumerate() {
                let x = &shifted[begin..];
                // The places of centers behind the last have no features, and infinite scores all the same.
                let scores = tile::products::<X, N, TOGETHER>(*halves, gaps.as_chunks().0, (x, stride));
                for c in 0..TOGETHER {
                    let this = X::splat((group * TOGETHER + c) as f64);
                    for v in 0..N {
                        let score = scores[c][v];
                        let other = score.where_less(least[v], least[v], score);
                        next[v] = other.where_less(next[v], other, next[v]);
                        label[v] = score.where_less(least[v], this, label[v]);
                        least[v] = score.where_less(least[v], score, least[v]);
                    }
                }
            }
            store(least, &mut best[begin..]);
            store(next, &mut second[begin..]);
            store(label, &mut labels[begin..]);
        }
    }
}

/// ‖x − c‖² of each of some rows, d numbers each, from the center of its label, which is one of `centers`.
pub(crate) fn own_squared_distances(centers: &[Vec<f64>], d: usize, rows: &[f64], labels: &[f64], out: &mut [f64]) {
    run_tiled(Own { centers, d, rows, labels, out })
}

struct Own<'a> {
    centers: &'a [Vec<f64>],
    d: usize,
    rows: &'a [f64],
    labels: &'a [f64],
    out: &'a mut [f64],
}

impl Tiled for Own<'_> {
    type Out = ();

    #[inline(always)]
    fn go<X: Vector, const N: usize>(self) {
        let Own { centers, d, rows, labels, out } = self;
        for ((row, label), out) in rows.chunks_exact(d.max(1)).zip(labels).zip(out) {
            let ((x, x_rest), (c, c_rest)) = (X::split(row), X::split(&centers[*label as usize]));
            let mut sum = X::splat(0.0);
            for (x, c) in x.iter().zip(c) {
                let gap = X::load(x).minus(X::load(c));
                sum = gap.times_plus(gap, sum);
            }
            *out = sum.total();
            for (x, c) in x_rest.iter().zip(c_rest) {
                *out += (x - c) * (x - c);
            }
        }
    }
}

/// Adds w (x − c) of each of some rows, d numbers each, to the sums of its label, d numbers for each of `centers`; rows of
/// weight 0 have no part in it.
pub(crate) fn add_own_gaps(
    centers: &[Vec<f64>],
    d: usize,
    rows: &[f64],
    labels: &[f64],
    weights: &[f64],
    sums: &mut [f64],
) {
    run_tiled(OwnGaps { centers, d, rows, labels, weights, sums })
}

struct OwnGaps<'a> {
    centers: &'a [Vec<f64>],
    d: usize,
    rows: &'a [f64],
    labels: &'a [f64],
    weights: &'a [f64],
    sums: &'a mut [f64],
}

impl Tiled for OwnGaps<'_> {
    type Out = ();

    #[inline(always)]
    fn go<X: Vector, const N: usize>(self) {
        let OwnGaps { centers, d, rows, labels, weights, sums } = self;
        let whole = d / X::LANES * X::LANES;
        for ((row, label), weight) in rows.chunks_exact(d.max(1)).zip(labels).zip(weights) {
            if *weight <= 0.0 {
                continue;
            }
            let (label, w) = (*label as usize, X::splat(*weight));
            let (center, sums) = (&centers[label][..d], &mut sums[label * d..][..d]);
            for f in (0..whole).step_by(X::LANES) {
                let gap = X::first(&row[f..]).minus(X::first(&center[f..]));
                w.times_plus(gap, X::first(&sums[f..])).store(&mut sums[f..]);
            }
            for f in whole..d {
                sums[f] += weight * (row[f] - center[f]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::{padded, with_block};
    use super::super::tests::{SHAPES, agree, at_every_level, numbers};
    use super::*;

    fn labels(d: usize, x: &[f64], centers: &[Vec<f64>]) -> Vec<f64> {
        with_block(d, x, |block| {
            let mut labels = vec![f64::NAN; padded(block.len())];
            with_centers(centers, |centers| centers.label(block.columns, &mut labels));
            labels.truncate(block.len());
            labels
        })
    }

    #[test]
    fn the_nearest_is_found_and_what_is_too_close_is_left_open() {
        // Far from the origin, where products of raw numbers would tell nothing.
        let far = 1e8;
        let centers: Vec<Vec<f64>> = (0..5).map(|j| vec![far + f64::from(j), far]).collect();
        let x: Vec<f64> = (0..19).flat_map(|u| [far + (u % 8) as f64 * 0.25, far + 0.5]).collect();
        at_every_level(|level| {
            for (u, got) in labels(2, &x, &centers).into_iter().enumerate() {
                let expected = [0.0, 0.0, -1.0, 1.0, 1.0, 1.0, -1.0, 2.0][u % 8];
                assert_eq!(got, expected, "{level:?} {u}");
            }
        });
    }

    #[test]
    fn every_row_has_its_label_and_its_distance_for_every_remainder() {
        for (d, m, k) in SHAPES {
            let (x, c) = (numbers(d * m, 1), numbers(d * k, 2));
            let centers: Vec<Vec<f64>> = c.chunks_exact(d).map(<[f64]>::to_vec).collect();
            let distance = |u: usize, j: usize| (0..d).map(|f| (x[u * d + f] - centers[j][f]).powi(2)).sum::<f64>();
            let nearest = |u: usize| (0..k).min_by(|a, b| distance(u, *a).total_cmp(&distance(u, *b))).unwrap();
            let wanted: Vec<f64> = (0..m).map(|u| nearest(u) as f64).collect();
            let distances: Vec<f64> = (0..m).map(|u| distance(u, nearest(u))).collect();
            at_every_level(|level| {
                assert_eq!(labels(d, &x, &centers), wanted, "{level:?} {d} {m} {k}");
                let mut out = vec![f64::NAN; m];
                own_squared_distances(&centers, d, &x, &wanted, &mut out);
                agree(&out, &distances, (level, d, m, k));
                let (mut sums, weight) = (vec![0.5; k * d], |u: usize| (u % 3) as f64);
                add_own_gaps(&centers, d, &x, &wanted, &(0..m).map(weight).collect::<Vec<_>>(), &mut sums);
                let of = |j: usize| (0..m).filter(move |u| nearest(*u) == j);
                let sum = |j: usize, f: usize| of(j).map(|u| weight(u) * (x[u * d + f] - centers[j][f])).sum::<f64>();
                let truth: Vec<f64> = (0..k * d).map(|at| 0.5 + sum(at / d, at % d)).collect();
                agree(&sums, &truth, (level, d, m, k));
            });
        }
    }

    #[test]
    fn one_center_is_nearest_to_all() {
        assert_eq!(labels(3, &[2.0; 12], &[vec![1.0; 3]]), [0.0; 4]);
    }
}
