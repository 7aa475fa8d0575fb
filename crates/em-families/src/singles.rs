//! [`Singles`]: numbers of single precision, kept as they are.

use em_core::table::{RowStore, StoreFault};
use std::ops::Range;

/// n rows of d numbers of single precision, row after row, which become doubles a block at a time.
#[derive(Debug)]
pub(crate) struct Singles {
    columns: usize,
    values: Vec<f32>,
}

impl Singles {
    /// Of n·d numbers, d of them above 0.
    pub(crate) fn new(columns: usize, values: Vec<f32>) -> Self {
        Singles { columns, values }
    }
}

impl RowStore for Singles {
    fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn read(&self, rows: Range<usize>, columns: &[usize], out: &mut [f64]) -> Result<(), StoreFault> {
        let d = self.columns;
        let values = &self.values[rows.start * d..rows.end * d];
        if columns.iter().copied().eq(0..d) {
            out.iter_mut().zip(values).for_each(|(out, x)| *out = (*x).into());
            return Ok(());
        }
        for (out, row) in out.chunks_exact_mut(columns.len().max(1)).zip(values.chunks_exact(d)) {
            out.iter_mut().zip(columns).for_each(|(out, column)| *out = row[*column].into());
        }
        Ok(())
    }
}
