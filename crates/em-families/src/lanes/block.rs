//! [`Block`]: some rows, with a feature's numbers side by side.

use super::dispatch::WIDEST;
use em_core::scratch;
use nalgebra::DMatrixView;

/// m rows of d features.
#[derive(Clone, Copy)]
pub(crate) struct Block<'a> {
    /// As they are stored, d × m.
    pub(crate) rows: DMatrixView<'a, f64>,
    /// The same, a feature after the other, each [`padded`] with zeros.
    pub(crate) columns: &'a [f64],
}

/// The length of a feature's m numbers, filled up to whole multiples of the widest level.
pub(crate) fn padded(m: usize) -> usize {
    m.next_multiple_of(WIDEST)
}

/// Lends the rows, d × m, with their transpose.
pub(crate) fn with_block<R>(rows: DMatrixView<f64>, f: impl FnOnce(Block) -> R) -> R {
    let (d, m) = rows.shape();
    scratch::with(d * padded(m), |columns| {
        for (feature, column) in columns.chunks_exact_mut(padded(m).max(1)).enumerate() {
            let (filled, rest) = column.split_at_mut(m);
            filled.iter_mut().zip(rows.row(feature).iter()).for_each(|(out, x)| *out = *x);
            rest.fill(0.0);
        }
        f(Block { rows, columns })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    #[test]
    fn by_hand() {
        let x = DMatrix::from_column_slice(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        with_block(x.as_view(), |block| {
            assert_eq!(
                (&block.columns[..4], &block.columns[16..20]),
                (&[1.0, 3.0, 5.0, 0.0][..], &[2.0, 4.0, 6.0, 0.0][..])
            );
        });
    }
}
