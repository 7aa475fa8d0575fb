//! Squared Mahalanobis distances.

use super::dispatch::{Kernel, WIDEST, multiply_add, run};
use em_core::scratch;

/// Rows of W whose products are taken together.
const TOGETHER: usize = 4;

/// A lower triangular W, d × d, with the numbers that are used together side by side.
pub(crate) struct Whitening<'a> {
    /// Of each group of rows up to the diagonal of its last, column by column; then the rows that are left over.
    numbers: &'a [f64],
    d: usize,
}

impl<'a> Whitening<'a> {
    /// The numbers that a W of d rows takes.
    pub(crate) fn size(d: usize) -> usize {
        groups(d).map(|(first, rows)| rows * (first + rows)).sum()
    }

    /// Writes W, given by its entries, into `numbers`.
    pub(crate) fn pack(d: usize, w: impl Fn(usize, usize) -> f64, numbers: &'a mut [f64]) -> Self {
        let places = groups(d)
            .flat_map(|(first, rows)| (0..first + rows).flat_map(move |j| (first..first + rows).map(move |i| (i, j))));
        numbers.iter_mut().zip(places).for_each(|(out, (i, j))| *out = if j <= i { w(i, j) } else { 0.0 });
        Whitening { numbers, d }
    }
}

/// The first row of each group, and how many rows it has.
fn groups(d: usize) -> impl Iterator<Item = (usize, usize)> {
    let whole = d / TOGETHER * TOGETHER;
    (0..whole).step_by(TOGETHER).map(|first| (first, TOGETHER)).chain((whole..d).map(|first| (first, 1)))
}

/// ‖W (x − μ)‖² of the rows of a [`Block`](super::Block) with the columns `x`, into as many numbers as each has.
pub(crate) fn squared_distances(w: &Whitening, mean: &[f64], x: &[f64], out: &mut [f64]) {
    scratch::with(w.d * WIDEST, |gaps| run(Distances { w, mean, x, gaps, out }))
}

struct Distances<'a> {
    w: &'a Whitening<'a>,
    mean: &'a [f64],
    x: &'a [f64],
    gaps: &'a mut [f64],
    out: &'a mut [f64],
}

impl Kernel for Distances<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Distances { w, mean, x, gaps, out } = self;
        let stride = out.len();
        let gaps = &mut gaps.as_chunks_mut::<V>().0[..w.d];
        for (at, out) in out.as_chunks_mut::<V>().0.iter_mut().enumerate() {
            for (j, (gap, mean)) in gaps.iter_mut().zip(mean).enumerate() {
                let x = &x[j * stride + at * V..][..V];
                for l in 0..V {
                    gap[l] = x[l] - mean;
                }
            }
            *out = [0.0; V];
            let mut numbers = w.numbers;
            let whole = w.d / TOGETHER * TOGETHER;
            for first in (0..whole).step_by(TOGETHER) {
                let (group, rest) = numbers.split_at(TOGETHER * (first + TOGETHER));
                add_squares::<FUSED, V, TOGETHER>(group, &gaps[..first + TOGETHER], out);
                numbers = rest;
            }
            for first in whole..w.d {
                let (group, rest) = numbers.split_at(first + 1);
                add_squares::<FUSED, V, 1>(group, &gaps[..=first], out);
                numbers = rest;
            }
        }
    }
}

/// Adds the squares of `R` entries of W (x − μ).
#[inline(always)]
fn add_squares<const FUSED: bool, const V: usize, const R: usize>(w: &[f64], gaps: &[[f64; V]], out: &mut [f64; V]) {
    let mut sums = [[0.0; V]; R];
    for (w, gap) in w.as_chunks::<R>().0.iter().zip(gaps) {
        for r in 0..R {
            for l in 0..V {
                sums[r][l] = multiply_add::<FUSED>(w[r], gap[l], sums[r][l]);
            }
        }
    }
    for sum in &sums {
        for l in 0..V {
            out[l] = multiply_add::<FUSED>(sum[l], sum[l], out[l]);
        }
    }
}
