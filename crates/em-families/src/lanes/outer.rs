//! Weighted sums of outer products.

use super::dispatch::{Kernel, Tiled, Vector, multiply_add, run, run_tiled};
use super::tile::{RIGHT, inner_products};

pub(crate) use super::tile::LEFT;

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
    /// Work space: [`LEFT`] times as many numbers as there are weights.
    pub(crate) weighted: &'a mut [f64],
    /// To which Σ w g is added, d numbers.
    pub(crate) sum: &'a mut [f64],
    /// To which the lower triangle of Σ w g g′ is added, d × d, column by column; what is above the diagonal is left alone.
    pub(crate) products: &'a mut [f64],
}

impl Outer<'_> {
    /// Adds both sums.
    pub(crate) fn add_up(self) {
        run_tiled(self)
    }
}

impl Tiled for Outer<'_> {
    type Out = ();

    #[inline(always)]
    fn go<X: Vector, const N: usize>(self) {
        let Outer { rows, origin, weights, gaps, weighted, sum, products } = self;
        let (stride, d) = (weights.len(), sum.len());
        for first in (0..d).step_by(LEFT) {
            let together = LEFT.min(d - first);
            for j in 0..together {
                let at = (first + j) * stride..(first + j + 1) * stride;
                let (gaps, weighted) = (&mut gaps[at.clone()], &mut weighted[j * stride..][..stride]);
                sum[first + j] += weigh::<X>(&rows[at], origin[first + j], weights, gaps, weighted);
            }
            let all = Factors { weighted, gaps, stride, d, first };
            match together {
                1 => all.products::<X, 1>(products),
                2 => all.products::<X, 2>(products),
                _ => all.products::<X, LEFT>(products),
            }
        }
    }
}

/// Writes g = x − origin and w g; returns Σ w g.
#[inline(always)]
fn weigh<X: Vector>(x: &[f64], origin: f64, weights: &[f64], gaps: &mut [f64], weighted: &mut [f64]) -> f64 {
    let (origin, mut sum) = (X::splat(origin), X::splat(0.0));
    let out = gaps.chunks_exact_mut(X::LANES).zip(weighted.chunks_exact_mut(X::LANES));
    for ((x, w), (gap, product)) in X::split(x).0.iter().zip(X::split(weights).0).zip(out) {
        let difference = X::load(x).minus(origin);
        let weighted = difference.times(X::load(w));
        difference.store(gap);
        weighted.store(product);
        sum = sum.plus(weighted);
    }
    sum.total()
}

/// Weighted columns from the `first` on, and plain ones up to the last of these.
struct Factors<'a> {
    weighted: &'a [f64],
    gaps: &'a [f64],
    stride: usize,
    d: usize,
    first: usize,
}

impl Factors<'_> {
    /// Adds the products of `A` weighted columns, which are the last, with all plain ones.
    #[inline(always)]
    fn products<X: Vector, const A: usize>(&self, products: &mut [f64]) {
        let end = self.first + A;
        for b in (0..end).step_by(RIGHT) {
            match end - b {
                1 => self.tile::<X, A, 1>(b, products),
                2 => self.tile::<X, A, 2>(b, products),
                3 => self.tile::<X, A, 3>(b, products),
                _ => self.tile::<X, A, RIGHT>(b, products),
            }
        }
    }

    #[inline(always)]
    fn tile<X: Vector, const A: usize, const B: usize>(&self, b: usize, products: &mut [f64]) {
        let (mut left, mut right): ([&[f64]; A], [&[f64]; B]) = ([&[]; A], [&[]; B]);
        for i in 0..A {
            left[i] = &self.weighted[i * self.stride..][..self.stride];
        }
        for j in 0..B {
            right[j] = &self.gaps[(b + j) * self.stride..][..self.stride];
        }
        let sums = inner_products::<X, A, B>(left, right);
        for j in 0..B {
            for i in 0..A {
                if b + j <= self.first + i {
                    products[(b + j) * self.d + self.first + i] += sums[i][j];
                }
            }
        }
    }
}

/// Adds A + c g g′ to d × d numbers, with A as many.
pub(crate) fn add_with_outer(a: &[f64], c: f64, g: &[f64], out: &mut [f64]) {
    run(WithOuter { a, c, g, out })
}

struct WithOuter<'a> {
    a: &'a [f64],
    c: f64,
    g: &'a [f64],
    out: &'a mut [f64],
}

impl Kernel for WithOuter<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let WithOuter { a, c, g, out } = self;
        let d = g.len().max(1);
        for ((a, out), gap) in a.chunks_exact(d).zip(out.chunks_exact_mut(d)).zip(g) {
            let by = c * gap;
            for ((a, out), g) in a.iter().zip(out).zip(g) {
                *out += multiply_add::<FUSED>(by, *g, *a);
            }
        }
    }
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
            let sums: Vec<f64> = (0..d).map(|i| 3.0 + (0..m).map(|u| weights[u] * gap(u, i)).sum::<f64>()).collect();
            let product = |i: usize, j: usize| (0..m).map(|u| weights[u] * gap(u, i) * gap(u, j)).sum::<f64>();
            at_every_level(|level| {
                let n = padded(m);
                let mut filled = weights.clone();
                filled.resize(n, 0.0);
                let (mut gaps, mut weighted) = (vec![f64::NAN; d * n], vec![f64::NAN; LEFT * n]);
                let (mut sum, mut products) = (vec![3.0; d], vec![7.0; d * d]);
                with_block(d, &x, |block| {
                    let (rows, origin, weights) = (block.columns, &origin[..], &filled[..]);
                    let (gaps, weighted, sum, products) = (&mut gaps, &mut weighted, &mut sum, &mut products);
                    Outer { rows, origin, weights, gaps, weighted, sum, products }.add_up();
                });
                agree(&sum, &sums, (level, d, m));
                let wanted = |at: usize| if at % d >= at / d { 7.0 + product(at % d, at / d) } else { 7.0 };
                agree(&products, &(0..d * d).map(wanted).collect::<Vec<_>>(), (level, d, m));
            });
        }
    }

    #[test]
    fn an_outer_product_is_added_with_a_matrix() {
        for d in [1, 2, 7, 8, 17] {
            let (a, g, before) = (numbers(d * d, 1), numbers(d, 2), numbers(d * d, 3));
            let wanted: Vec<f64> = (0..d * d).map(|at| before[at] + a[at] + 0.75 * g[at / d] * g[at % d]).collect();
            at_every_level(|level| {
                let mut out = before.clone();
                add_with_outer(&a, 0.75, &g, &mut out);
                agree(&out, &wanted, (level, d));
            });
        }
    }
}
