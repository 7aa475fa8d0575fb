//! Squared Mahalanobis distances.

use super::dispatch::{Tiled, Vector, WIDEST, run_tiled};
use super::tile::{self, TOGETHER, Tile, store, vectors};
use em_core::scratch;

/// A lower triangular W, d × d, with the numbers that are used together side by side.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Whitening {
    /// Of each group of rows up to the diagonal of its last, column by column; then the rows that are left over.
    numbers: Vec<f64>,
    d: usize,
}

impl Whitening {
    /// Of d × d numbers, column after column; what is above the diagonal counts for nothing.
    pub(crate) fn pack(d: usize, w: &[f64]) -> Self {
        let mut numbers = Vec::with_capacity(groups(d).map(|(first, rows)| rows * (first + rows)).sum());
        for (first, rows) in groups(d) {
            for j in 0..first + rows {
                let column = w[j * d + first..][..rows].iter().enumerate();
                numbers.extend(column.map(|(i, w)| if j <= first + i { *w } else { 0.0 }));
            }
        }
        Whitening { numbers, d }
    }

    /// W x of d numbers, into as many.
    pub(crate) fn times(&self, x: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        let mut left = &self.numbers[..];
        for (first, rows) in groups(self.d) {
            let (group, rest) = left.split_at(rows * (first + rows));
            for (column, x) in group.chunks_exact(rows).zip(x) {
                out[first..].iter_mut().zip(column).for_each(|(out, w)| *out += w * x);
            }
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
    scratch::with(w.d * WIDEST, |gaps| run_tiled(Entries { w, mean, x, gaps, to: Squared(out) }))
}

/// W (x − μ) of the rows of a [`Block`](super::Block) with the columns `x`, as columns like those.
pub(crate) fn whiten(w: &Whitening, mean: &[f64], x: &[f64], out: &mut [f64]) {
    let stride = out.len() / w.d.max(1);
    scratch::with(w.d * WIDEST, |gaps| run_tiled(Entries { w, mean, x, gaps, to: Written { out, stride } }))
}

/// Takes the entries of W (x − μ), some rows of W and as many rows x as there are lanes at a time.
struct Entries<'a, T> {
    w: &'a Whitening,
    mean: &'a [f64],
    x: &'a [f64],
    gaps: &'a mut [f64],
    to: T,
}

/// Where entries go.
trait Take {
    /// Numbers of a column.
    fn stride(&self) -> usize;
    /// Takes the entries of the rows of W from `first` on, of the rows from `begin` on; those of the first row of W first.
    fn take<X: Vector, const N: usize, const T: usize>(&mut self, first: usize, begin: usize, entries: Tile<X, N, T>);
}

impl<To: Take> Tiled for Entries<'_, To> {
    type Out = ();

    #[inline(always)]
    fn go<X: Vector, const N: usize>(self) {
        let Entries { w, mean, x, gaps, mut to } = self;
        let (stride, width) = (to.stride(), N * X::LANES);
        for begin in (0..stride).step_by(width) {
            for ((gap, mean), x) in gaps.chunks_exact_mut(width).zip(mean).zip(x.chunks_exact(stride)) {
                let mut x = vectors::<X, N>(&x[begin..]);
                for v in 0..N {
                    x[v] = x[v].minus(X::splat(*mean));
                }
                store(x, gap);
            }
            let mut left = &w.numbers[..];
            for (first, rows) in groups(w.d) {
                let (numbers, rest) = left.split_at(rows * (first + rows));
                let gaps = (&*gaps, width);
                match rows {
                    TOGETHER => to.take(first, begin, group::<X, N, TOGETHER>(numbers, gaps)),
                    _ => to.take(first, begin, group::<X, N, 1>(numbers, gaps)),
                }
                left = rest;
            }
        }
    }
}

/// As many entries as there are features in `w`.
#[inline(always)]
fn group<X: Vector, const N: usize, const T: usize>(w: &[f64], gaps: (&[f64], usize)) -> Tile<X, N, T> {
    tile::products([0.0; T], w.as_chunks().0, gaps)
}

/// The sum of their squares.
struct Squared<'a>(&'a mut [f64]);

impl Take for Squared<'_> {
    fn stride(&self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn take<X: Vector, const N: usize, const T: usize>(&mut self, first: usize, begin: usize, entries: Tile<X, N, T>) {
        let out = &mut self.0[begin..];
        let mut sums = if first == 0 { [X::splat(0.0); N] } else { vectors(out) };
        for entries in entries {
            for v in 0..N {
                sums[v] = entries[v].times_plus(entries[v], sums[v]);
            }
        }
        store(sums, out);
    }
}

/// Columns.
struct Written<'a> {
    out: &'a mut [f64],
    stride: usize,
}

impl Take for Written<'_> {
    fn stride(&self) -> usize {
        self.stride
    }

    #[inline(always)]
    fn take<X: Vector, const N: usize, const T: usize>(&mut self, first: usize, begin: usize, entries: Tile<X, N, T>) {
        for c in 0..T {
            store(entries[c], &mut self.out[(first + c) * self.stride + begin..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::{padded, with_block};
    use super::super::tests::{SHAPES, agree, at_every_level, numbers};
    use super::*;

    #[test]
    fn both_are_what_the_triangle_says_of_differences() {
        for (d, m, _) in SHAPES {
            let (x, mut w, mean) = (numbers(d * m, 1), numbers(d * d, 2), numbers(d, 3));
            let entry = |u: usize, i: usize| (0..=i).map(|j| w[j * d + i] * (x[u * d + j] - mean[j])).sum::<f64>();
            let white: Vec<f64> = (0..d).flat_map(|i| (0..m).map(move |u| (u, i))).map(|(u, i)| entry(u, i)).collect();
            let squares: Vec<f64> = (0..m).map(|u| (0..d).map(|i| entry(u, i).powi(2)).sum()).collect();
            (0..d).for_each(|j| w[j * d..][..j].fill(f64::NAN));
            at_every_level(|level| {
                let packed = Whitening::pack(d, &w);
                for (u, x) in x.chunks_exact(d).enumerate() {
                    let gaps: Vec<f64> = x.iter().zip(&mean).map(|(x, mean)| x - mean).collect();
                    let mut entries = vec![f64::NAN; d];
                    packed.times(&gaps, &mut entries);
                    agree(&entries, &(0..d).map(|i| white[i * m + u]).collect::<Vec<_>>(), (level, d, m));
                }
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
