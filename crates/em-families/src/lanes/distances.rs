//! Squared distances from several points at once.

use super::block::padded;
use super::dispatch::{Tiled, Vector, WIDEST, lanes, run_tiled};
use super::tile::{TOGETHER, Tile, store, vectors};

/// Σ_f (x_f − c_f)² of m rows x and k points c, both as the columns of a [`Block`](super::Block), into k × m numbers, those
/// of the first point first.
pub(crate) fn squared_gaps(k: usize, points: &[f64], x: &[f64], out: &mut [f64]) {
    run_tiled(Gaps::<false> { k, points, scales: points, x, out })
}

/// Σ_f ((x_f − c_f) s_f)², where each point has scales s of its own, in columns like theirs.
pub(crate) fn scaled_squared_gaps(k: usize, points: &[f64], scales: &[f64], x: &[f64], out: &mut [f64]) {
    run_tiled(Gaps::<true> { k, points, scales, x, out })
}

struct Gaps<'a, const SCALED: bool> {
    k: usize,
    points: &'a [f64],
    scales: &'a [f64],
    x: &'a [f64],
    out: &'a mut [f64],
}

impl<const SCALED: bool> Tiled for Gaps<'_, SCALED> {
    type Out = ();

    #[inline(always)]
    fn go<X: Vector, const N: usize>(self) {
        let Gaps { k, points, scales, x, out } = self;
        let m = out.len() / k.max(1);
        for begin in (0..m).step_by(N * X::LANES) {
            for first in (0..k).step_by(TOGETHER) {
                let sums = tile::<SCALED, X, N>((points, scales, padded(k), first), (x, padded(m), begin));
                write(sums, begin, out.chunks_exact_mut(m).skip(first));
            }
        }
    }
}

/// The distances of the rows from `begin` on from the points from `first` on, feature by feature.
#[inline(always)]
fn tile<const SCALED: bool, X: Vector, const N: usize>(
    (points, scales, point_stride, first): (&[f64], &[f64], usize, usize),
    (x, stride, begin): (&[f64], usize, usize),
) -> Tile<X, N, TOGETHER> {
    let mut sums = [[X::splat(0.0); N]; TOGETHER];
    let points = points.chunks_exact(point_stride).zip(scales.chunks_exact(point_stride));
    for ((points, scales), x) in points.zip(x.chunks_exact(stride)) {
        let (points, scales): (&[f64; TOGETHER], &[f64; TOGETHER]) = (lanes(points, first), lanes(scales, first));
        let x = vectors::<X, N>(&x[begin..]);
        for c in 0..TOGETHER {
            let (point, scale) = (X::splat(points[c]), X::splat(scales[c]));
            for v in 0..N {
                let gap = x[v].minus(point);
                let gap = if SCALED { gap.times(scale) } else { gap };
                sums[c][v] = gap.times_plus(gap, sums[c][v]);
            }
        }
    }
    sums
}

/// Writes the numbers of each list into a column, as many as it has room for.
#[inline(always)]
fn write<'a, X: Vector, const N: usize>(
    sums: Tile<X, N, TOGETHER>,
    begin: usize,
    columns: impl Iterator<Item = &'a mut [f64]>,
) {
    let mut all = [[0.0; WIDEST]; TOGETHER];
    for c in 0..TOGETHER {
        store(sums[c], &mut all[c]);
    }
    for (column, all) in columns.zip(&all) {
        let n = (N * X::LANES).min(column.len() - begin);
        column[begin..][..n].copy_from_slice(&all[..n]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::with_block;
    use super::super::tests::{SHAPES, agree, at_every_level, numbers};
    use super::*;

    #[test]
    fn every_row_is_as_far_from_every_point_as_differences_say() {
        for (d, m, k) in SHAPES {
            let (x, c, s) = (numbers(d * m, 1), numbers(d * k, 2), numbers(d * k, 3));
            let distance = |j: usize, i: usize, scale: &dyn Fn(usize) -> f64| {
                (0..d).map(|f| ((x[i * d + f] - c[j * d + f]) * scale(f)).powi(2)).sum::<f64>()
            };
            let truth = |scaled: bool| -> Vec<f64> {
                let scale = |j: usize, f: usize| if scaled { s[j * d + f] } else { 1.0 };
                (0..k)
                    .flat_map(|j| (0..m).map(move |i| (j, i)))
                    .map(|(j, i)| distance(j, i, &|f| scale(j, f)))
                    .collect()
            };
            at_every_level(|level| {
                let (mut plain, mut scaled) = (vec![f64::NAN; k * m], vec![f64::NAN; k * m]);
                with_block(d, &x, |rows| {
                    with_block(d, &c, |points| {
                        squared_gaps(k, points.columns, rows.columns, &mut plain);
                        with_block(d, &s, |scales| {
                            scaled_squared_gaps(k, points.columns, scales.columns, rows.columns, &mut scaled);
                        });
                    });
                });
                agree(&plain, &truth(false), (level, d, m, k));
                agree(&scaled, &truth(true), (level, d, m, k));
            });
        }
    }

    #[test]
    fn close_rows_far_from_zero_keep_their_digits() {
        let (x, c) = ([1e9 + 0.25], [1e9, 1e9 + 0.5]);
        at_every_level(|_| {
            let mut out = [0.0; 2];
            with_block(1, &x, |rows| {
                with_block(1, &c, |points| squared_gaps(2, points.columns, rows.columns, &mut out));
            });
            assert_eq!(out, [0.0625; 2]);
        });
    }
}
