//! The nearest of several centers.

use super::dispatch::{Kernel, multiply_add, run};

/// Centers whose distances are taken together.
const TOGETHER: usize = 4;

/// The center nearest to each row of a block in squared Euclidean distance, the first among equals.
pub(crate) struct Nearest<'a> {
    /// The centers, d numbers each.
    pub(crate) centers: &'a [Vec<f64>],
    /// The rows, the columns of a [`Block`](super::Block).
    pub(crate) columns: &'a [f64],
    /// For the label of each row, as many as a column is filled up to.
    pub(crate) labels: &'a mut [f64],
    /// For its squared distance, as many.
    pub(crate) distances: &'a mut [f64],
}

impl Nearest<'_> {
    /// Writes labels and distances.
    pub(crate) fn find(self) {
        run(self)
    }
}

impl Kernel for Nearest<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize>(self) {
        let Nearest { centers, columns, labels, distances } = self;
        let stride = labels.len();
        let lanes = labels.as_chunks_mut::<V>().0.iter_mut().zip(distances.as_chunks_mut::<V>().0);
        for (at, (label, best)) in lanes.enumerate() {
            (*label, *best) = ([0.0; V], [f64::INFINITY; V]);
            let mut first = 0;
            while first < centers.len() {
                let group = &centers[first..centers.len().min(first + TOGETHER)];
                // Places behind the last center repeat it, and are never nearer than it.
                let center: [&[f64]; TOGETHER] = std::array::from_fn(|c| &group[c.min(group.len() - 1)][..]);
                let sums = distances_to::<FUSED, V>(center, columns, stride, at * V);
                for (c, sum) in sums.iter().enumerate() {
                    for l in 0..V {
                        let nearer = sum[l] < best[l];
                        best[l] = if nearer { sum[l] } else { best[l] };
                        label[l] = if nearer { (first + c) as f64 } else { label[l] };
                    }
                }
                first += TOGETHER;
            }
        }
    }
}

/// Σ_f (x_f − c_f)² of the rows from `begin` on.
#[inline(always)]
fn distances_to<const FUSED: bool, const V: usize>(
    centers: [&[f64]; TOGETHER],
    columns: &[f64],
    stride: usize,
    begin: usize,
) -> [[f64; V]; TOGETHER] {
    let mut sums = [[0.0; V]; TOGETHER];
    let d = centers.iter().map(|c| c.len()).min().unwrap_or(0);
    for f in 0..d {
        let x = &columns[f * stride + begin..][..V];
        for c in 0..TOGETHER {
            let center = centers[c][f];
            for l in 0..V {
                let gap = x[l] - center;
                sums[c][l] = multiply_add::<FUSED>(gap, gap, sums[c][l]);
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
    fn the_nearest_is_found_and_the_first_among_equals() {
        let centers: Vec<Vec<f64>> = (0..6).map(|j| vec![f64::from(j % 5), 1.0]).collect();
        let x = DMatrix::from_fn(2, 19, |i, u| if i == 0 { (u % 7) as f64 - 0.5 } else { 1.0 });
        let (mut labels, mut distances) = (vec![0.0; padded(19)], vec![0.0; padded(19)]);
        with_block(x.as_view(), |block| {
            Nearest { centers: &centers, columns: block.columns, labels: &mut labels, distances: &mut distances }.find();
        });
        for u in 0..19 {
            let at = (u % 7) as f64 - 0.5;
            // Half-way between two centers, the lower; beyond the last, the last.
            let (label, distance) = (at.floor().clamp(0.0, 4.0), if u % 7 == 6 { 1.5 } else { 0.5f64 });
            assert_eq!((labels[u], distances[u]), (label, distance * distance), "{u}");
        }
    }
}
