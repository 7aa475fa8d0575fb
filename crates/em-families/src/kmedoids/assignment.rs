//! [`Assignment`]: each unit with its nearest medoid and the next.

use super::pairs::Pairs;

/// The nearest medoid of a unit, the first among equals, and how far that and the second nearest are.
#[derive(Clone, Copy)]
pub(super) struct Near {
    /// Its place among the medoids.
    pub slot: usize,
    pub first: f64,
    /// Infinite where there is one medoid only.
    pub second: f64,
}

/// k medoids with everything that follows from them.
pub(super) struct Assignment {
    pub medoids: Vec<usize>,
    pub near: Vec<Near>,
    /// Σ w δ(x, nearest medoid).
    pub total: f64,
}

impl Assignment {
    /// In time proportional to n·k.
    pub fn of(pairs: &Pairs, medoids: Vec<usize>) -> Self {
        let near: Vec<Near> = (0..pairs.units.len()).map(|unit| nearest(pairs, &medoids, unit)).collect();
        let total = near.iter().zip(&pairs.weights).map(|(near, w)| w * near.first).sum();
        Assignment { medoids, near, total }
    }

    /// With one medoid replaced.
    pub fn swapped(&self, pairs: &Pairs, slot: usize, by: usize) -> Self {
        let mut medoids = self.medoids.clone();
        medoids[slot] = by;
        Assignment::of(pairs, medoids)
    }
}

fn nearest(pairs: &Pairs, medoids: &[usize], unit: usize) -> Near {
    let mut near = Near { slot: 0, first: f64::INFINITY, second: f64::INFINITY };
    for (slot, medoid) in medoids.iter().enumerate() {
        let far = pairs.between(unit, *medoid);
        if far < near.first {
            near = Near { slot, first: far, second: near.first };
        } else {
            near.second = near.second.min(far);
        }
    }
    near
}
