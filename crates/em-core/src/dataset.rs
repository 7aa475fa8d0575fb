//! Data as a model sees them: independent units, each with a weight.

use crate::table::StoreFault;

/// n independent units.
pub trait Dataset: Sync {
    /// n, the number of units.
    fn units(&self) -> usize;

    /// The weight of a unit, finite and not negative. Weight 2 counts as two copies, weight 0 as absence.
    fn weight(&self, _unit: usize) -> f64 {
        1.0
    }

    /// The sum of all weights: the n of information criteria.
    fn total_weight(&self) -> f64 {
        (0..self.units()).map(|u| self.weight(u)).sum()
    }

    /// The number of rows that the units are made of; as many where every row is a unit.
    fn rows(&self) -> usize {
        self.units()
    }

    /// The unit that a row belongs to; rows count as they were given.
    fn unit_of(&self, row: usize) -> usize {
        row
    }

    /// Why some of the data could not be read, where they are not in memory. A fit looks for it after every pass, and fails
    /// where there is one; whoever makes passes of his own looks for it himself.
    fn fault(&self) -> Option<StoreFault> {
        None
    }
}

/// Data of which parts can be taken and whose weights can be changed.
pub trait Resample: Dataset + Sized {
    /// The units listed, in that order; one that is listed twice comes twice.
    fn select(&self, units: &[usize]) -> Self;

    /// The same units with their weights multiplied by `by`, one factor per unit.
    fn reweight(&self, by: &[f64]) -> Self;
}

impl<T: Sync> Dataset for [T] {
    fn units(&self) -> usize {
        self.len()
    }
}

impl<T: Sync> Dataset for Vec<T> {
    fn units(&self) -> usize {
        self.len()
    }
}

/// Plain items with a weight each.
///
/// ```
/// use em_core::{Dataset, Resample, Weighted};
/// let coins = Weighted::from(vec![3.0, 4.0]).reweight(&[1.0, 2.0]);
/// assert_eq!((coins.units(), coins.total_weight()), (2, 3.0));
/// assert_eq!(coins.select(&[1]).items, [4.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Weighted<T> {
    /// The units.
    pub items: Vec<T>,
    /// One weight per unit, finite and not negative.
    pub weights: Vec<f64>,
}

impl<T: Sync> Dataset for Weighted<T> {
    fn units(&self) -> usize {
        self.items.len()
    }
    fn weight(&self, unit: usize) -> f64 {
        self.weights[unit]
    }
}

impl<T: Sync + Clone> Resample for Weighted<T> {
    fn select(&self, units: &[usize]) -> Self {
        let (items, weights) = units.iter().map(|&u| (self.items[u].clone(), self.weights[u])).unzip();
        Weighted { items, weights }
    }
    fn reweight(&self, by: &[f64]) -> Self {
        let weights = self.weights.iter().zip(by).map(|(w, b)| w * b).collect();
        Weighted { items: self.items.clone(), weights }
    }
}

impl<T> From<Vec<T>> for Weighted<T> {
    /// Items of weight 1.
    fn from(items: Vec<T>) -> Self {
        Weighted { weights: vec![1.0; items.len()], items }
    }
}
