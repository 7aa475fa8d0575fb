//! Alternating: labels, then the best row of each cluster.

use super::assignment::Assignment;
use super::pairs::Pairs;

/// One iteration: each medoid moves to the row of its cluster with the least total dissimilarity to the others, the
/// lowest among equals. A cluster without rows keeps its medoid.
pub(super) fn step(pairs: &Pairs, from: &Assignment) -> Assignment {
    let clusters: Vec<usize> = from.near.iter().map(|near| near.slot).collect();
    let medoids = from.medoids.iter().enumerate();
    Assignment::of(pairs, medoids.map(|(slot, old)| pairs.best_of(&clusters, slot).unwrap_or(*old)).collect())
}
