//! [`PlainWeights`]: mixing weights that are the same for every unit.

use super::mixing::{Mixing, MixingParams};
use crate::lanes;
use crate::plural::count;
use crate::prior::Dirichlet;
use em_core::{Dataset, MStepError, Part};
use std::ops::Range;

/// One weight π_j of each component, the same for every unit; a [`Dirichlet`] prior adds α_j − 1 to each expected size.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlainWeights {
    pub(super) prior: Option<Dirichlet>,
}

impl PlainWeights {
    /// Expected sizes, with those that the prior adds.
    fn pseudo_counts(&self, counts: &[f64]) -> Vec<f64> {
        let pseudo = |j: usize| self.prior.as_ref().map_or(0.0, |prior| prior.pseudo_count(j));
        counts.iter().enumerate().map(|(j, c)| c + pseudo(j)).collect()
    }
}

/// Each count's share of their sum.
///
/// # Errors
/// The component without support.
pub(crate) fn shares(counts: &[f64]) -> Result<Vec<f64>, MStepError> {
    let total: f64 = counts.iter().sum();
    // The share is what counts: a weight above 0 may vanish beside the others, and without any it is 0/0.
    let empty = |c: &f64| (c / total).is_nan() || c / total <= 0.0;
    if let Some(j) = counts.iter().position(empty) {
        let advice = "use fewer components, another start or more restarts";
        return Err(MStepError::new(Part::Component(j), "no observation is left in it", advice));
    }
    Ok(counts.iter().map(|c| c / total).collect())
}

impl Mixing for PlainWeights {
    type Data<D: Dataset> = D;
    type Weights = Vec<f64>;
    type Stats = [f64; 0];

    fn observations<D: Dataset>(data: &D) -> &D {
        data
    }

    fn with_observations<D: Dataset>(_: &D, observations: D) -> D {
        observations
    }

    fn zero(&self, _: &Vec<f64>) -> [f64; 0] {
        []
    }

    fn add_log_weights<D: Dataset>(&self, weights: &Vec<f64>, _: &D, units: Range<usize>, joint: &mut [f64]) {
        for (column, weight) in joint.chunks_exact_mut(units.len().max(1)).zip(weights) {
            lanes::affine(weight.ln(), 1.0, column);
        }
    }

    fn accumulate<D: Dataset>(&self, _: &Vec<f64>, _: &D, _: Range<usize>, _: &[f64], _: &mut [f64; 0]) {}

    fn maximize(&self, counts: &[f64], _: &[f64; 0], _: &Vec<f64>) -> Result<Vec<f64>, MStepError> {
        shares(&self.pseudo_counts(counts))
    }

    /// All of them have one name, and are held together.
    fn maximize_held(
        &self,
        counts: &[f64],
        stats: &[f64; 0],
        weights: &Vec<f64>,
        held: &[bool],
    ) -> Result<Vec<f64>, MStepError> {
        if held.contains(&true) { Ok(weights.clone()) } else { self.maximize(counts, stats, weights) }
    }

    /// c_j − π_j Σ_l c_l for the coordinate ln(π_j / π_0), with c_j = n_j + α_j − 1.
    fn gradient(&self, counts: &[f64], _: &[f64; 0], weights: &Vec<f64>) -> Vec<f64> {
        let counts = self.pseudo_counts(counts);
        let total: f64 = counts.iter().sum();
        counts.iter().zip(weights).skip(1).map(|(c, w)| c - w * total).collect()
    }

    fn log_prior(&self, weights: &Vec<f64>) -> f64 {
        self.prior.as_ref().map_or(0.0, |prior| prior.log_density(weights))
    }

    fn shares<D: Dataset>(&self, weights: &Vec<f64>, _: &D, units: Range<usize>) -> Vec<f64> {
        weights.repeat(units.len())
    }

    fn start<D: Dataset>(&self, shares: Vec<f64>, _: &D) -> Vec<f64> {
        shares
    }

    fn admit<D: Dataset>(&self, weights: &Vec<f64>, k: usize, _: &D) -> Result<Vec<f64>, String> {
        let given = weights.len();
        if given != k {
            let (k, given) = (count(k, "component", "components"), count(given, "entry", "entries"));
            return Err(format!("the model has {k}, but `weights` has {given}"));
        }
        Ok(weights.clone())
    }
}

/// k weights, each above 0, summing to one.
impl MixingParams for Vec<f64> {
    fn components(&self) -> usize {
        self.len()
    }

    fn between(&self, to: &Self, by: f64) -> Self {
        self.iter().zip(to).map(|(a, b)| a + by * (b - a)).collect()
    }

    fn permute(&self, order: &[usize]) -> Self {
        order.iter().map(|j| self[*j]).collect()
    }

    /// It gets the weight 1/k, the others keep their shares of the rest.
    fn reseed(&self, component: usize) -> Self {
        with_weight(self, component, 1.0 / self.len() as f64)
    }

    fn without(&self, component: usize) -> Self {
        let mut weights = with_weight(self, component, 0.0);
        weights.remove(component);
        weights
    }

    /// ln(π_j / π_0) for j = 1, …, k − 1.
    fn to_free(&self) -> Vec<f64> {
        self[1..].iter().map(|w| (w / self[0]).ln()).collect()
    }

    fn free(&self) -> usize {
        self.len() - 1
    }

    fn at_free(&self, x: &[f64]) -> Result<Self, MStepError> {
        if self.to_free() == x {
            return Ok(self.clone());
        }
        let mut weights = vec![0.0; self.len()];
        weights[1..].copy_from_slice(x);
        softmax(&mut weights);
        if let Some(j) = weights.iter().position(|w| !(w.is_finite() && *w > 0.0)) {
            let cause = format!("its mixing weight is {}", weights[j]);
            return Err(MStepError::new(Part::Component(j), cause, "take a shorter step in the coordinates"));
        }
        Ok(weights)
    }

    /// None moves alone.
    fn coordinate_names(&self) -> Vec<String> {
        vec!["weights".into(); self.free()]
    }
}

/// The weights with that of one component changed and the others scaled to what is left.
fn with_weight(weights: &[f64], part: usize, weight: f64) -> Vec<f64> {
    let others: f64 = weights.iter().enumerate().filter(|(j, _)| *j != part).map(|(_, w)| w).sum();
    let scaled = |(j, w): (usize, &f64)| if j == part { weight } else { w / others * (1.0 - weight) };
    weights.iter().enumerate().map(scaled).collect()
}

/// exp(x_j) / Σ exp(x_l), with the largest taken out.
fn softmax(x: &mut [f64]) {
    let max = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    x.iter_mut().for_each(|x| *x = (*x - max).exp());
    let sum: f64 = x.iter().sum();
    x.iter_mut().for_each(|x| *x /= sum);
}
