//! The slope of the objective in ln α and ln β.

use super::prior::slope;
use super::{BayesianLinearModel, Precisions, Products};
use em_core::Gradient;

/// ½ (M − α (m′m + tr S)) and ½ (N − β (|t − Φm|² + tr(Φ′Φ S))), with what the prior adds (Bishop 2006, eqs. 3.89 and 3.94):
/// both are 0 where the M-step stands still.
impl Gradient for BayesianLinearModel {
    fn gradient(&self, params: &Precisions, products: &Products) -> Vec<f64> {
        let Some(spectrum) = products.spectrum() else { return vec![f64::NAN; 2] };
        let at = spectrum.at(params.alpha(), params.beta());
        let prior = self.precision_prior();
        let alpha = slope(prior.alpha, spectrum.columns(), at.squares + at.trace, params.alpha());
        let beta = slope(prior.beta, spectrum.weight(), at.residual + at.spread, params.beta());
        vec![alpha, beta]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Gamma, PrecisionPrior, RegressionData};
    use em_core::{Coordinates, LatentModel, difference_gradient};
    use nalgebra::DMatrix;

    #[test]
    fn the_slope_is_that_of_the_objective() {
        let x = DMatrix::from_fn(3, 7, |i, j| (j as f64 - 2.0).powi(i as i32));
        let t = vec![0.3, 1.2, -0.4, 2.0, 3.1, 2.2, 5.0];
        let data = RegressionData::new(x, Some(t), None, None).unwrap();
        let gamma = |shape, rate| Some(Gamma::new(shape, rate).unwrap());
        for prior in [PrecisionPrior::default(), PrecisionPrior { alpha: gamma(2.0, 0.7), beta: gamma(1.5, 3.0) }] {
            let model = BayesianLinearModel::new(3).prior(prior);
            let at = Precisions::new(0.8, 2.5).unwrap();
            let mut products = model.zero(&at);
            let sum = model.expect(&at, &data, 0..7, &mut products);
            let objective = |x: &[f64]| {
                let p = model.at_free(&at, x).unwrap();
                model.log_likelihood(&p, &products, sum) + model.log_prior(&p)
            };
            let wanted = difference_gradient(&model.to_free(&at), objective);
            for (got, wanted) in model.gradient(&at, &products).iter().zip(wanted) {
                assert!((got - wanted).abs() < 1e-8, "{got} {wanted}");
            }
        }
    }
}
