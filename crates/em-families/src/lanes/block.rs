//! [`Block`]: some rows, with a feature's numbers side by side.

use super::dispatch::{Tiled, Vector, WIDEST, run_tiled};
use em_core::scratch;
use nalgebra::DMatrixView;

/// m rows of d features.
#[derive(Clone, Copy)]
pub(crate) struct Block<'a> {
    /// d.
    pub(crate) features: usize,
    /// As they are stored, d numbers a row.
    pub(crate) values: &'a [f64],
    /// The same less the center, a feature after the other, each [`padded`] with zeros.
    pub(crate) columns: &'a [f64],
    /// What was taken off the columns, d numbers; nothing where there is none.
    pub(crate) center: Option<&'a [f64]>,
}

impl Block<'_> {
    /// m.
    pub(crate) fn len(&self) -> usize {
        self.values.len() / self.features.max(1)
    }

    /// The rows as a d × m matrix, with nothing taken off.
    pub(crate) fn rows(&self) -> DMatrixView<'_, f64> {
        DMatrixView::from_slice(self.values, self.features, self.len())
    }
}

/// The length of a feature's m numbers, filled up to whole multiples of the widest level: an odd number of them, so that
/// the numbers of some rows do not compete for the same places in the cache, which lie a power of two apart.
pub(crate) fn padded(m: usize) -> usize {
    m.next_multiple_of(WIDEST) | WIDEST
}

/// So many rows, about, that no column of them has to be filled up; at least as many as fill a tile.
pub(crate) fn whole_columns(m: usize) -> usize {
    padded((m + 1).saturating_sub(2 * WIDEST))
}

/// Lends rows of d features, stored one after the other, with their transpose.
pub(crate) fn with_block<R>(d: usize, values: &[f64], f: impl FnOnce(Block) -> R) -> R {
    with_block_about(None, d, values, f)
}

/// The same with d numbers taken off every row of the transpose, where there are any.
pub(crate) fn with_block_about<R>(center: Option<&[f64]>, d: usize, values: &[f64], f: impl FnOnce(Block) -> R) -> R {
    let m = values.len() / d.max(1);
    scratch::with(d * padded(m), |columns| {
        transpose(d, values, columns);
        let stride = columns.len() / d.max(1);
        for (column, center) in columns.chunks_exact_mut(stride.max(1)).zip(center.into_iter().flatten()) {
            column[..m].iter_mut().for_each(|x| *x -= center);
        }
        f(Block { features: d, values, columns, center })
    })
}

/// Writes the columns of m rows of d features, each in a d-th of the places and filled up with zeros.
pub(crate) fn transpose(d: usize, values: &[f64], columns: &mut [f64]) {
    if d > 0 {
        run_tiled(Transposed { d, values, columns });
    }
}

struct Transposed<'a> {
    d: usize,
    values: &'a [f64],
    columns: &'a mut [f64],
}

impl Tiled for Transposed<'_> {
    type Out = ();

    /// Some rows by as many features, then what is left over.
    #[inline(always)]
    fn go<X: Vector, const N: usize>(self) {
        let Transposed { d, values, columns } = self;
        let (m, stride) = (values.len() / d, columns.len() / d);
        let (whole, features) = (m / X::LANES * X::LANES, d / X::LANES * X::LANES);
        for i in (0..whole).step_by(X::LANES) {
            for j in (0..features).step_by(X::LANES) {
                X::transpose(&values[i * d + j..], d, &mut columns[j * stride + i..], stride);
            }
        }
        for (j, column) in columns.chunks_exact_mut(stride).enumerate() {
            let begin = if j < features { whole } else { 0 };
            let numbers = values[(begin * d + j).min(values.len())..].iter().step_by(d);
            column[begin..m].iter_mut().zip(numbers).for_each(|(out, x)| *out = *x);
            column[m..].fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::at_every_level;
    use super::*;

    #[test]
    fn a_center_is_taken_off_and_the_rest_is_zero() {
        let x: Vec<f64> = (0..34).map(f64::from).collect();
        with_block_about(Some(&[1.0, 10.0]), 2, &x, |block| {
            assert_eq!((block.columns[3], block.columns[padded(17) + 16], block.columns[17]), (5.0, 23.0, 0.0));
            assert_eq!(block.rows()[(1, 16)], 33.0);
        });
    }

    #[test]
    fn columns_of_so_many_rows_need_no_filling_up() {
        for m in 0..300 {
            let whole = whole_columns(m);
            assert!(padded(whole) == whole && whole <= m.max(WIDEST) && whole + 2 * WIDEST > m, "{m} {whole}");
        }
    }

    #[test]
    fn every_number_has_its_place_and_the_rest_is_zero() {
        for (d, m) in [(2, 3), (1, 16), (5, 33), (17, 1), (3, 0), (8, 40), (21, 19)] {
            let x: Vec<f64> = (1..=d * m).map(|i| i as f64).collect();
            at_every_level(|_| {
                with_block(d, &x, |block| {
                    assert_eq!((block.len(), block.rows().shape()), (m, (d, m)));
                    for (feature, column) in block.columns.chunks_exact(padded(m)).enumerate() {
                        let wanted = |u: usize| if u < m { x[u * d + feature] } else { 0.0 };
                        assert!(column.iter().enumerate().all(|(u, got)| *got == wanted(u)), "{d} {m} {feature}");
                    }
                    assert_eq!(block.columns.len(), d * padded(m));
                })
            });
        }
    }
}
