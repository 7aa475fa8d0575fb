//! Clusters to start a mixture from: k-means++ and Lloyd's iterations, on features of equal spread.

use crate::{Items, Memberships, simplex};
use em_core::{Interrupt, MStepError, Part, Rng, StartKind};
use rand::RngExt;

/// Lloyd's iterations end here at the latest: a start need not be a fixed point.
const ITERATIONS: usize = 100;

/// The components that units belong to as a mixture begins: clusters, or chance.
///
/// # Errors
/// When fewer than k of the rows that count differ.
pub(crate) fn memberships<D: Items>(
    kind: StartKind,
    k: usize,
    spread: &Spread<D>,
    rng: &mut Rng,
) -> Result<Memberships, MStepError> {
    let labels = match kind {
        StartKind::KMeans => spread.lloyd(spread.plus_plus(k, rng)?),
        StartKind::KMeansPlusPlus => spread.labels(&spread.plus_plus(k, rng)?),
        StartKind::Rows => {
            let rows = spread.different_rows(k, rng)?;
            let centres: Vec<Vec<f64>> = rows.iter().map(|u| spread.copy_of(*u)).collect();
            spread.labels(&centres)
        }
        StartKind::Responsibilities => {
            return Ok(Memberships::Shared { components: k, shares: simplex::uniform(spread.rows.units(), k, rng) });
        }
        StartKind::Build => {
            let cause = "`Build` chooses medoids, which it has none of";
            return Err(MStepError::new(Part::Whole, cause, "start by one of the kinds that the model names"));
        }
    };
    Ok(Memberships::Whole { components: k, labels })
}

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

    fn squared_distance(&self, row: &[f64], centre: &[f64]) -> f64 {
        row.iter().zip(centre).zip(&self.precision).map(|((x, c), p)| (x - c) * (x - c) * p).sum()
    }

    fn copy_of(&self, unit: usize) -> Vec<f64> {
        copy_of(self.rows, unit)
    }

    /// Shows all rows, one after the other.
    fn visit(&self, mut f: impl FnMut(usize, &[f64])) {
        self.rows.visit(0..self.rows.units(), &mut f);
    }

    /// k-means++ in these units.
    ///
    /// # Errors
    /// As [`plus_plus`].
    fn plus_plus(&self, k: usize, rng: &mut Rng) -> Result<Vec<Vec<f64>>, MStepError> {
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
            self.visit(|u, row| new[u] &= row != numbers);
        }
        Ok(taken)
    }

    /// The nearest centre of every row, the first among equals.
    fn labels(&self, centres: &[Vec<f64>]) -> Vec<u32> {
        let mut labels = Vec::with_capacity(self.rows.units());
        self.visit(|_, row| {
            let distances = centres.iter().map(|c| self.squared_distance(row, c)).zip(0..);
            let nearest = distances.fold((f64::INFINITY, 0), |best, at| if at.0 < best.0 { at } else { best });
            labels.push(nearest.1);
        });
        labels
    }

    /// Lloyd's iterations (1982) from `centres` until no label changes, or the fit is to end; a cluster without rows keeps
    /// its centre.
    fn lloyd(&self, mut centres: Vec<Vec<f64>>) -> Vec<u32> {
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
        let mut sums = vec![(0.0, vec![0.0; d]); centres.len()];
        self.visit(|u, row| {
            let j = labels[u] as usize;
            let (w, (total, sum)) = (self.rows.weight(u), &mut sums[j]);
            *total += w;
            // Differences from the old centre, so that nothing cancels.
            sum.iter_mut().zip(row.iter().zip(&centres[j])).for_each(|(s, (x, c))| *s += w * (x - c));
        });
        for (centre, (total, sum)) in centres.iter_mut().zip(&sums) {
            if *total > 0.0 {
                centre.iter_mut().zip(sum).for_each(|(c, s)| *c += s / total);
            }
        }
    }
}

/// The numbers of a unit.
fn copy_of<D: Items>(rows: &D, unit: usize) -> Vec<f64> {
    let mut copy = Vec::new();
    rows.visit(unit..unit + 1, &mut |_, numbers| copy = numbers.to_vec());
    copy
}

/// k of the rows as centres, each drawn with probability proportional to its weight times its dissimilarity to the
/// nearest centre so far: k-means++ where that is a squared distance (Arthur & Vassilvitskii 2007).
///
/// # Errors
/// When fewer than k of the rows that count differ.
pub(crate) fn plus_plus<D: Items>(
    data: &D,
    k: usize,
    between: impl Fn(&[f64], &[f64]) -> f64,
    rng: &mut Rng,
) -> Result<Vec<Vec<f64>>, MStepError> {
    let n = data.units();
    let mut nearest = vec![f64::INFINITY; n];
    let mut centres: Vec<Vec<f64>> = Vec::with_capacity(k);
    while centres.len() < k {
        let chance = |u: usize| if centres.is_empty() { data.weight(u) } else { data.weight(u) * nearest[u] };
        let Some(centre) = draw(n, chance, rng) else {
            let cause = format!("only {} of the rows that count differ", centres.len());
            return Err(MStepError::new(Part::Component(centres.len()), cause, "use fewer components"));
        };
        let centre = copy_of(data, centre);
        data.visit(0..n, &mut |u, row| nearest[u] = nearest[u].min(between(row, &centre)));
        centres.push(centre);
    }
    Ok(centres)
}

/// The weighted variance of each feature.
fn variances<D: Items>(rows: &D) -> Vec<f64> {
    let counted = || (0..rows.units()).filter(|u| rows.weight(*u) > 0.0);
    let Some(first) = counted().next() else { return Vec::new() };
    let origin = copy_of(rows, first);
    let total: f64 = counted().map(|u| rows.weight(u)).sum();
    let average = |f: &dyn Fn(usize, f64) -> f64| {
        let mut sums = vec![0.0; origin.len()];
        rows.visit(0..rows.units(), &mut |u, row| {
            let weight = rows.weight(u);
            let sums = sums.iter_mut().zip(row).enumerate().filter(|_| weight > 0.0);
            sums.for_each(|(j, (sum, x))| *sum += weight * f(j, *x));
        });
        sums.into_iter().map(|sum| sum / total).collect::<Vec<f64>>()
    };
    // About the first row that counts, then about the mean: nothing cancels.
    let means = average(&|j, x| x - origin[j]);
    average(&|j, x| (x - origin[j] - means[j]).powi(2))
}

/// A unit drawn with probability proportional to `chance`; none when all chances are 0.
fn draw(n: usize, chance: impl Fn(usize) -> f64, rng: &mut Rng) -> Option<usize> {
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
}
