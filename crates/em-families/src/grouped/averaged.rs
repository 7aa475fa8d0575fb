//! [`Averaged`]: data of which a group can be seen as one row.

use crate::{RegressionData, Rows};
use em_core::{Resample, Weighted};
use nalgebra::DMatrix;

/// Data of which a group of rows can be seen as one: unlocks starts of grouped data, which cluster the means.
pub trait Averaged: Resample {
    /// For each group, the mean of its rows, at least one, which are given by number; and a weight.
    fn averaged(&self, groups: &[Vec<usize>], weights: Vec<f64>) -> Self;
}

/// The mean of so many numbers; each is divided by itself, so that no sum overflows.
fn mean(of: &[usize], number: impl Fn(usize) -> f64) -> f64 {
    of.iter().map(|row| number(*row) / of.len() as f64).sum()
}

impl Averaged for Rows {
    fn averaged(&self, groups: &[Vec<usize>], weights: Vec<f64>) -> Self {
        let d = self.features();
        let mut means = DMatrix::zeros(d, groups.len());
        for (mut mean, of) in means.column_iter_mut().zip(groups) {
            for row in of {
                self.with(*row..row + 1, |x| mean.iter_mut().zip(x).for_each(|(m, x)| *m += x / of.len() as f64));
            }
        }
        Rows::from(means).weighted(weights).expect("one weight for each group")
    }
}

impl Averaged for RegressionData {
    fn averaged(&self, groups: &[Vec<usize>], weights: Vec<f64>) -> Self {
        let x = DMatrix::from_fn(self.columns(), groups.len(), |j, g| mean(&groups[g], |row| self.row(row)[j]));
        let response = self.response().map(|y| groups.iter().map(|of| mean(of, |row| y[row])).collect());
        let offset = groups.iter().map(|of| mean(of, |row| self.offset(row))).collect();
        RegressionData::new(x, response, Some(offset), Some(weights)).expect("means of finite numbers")
    }
}

impl Averaged for Weighted<f64> {
    fn averaged(&self, groups: &[Vec<usize>], weights: Vec<f64>) -> Self {
        Weighted { items: groups.iter().map(|of| mean(of, |row| self.items[row])).collect(), weights }
    }
}

impl<const N: usize> Averaged for Weighted<[f64; N]> {
    fn averaged(&self, groups: &[Vec<usize>], weights: Vec<f64>) -> Self {
        let one = |of: &Vec<usize>| std::array::from_fn(|j| mean(of, |row| self.items[row][j]));
        Weighted { items: groups.iter().map(one).collect(), weights }
    }
}
