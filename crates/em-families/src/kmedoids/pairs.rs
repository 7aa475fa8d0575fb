//! [`Pairs`]: the dissimilarities of all pairs of rows that count.

use super::KMedoidsError;
use crate::{Dissimilarity, Rows};
use em_core::Dataset;
use std::cell::Cell;

/// Up to this many rows all pairs are held in memory, 32 MB at most; beyond, they are computed whenever they are needed.
const MOST_STORED: usize = 2048;

/// Rows of weight above 0, numbered from 0 by themselves, and how unlike they are.
pub(super) struct Pairs<'a, D> {
    rows: &'a Rows,
    /// The numbers that the rows have in the data.
    pub units: Vec<usize>,
    /// Their weights.
    pub weights: Vec<f64>,
    dissimilarity: &'a D,
    stored: Option<Vec<f64>>,
    /// The first pair whose dissimilarity is none.
    bad: Cell<Option<(usize, usize, f64)>>,
}

impl<'a, D: Dissimilarity> Pairs<'a, D> {
    pub fn new(rows: &'a Rows, dissimilarity: &'a D) -> Self {
        let units: Vec<usize> = (0..rows.units()).filter(|u| rows.weight(*u) > 0.0).collect();
        let weights = units.iter().map(|u| rows.weight(*u)).collect();
        let mut pairs = Pairs { rows, units, weights, dissimilarity, stored: None, bad: Cell::new(None) };
        let n = pairs.len();
        if n <= MOST_STORED {
            pairs.stored = Some((0..n * n).map(|at| pairs.computed(at / n, at % n)).collect());
        }
        pairs
    }

    /// The same without the store.
    #[cfg(test)]
    pub fn unstored(self) -> Self {
        Pairs { stored: None, ..self }
    }

    /// How many rows count.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// How unlike two of them are.
    pub fn between(&self, a: usize, b: usize) -> f64 {
        match &self.stored {
            Some(stored) => stored[a * self.len() + b],
            None => self.computed(a, b),
        }
    }

    fn computed(&self, a: usize, b: usize) -> f64 {
        let value = self.dissimilarity.between(self.rows.row(self.units[a]), self.rows.row(self.units[b]));
        if value.is_finite() && value >= 0.0 {
            return value;
        }
        if self.bad.get().is_none() {
            self.bad.set(Some((self.units[a], self.units[b], value)));
        }
        // Some number to go on with until the fault is reported.
        0.0
    }

    /// Reports a dissimilarity that was none.
    pub fn check(&self) -> Result<(), KMedoidsError> {
        self.bad.get().map_or(Ok(()), |(a, b, value)| Err(KMedoidsError::Dissimilarity { a, b, value }))
    }
}
