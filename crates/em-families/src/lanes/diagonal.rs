//! Squared distances and sums of squares, feature by feature.

use super::dispatch::{Kernel, multiply_add, run};

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
            (sum[j], squares[j]) = (first.iter().sum(), second.iter().sum());
        }
    }
}
