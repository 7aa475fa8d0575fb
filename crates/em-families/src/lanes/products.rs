//! Matrix products with rows as they are stored.

use super::dispatch::{Kernel, add_product, add_products, lanes, run, totals, unrolled};

/// Rows of the factor and rows of the data whose products are taken together.
const FACTORS: usize = 3;
const ROWS: usize = 4;

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
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Products { a, x, d, out } = self;
        let (k, m) = (a.len() / d, x.len() / d);
        for i in (0..m).step_by(ROWS) {
            // Places behind the last row repeat it.
            let rows: [&[f64]; ROWS] = std::array::from_fn(|r| &x[(i + r).min(m - 1) * d..][..d]);
            for j in (0..k).step_by(FACTORS) {
                let factors: [&[f64]; FACTORS] = std::array::from_fn(|f| &a[(j + f).min(k - 1) * d..][..d]);
                let sums = inner_products::<FUSED, R>(factors, rows);
                for (f, sums) in sums.iter().enumerate().take(k - j) {
                    let n = ROWS.min(m - i);
                    out[(j + f) * m + i..][..n].copy_from_slice(&sums[..n]);
                }
            }
        }
    }
}

/// The inner products of rows, lane after lane, then what is left over.
#[inline(always)]
fn inner_products<const FUSED: bool, const R: usize>(
    a: [&[f64]; FACTORS],
    x: [&[f64]; ROWS],
) -> [[f64; ROWS]; FACTORS] {
    let mut sums = [[[0.0; R]; ROWS]; FACTORS];
    let (lanes_a, lanes_x) = (a.map(|a| a.as_chunks::<R>()), x.map(|x| x.as_chunks::<R>()));
    let n = lanes_a[0].0.len();
    // Of one length, so that the loop looks at none of them.
    let (a, x) = (lanes_a.map(|a| &a.0[..n]), lanes_x.map(|x| &x.0[..n]));
    for at in 0..n {
        unrolled!(f in [0, 1, 2] {
            unrolled!(i in [0, 1, 2, 3] {
                add_products::<FUSED, R>(&mut sums[f][i], &a[f][at], &x[i][at]);
            });
        });
    }
    let mut out = sums.map(|sums| totals(&sums));
    if !lanes_a[0].1.is_empty() {
        for f in 0..FACTORS {
            for i in 0..ROWS {
                out[f][i] += lanes_a[f].1.iter().zip(lanes_x[i].1).map(|(a, x)| a * x).sum::<f64>();
            }
        }
    }
    out
}

/// Columns of weights whose sums are taken together.
const COLUMNS: usize = 4;

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
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Weighted { r, x, d, out } = self;
        let (m, k) = (x.len() / d, out.len() / d);
        if m == 0 {
            return;
        }
        for begin in (0..d).step_by(V) {
            let n = V.min(d - begin);
            for j in (0..k).step_by(COLUMNS) {
                let columns: [&[f64]; COLUMNS] = std::array::from_fn(|c| &r[(j + c).min(k - 1) * m..][..m]);
                let sums = match n == V {
                    true => tile::<FUSED, V>(columns, x, d, begin),
                    false => part::<V>(columns, x, d, begin, n),
                };
                for (c, sums) in sums.iter().enumerate().take(k - j) {
                    let out = &mut out[(j + c) * d + begin..][..n];
                    out.iter_mut().zip(sums).for_each(|(out, s)| *out += s);
                }
            }
        }
    }
}

#[inline(always)]
fn tile<const FUSED: bool, const V: usize>(
    r: [&[f64]; COLUMNS],
    x: &[f64],
    d: usize,
    begin: usize,
) -> [[f64; V]; COLUMNS] {
    let mut sums = [[0.0; V]; COLUMNS];
    for (i, row) in x.chunks_exact(d).enumerate() {
        let x: &[f64; V] = lanes(row, begin);
        unrolled!(c in [0, 1, 2, 3] {
            add_product::<FUSED, V>(&mut sums[c], r[c][i], x);
        });
    }
    sums
}

/// The last `n` features, fewer than there are lanes.
#[inline(always)]
fn part<const V: usize>(r: [&[f64]; COLUMNS], x: &[f64], d: usize, begin: usize, n: usize) -> [[f64; V]; COLUMNS] {
    let mut sums = [[0.0; V]; COLUMNS];
    for (i, row) in x.chunks_exact(d).enumerate() {
        for c in 0..COLUMNS {
            let r = r[c][i];
            sums[c][..n].iter_mut().zip(&row[begin..begin + n]).for_each(|(s, x)| *s += r * x);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::super::tests::{SHAPES, agree, at_every_level, numbers};
    use super::*;

    #[test]
    fn both_products_for_every_remainder() {
        for (d, m, k) in SHAPES.into_iter().chain([(33, 7, 9), (16, 1, 3), (40, 6, 10)]) {
            let (a, x, r) = (numbers(k * d, 5), numbers(m * d, 7), numbers(k * m, 3));
            let product = |j: usize, i: usize| (0..d).map(|f| a[j * d + f] * x[i * d + f]).sum::<f64>();
            let sum = |j: usize, f: usize| 1.0 + (0..m).map(|i| r[j * m + i] * x[i * d + f]).sum::<f64>();
            at_every_level(|level| {
                let (mut out, mut sums) = (vec![f64::NAN; k * m], vec![1.0; k * d]);
                products(&a, &x, d, &mut out);
                add_weighted(&r, &x, d, &mut sums);
                agree(&out, &(0..k * m).map(|at| product(at / m, at % m)).collect::<Vec<_>>(), (level, d, m, k));
                agree(&sums, &(0..k * d).map(|at| sum(at / d, at % d)).collect::<Vec<_>>(), (level, d, m, k));
            });
        }
    }
}
