//! Draws of normal distributions, and components that change places, begin anew or are left out.

use super::emission::Gaussian;
use super::normal::Normal;
use crate::{EmissionOrder, EmissionRepair, EmissionSample, Rows};
use em_core::{MStepError, Part, Rng};
use nalgebra::DVector;
use rand_distr::{Distribution, StandardNormal};

/// x = μ + L z with Σ = L L′ and z standard normal.
impl EmissionSample for Gaussian {
    fn sample(&self, params: &Vec<Normal>, like: &Rows, labels: &[usize], rng: &mut Rng) -> Rows {
        let d = like.features();
        let stated: Vec<Normal> = params.iter().map(|n| self.stated(n).into_owned()).collect();
        let factors: Vec<_> = stated.iter().map(Normal::factor).collect();
        let mut values = Vec::with_capacity(labels.len() * d);
        for j in labels {
            let z: DVector<f64> = DVector::from_fn(d, |_, _| StandardNormal.sample(rng));
            values.extend((stated[*j].mean() + &factors[*j] * z).iter());
        }
        Rows::new(d, values).expect("finite means and factors")
    }
}

impl EmissionOrder for Gaussian {
    fn permute(&self, params: &Vec<Normal>, order: &[usize]) -> Vec<Normal> {
        order.iter().map(|j| params[*j].clone()).collect()
    }
}

/// A component begins anew at a row with the spread of the whole sample, or where covariances are tied with theirs.
impl EmissionRepair for Gaussian {
    fn reseed(
        &self,
        params: &Vec<Normal>,
        component: usize,
        data: &Rows,
        unit: usize,
    ) -> Result<Vec<Normal>, MStepError> {
        let (mut params, row) = (params.clone(), data.copy_of(unit));
        params[component] = if self.covariance().is_tied() {
            let shape = params[component].shape().clone();
            Normal::with_shape(row.into(), shape)
                .map_err(|e| MStepError::new(Part::Component(component), e, "use fewer components"))?
        } else {
            self.whole_spread(component, &row, &self.whole_sample(data))?
        };
        Ok(params)
    }

    fn without(&self, params: &Vec<Normal>, component: usize) -> Vec<Normal> {
        let mut params = params.clone();
        params.remove(component);
        params
    }
}
