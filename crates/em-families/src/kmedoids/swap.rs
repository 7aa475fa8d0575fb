//! Swaps of a medoid for another row: PAM and FasterPAM.

use super::assignment::Assignment;
use super::pairs::Pairs;

/// A swap must lower the total by this fraction of it: less is the rounding of a sum.
const SLACK: f64 = 1e-12;

/// What removing each medoid would cost: Σ w (second − first) over its units (Schubert & Rousseeuw 2021, section 4.1).
fn removal_losses(pairs: &Pairs, at: &Assignment) -> Vec<f64> {
    let mut losses = vec![0.0; at.medoids.len()];
    for (near, w) in at.near.iter().zip(&pairs.weights) {
        losses[near.slot] += w * (near.second - near.first);
    }
    losses
}

/// The medoid whose swap for `candidate` changes the total most to the better, and that change.
///
/// All k changes come from one look at each unit (algorithm 2 there): a unit that the candidate is nearest to gains the
/// same whichever medoid goes; any other unit matters only where its own medoid goes.
fn best_swap(pairs: &Pairs, at: &Assignment, losses: &[f64], candidate: usize) -> (usize, f64) {
    if at.medoids.len() == 1 {
        let after: f64 = (0..pairs.units.len()).map(|unit| pairs.weights[unit] * pairs.between(unit, candidate)).sum();
        return (0, after - at.total);
    }
    let (mut changes, mut shared) = (losses.to_vec(), 0.0);
    for (unit, (near, w)) in at.near.iter().zip(&pairs.weights).enumerate() {
        let far = pairs.between(unit, candidate);
        if far < near.first {
            shared += w * (far - near.first);
            changes[near.slot] += w * (near.first - near.second);
        } else if far < near.second {
            changes[near.slot] += w * (far - near.second);
        }
    }
    let all = changes.iter().map(|change| change + shared).enumerate();
    all.fold((0, f64::INFINITY), |best, next| if next.1 < best.1 { next } else { best })
}

/// The assignment after a swap, if it is better beyond rounding.
fn accepted(pairs: &Pairs, from: &Assignment, (slot, change): (usize, f64), candidate: usize) -> Option<Assignment> {
    let least = SLACK * from.total;
    if change >= -least {
        return None;
    }
    // The sum itself decides, so that no rounding of changes can make a circle.
    Some(from.swapped(pairs, slot, candidate)).filter(|to| to.total < from.total)
}

/// One iteration of PAM: the best of all k·(n − k) swaps, the lowest row and then the lowest medoid among equals; none
/// if no swap is better.
pub(super) fn best_of_all(pairs: &Pairs, from: &Assignment) -> Option<Assignment> {
    let losses = removal_losses(pairs, from);
    let rows = pairs.each_candidate().filter(|row| !from.medoids.contains(row));
    let swaps = rows.map(|row| (best_swap(pairs, from, &losses, row), row));
    let (swap, row) = swaps.reduce(|best, next| if next.0.1 < best.0.1 { next } else { best })?;
    accepted(pairs, from, swap, row)
}

/// One pass of FasterPAM: looks at each row in order and swaps at once where that is better (algorithm 4 there); none if
/// no swap was.
pub(super) fn eager_pass(pairs: &Pairs, from: &Assignment) -> Option<Assignment> {
    let (mut at, mut losses): (Option<Assignment>, _) = (None, removal_losses(pairs, from));
    for row in pairs.each_candidate() {
        let now = at.as_ref().unwrap_or(from);
        if now.medoids.contains(&row) {
            continue;
        }
        let swap = best_swap(pairs, now, &losses, row);
        if let Some(next) = accepted(pairs, now, swap, row) {
            losses = removal_losses(pairs, &next);
            at = Some(next);
        }
    }
    at
}
