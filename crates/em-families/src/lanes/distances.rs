//! Squared distances from several points at once.

use super::block::padded;
use super::dispatch::{Kernel, add_products, lanes, run, unrolled};

/// Points whose distances are taken together.
const TOGETHER: usize = 4;

/// Σ_f (x_f − c_f)² of m rows x and k points c, both as the columns of a [`Block`](super::Block), into k × m numbers, those
/// of the first point first.
pub(crate) fn squared_gaps(k: usize, points: &[f64], x: &[f64], out: &mut [f64]) {
    run(Gaps::<false> { k, points, scales: points, x, out })
}

/// Σ_f ((x_f − c_f) s_f)², where each point has scales s of its own, in columns like theirs.
pub(crate) fn scaled_squared_gaps(k: usize, points: &[f64], scales: &[f64], x: &[f64], out: &mut [f64]) {
    run(Gaps::<true> { k, points, scales, x, out })
}

struct Gaps<'a, const SCALED: bool> {
    k: usize,
    points: &'a [f64],
    scales: &'a [f64],
    x: &'a [f64],
    out: &'a mut [f64],
}

impl<const SCALED: bool> Kernel for Gaps<'_, SCALED> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Gaps { k, points, scales, x, out } = self;
        let m = out.len() / k.max(1);
        for begin in (0..m).step_by(V) {
            let n = V.min(m - begin);
            for first in (0..k).step_by(TOGETHER) {
                let sums = tile::<FUSED, SCALED, V>((points, scales, padded(k), first), (x, padded(m), begin));
                for (c, sums) in sums.iter().enumerate().take(k - first) {
                    out[(first + c) * m + begin..][..n].copy_from_slice(&sums[..n]);
                }
            }
        }
    }
}

/// The distances of the rows from `begin` on from the points from `first` on, feature by feature.
#[inline(always)]
fn tile<const FUSED: bool, const SCALED: bool, const V: usize>(
    (points, scales, point_stride, first): (&[f64], &[f64], usize, usize),
    (x, stride, begin): (&[f64], usize, usize),
) -> [[f64; V]; TOGETHER] {
    let mut sums = [[0.0; V]; TOGETHER];
    let points = points.chunks_exact(point_stride).zip(scales.chunks_exact(point_stride));
    for ((points, scales), x) in points.zip(x.chunks_exact(stride)) {
        let (points, scales): (&[f64; TOGETHER], &[f64; TOGETHER]) = (lanes(points, first), lanes(scales, first));
        let x: &[f64; V] = lanes(x, begin);
        unrolled!(c in [0, 1, 2, 3] {
            let gap = x.map(|x| if SCALED { (x - points[c]) * scales[c] } else { x - points[c] });
            add_products::<FUSED, V>(&mut sums[c], &gap, &gap);
        });
    }
    sums
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
