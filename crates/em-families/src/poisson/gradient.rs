//! The slope of Q of Poisson-regression mixtures in free coordinates.

use super::emission::PoissonRegressions;
use super::newton::Newton;
use crate::{EmissionCoordinates, EmissionGradient};
use nalgebra::DVector;

/// Σ_i r_ij (y_i − μ_ij) x_i for the coefficients of component j, summed over the components for a shared one; less b/σ²
/// under a normal prior.
impl EmissionGradient for PoissonRegressions {
    fn gradient(&self, params: &Vec<DVector<f64>>, stats: &Vec<Newton>) -> Vec<f64> {
        let slopes: Vec<DVector<f64>> = stats.iter().map(Newton::gradient).collect();
        let shared = self.shared().iter().map(|c| slopes.iter().map(|slope| slope[*c]).sum());
        let own = slopes.iter().flat_map(|slope| {
            slope.iter().enumerate().filter(|(c, _)| !self.shared().contains(c)).map(|(_, slope)| *slope)
        });
        let precision = self.prior().map_or(0.0, |prior| prior.precision());
        let prior = self.to_free(params);
        shared.chain(own).zip(prior).map(|(slope, b): (f64, f64)| slope - precision * b).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CoefficientPrior, Dirichlet, Mixture, MixtureParams, RegressionData};
    use em_core::{Coordinates, Gradient, LatentModel, difference_gradient};
    use nalgebra::DMatrix;

    #[test]
    fn the_slope_is_that_of_the_objective() {
        let x = DMatrix::from_fn(3, 9, |i, j| [1.0, j as f64 / 4.0, ((j * j) % 5) as f64 - 2.0][i]);
        let y = vec![0.0, 3.0, 1.0, 7.0, 2.0, 2.0, 9.0, 0.0, 4.0];
        let data = RegressionData::new(x, Some(y), None, Some((0..9).map(|i| 0.5 + i as f64 / 3.0).collect())).unwrap();
        let b = |a: f64, c: f64| DVector::from_vec(vec![a, 0.3, c]);
        let at = MixtureParams::new(vec![0.4, 0.6], vec![b(0.2, 0.1), b(1.1, -0.2)]).unwrap();
        for shared in [vec![], vec![1]] {
            for prior in [None, Some(CoefficientPrior::Normal { sd: 1.7 })] {
                let weights = prior.map(|_| Dirichlet(2.0.into()));
                let family = PoissonRegressions::default().sharing(shared.clone()).with_prior(prior);
                let model = Mixture::of(2, family).with_prior(weights);
                let mut stats = model.zero(&at);
                model.expect(&at, &data, 0..9, &mut stats);
                let objective = |x: &[f64]| {
                    let p = model.at_free(&at, x).unwrap();
                    model.expect(&p, &data, 0..9, &mut model.zero(&p)) + model.log_prior(&p)
                };
                let wanted = difference_gradient(&model.to_free(&at), objective);
                for (got, wanted) in model.gradient(&at, &stats).iter().zip(wanted) {
                    assert!((got - wanted).abs() < 1e-7, "{got} {wanted}");
                }
            }
        }
    }
}
