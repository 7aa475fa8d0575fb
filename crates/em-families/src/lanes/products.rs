//! Matrix products with rows as they are stored.

use super::dispatch::{Kernel, multiply_add, run};

/// Numbers of a row that are taken together.
const L: usize = 8;
/// Rows of the factor whose products are taken together.
const TOGETHER: usize = 4;

/// Σ_f a_jf x_if for k rows a and m rows x of d numbers each, into k × m numbers, those of a_0 first.
pub(crate) fn products(a: &[f64], x: &[f64], d: usize, out: &mut [f64]) {
    run(Products { a, x, d, out })
}

struct Products<'a> {
    a: &'a [f64],
    x: &'a [f64],
    d: usize,
    out: &'a mut [f64],
}

impl Kernel for Products<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize>(self) {
        let Products { a, x, d, out } = self;
        let (k, m) = (a.len() / d, x.len() / d);
        let row = |of: &'_ [f64], at: usize| -> std::ops::Range<usize> { at * d..((at + 1) * d).min(of.len()) };
        let mut i = 0;
        while i < m {
            let pair = [&x[row(x, i)], &x[row(x, (i + 1).min(m - 1))]];
            let mut j = 0;
            while j < k {
                let group: [&[f64]; TOGETHER] = std::array::from_fn(|g| &a[row(a, (j + g).min(k - 1))]);
                let sums = inner_products::<FUSED>(group, pair);
                for (g, sums) in sums.iter().enumerate().take(k - j) {
                    let at = (j + g) * m + i;
                    out[at] = sums[0];
                    if i + 1 < m {
                        out[at + 1] = sums[1];
                    }
                }
                j += TOGETHER;
            }
            i += 2;
        }
    }
}

/// The inner products of rows, lane after lane, then what is left over.
#[inline(always)]
fn inner_products<const FUSED: bool>(a: [&[f64]; TOGETHER], x: [&[f64]; 2]) -> [[f64; 2]; TOGETHER] {
    let mut sums = [[[0.0; L]; 2]; TOGETHER];
    let lanes_a = a.map(|a| a.as_chunks::<L>());
    let lanes_x = x.map(|x| x.as_chunks::<L>());
    let n = lanes_a.iter().map(|a| a.0.len()).chain(lanes_x.iter().map(|x| x.0.len())).min().unwrap_or(0);
    for at in 0..n {
        for g in 0..TOGETHER {
            for i in 0..2 {
                for l in 0..L {
                    sums[g][i][l] = multiply_add::<FUSED>(lanes_a[g].0[at][l], lanes_x[i].0[at][l], sums[g][i][l]);
                }
            }
        }
    }
    let mut out = [[0.0; 2]; TOGETHER];
    for g in 0..TOGETHER {
        for i in 0..2 {
            let rest: f64 = lanes_a[g].1.iter().zip(lanes_x[i].1).map(|(a, x)| a * x).sum();
            out[g][i] = sums[g][i].iter().sum::<f64>() + rest;
        }
    }
    out
}

/// Adds Σ_i r_ji x_if for k columns r of m numbers and m rows x of d, to k × d numbers, those of r_0 first.
pub(crate) fn add_weighted(r: &[f64], x: &[f64], d: usize, out: &mut [f64]) {
    run(Weighted { r, x, d, out })
}

struct Weighted<'a> {
    r: &'a [f64],
    x: &'a [f64],
    d: usize,
    out: &'a mut [f64],
}

impl Kernel for Weighted<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize>(self) {
        let Weighted { r, x, d, out } = self;
        let m = x.len() / d;
        for (group, r) in out.chunks_mut(TOGETHER * d).zip(r.chunks(TOGETHER * m)) {
            let columns: [&[f64]; TOGETHER] = std::array::from_fn(|g| r.chunks_exact(m).nth(g).unwrap_or(&r[..m]));
            let mut begin = 0;
            while begin < d {
                let n = V.min(d - begin);
                let sums = match n == V {
                    true => tile::<FUSED, V>(columns, x, d, begin),
                    false => part::<V>(columns, x, d, begin, n),
                };
                for (out, sums) in group.chunks_exact_mut(d).zip(&sums) {
                    out[begin..begin + n].iter_mut().zip(sums).for_each(|(out, s)| *out += s);
                }
                begin += n;
            }
        }
    }
}

#[inline(always)]
fn tile<const FUSED: bool, const V: usize>(
    r: [&[f64]; TOGETHER],
    x: &[f64],
    d: usize,
    begin: usize,
) -> [[f64; V]; TOGETHER] {
    let mut sums = [[0.0; V]; TOGETHER];
    for (i, row) in x.chunks_exact(d).enumerate() {
        let x = &row[begin..begin + V];
        for g in 0..TOGETHER {
            let r = r[g][i];
            for l in 0..V {
                sums[g][l] = multiply_add::<FUSED>(r, x[l], sums[g][l]);
            }
        }
    }
    sums
}

/// The last `n` features, fewer than there are lanes.
#[inline(always)]
fn part<const V: usize>(r: [&[f64]; TOGETHER], x: &[f64], d: usize, begin: usize, n: usize) -> [[f64; V]; TOGETHER] {
    let mut sums = [[0.0; V]; TOGETHER];
    for (i, row) in x.chunks_exact(d).enumerate() {
        for g in 0..TOGETHER {
            let r = r[g][i];
            sums[g][..n].iter_mut().zip(&row[begin..begin + n]).for_each(|(s, x)| *s += r * x);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_products_for_every_remainder() {
        for (k, m, d) in [(1, 1, 1), (4, 2, 8), (5, 3, 19), (9, 7, 33), (3, 1, 16)] {
            let numbers = |n: usize, step: usize| (0..n).map(|i| ((i * step) % 13) as f64 - 6.0).collect::<Vec<_>>();
            let (a, x, r) = (numbers(k * d, 5), numbers(m * d, 7), numbers(k * m, 3));
            let (mut out, mut sums) = (vec![f64::NAN; k * m], vec![1.0; k * d]);
            products(&a, &x, d, &mut out);
            add_weighted(&r, &x, d, &mut sums);
            for j in 0..k {
                // Small whole numbers: no rounding.
                for i in 0..m {
                    let truth: f64 = (0..d).map(|f| a[j * d + f] * x[i * d + f]).sum();
                    assert_eq!(out[j * m + i], truth);
                }
                for f in 0..d {
                    let truth: f64 = (0..m).map(|i| r[j * m + i] * x[i * d + f]).sum();
                    assert_eq!(sums[j * d + f], 1.0 + truth);
                }
            }
        }
    }
}
