//! [`Bernoullis`]: k products of Bernoulli distributions.

use crate::plural::count;
use crate::prior::Beta;
use crate::{Emission, EmissionCoordinates, Rows, lanes};
use em_core::{MStepError, Part, statistics};
use nalgebra::{DMatrix, DVector};
use std::ops::Range;

/// Stands for ln 0, so that it can be added up and taken back: no sum of finite log probabilities comes near it.
const LOG_ZERO: f64 = -1e200;
/// Numbers that the work space of a block should hold.
const BLOCK_NUMBERS: usize = 32_768;

/// Products of d Bernoulli distributions: p(x | j) = Π_i p_ji^x_i (1 − p_ji)^(1 − x_i), for features that are 0 or 1.
///
/// M-step: p_ji = (Σ r x_i + a − 1) / (Σ r + a + b − 2), with a = b = 1 without a prior (Bishop 2006, eqs. 9.44 and 9.59).
/// A probability may be exactly 0 or 1: 0 ln 0 = 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bernoullis {
    /// The prior on every probability.
    pub prior: Option<Beta>,
}

/// Probabilities of d features in each of k components, with their logarithms.
#[derive(Clone, Debug, PartialEq)]
pub struct Probabilities {
    p: Vec<DVector<f64>>,
    /// ln p − ln (1 − p), k × d; 0 where p is 1.
    log_odds: Vec<f64>,
    /// Σ ln (1 − p) of each component, over the features whose p is below 1.
    of_zeros: Vec<f64>,
    /// Of each component, the features whose p is 1.
    certain: Vec<Vec<usize>>,
}

impl Probabilities {
    /// k rows of d probabilities.
    ///
    /// # Errors
    /// A sentence that names the entry.
    pub fn new(p: Vec<DVector<f64>>) -> Result<Self, String> {
        for (j, row) in p.iter().enumerate() {
            if row.len() != p[0].len() {
                let (got, wanted) = (row.len(), p[0].len());
                return Err(format!("`probabilities`: row {j} has {got} entries, but row 0 has {wanted}"));
            }
            if let Some(i) = row.iter().position(|p| !(0.0..=1.0).contains(p)) {
                return Err(format!("`probabilities`: entry {i} of row {j} is {}, not between 0 and 1", row[i]));
            }
        }
        let log_odds = |p: &f64| if *p == 1.0 { 0.0 } else { p.ln().max(LOG_ZERO) - (-p).ln_1p() };
        let of_zeros = |row: &DVector<f64>| row.iter().filter(|p| **p < 1.0).map(|p| (-p).ln_1p()).sum();
        let certain = |row: &DVector<f64>| (0..row.len()).filter(|i| row[*i] == 1.0).collect();
        Ok(Probabilities {
            log_odds: p.iter().flat_map(|row| row.iter().map(log_odds)).collect(),
            of_zeros: p.iter().map(of_zeros).collect(),
            certain: p.iter().map(certain).collect(),
            p,
        })
    }

    /// k rows of d probabilities.
    pub fn rows(&self) -> &[DVector<f64>] {
        &self.p
    }
}

/// What the E-step adds up.
#[derive(Clone, Debug, PartialEq)]
pub struct BernoulliStats {
    /// Σ r, k numbers.
    pub weights: DVector<f64>,
    /// Σ r x, d × k.
    pub ones: DMatrix<f64>,
}
statistics!(BernoulliStats { weights, ones });

impl BernoulliStats {
    /// Adds the rows `x`, d numbers each, under weighted responsibilities, m × k.
    fn add(&mut self, x: &[f64], r: &[f64]) {
        let d = self.ones.nrows();
        for (weight, r) in self.weights.iter_mut().zip(r.chunks_exact((x.len() / d.max(1)).max(1))) {
            *weight += lanes::sum(r);
        }
        lanes::add_weighted(r, x, d, self.ones.as_mut_slice());
    }
}

impl Probabilities {
    /// Writes ln p(x | j) of the rows `x`, d numbers each, into m × k numbers.
    fn log_densities(&self, x: &[f64], out: &mut [f64]) {
        let d = self.p.first().map_or(0, DVector::len);
        let list = |numbers| lanes::Lists { numbers, stride: d };
        lanes::products(list(&self.log_odds), list(x), d, out);
        for (j, out) in out.chunks_exact_mut((x.len() / d.max(1)).max(1)).enumerate() {
            lanes::shift_above(LOG_ZERO, self.of_zeros[j], out);
            for i in &self.certain[j] {
                let missed = out.iter_mut().zip(x.chunks_exact(d.max(1))).filter(|(_, row)| row[*i] < 0.5);
                missed.for_each(|(out, _)| *out = f64::NEG_INFINITY);
            }
        }
    }
}

impl Emission for Bernoullis {
    type Data = Rows;
    type Params = Probabilities;
    type Stats = BernoulliStats;

    fn components(&self, params: &Probabilities) -> usize {
        params.p.len()
    }

    fn zero(&self, params: &Probabilities) -> BernoulliStats {
        let (k, d) = (params.p.len(), params.p.first().map_or(0, DVector::len));
        BernoulliStats { weights: DVector::zeros(k), ones: DMatrix::zeros(d, k) }
    }

    fn log_density(&self, params: &Probabilities, data: &Rows, units: Range<usize>, out: &mut [f64]) {
        data.with(units, |x| params.log_densities(x, out));
    }

    fn accumulate(&self, _: &Probabilities, data: &Rows, units: Range<usize>, r: &[f64], stats: &mut BernoulliStats) {
        data.with(units, |x| stats.add(x, r));
    }

