//! Weighted sums of outer products.

use super::dispatch::{Kernel, multiply_add, run};

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
            let (at, mut total) = (j * stride..(j + 1) * stride, [0.0; V]);
            let x = rows[at.clone()].as_chunks::<V>().0;
            let gaps = gaps[at.clone()].as_chunks_mut::<V>().0;
            let weighted = weighted[at].as_chunks_mut::<V>().0;
            let weights = weights.as_chunks::<V>().0;
            for (((x, w), gap), out) in x.iter().zip(weights).zip(gaps).zip(weighted) {
                for l in 0..V {
                    gap[l] = x[l] - origin[j];
                    out[l] = gap[l] * w[l];
                    total[l] += out[l];
                }
            }
            sum[j] = total.iter().sum();
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
        for i in 0..A {
            for j in 0..B {
                for l in 0..L {
                    sums[i][j][l] = multiply_add::<FUSED>(left[i][at][l], right[j][at][l], sums[i][j][l]);
                }
            }
        }
    }
    let mut out = [[0.0; 2]; 4];
    for i in 0..A {
        for j in 0..B {
            out[i][j] = sums[i][j].iter().sum();
        }
    }
    out
}
