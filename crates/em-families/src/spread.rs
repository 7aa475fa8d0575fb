//! [`Spread`]: rows on features of equal spread, and their clusters.

use crate::Items;
use crate::lanes;
use crate::starts::{copy_of, draw, plus_plus};
use em_core::{Interrupt, MStepError, Part, Rng, reduce, scratch};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;
use std::ops::Range;

/// Lloyd's iterations end here at the latest: a start need not be a fixed point.
const ITERATIONS: usize = 100;
/// Numbers of rows that are labelled at a time.
const NUMBERS: usize = 1 << 14;
/// Numbers of rows that are added up at a time, and the most of these rows; sums of such parts are merged along the fixed
/// tree.
const PART: usize = 1 << 16;
const MOST_ROWS: usize = 1 << 12;

/// Rows seen in units of each feature's standard deviation, so that a change of units changes no start.
pub(crate) struct Spread<'a, D> {
    rows: &'a D,
    /// 1 / variance of each feature; 0 for one that does not vary.
    precision: Vec<f64>,
}

impl<'a, D: Items> Spread<'a, D> {
    /// In units of the weighted standard deviations.
    pub(crate) fn of(rows: &'a D) -> Self {
        let precision = variances(rows).into_iter().map(|v| if v > 0.0 { 1.0 / v } else { 0.0 }).collect();
        Spread { rows, precision }
    }

    /// In units of the features themselves.
    pub(crate) fn raw(rows: &'a D) -> Self {
        let d = if rows.units() > 0 { copy_of(rows, 0).len() } else { 0 };
        Spread { rows, precision: vec![1.0; d] }
    }

    /// n.
    pub(crate) fn units(&self) -> usize {
        self.rows.units()
    }

    fn squared_distance(&self, row: &[f64], centre: &[f64]) -> f64 {
        row.iter().zip(centre).zip(&self.precision).map(|((x, c), p)| (x - c) * (x - c) * p).sum()
    }

    /// A copy of a row, in the units of the data.
    pub(crate) fn copy_of(&self, unit: usize) -> Vec<f64> {
        copy_of(self.rows, unit)
    }

    /// k-means++ in these units.
    ///
    /// # Errors
    /// As [`plus_plus`].
    pub(crate) fn plus_plus(&self, k: usize, rng: &mut Rng) -> Result<Vec<Vec<f64>>, MStepError> {
        plus_plus(self.rows, k, |row, centre| self.squared_distance(row, centre), rng)
    }

    /// k rows that differ, each drawn with probability proportional to its weight.
    ///
    /// # Errors
    /// When fewer than k rows differ.
    pub(crate) fn different_rows(&self, k: usize, rng: &mut Rng) -> Result<Vec<usize>, MStepError> {
        let mut taken: Vec<usize> = Vec::with_capacity(k);
        let mut new = vec![true; self.rows.units()];
        for j in 0..k {
            let chance = |u: usize| if new[u] { self.rows.weight(u) } else { 0.0 };
            let Some(unit) = draw(self.rows.units(), chance, rng) else {
                let cause = format!("only {j} of the rows that count differ");
                return Err(MStepError::new(Part::Component(j), cause, "use fewer components"));
            };
            taken.push(unit);
            let numbers = self.copy_of(unit);
            self.rows.visit(0..self.rows.units(), &mut |u, row| new[u] &= row != numbers);
        }
        Ok(taken)
    }

    /// The nearest centre of every row, the first among equals.
    pub(crate) fn labels(&self, centres: &[Vec<f64>]) -> Vec<u32> {
        let mut labels = vec![0; self.rows.units()];
        let (frame, d) = (Frame::of(centres, &self.precision), self.precision.len());
        let together = lanes::whole_columns((NUMBERS / d.max(1)).clamp(32, MOST_ROWS));
        if d > 0 {
            labels.par_chunks_mut(together).enumerate().for_each(|(part, labels)| {
                self.label(part * together, centres, &frame, labels);
            });
        }
        labels
    }

    /// Labels the rows from `begin` on. Those for which two centres are too close to tell are compared by differences.
    fn label(&self, begin: usize, centres: &[Vec<f64>], frame: &Frame, labels: &mut [u32]) {
        let (d, m) = (self.precision.len(), labels.len());
        scratch::with(2 * m * d + lanes::padded(m), |room| {
            let (rows, room) = room.split_at_mut(m * d);
            let (seen, nearest) = room.split_at_mut(m * d);
            self.copy_rows(begin..begin + m, rows);
            rows.chunks_exact(d).zip(seen.chunks_exact_mut(d)).for_each(|(row, out)| frame.see(row, out));
            lanes::with_block(d, seen, |block| {
                lanes::with_centers(&frame.centres, |ready| ready.label(block.columns, nearest));
            });
            for ((row, label), nearest) in rows.chunks_exact(d).zip(labels).zip(nearest) {
                *label = if *nearest < 0.0 { self.nearest(row, centres) } else { *nearest as u32 };
            }
        });
    }

