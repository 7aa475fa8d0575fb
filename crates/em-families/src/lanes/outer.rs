//! Weighted sums of outer products.

use super::dispatch::{Kernel, add_products, run, totals, unrolled};
use super::sums::Sum;

/// Σ_i w_i g_i and Σ_i w_i g_i g_i′ over a block of rows, with g = x less an origin.
pub(crate) struct Outer<'a> {
    /// The rows x, the columns of a [`Block`](super::Block): d times as many numbers as there are weights.
    pub(crate) rows: &'a [f64],
    /// The origin, d numbers.
    pub(crate) origin: &'a [f64],
    /// The weights w, filled up with zeros.
    pub(crate) weights: &'a [f64],
    /// Work space: as many numbers as `rows`.
    pub(crate) gaps: &'a mut [f64],
    /// Work space: as many numbers as `rows`.
    pub(crate) weighted: &'a mut [f64],
    /// For Σ w g, d numbers.
    pub(crate) sum: &'a mut [f64],
    /// For the lower triangle of Σ w g g′, d × d, column by column; what is above the diagonal is left alone.
    pub(crate) products: &'a mut [f64],
}

impl Outer<'_> {
    /// Writes both sums.
    pub(crate) fn add_up(self) {
        run(self)
    }
}

impl Kernel for Outer<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Outer { rows, origin, weights, gaps, weighted, sum, products } = self;
        let (stride, d) = (weights.len(), sum.len());
        for j in 0..d {
            let at = j * stride..(j + 1) * stride;
            let (gaps, weighted) = (&mut gaps[at.clone()], &mut weighted[at.clone()]);
            for (((x, w), gap), out) in rows[at].iter().zip(weights).zip(gaps).zip(weighted.iter_mut()) {
                *gap = x - origin[j];
                *out = *gap * w;
            }
            sum[j] = Sum(weighted).go::<FUSED, V, R>();
        }
        let column =
            |of: &[f64], j: usize| -> std::ops::Range<usize> { j * stride..(j * stride + stride).min(of.len()) };
        let mut a = 0;
        while a < d {
            let together = if d - a >= 4 { 4 } else { d - a };
            let mut b = 0;
            while b < a + together {
                let across = if a + together - b >= 2 { 2 } else { 1 };
                let left: [&[f64]; 4] = std::array::from_fn(|i| &weighted[column(weighted, a + i.min(together - 1))]);
                let right: [&[f64]; 2] = std::array::from_fn(|i| &gaps[column(gaps, b + i.min(across - 1))]);
                let tile = match (together, across) {
                    (4, 2) => tile::<FUSED, 4, 2>(left, right),
                    (3, 2) => tile::<FUSED, 3, 2>(left, right),
                    (2, 2) => tile::<FUSED, 2, 2>(left, right),
                    (1, 2) => tile::<FUSED, 1, 2>(left, right),
                    (4, _) => tile::<FUSED, 4, 1>(left, right),
                    (3, _) => tile::<FUSED, 3, 1>(left, right),
                    (2, _) => tile::<FUSED, 2, 1>(left, right),
                    (_, _) => tile::<FUSED, 1, 1>(left, right),
                };
                for j in 0..across {
                    for i in 0..together {
                        if b + j <= a + i {
                            products[(b + j) * d + a + i] = tile[i][j];
                        }
                    }
                }
                b += across;
            }
            a += together;
        }
    }
}

/// The inner products of `A` weighted columns with `B` plain ones.
#[inline(always)]
fn tile<const FUSED: bool, const A: usize, const B: usize>(left: [&[f64]; 4], right: [&[f64]; 2]) -> [[f64; 2]; 4] {
    /// Numbers of a column that are taken together.
    const L: usize = 8;
    let mut sums = [[[0.0; L]; B]; A];
    let left: [&[[f64; L]]; A] = std::array::from_fn(|i| left[i].as_chunks::<L>().0);
    let right: [&[[f64; L]]; B] = std::array::from_fn(|j| right[j].as_chunks::<L>().0);
    let n = left.iter().map(|c| c.len()).chain(right.iter().map(|c| c.len())).min().unwrap_or(0);
    for at in 0..n {
        unrolled!(i in [0, 1, 2, 3] {
            if i < A {
                unrolled!(j in [0, 1] {
                    if j < B {
                        add_products::<FUSED, L>(&mut sums[i][j], &left[i][at], &right[j][at]);
                    }
                });
            }
        });
    }
    let mut out = [[0.0; 2]; 4];
    for (out, sums) in out.iter_mut().zip(&sums) {
        out[..B].copy_from_slice(&totals(sums));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::block::{padded, with_block};
    use super::super::tests::{SHAPES, agree, at_every_level, numbers};
    use super::*;

    #[test]
    fn both_sums_are_those_of_the_rows_with_their_weights() {
        for (d, m, _) in SHAPES {
            let (x, origin) = (numbers(d * m, 1), numbers(d, 2));
            let weights: Vec<f64> = numbers(m, 3).iter().map(|w| w.abs()).collect();
            let gap = |u: usize, i: usize| x[u * d + i] - origin[i];
            let sums: Vec<f64> = (0..d).map(|i| (0..m).map(|u| weights[u] * gap(u, i)).sum()).collect();
            let product = |i: usize, j: usize| (0..m).map(|u| weights[u] * gap(u, i) * gap(u, j)).sum::<f64>();
            at_every_level(|level| {
                let n = padded(m);
                let mut filled = weights.clone();
                filled.resize(n, 0.0);
                let (mut gaps, mut weighted) = (vec![f64::NAN; d * n], vec![f64::NAN; d * n]);
                let (mut sum, mut products) = (vec![f64::NAN; d], vec![7.0; d * d]);
                with_block(d, &x, |block| {
                    let (rows, origin, weights) = (block.columns, &origin[..], &filled[..]);
                    let (gaps, weighted, sum, products) = (&mut gaps, &mut weighted, &mut sum, &mut products);
                    Outer { rows, origin, weights, gaps, weighted, sum, products }.add_up();
                });
                agree(&sum, &sums, (level, d, m));
                let wanted = |at: usize| if at % d >= at / d { product(at % d, at / d) } else { 7.0 };
                agree(&products, &(0..d * d).map(wanted).collect::<Vec<_>>(), (level, d, m));
            });
        }
    }
}
