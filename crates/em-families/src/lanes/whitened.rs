//! Squared Mahalanobis distances.

use super::dispatch::{Kernel, WIDEST, add_product, add_products, run, unrolled};
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

    /// Shows each group: its first row, how many there are, and their numbers.
    #[inline(always)]
    fn each_group(&self, mut show: impl FnMut(usize, usize, &[f64])) {
        let mut left = self.numbers;
        for (first, rows) in groups(self.d) {
            let (numbers, rest) = left.split_at(rows * (first + rows));
            show(first, rows, numbers);
            left = rest;
        }
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
            take_gaps(mean, x, stride, at * V, gaps);
            *out = [0.0; V];
            w.each_group(|first, rows, numbers| {
                let gaps = &gaps[..first + rows];
                match rows {
                    TOGETHER => add_squares::<FUSED, V>(&products::<FUSED, V, TOGETHER>(numbers, gaps), out),
                    _ => add_squares::<FUSED, V>(&products::<FUSED, V, 1>(numbers, gaps), out),
                }
            });
        }
    }
}

/// W (x − μ) of the rows of a [`Block`](super::Block) with the columns `x`, as columns like those.
pub(crate) fn whiten(w: &Whitening, mean: &[f64], x: &[f64], out: &mut [f64]) {
    scratch::with(w.d * WIDEST, |gaps| run(Whitened { w, mean, x, gaps, out }))
}

struct Whitened<'a> {
    w: &'a Whitening<'a>,
    mean: &'a [f64],
    x: &'a [f64],
    gaps: &'a mut [f64],
    out: &'a mut [f64],
}

impl Kernel for Whitened<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Whitened { w, mean, x, gaps, out } = self;
        let stride = out.len() / w.d.max(1);
        let gaps = &mut gaps.as_chunks_mut::<V>().0[..w.d];
        for begin in (0..stride).step_by(V) {
            take_gaps(mean, x, stride, begin, gaps);
            w.each_group(|first, rows, numbers| {
                let gaps = &gaps[..first + rows];
                let mut write = |r: usize, sum: &[f64; V]| {
                    out[(first + r) * stride + begin..][..V].copy_from_slice(sum);
                };
                match rows {
                    TOGETHER => {
                        let sums = products::<FUSED, V, TOGETHER>(numbers, gaps);
                        sums.iter().enumerate().for_each(|(r, sum)| write(r, sum));
                    }
                    _ => write(0, &products::<FUSED, V, 1>(numbers, gaps)[0]),
                }
            });
        }
    }
}

/// x − μ of the rows from `begin` on.
#[inline(always)]
fn take_gaps<const V: usize>(mean: &[f64], x: &[f64], stride: usize, begin: usize, gaps: &mut [[f64; V]]) {
    for ((gap, mean), x) in gaps.iter_mut().zip(mean).zip(x.chunks_exact(stride)) {
        let x = &x[begin..][..V];
        gap.iter_mut().zip(x).for_each(|(gap, x)| *gap = x - mean);
    }
}

/// `R` entries of W (x − μ).
#[inline(always)]
fn products<const FUSED: bool, const V: usize, const R: usize>(w: &[f64], gaps: &[[f64; V]]) -> [[f64; V]; R] {
    let mut sums = [[0.0; V]; R];
    for (w, gap) in w.as_chunks::<R>().0.iter().zip(gaps) {
        unrolled!(r in [0, 1, 2, 3] {
            if r < R {
                add_product::<FUSED, V>(&mut sums[r], w[r], gap);
            }
        });
    }
    sums
}

#[inline(always)]
fn add_squares<const FUSED: bool, const V: usize>(sums: &[[f64; V]], out: &mut [f64; V]) {
    sums.iter().for_each(|sum| add_products::<FUSED, V>(out, sum, sum));
}

#[cfg(test)]
mod tests {
    use super::super::block::{padded, with_block};
    use super::super::tests::{SHAPES, agree, at_every_level, numbers};
    use super::*;

    #[test]
    fn both_are_what_the_triangle_says_of_differences() {
        for (d, m, _) in SHAPES {
            let (x, w, mean) = (numbers(d * m, 1), numbers(d * d, 2), numbers(d, 3));
            let entry = |u: usize, i: usize| (0..=i).map(|j| w[i * d + j] * (x[u * d + j] - mean[j])).sum::<f64>();
            let white: Vec<f64> = (0..d).flat_map(|i| (0..m).map(move |u| (u, i))).map(|(u, i)| entry(u, i)).collect();
            let squares: Vec<f64> = (0..m).map(|u| (0..d).map(|i| entry(u, i).powi(2)).sum()).collect();
            at_every_level(|level| {
                let mut numbers = vec![f64::NAN; Whitening::size(d)];
                // What is above the diagonal is never looked at.
                let packed = Whitening::pack(d, |i, j| if j <= i { w[i * d + j] } else { f64::NAN }, &mut numbers);
                let (mut out, mut distances) = (vec![f64::NAN; d * padded(m)], vec![f64::NAN; padded(m)]);
                with_block(d, &x, |block| {
                    whiten(&packed, &mean, block.columns, &mut out);
                    squared_distances(&packed, &mean, block.columns, &mut distances);
                });
                let of_rows: Vec<f64> = out.chunks_exact(padded(m)).flat_map(|column| &column[..m]).copied().collect();
                agree(&of_rows, &white, (level, d, m));
                agree(&distances[..m], &squares, (level, d, m));
            });
        }
    }
}
