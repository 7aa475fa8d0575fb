//! Clusters to start a mixture from: k-means++ and Lloyd's iterations, on features of equal spread.

use crate::{Moments, Rows};
use em_core::{Dataset, MStepError, Part, Rng};
use rand::RngExt;

/// Lloyd's iterations end here at the latest: a start need not be a fixed point.
const ITERATIONS: usize = 100;

/// Rows seen in units of each feature's standard deviation, so that a change of units changes no start.
pub(crate) struct Spread<'a> {
    rows: &'a Rows,
    /// 1 / variance of each feature; 0 for one that does not vary.
    precision: Vec<f64>,
}

impl<'a> Spread<'a> {
    pub(crate) fn of(rows: &'a Rows, whole: &Moments) -> Self {
        let variance = |j: usize| whole.scatter[(j, j)] / whole.weight;
        let precision = |j| if variance(j) > 0.0 { 1.0 / variance(j) } else { 0.0 };
        Spread { rows, precision: (0..rows.features()).map(precision).collect() }
    }

    fn squared_distance(&self, unit: usize, centre: &[f64]) -> f64 {
        let row = self.rows.row(unit).iter().zip(centre);
        row.zip(&self.precision).map(|((x, c), p)| (x - c) * (x - c) * p).sum()
    }

    /// k centres among the rows, each drawn with probability proportional to weight times squared distance to the
    /// nearest centre so far (Arthur & Vassilvitskii 2007).
    ///
    /// # Errors
    /// When fewer than k rows differ.
    pub(crate) fn plus_plus(&self, k: usize, rng: &mut Rng) -> Result<Vec<Vec<f64>>, MStepError> {
        let n = self.rows.units();
        let weight = |u: usize| self.rows.weight(u);
        let mut nearest = vec![f64::INFINITY; n];
        let mut centres: Vec<Vec<f64>> = Vec::with_capacity(k);
        while centres.len() < k {
            let chance = |u: usize| if centres.is_empty() { weight(u) } else { weight(u) * nearest[u] };
            let Some(unit) = draw(n, chance, rng) else {
                let cause = format!("only {} of the rows that count differ", centres.len());
                return Err(MStepError::new(Part::Component(centres.len()), cause, "use fewer components"));
            };
            centres.push(self.rows.row(unit).to_vec());
            let last = &centres[centres.len() - 1];
            nearest.iter_mut().enumerate().for_each(|(u, d)| *d = d.min(self.squared_distance(u, last)));
        }
        Ok(centres)
    }

    /// The nearest centre of every row, the first among equals.
    pub(crate) fn labels(&self, centres: &[Vec<f64>]) -> Vec<usize> {
        let nearest = |u: usize| {
            let distances = centres.iter().map(|c| self.squared_distance(u, c)).enumerate();
            distances.fold((0, f64::INFINITY), |best, at| if at.1 < best.1 { at } else { best }).0
        };
        (0..self.rows.units()).map(nearest).collect()
    }

    /// Lloyd's iterations (1982) from `centres` until no label changes; a cluster without rows keeps its centre.
    pub(crate) fn lloyd(&self, mut centres: Vec<Vec<f64>>) -> Vec<usize> {
        let mut labels = self.labels(&centres);
        for _ in 0..ITERATIONS {
            self.update(&labels, &mut centres);
            let next = self.labels(&centres);
            if next == labels {
                break;
            }
            labels = next;
        }
        labels
    }

    /// Moves every centre to the mean of its rows.
    fn update(&self, labels: &[usize], centres: &mut [Vec<f64>]) {
        let d = self.rows.features();
        let mut sums = vec![(0.0, vec![0.0; d]); centres.len()];
        for (u, &j) in labels.iter().enumerate() {
            let (w, (total, sum)) = (self.rows.weight(u), &mut sums[j]);
            *total += w;
            // Differences from the old centre, so that nothing cancels.
            let row = self.rows.row(u).iter().zip(&centres[j]);
            sum.iter_mut().zip(row).for_each(|(s, (x, c))| *s += w * (x - c));
        }
        for (centre, (total, sum)) in centres.iter_mut().zip(&sums) {
            if *total > 0.0 {
                centre.iter_mut().zip(sum).for_each(|(c, s)| *c += s / total);
            }
        }
    }
}

/// A unit drawn with probability proportional to `chance`; none when all chances are 0.
pub(crate) fn draw(n: usize, chance: impl Fn(usize) -> f64, rng: &mut Rng) -> Option<usize> {
    let total: f64 = (0..n).map(&chance).sum();
    let mut left = rng.random::<f64>() * total;
    let mut last = None;
    for u in (0..n).filter(|u| chance(*u) > 0.0) {
        last = Some(u);
        left -= chance(u);
        if left < 0.0 {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn three_groups() -> Rows {
        // The second feature is in other units; the last row, far away, has weight 0.
        let values = (0..30).flat_map(|i| [(i % 3) as f64 * 10.0 + (i / 3) as f64 * 0.1, 1e6 * (i % 3) as f64]);
        let rows = Rows::new(2, values.chain([1e5, 1e9]).collect()).unwrap();
        rows.weighted((0..31).map(|i| if i == 30 { 0.0 } else { 1.0 }).collect()).unwrap()
    }

    fn moments(rows: &Rows) -> Moments {
        let mut whole = Moments::zero(rows.features());
        let weights: Vec<f64> = (0..rows.units()).map(|u| rows.weight(u)).collect();
        whole.add(rows.block(0..rows.units()), &weights);
        whole
    }

    #[test]
    fn separated_groups_are_found_from_every_seed() {
        let rows = three_groups();
        let spread = Spread::of(&rows, &moments(&rows));
        for seed in 0..20 {
            let centres = spread.plus_plus(3, &mut Rng::seed_from_u64(seed)).unwrap();
            let labels = spread.lloyd(centres);
            for u in 0..30 {
                assert_eq!(labels[u], labels[u % 3]);
            }
            assert!(labels[0] != labels[1] && labels[1] != labels[2] && labels[0] != labels[2]);
        }
    }

    #[test]
    fn fewer_rows_that_differ_than_clusters_is_an_error() {
        let rows = Rows::new(1, vec![1.0, 1.0, 2.0]).unwrap();
        let e = Spread::of(&rows, &moments(&rows)).plus_plus(3, &mut Rng::seed_from_u64(1)).unwrap_err();
        assert_eq!(e.to_string(), "component 2: only 2 of the rows that count differ; use fewer components");
    }
}
