//! Matrix products.

use super::dispatch::{Tiled, Vector, run_tiled};
use super::tile::{LEFT, RIGHT, inner_products, vectors};

/// Lists of n numbers, one after the other, with `stride` places from one to the next.
#[derive(Clone, Copy)]
pub(crate) struct Lists<'a> {
    /// All of them.
    pub(crate) numbers: &'a [f64],
    /// n at least.
    pub(crate) stride: usize,
}

impl<'a> Lists<'a> {
    /// The first n numbers of list i.
    #[inline(always)]
    fn list(&self, i: usize, n: usize) -> &'a [f64] {
        &self.numbers[i * self.stride..][..n]
    }
}

/// Σ_i a_i b_i of each list a of the first with each list b of the others, of n numbers: those of the first a first.
pub(crate) fn products(a: Lists, b: Lists, n: usize, out: &mut [f64]) {
    let (rows, columns) = (a.numbers.len() / a.stride.max(1), b.numbers.len() / b.stride.max(1));
    debug_assert_eq!(out.len(), rows * columns);
    run_tiled(Products { a, b, n, shape: (rows, columns), out })
}

struct Products<'a> {
    a: Lists<'a>,
    b: Lists<'a>,
    n: usize,
    shape: (usize, usize),
    out: &'a mut [f64],
}

impl Tiled for Products<'_> {
    type Out = ();

    #[inline(always)]
    fn go<X: Vector, const N: usize>(self) {
        let Products { a, b, n, shape: (rows, columns), out } = self;
        for j in (0..columns).step_by(RIGHT) {
            // Places behind the last list repeat it.
            let right = lists::<RIGHT>(b, j, columns, n);
            for i in (0..rows).step_by(LEFT) {
                let sums = inner_products::<X, LEFT, RIGHT>(lists(a, i, rows, n), right);
                for (row, sums) in out.chunks_exact_mut(columns).skip(i).zip(&sums) {
                    row[j..].iter_mut().zip(sums).for_each(|(out, sum)| *out = *sum);
                }
            }
        }
    }
}

/// Some lists from the i-th of `all` on.
#[inline(always)]
fn lists<'a, const T: usize>(of: Lists<'a>, i: usize, all: usize, n: usize) -> [&'a [f64]; T] {
    let mut lists: [&'a [f64]; T] = [&[]; T];
    for t in 0..T {
        lists[t] = of.list((i + t).min(all - 1), n);
    }
    lists
}

/// Columns of weights whose sums are taken together.
const COLUMNS: usize = 4;

/// Adds Σ_i r_ji x_if for k columns r of m numbers and m rows x of d, to k × d numbers, those of r_0 first.
pub(crate) fn add_weighted(r: &[f64], x: &[f64], d: usize, out: &mut [f64]) {
    if !x.is_empty() {
        run_tiled(Weighted { r, x, d, out })
    }
}

struct Weighted<'a> {
    r: &'a [f64],
    x: &'a [f64],
    d: usize,
    out: &'a mut [f64],
}

impl Tiled for Weighted<'_> {
    type Out = ();

    #[inline(always)]
    fn go<X: Vector, const N: usize>(self) {
        let Weighted { r, x, d, out } = self;
        let (m, k) = (x.len() / d, out.len() / d);
        for j in (0..k).step_by(COLUMNS) {
            let r = lists::<COLUMNS>(Lists { numbers: r, stride: m }, j, k, m);
            let out = &mut out[j * d..(j + COLUMNS).min(k) * d];
            let mut begin = 0;
            while begin + N * X::LANES <= d {
                add::<X, N>(&weighted(r, x, d, begin), d, begin, out);
                begin += N * X::LANES;
            }
            while begin + X::LANES <= d {
                add::<X, 1>(&weighted(r, x, d, begin), d, begin, out);
                begin += X::LANES;
            }
            for f in begin..d {
                for (r, out) in r.iter().zip(out.chunks_exact_mut(d)) {
                    out[f] += r.iter().zip(x[f..].iter().step_by(d)).map(|(r, x)| r * x).sum::<f64>();
                }
            }
        }
    }
}

/// The sums of the features from `begin` on.
#[inline(always)]
fn weighted<X: Vector, const N: usize>(r: [&[f64]; COLUMNS], x: &[f64], d: usize, begin: usize) -> [[X; N]; COLUMNS] {
    let mut sums = [[X::splat(0.0); N]; COLUMNS];
    for (i, row) in x.chunks_exact(d).enumerate() {
        let x = vectors::<X, N>(&row[begin..]);
        for c in 0..COLUMNS {
            let weight = X::splat(r[c][i]);
            for v in 0..N {
                sums[c][v] = weight.times_plus(x[v], sums[c][v]);
            }
        }
    }
    sums
}

/// Adds them to what was there.
#[inline(always)]
fn add<X: Vector, const N: usize>(sums: &[[X; N]; COLUMNS], d: usize, begin: usize, out: &mut [f64]) {
    for c in 0..COLUMNS.min(out.len() / d) {
        for v in 0..N {
            let places = &mut out[c * d + begin + v * X::LANES..];
            X::first(places).plus(sums[c][v]).store(places);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{SHAPES, agree, at_every_level, numbers};
    use super::*;

    #[test]
    fn both_products_for_every_remainder() {
        for (d, m, k) in SHAPES.into_iter().chain([(33, 7, 9), (16, 1, 3), (40, 6, 10), (75, 20, 4)]) {
            let (a, x, r) = (numbers(k * d, 5), numbers(m * d, 7), numbers(k * m, 3));
            let product = |j: usize, i: usize| (0..d).map(|f| a[j * d + f] * x[i * d + f]).sum::<f64>();
            let sum = |j: usize, f: usize| 1.0 + (0..m).map(|i| r[j * m + i] * x[i * d + f]).sum::<f64>();
            at_every_level(|level| {
                let (mut out, mut sums) = (vec![f64::NAN; k * m], vec![1.0; k * d]);
                products(Lists { numbers: &a, stride: d }, Lists { numbers: &x, stride: d }, d, &mut out);
                add_weighted(&r, &x, d, &mut sums);
                agree(&out, &(0..k * m).map(|at| product(at / m, at % m)).collect::<Vec<_>>(), (level, d, m, k));
                agree(&sums, &(0..k * d).map(|at| sum(at / d, at % d)).collect::<Vec<_>>(), (level, d, m, k));
            });
        }
    }
}