    /// The rows are read once.
    fn expect(
        &self,
        params: &Probabilities,
        data: &Rows,
        units: Range<usize>,
        out: &mut [f64],
        stats: &mut BernoulliStats,
        turn: &mut dyn FnMut(&mut [f64]),
    ) {
        data.with(units, |x| {
            params.log_densities(x, out);
            turn(out);
            stats.add(x, out);
        });
    }

    fn maximize(&self, stats: &BernoulliStats, _: &Probabilities) -> Result<Probabilities, MStepError> {
        let one = |j: usize| {
            let probability = |i: usize, ones: f64| {
                let (a, b) = self.prior.as_ref().map_or((0.0, 0.0), |prior| prior.pseudo_counts(j, i));
                // In this order, so that a sum far below 1 is not lost; at most 1, whatever the rounding.
                ((ones + a) / (stats.weights[j] + (a + b))).min(1.0)
            };
            DVector::from_fn(stats.ones.nrows(), |i, _| probability(i, stats.ones[(i, j)]))
        };
        let rows: Vec<DVector<f64>> = (0..stats.weights.len()).map(one).collect();
        if let Some(j) = rows.iter().position(|row| row.iter().any(|p| p.is_nan())) {
            let advice = "use fewer components, another start or more restarts";
            return Err(MStepError::new(Part::Component(j), "no observation is left in it", advice));
        }
        Probabilities::new(rows).map_err(|e| MStepError::new(Part::Whole, e, "this is a fault of the program"))
    }

    fn log_prior(&self, params: &Probabilities) -> f64 {
        let Some(prior) = &self.prior else { return 0.0 };
        let row = |(j, row): (usize, &DVector<f64>)| {
            row.iter().enumerate().map(|(i, p)| prior.log_density(j, i, *p)).sum::<f64>()
        };
        params.p.iter().enumerate().map(row).sum()
    }

    fn block(&self, data: &Rows, components: usize) -> usize {
        (BLOCK_NUMBERS / (data.features() + components)).clamp(64, 4096) / 8 * 8
    }

    fn admit(&self, params: &Probabilities, data: &Rows) -> Result<(), String> {
        let (d, got) = (data.features(), params.p.first().map_or(0, DVector::len));
        if got == d {
            return Ok(());
        }
        let (columns, entries) = (count(d, "column", "columns"), count(got, "entry", "entries"));
        Err(format!("the data have {columns}, but `probabilities` has {entries} a row"))
    }
}

/// ln(p / (1 − p)), component by component; infinite where p is 0 or 1.
impl EmissionCoordinates for Bernoullis {
    fn to_free(&self, params: &Probabilities) -> Vec<f64> {
        params.p.iter().flat_map(|row| row.iter().map(log_odds).collect::<Vec<_>>()).collect()
    }

    fn at_free(&self, like: &Probabilities, x: &[f64]) -> Result<Probabilities, MStepError> {
        let d = like.p.first().map_or(1, DVector::len).max(1);
        let one = |(p, x): (&f64, &f64)| if log_odds(p) == *x { *p } else { 1.0 / (1.0 + (-x).exp()) };
        let row = |(x, p): (&[f64], &DVector<f64>)| DVector::from_iterator(d, p.iter().zip(x).map(one));
        Probabilities::new(x.chunks_exact(d).zip(&like.p).map(row).collect())
            .map_err(|e| MStepError::new(Part::Whole, e, "take a shorter step in the coordinates"))
    }

    fn coordinate_names(&self, params: &Probabilities) -> Vec<String> {
        let row = |(j, row): (usize, &DVector<f64>)| (0..row.len()).map(move |i| format!("probabilities[{j}][{i}]"));
        params.p.iter().enumerate().flat_map(row).collect()
    }
}

fn log_odds(p: &f64) -> f64 {
    (p / (1.0 - p)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(rows: &[&[f64]]) -> Probabilities {
        Probabilities::new(rows.iter().map(|r| DVector::from_row_slice(r)).collect()).unwrap()
    }

    fn densities(p: &Probabilities, rows: &Rows) -> Vec<f64> {
        let mut out = vec![0.0; 2 * p.rows().len()];
        Bernoullis::default().log_density(p, rows, 0..2, &mut out);
        out
    }

    #[test]
    fn the_density_by_hand_and_at_the_edge() {
        let rows = Rows::new(2, vec![1.0, 0.0, 1.0, 1.0]).unwrap();
        let got = densities(&params(&[&[0.5, 0.25], &[1.0, 0.0]]), &rows);
        assert!((got[0] - (0.375f64).ln()).abs() < 1e-15 && (got[1] - (0.125f64).ln()).abs() < 1e-15);
        assert_eq!(got[2..], [0.0, f64::NEG_INFINITY]);
    }

    #[test]
    fn the_estimate_by_hand_with_and_without_a_prior() {
        let rows = Rows::new(2, vec![1.0, 0.0, 1.0, 1.0]).unwrap();
        let start = params(&[&[0.5, 0.5]]);
        let mut stats = Bernoullis::default().zero(&start);
        Bernoullis::default().accumulate(&start, &rows, 0..2, &[1.0, 3.0], &mut stats);
        let estimate = |prior| Bernoullis { prior }.maximize(&stats, &start).unwrap().rows()[0].clone();
        assert_eq!(estimate(None).as_slice(), [1.0, 0.75]);
        // a = 2, b = 3: (4 + 1) / (4 + 3) and (3 + 1) / (4 + 3).
        assert_eq!(estimate(Some(Beta(2.0.into(), 3.0.into()))).as_slice(), [5.0 / 7.0, 4.0 / 7.0]);
    }
}
