//! BUILD: medoids one after the other.

use super::pairs::Pairs;

/// The row of least total dissimilarity, then k − 1 times the row that lowers the total most, the lowest among equals
/// (Kaufman & Rousseeuw 1990, chapter 2, section 4.1); in time proportional to n²·k.
pub(super) fn build(pairs: &Pairs, k: usize) -> Vec<usize> {
    let mut nearest = vec![f64::INFINITY; pairs.units.len()];
    let mut medoids: Vec<usize> = Vec::with_capacity(k);
    for _ in 0..k {
        let total = |candidate: usize| -> f64 {
            let after = nearest.iter().enumerate().map(|(unit, far)| far.min(pairs.between(unit, candidate)));
            after.zip(&pairs.weights).map(|(far, w)| w * far).sum()
        };
        let free = pairs.each_candidate().filter(|row| !medoids.contains(row)).map(|row| (row, total(row)));
        let Some(best) = free.reduce(|best, at| if at.1 < best.1 { at } else { best }) else { break };
        medoids.push(best.0);
        nearest.iter_mut().enumerate().for_each(|(unit, d)| *d = d.min(pairs.between(unit, best.0)));
    }
    medoids
}
