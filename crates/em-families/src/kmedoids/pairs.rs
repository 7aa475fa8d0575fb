//! [`Pairs`]: the dissimilarities of the units that count and the rows that may be medoids.

use super::compared_rows::is_dissimilarity;
use super::{ComparedRows, Medoids};
use em_core::{Dataset, Interrupt, MStepError, Part};
use std::cell::Cell;

/// Units of weight above 0 and candidates for medoids, the rows of weight above 0, each numbered from 0 by themselves, and
/// how unlike they are. Without groups they are the same.
pub(super) struct Pairs<'a> {
    data: &'a ComparedRows,
    /// The numbers that the units have in the data.
    pub units: Vec<usize>,
    /// Their weights.
    pub weights: Vec<f64>,
    /// The numbers that the candidates have among the rows of the data.
    pub candidates: Vec<usize>,
    /// The unit that each candidate is a row of.
    pub owners: Vec<usize>,
    /// The first pair of rows whose dissimilarity is none.
    bad: Cell<Option<(usize, usize, f64)>>,
    interrupt: Interrupt,
}

impl<'a> Pairs<'a> {
    pub fn new(data: &'a ComparedRows) -> Self {
        let units: Vec<usize> = (0..data.units()).filter(|u| data.weight(*u) > 0.0).collect();
        let weights = units.iter().map(|u| data.weight(*u)).collect();
        let rows = data.rows();
        let candidates: Vec<usize> = (0..rows.units()).filter(|row| rows.weight(*row) > 0.0).collect();
        let owner =
            |row: &usize| units.binary_search(&data.unit_of(*row)).expect("the unit of a row that counts counts");
        let owners = candidates.iter().map(owner).collect();
        let (bad, interrupt) = (Cell::new(None), Interrupt::current());
        Pairs { data, units, weights, candidates, owners, bad, interrupt }
    }

    /// How unlike the rows of a unit are to a candidate, in total.
    pub fn between(&self, unit: usize, candidate: usize) -> f64 {
        let (unit, row) = (self.units[unit], self.candidates[candidate]);
        let value = self.data.unit_between(unit, row);
        if is_dissimilarity(value) {
            return value;
        }
        if self.bad.get().is_none() {
            let pairs = || self.data.members(unit).map(|member| (member, row, self.data.between(member, row)));
            // Where each is one, their sum is too large for any.
            let culprit = pairs().find(|pair| !is_dissimilarity(pair.2));
            self.bad.set(culprit.or_else(|| pairs().next().map(|pair| (pair.0, row, value))));
        }
        // Some number to go on with until the fault is reported.
        0.0
    }

    /// The candidates in order, but no more of them once the fit is to end: a search looks at n² pairs.
    pub fn each_candidate(&self) -> impl Iterator<Item = usize> {
        (0..self.candidates.len()).take_while(|_| !self.interrupt.is_raised())
    }

    /// Candidates as medoids, with what stands in them.
    pub fn medoids(&self, candidates: &[usize]) -> Medoids {
        let rows: Vec<usize> = candidates.iter().map(|candidate| self.candidates[*candidate]).collect();
        let centers = rows.iter().map(|row| self.data.rows().row(*row).to_vec()).collect();
        Medoids::found(rows, centers)
    }

    /// Of the rows of the units in a cluster, that which is least unlike them, the lowest among equals; none where there
    /// are no units. `clusters` has the cluster of each unit.
    pub fn best_of(&self, clusters: &[usize], cluster: usize) -> Option<usize> {
        let units: Vec<usize> = (0..clusters.len()).filter(|unit| clusters[*unit] == cluster).collect();
        let total = |candidate| units.iter().map(|unit| self.weights[*unit] * self.between(*unit, candidate)).sum();
        let candidates = self.each_candidate().filter(|candidate| clusters[self.owners[*candidate]] == cluster);
        let all = candidates.map(|candidate| (candidate, total(candidate)));
        all.reduce(|best: (usize, f64), at| if at.1 < best.1 { at } else { best }).map(|best| best.0)
    }

    /// `found`, unless a dissimilarity was none.
    pub fn checked<T>(&self, found: T) -> Result<T, MStepError> {
        let Some((a, b, value)) = self.bad.get() else { return Ok(found) };
        let cause = format!(
            "the dissimilarity of rows {a} and {b} (from 0) is {value}, where a finite number, 0 or above, is wanted"
        );
        Err(MStepError::new(Part::Whole, cause, "use another dissimilarity, or standardize the columns"))
    }
}
