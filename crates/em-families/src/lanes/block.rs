//! [`Block`]: some rows, with a feature's numbers side by side.

use super::dispatch::WIDEST;
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

/// The length of a feature's m numbers, filled up to whole multiples of the widest level.
pub(crate) fn padded(m: usize) -> usize {
    m.next_multiple_of(WIDEST)
}

/// Lends rows of d features, stored one after the other, with their transpose.
pub(crate) fn with_block<R>(d: usize, values: &[f64], f: impl FnOnce(Block) -> R) -> R {
    with_block_about(None, d, values, f)
}

/// The same with d numbers taken off every row of the transpose, where there are any.
pub(crate) fn with_block_about<R>(center: Option<&[f64]>, d: usize, values: &[f64], f: impl FnOnce(Block) -> R) -> R {
    let m = values.len() / d.max(1);
    scratch::with(d * padded(m), |columns| {
        transpose(center, d, values, columns);
        f(Block { features: d, values, columns, center })
    })
}

/// Few rows at a time, so that what is read stays in the first-level cache until it is used up.
fn transpose(center: Option<&[f64]>, d: usize, values: &[f64], columns: &mut [f64]) {
    let stride = columns.len() / d.max(1);
    for (tile, rows) in values.chunks(WIDEST * d.max(1)).enumerate() {
        let m = rows.len() / d;
        for (feature, column) in columns.chunks_exact_mut(stride).enumerate() {
            let places = &mut column[tile * WIDEST..][..WIDEST];
            let numbers = rows[feature..].iter().step_by(d);
            let center = center.map_or(0.0, |center| center[feature]);
            places.iter_mut().zip(numbers).for_each(|(out, x)| *out = *x - center);
            places[m..].fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_center_is_taken_off_and_the_rest_is_zero() {
        let x: Vec<f64> = (0..34).map(f64::from).collect();
        with_block_about(Some(&[1.0, 10.0]), 2, &x, |block| {
            assert_eq!((block.columns[3], block.columns[32 + 16], block.columns[17]), (5.0, 23.0, 0.0));
            assert_eq!(block.rows()[(1, 16)], 33.0);
        });
    }

    #[test]
    fn every_number_has_its_place_and_the_rest_is_zero() {
        for (d, m) in [(2, 3), (1, 16), (5, 33), (17, 1), (3, 0)] {
            let x: Vec<f64> = (1..=d * m).map(|i| i as f64).collect();
            with_block(d, &x, |block| {
                assert_eq!((block.len(), block.rows().shape()), (m, (d, m)));
                for (feature, column) in block.columns.chunks_exact(padded(m).max(1)).enumerate() {
                    let wanted = |u: usize| if u < m { x[u * d + feature] } else { 0.0 };
                    assert!(column.iter().enumerate().all(|(u, got)| *got == wanted(u)), "{d} {m} {feature}");
                }
                assert_eq!(block.columns.len(), d * padded(m));
            });
        }
    }
}
