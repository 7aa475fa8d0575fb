//! Alternating: labels, then the best row of each cluster.

use super::assignment::Assignment;
use super::pairs::Pairs;

/// One iteration: each medoid moves to the row of its cluster with the least total dissimilarity to the others, the
/// lowest among equals. A cluster without rows keeps its medoid.
pub(super) fn step(pairs: &Pairs, from: &Assignment) -> Assignment {
    let mut members = vec![Vec::new(); from.medoids.len()];
    from.near.iter().enumerate().for_each(|(row, near)| members[near.slot].push(row));
    let medoids = members.iter().zip(&from.medoids).map(|(rows, old)| best(pairs, rows).unwrap_or(*old));
    Assignment::of(pairs, medoids.collect())
}

fn best(pairs: &Pairs, rows: &[usize]) -> Option<usize> {
    let total = |candidate: usize| rows.iter().map(|row| pairs.weights[*row] * pairs.between(*row, candidate)).sum();
    let all = rows.iter().map(|row| (*row, total(*row)));
    all.reduce(|best: (usize, f64), at| if at.1 < best.1 { at } else { best }).map(|best| best.0)
}
