//! [`Bits`]: zeros and ones, a bit each.

use crate::lanes;
use em_core::table::{RowStore, StoreFault};
use std::ops::Range;

/// Rows that are put together at a time, so that their words stay in the cache.
const AT_ONCE: usize = 1 << 10;

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

    /// Of columns of n numbers each, one or more; what is not 1 counts as 0.
    pub(crate) fn of_columns(columns: &[&[f64]]) -> Self {
        let (n, each) = (columns.first().map_or(0, |column| column.len()), columns.len().div_ceil(lanes::WORD));
        let mut words = vec![0; n * each];
        for (part, words) in words.chunks_mut(AT_ONCE * each).enumerate() {
            for (j, column) in columns.iter().enumerate() {
                let places = words.iter_mut().skip(j / lanes::WORD).step_by(each);
                let set = |(word, x): (&mut u64, &f64)| *word |= u64::from(*x == 1.0) << (j % lanes::WORD);
                places.zip(&column[part * AT_ONCE..]).for_each(set);
            }
        }
        Bits { columns: columns.len(), words }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_columns_and_of_rows_are_the_same() {
        for (n, d) in [(0, 1), (1, 1), (5, 64), (3, 65), (AT_ONCE + 1, 7), (2 * AT_ONCE, 130)] {
            let rows: Vec<f64> = (0..n * d).map(|i| (i * i % 7 % 2) as f64).collect();
            let columns: Vec<Vec<f64>> = (0..d).map(|j| rows.iter().skip(j).step_by(d).copied().collect()).collect();
            let bits = Bits::of_columns(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>());
            let mut pushed = Bits::with_room(d, n);
            pushed.push(&rows).unwrap();
            assert!(bits.words == pushed.words, "{n} × {d}");
            let (mut out, all): (_, Vec<usize>) = (vec![f64::NAN; n * d], (0..d).collect());
            bits.read(0..n, &all, &mut out).unwrap();
            assert!(out == rows, "{n} × {d}");
            let mut last = vec![f64::NAN; n];
            bits.read(0..n, &[d - 1], &mut last).unwrap();
            assert_eq!(last, columns[d - 1], "{n} × {d}");
        }
    }
}
