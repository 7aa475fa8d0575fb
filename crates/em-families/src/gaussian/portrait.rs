//! Gaussian components in drawings: ellipses, and normal densities of single columns.

use super::emission::Gaussian;
use super::normal::Normal;
use crate::EmissionPortrait;
use em_core::Outline;
use std::f64::consts::TAU;

impl EmissionPortrait for Gaussian {
    fn outlines(&self, components: &Vec<Normal>) -> Vec<Outline> {
        components.iter().map(|normal| self.stated(normal).outline()).collect()
    }

    fn marginals(&self, components: &Vec<Normal>, column: usize, x: f64) -> Option<Vec<f64>> {
        Some(components.iter().map(|normal| self.stated(normal).marginal(column, x)).collect())
    }
}

impl Normal {
    fn outline(&self) -> Outline {
        let covariance = self.covariance();
        Outline {
            center: self.mean().iter().copied().collect(),
            covariance: Some(covariance.row_iter().map(|row| row.iter().copied().collect()).collect()),
        }
    }

    /// N(x | μ_c, Σ_cc) of column c: what is left when the other columns are integrated out.
    fn marginal(&self, column: usize, x: f64) -> f64 {
        let variance = self.variances()[column];
        let gap = x - self.mean()[column];
        (-0.5 * gap * gap / variance).exp() / (TAU * variance).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Covariance, FullGaussian, Mixture, MixtureParams};
    use em_core::Portrait;
    use nalgebra::{DMatrix, DVector};

    /// Weights ¼ and ¾; the second column has means 1 and 5 and variances 4 and 1.
    fn params() -> MixtureParams<Vec<Normal>> {
        let normal = |mean: [f64; 2], c: [f64; 4]| {
            Normal::new(DVector::from_row_slice(&mean), DMatrix::from_row_slice(2, 2, &c)).unwrap()
        };
        let components = vec![normal([0.0, 1.0], [1.0, 0.5, 0.5, 4.0]), normal([2.0, 5.0], [3.0, 0.0, 0.0, 1.0])];
        MixtureParams::new(vec![0.25, 0.75], components).unwrap()
    }

    #[test]
    fn outlines_are_means_and_covariances() {
        let outlines = Mixture::of(2, FullGaussian).outlines(&params());
        assert_eq!(outlines[0].center, [0.0, 1.0]);
        assert_eq!(outlines[0].covariance, Some(vec![vec![1.0, 0.5], vec![0.5, 4.0]]));
        assert_eq!(outlines.len(), 2);
    }

    #[test]
    fn densities_of_one_column_by_hand() {
        let found = Mixture::of(2, FullGaussian).marginal_densities(&params(), 1, 3.0).unwrap();
        // One standard deviation of 2 above the first mean, two of 1 below the second.
        let peak = 1.0 / TAU.sqrt();
        let wanted = [0.25 * peak / 2.0 * (-0.5f64).exp(), 0.75 * peak * (-2.0f64).exp()];
        found.iter().zip(wanted).for_each(|(found, wanted)| assert!((found - wanted).abs() < 1e-15));
    }

    #[test]
    fn a_variance_left_to_the_model_is_drawn() {
        let bare = MixtureParams::new(vec![1.0], vec![Normal::unstated(DVector::zeros(2)).unwrap()]).unwrap();
        let outlines = Mixture::of(1, Gaussian::new(Covariance::Fixed(2.0)).unwrap()).outlines(&bare);
        assert_eq!(outlines[0].covariance, Some(vec![vec![2.0, 0.0], vec![0.0, 2.0]]));
    }
}
