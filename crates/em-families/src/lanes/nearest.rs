//! The nearest of several centers.

use super::dispatch::{Kernel, WIDEST, multiply_add, run};
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
    /// c − o, k × d.
    gaps: &'a [f64],
    /// ½ ‖c − o‖², k numbers.
    halves: &'a [f64],
}

/// Lends `centers`, at least one of d numbers each, ready to be compared with rows.
pub(crate) fn with_centers<T>(centers: &[Vec<f64>], f: impl FnOnce(&Centers) -> T) -> T {
    let (k, d) = (centers.len(), centers[0].len());
    scratch::with(d + k * d + k, |room| {
        let (origin, room) = room.split_at_mut(d);
        let (gaps, halves) = room.split_at_mut(k * d);
        origin.fill(0.0);
        centers.iter().for_each(|c| origin.iter_mut().zip(c).for_each(|(o, c)| *o += c / k as f64));
        for ((gaps, half), center) in gaps.chunks_exact_mut(d.max(1)).zip(halves.iter_mut()).zip(centers) {
            gaps.iter_mut().zip(center.iter().zip(origin.iter())).for_each(|(g, (c, o))| *g = c - o);
            *half = 0.5 * gaps.iter().map(|g| g * g).sum::<f64>();
        }
        f(&Centers { origin, gaps, halves })
    })
}

impl Centers<'_> {
    /// Writes the label of the nearest center of each row of a [`Block`](super::Block) with the columns `x`, −1 where two
    /// are too close to tell; as many labels as a column is filled up to.
    pub(crate) fn label(&self, x: &[f64], labels: &mut [f64]) {
        scratch::with(self.origin.len() * WIDEST, |tile| run(Labels { centers: self, x, tile, labels }))
    }
}

struct Labels<'a> {
    centers: &'a Centers<'a>,
    x: &'a [f64],
    tile: &'a mut [f64],
    labels: &'a mut [f64],
}

impl Kernel for Labels<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Labels { centers: Centers { origin, gaps, halves }, x, tile, labels } = self;
        let (stride, d, k) = (labels.len(), origin.len(), halves.len());
        let largest = halves.iter().copied().fold(0.0, f64::max);
        let tile = &mut tile.as_chunks_mut::<V>().0[..d];
        for (at, labels) in labels.as_chunks_mut::<V>().0.iter_mut().enumerate() {
            let mut squares = [0.0; V];
            for (f, (tile, origin)) in tile.iter_mut().zip(*origin).enumerate() {
                let x = &x[f * stride + at * V..][..V];
                for l in 0..V {
                    tile[l] = x[l] - origin;
                    squares[l] = multiply_add::<FUSED>(tile[l], tile[l], squares[l]);
                }
            }
            let (mut best, mut second) = ([f64::INFINITY; V], [f64::INFINITY; V]);
            for first in (0..k).step_by(TOGETHER) {
                let group: [usize; TOGETHER] = std::array::from_fn(|c| (first + c).min(k - 1));
                let scores = scores::<FUSED, V>(group.map(|c| (&gaps[c * d..][..d], halves[c])), tile);
                // Places behind the last center repeat it.
                for (c, score) in scores.iter().enumerate().take(k - first) {
                    for l in 0..V {
                        let nearer = score[l] < best[l];
                        let other = if nearer { best[l] } else { score[l] };
                        second[l] = if other < second[l] { other } else { second[l] };
                        best[l] = if nearer { score[l] } else { best[l] };
                        labels[l] = if nearer { (first + c) as f64 } else { labels[l] };
                    }
                }
            }
            for l in 0..V {
                let rounding = CLOSE * (d + 8) as f64 * (squares[l] + largest);
                labels[l] = if second[l] - best[l] > rounding { labels[l] } else { -1.0 };
            }
        }
    }
}

/// ½ ‖g‖² − x′g of the rows of a tile for some gaps g.
#[inline(always)]
fn scores<const FUSED: bool, const V: usize>(
    group: [(&[f64], f64); TOGETHER],
    tile: &[[f64; V]],
) -> [[f64; V]; TOGETHER] {
    let mut sums = group.map(|(_, half)| [half; V]);
    for (f, x) in tile.iter().enumerate() {
        for c in 0..TOGETHER {
            let gap = -group[c].0[f];
            for l in 0..V {
                sums[c][l] = multiply_add::<FUSED>(gap, x[l], sums[c][l]);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::{padded, with_block};
    use nalgebra::DMatrix;

    #[test]
    fn the_nearest_is_found_and_what_is_too_close_is_left_open() {
        // Far from the origin, where products of raw numbers would tell nothing.
        let far = 1e8;
        let centers: Vec<Vec<f64>> = (0..5).map(|j| vec![far + f64::from(j), far]).collect();
        let x = DMatrix::from_fn(2, 19, |i, u| if i == 0 { far + (u % 8) as f64 * 0.25 } else { far + 0.5 });
        let mut labels = vec![0.0; padded(19)];
        with_block(x.as_view(), |block| with_centers(&centers, |centers| centers.label(block.columns, &mut labels)));
        for u in 0..19 {
            let expected = [0.0, 0.0, -1.0, 1.0, 1.0, 1.0, -1.0, 2.0][u % 8];
            assert_eq!(labels[u], expected, "{u}");
        }
    }

    #[test]
    fn one_center_is_nearest_to_all() {
        let mut labels = vec![7.0; 16];
        let x = DMatrix::from_element(3, 4, 2.0);
        with_block(x.as_view(), |block| with_centers(&[vec![1.0; 3]], |one| one.label(block.columns, &mut labels)));
        assert_eq!(labels[..4], [0.0; 4]);
    }
}
