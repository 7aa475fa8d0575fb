//! Sums over the columns of a block and over their rows.

use super::dispatch::{Kernel, add_products, multiply_add, run, totals};

/// Σ_f b_f x_f of the rows x of a [`Block`](super::Block) with these columns, into as many numbers as it has rows.
pub(crate) fn combine(b: &[f64], columns: &[f64], stride: usize, out: &mut [f64]) {
    run(Combined { b, columns, stride, out })
}

struct Combined<'a> {
    b: &'a [f64],
    columns: &'a [f64],
    stride: usize,
    out: &'a mut [f64],
}

impl Kernel for Combined<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        self.out.fill(0.0);
        for (b, column) in self.b.iter().zip(self.columns.chunks_exact(self.stride.max(1))) {
            self.out.iter_mut().zip(column).for_each(|(sum, x)| *sum = multiply_add::<FUSED>(*b, *x, *sum));
        }
    }
}

/// Σ_i w_i x_i over each column, with weights filled up with zeros, into as many numbers as there are columns.
pub(crate) fn weighted_sums(weights: &[f64], columns: &[f64], out: &mut [f64]) {
    run(Sums { weights, columns, out })
}

struct Sums<'a> {
    weights: &'a [f64],
    columns: &'a [f64],
    out: &'a mut [f64],
}

impl Kernel for Sums<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let columns = self.columns.chunks_exact(self.weights.len().max(1));
        for (out, column) in self.out.iter_mut().zip(columns) {
            let mut sums = [0.0; V];
            for (x, w) in column.as_chunks::<V>().0.iter().zip(self.weights.as_chunks::<V>().0) {
                add_products::<FUSED, V>(&mut sums, x, w);
            }
            *out = totals(&[sums])[0];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::{padded, with_block};
    use super::super::tests::{SHAPES, agree, at_every_level, numbers};
    use super::*;

    #[test]
    fn both_sums_for_every_remainder() {
        for (d, m, _) in SHAPES {
            let (x, b, mut weights) = (numbers(d * m, 1), numbers(d, 2), numbers(m, 3));
            let row = |u: usize| (0..d).map(|f| b[f] * x[u * d + f]).sum::<f64>();
            let column = |f: usize| (0..m).map(|u| weights[u] * x[u * d + f]).sum::<f64>();
            let (rows, columns): (Vec<f64>, Vec<f64>) = ((0..m).map(row).collect(), (0..d).map(column).collect());
            weights.resize(padded(m), 0.0);
            at_every_level(|level| {
                let (mut of_rows, mut of_columns) = (vec![f64::NAN; m], vec![f64::NAN; d]);
                with_block(d, &x, |block| {
                    combine(&b, block.columns, padded(m), &mut of_rows);
                    weighted_sums(&weights, block.columns, &mut of_columns);
                });
                agree(&of_rows, &rows, (level, d, m));
                agree(&of_columns, &columns, (level, d, m));
            });
        }
    }
}
