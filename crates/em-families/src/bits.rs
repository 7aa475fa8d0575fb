//! [`Bits`]: zeros and ones, a bit each.

use crate::lanes;
use em_core::table::{RowStore, StoreFault};
use std::ops::Range;

/// n rows of d numbers that are 0 or 1, which become doubles a block at a time: a pass over them reads a sixty-fourth of
/// what doubles take.
#[derive(Debug)]
pub(crate) struct Bits {
    columns: usize,
    /// Of each row as many as hold its numbers, the first in the lowest bit.
    words: Vec<u64>,
}

impl Bits {
    /// Of no rows of d numbers, d above 0, with room for n.
    pub(crate) fn with_room(columns: usize, n: usize) -> Self {
        Bits { columns, words: Vec::with_capacity(n * columns.div_ceil(lanes::WORD)) }
    }

    /// The bytes that n rows of d numbers take.
    pub(crate) fn bytes(columns: usize, n: usize) -> usize {
        size_of::<u64>() * n * columns.div_ceil(lanes::WORD)
    }

    /// Adds whole rows; none where a number is neither 0 nor 1.
    pub(crate) fn push(&mut self, rows: &[f64]) -> Option<()> {
        for row in rows.chunks_exact(self.columns) {
            for numbers in row.chunks(lanes::WORD) {
                self.words.push(lanes::packed(numbers)?);
            }
        }
        Some(())
    }

    fn words_a_row(&self) -> usize {
        self.columns.div_ceil(lanes::WORD)
    }
}

impl RowStore for Bits {
    fn rows(&self) -> usize {
        self.words.len() / self.words_a_row()
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn read(&self, rows: Range<usize>, columns: &[usize], out: &mut [f64]) -> Result<(), StoreFault> {
        let words = &self.words[rows.start * self.words_a_row()..rows.end * self.words_a_row()];
        if columns.iter().copied().eq(0..self.columns) {
            lanes::unpack(words, self.columns, out);
            return Ok(());
        }
        for (out, row) in out.chunks_exact_mut(columns.len().max(1)).zip(words.chunks_exact(self.words_a_row())) {
            let bit = |column: usize| (row[column / lanes::WORD] >> (column % lanes::WORD)) & 1;
            out.iter_mut().zip(columns).for_each(|(out, column)| *out = bit(*column) as f64);
        }
        Ok(())
    }
}