    fn copy_rows(&self, units: Range<usize>, out: &mut [f64]) {
        let mut places = out.chunks_exact_mut(self.precision.len());
        self.rows.visit(units, &mut |_, row| {
            if let Some(place) = places.next() {
                place.copy_from_slice(row);
            }
        });
    }

    fn nearest(&self, row: &[f64], centres: &[Vec<f64>]) -> u32 {
        let distances = centres.iter().map(|c| self.squared_distance(row, c)).zip(0..);
        distances.fold((f64::INFINITY, 0), |best, at| if at.0 < best.0 { at } else { best }).1
    }

    /// Lloyd's iterations (1982) from `centres` until no label changes, or the fit is to end; a cluster without rows keeps
    /// its centre.
    pub(crate) fn lloyd(&self, mut centres: Vec<Vec<f64>>) -> Vec<u32> {
        let mut labels = self.labels(&centres);
        let interrupt = Interrupt::current();
        for _ in (0..ITERATIONS).take_while(|_| !interrupt.is_raised()) {
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
    fn update(&self, labels: &[u32], centres: &mut [Vec<f64>]) {
        let d = self.precision.len();
        // Of each cluster its weight, and the weighted sum of differences from the old centre, so that nothing cancels.
        let sums = sums_of_parts(self.rows, centres.len() * (d + 1), |u, weight, row, sums| {
            let j = labels[u] as usize;
            let (total, sum) = sums[j * (d + 1)..][..d + 1].split_at_mut(1);
            total[0] += weight;
            sum.iter_mut().zip(row.iter().zip(&centres[j])).for_each(|(s, (x, c))| *s += weight * (x - c));
        });
        for (centre, sums) in centres.iter_mut().zip(sums.chunks_exact(d + 1)) {
            if sums[0] > 0.0 {
                centre.iter_mut().zip(&sums[1..]).for_each(|(c, s)| *c += s / sums[0]);
            }
        }
    }
}

/// Rows and centres about a place amid the centres, in units in which all features have the same spread.
struct Frame {
    origin: Vec<f64>,
    scales: Vec<f64>,
    /// The centres in this frame.
    centres: Vec<Vec<f64>>,
}

impl Frame {
    /// Amid these centres, at least one, whose features have these precisions.
    fn of(centres: &[Vec<f64>], precision: &[f64]) -> Self {
        let mean = |j: usize| centres.iter().map(|c| c[j] / centres.len() as f64).sum();
        let origin = (0..precision.len()).map(mean).collect();
        let scales = precision.iter().map(|p| p.sqrt()).collect();
        let mut frame = Frame { origin, scales, centres: Vec::new() };
        let seen = |centre: &Vec<f64>| {
            let mut seen = vec![0.0; centre.len()];
            frame.see(centre, &mut seen);
            seen
        };
        frame.centres = centres.iter().map(seen).collect();
        frame
    }

    /// Writes a row as it is seen here.
    fn see(&self, row: &[f64], out: &mut [f64]) {
        let units = self.origin.iter().zip(&self.scales);
        out.iter_mut().zip(row.iter().zip(units)).for_each(|(out, (x, (o, s)))| *out = (x - o) * s);
    }
}

/// The sums of `size` numbers to which `add` adds every row, told its place and weight.
fn sums_of_parts<D: Items>(rows: &D, size: usize, add: impl Fn(usize, f64, &[f64], &mut [f64]) + Sync) -> Vec<f64> {
    let n = rows.units();
    let d = if n > 0 { copy_of(rows, 0).len() } else { 0 };
    let together = (PART / d.max(1)).clamp(1, MOST_ROWS);
    let leaf = |part: usize| {
        let mut sums = vec![0.0; size];
        let units = part * together..n.min((part + 1) * together);
        rows.visit(units, &mut |u, row| add(u, rows.weight(u), row, &mut sums));
        sums
    };
    let merge = |earlier: &mut Vec<f64>, later: Vec<f64>| earlier.iter_mut().zip(later).for_each(|(a, b)| *a += b);
    reduce(0..n.div_ceil(together).max(1), &leaf, &merge)
}

/// The weighted variance of each feature.
fn variances<D: Items>(rows: &D) -> Vec<f64> {
    let counted = || (0..rows.units()).filter(|u| rows.weight(*u) > 0.0);
    let Some(first) = counted().next() else { return Vec::new() };
    let origin = copy_of(rows, first);
    let total: f64 = counted().map(|u| rows.weight(u)).sum();
    let average = |f: &(dyn Fn(usize, f64) -> f64 + Sync)| {
        let sums = sums_of_parts(rows, origin.len(), |_, weight, row, sums| {
            let sums = sums.iter_mut().zip(row).enumerate().filter(|_| weight > 0.0);
            sums.for_each(|(j, (sum, x))| *sum += weight * f(j, *x));
        });
        sums.into_iter().map(|sum| sum / total).collect::<Vec<f64>>()
    };
    // About the first row that counts, then about the mean: nothing cancels.
    let means = average(&|j, x| x - origin[j]);
    average(&|j, x| (x - origin[j] - means[j]).powi(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rows;
    use rand::SeedableRng;

    fn three_groups() -> Rows {
        // The second feature is in other units; the last row, far away, has weight 0.
        let values = (0..30).flat_map(|i| [(i % 3) as f64 * 10.0 + (i / 3) as f64 * 0.1, 1e6 * (i % 3) as f64]);
        let rows = Rows::new(2, values.chain([1e5, 1e9]).collect()).unwrap();
        rows.weighted((0..31).map(|i| if i == 30 { 0.0 } else { 1.0 }).collect()).unwrap()
    }

    #[test]
    fn separated_groups_are_found_from_every_seed() {
        let rows = three_groups();
        let spread = Spread::of(&rows);
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
    fn an_interrupt_ends_the_iterations() {
        let rows = three_groups();
        let spread = Spread::of(&rows);
        // Centres from which Lloyd has some way to go.
        let centres: Vec<Vec<f64>> = [0, 3, 6].map(|u| rows.numbers(u).to_vec()).into();
        let interrupt = Interrupt::default();
        let whole = interrupt.during(|| spread.lloyd(centres.clone()));
        interrupt.raise();
        let first = interrupt.during(|| spread.lloyd(centres.clone()));
        assert_eq!(first, spread.labels(&centres));
        assert_ne!(first, whole);
    }

    #[test]
    fn fewer_rows_that_differ_than_clusters_is_an_error() {
        let rows = Rows::new(1, vec![1.0, 1.0, 2.0]).unwrap();
        let e = Spread::of(&rows).plus_plus(3, &mut Rng::seed_from_u64(1)).unwrap_err();
        assert_eq!(e.to_string(), "component 2: only 2 of the rows that count differ; use fewer components");
    }

    #[test]
    fn labels_are_those_of_the_least_distance_and_the_first_among_equals() {
        // Far from zero, in other units, with rows amid two centres, and more of them than are looked at together.
        for (n, d, k) in [(1, 1, 1), (100, 1, 2), (5000, 3, 5), (700, 40, 9)] {
            let value = |u: usize, j: usize| {
                1e7 * (j + 1) as f64 + ((u * u + 3 * u * j + j) % 11) as f64 * 4f64.powi(j as i32 % 3)
            };
            let rows = Rows::new(d, (0..n).flat_map(|u| (0..d).map(move |j| value(u, j))).collect()).unwrap();
            let centres: Vec<Vec<f64>> = (0..k).map(|u| (0..d).map(|j| value(u, j)).collect()).collect();
            for spread in [Spread::raw(&rows), Spread::of(&rows)] {
                let wanted: Vec<u32> = (0..n).map(|u| spread.nearest(&rows.copy_of(u), &centres)).collect();
                assert_eq!(spread.labels(&centres), wanted, "{n} {d} {k}");
            }
        }
    }

    #[test]
    fn variances_are_those_of_the_definition_and_rows_without_weight_have_no_part() {
        let n = 2 * MOST_ROWS + 7;
        let x: Vec<f64> = (0..n).map(|u| 1e6 + (u % 10) as f64).collect();
        let weights: Vec<f64> = (0..n).map(|u| (u % 3) as f64).collect();
        let total: f64 = weights.iter().sum();
        let mean = x.iter().zip(&weights).map(|(x, w)| w * (x - 1e6)).sum::<f64>() / total;
        let variance = x.iter().zip(&weights).map(|(x, w)| w * (x - 1e6 - mean).powi(2)).sum::<f64>() / total;
        let rows = Rows::new(1, x).unwrap().weighted(weights).unwrap();
        approx::assert_relative_eq!(variances(&rows)[0], variance, max_relative = 1e-12);
    }
}
