//! The nearest of several centers.

use super::dispatch::{Kernel, add_product, lanes, multiply_add, run, totals, unrolled};
use em_core::scratch;

/// Centers whose scores are taken together.
const TOGETHER: usize = 4;
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
        scratch::with(x.len() + (3 + TOGETHER) * stride, |room| {
            let (shifted, room) = room.split_at_mut(x.len());
            let (squares, room) = room.split_at_mut(stride);
            let (best, room) = room.split_at_mut(stride);
            let (second, scores) = room.split_at_mut(stride);
            run(Labels { centers: self, x, shifted, squares, best, second, scores, labels });
        });
    }
}

struct Labels<'a> {
    centers: &'a Centers<'a>,
    x: &'a [f64],
    /// For x − o, columns like those of x.
    shifted: &'a mut [f64],
    /// For ‖x − o‖², and the two least scores of each row.
    squares: &'a mut [f64],
    best: &'a mut [f64],
    second: &'a mut [f64],
    /// For the scores of the centers that are taken together.
    scores: &'a mut [f64],
    labels: &'a mut [f64],
}

impl Kernel for Labels<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Labels { centers: Centers { origin, gaps, halves }, x, shifted, squares, best, second, scores, labels } =
            self;
        let (stride, d) = (labels.len(), origin.len());
        shift::<FUSED>(origin, x, shifted, squares);
        best.fill(f64::INFINITY);
        second.fill(f64::INFINITY);
        labels.fill(0.0);
        let groups = gaps.chunks_exact(TOGETHER * d).zip(halves.as_chunks::<TOGETHER>().0);
        for (group, (gaps, halves)) in groups.enumerate() {
            for begin in (0..stride).step_by(V) {
                let sums = tile::<FUSED, V>(gaps, halves, shifted, stride, begin);
                for (out, sums) in scores.chunks_exact_mut(stride).zip(&sums) {
                    out[begin..][..V].copy_from_slice(sums);
                }
            }
            least_two((group * TOGETHER) as f64, scores, best, second, labels);
        }
        let finite = halves.iter().filter(|half| half.is_finite());
        let (largest, unit) = (finite.copied().fold(0.0, f64::max), CLOSE * (d + 8) as f64);
        for (((label, best), second), square) in labels.iter_mut().zip(&*best).zip(&*second).zip(&*squares) {
            *label = if second - best > unit * (square + largest) { *label } else { -1.0 };
        }
    }
}

/// x − o and its square.
#[inline(always)]
fn shift<const FUSED: bool>(origin: &[f64], x: &[f64], shifted: &mut [f64], squares: &mut [f64]) {
    let stride = squares.len();
    squares.fill(0.0);
    for ((x, out), origin) in x.chunks_exact(stride).zip(shifted.chunks_exact_mut(stride)).zip(origin) {
        for ((x, out), square) in x.iter().zip(out).zip(&mut *squares) {
            *out = x - origin;
            *square = multiply_add::<FUSED>(*out, *out, *square);
        }
    }
}

/// ½ ‖g‖² − x′g of the rows from `begin` on for some gaps g, given with their signs turned.
#[inline(always)]
fn tile<const FUSED: bool, const V: usize>(
    gaps: &[f64],
    halves: &[f64; TOGETHER],
    x: &[f64],
    stride: usize,
    begin: usize,
) -> [[f64; V]; TOGETHER] {
    let mut sums = halves.map(|half| [half; V]);
    for (gaps, x) in gaps.as_chunks::<TOGETHER>().0.iter().zip(x.chunks_exact(stride)) {
        let x: &[f64; V] = lanes(x, begin);
        unrolled!(c in [0, 1, 2, 3] {
            add_product::<FUSED, V>(&mut sums[c], gaps[c], x);
        });
    }
    sums
}

/// Takes the scores of the centers from `first` on into account: a row after the other, so that the compiler may take
/// several rows at a time.
#[inline(always)]
fn least_two(first: f64, scores: &[f64], best: &mut [f64], second: &mut [f64], labels: &mut [f64]) {
    let stride = labels.len();
    let of: [&[f64]; TOGETHER] = std::array::from_fn(|c| &scores[c * stride..][..stride]);
    let (best, second) = (&mut best[..stride], &mut second[..stride]);
    for l in 0..stride {
        let (mut least, mut next, mut label) = (best[l], second[l], labels[l]);
        unrolled!(c in [0, 1, 2, 3] {
            let score = of[c][l];
            let nearer = score < least;
            let other = if nearer { least } else { score };
            next = if other < next { other } else { next };
            least = if nearer { score } else { least };
            label = if nearer { first + c as f64 } else { label };
        });
        (best[l], second[l], labels[l]) = (least, next, label);
    }
}

/// ‖x − c‖² of each of some rows, d numbers each, from the center of its label, which is one of `centers`.
pub(crate) fn own_squared_distances(centers: &[Vec<f64>], d: usize, rows: &[f64], labels: &[f64], out: &mut [f64]) {
    run(Own { centers, d, rows, labels, out })
}

struct Own<'a> {
    centers: &'a [Vec<f64>],
    d: usize,
    rows: &'a [f64],
    labels: &'a [f64],
    out: &'a mut [f64],
}

impl Kernel for Own<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Own { centers, d, rows, labels, out } = self;
        for ((row, label), out) in rows.chunks_exact(d.max(1)).zip(labels).zip(out) {
            let ((x, x_rest), (c, c_rest)) = (row.as_chunks::<R>(), centers[*label as usize].as_chunks::<R>());
            let mut sums = [0.0; R];
            for (x, c) in x.iter().zip(c) {
                for l in 0..R {
                    let gap = x[l] - c[l];
                    sums[l] = multiply_add::<FUSED>(gap, gap, sums[l]);
                }
            }
            let rest = x_rest.iter().zip(c_rest).map(|(x, c)| (x - c) * (x - c)).sum::<f64>();
            *out = totals(&[sums])[0] + rest;
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
            });
        }
    }

    #[test]
    fn one_center_is_nearest_to_all() {
        assert_eq!(labels(3, &[2.0; 12], &[vec![1.0; 3]]), [0.0; 4]);
    }
}
