//! What a mixture offers beyond the contract, where its emission family does.

use super::model::Mixture;
use super::params::MixtureParams;
use super::posterior::responsibilities;
use crate::starts::certain;
use crate::{Emission, EmissionCoordinates, EmissionOrder, EmissionRepair, EmissionSample, EmissionStart, simplex};
use em_core::{
    Coordinates, Dataset, LabelStart, LabelSymmetry, LatentModel, MStepError, Part, Predict, Prediction, Repair, Rng,
    Sample, Start, StartKind, scratch,
};
use std::ops::Range;

impl<E: EmissionStart> Start for Mixture<E> {
    fn start(&self, data: &E::Data, rng: &mut Rng) -> Result<Self::Params, MStepError> {
        let (weights, components) = self.emission().start(None, self.components(), data, rng)?;
        Ok(MixtureParams::trusted(weights, components))
    }

    fn kinds(&self) -> &'static [StartKind] {
        self.emission().kinds()
    }

    fn start_by(&self, kind: StartKind, data: &E::Data, rng: &mut Rng) -> Result<Self::Params, MStepError> {
        let (weights, components) = self.emission().start(Some(kind), self.components(), data, rng)?;
        Ok(MixtureParams::trusted(weights, components))
    }
}

/// One M-step from the labels, component j from those labelled j.
///
/// ```
/// use em_core::{Fit, LabelStart};
/// use em_families::{FullGaussian, Mixture, Rows};
/// let rows = Rows::new(1, vec![1.0, 2.1, 1.5, 7.0, 8.3, 9.4])?;
/// let model = Mixture::of(2, FullGaussian);
/// let start = model.start_from_labels(&rows, &[1, 1, 1, 0, 0, 0])?;
/// assert!((start.components()[0].mean()[0] - 24.7 / 3.0).abs() < 1e-12);
/// let fitted = Fit::new(&model, &rows).from(start)?;
/// assert!(fitted.params.components()[0].mean()[0] > fitted.params.components()[1].mean()[0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<E: EmissionStart> LabelStart for Mixture<E> {
    fn labels(&self) -> usize {
        self.components()
    }

    fn labelled(&self, data: &E::Data, labels: &[usize]) -> Result<Self::Params, MStepError> {
        let k = self.components();
        let (weights, components) = self.emission().begin(k, data, &certain(labels, k))?;
        Ok(MixtureParams::trusted(weights, components))
    }
}

/// ln(π_j / π_0) for j = 1, …, k − 1, then the family's own.
impl<E: EmissionCoordinates> Coordinates for Mixture<E> {
    fn to_free(&self, p: &Self::Params) -> Vec<f64> {
        let ratios = p.weights()[1..].iter().map(|w| (w / p.weights()[0]).ln());
        ratios.chain(self.emission().to_free(p.components())).collect()
    }

    fn at_free(&self, like: &Self::Params, x: &[f64]) -> Result<Self::Params, MStepError> {
        let k = like.weights().len();
        let mut weights = vec![0.0; k];
        weights[1..].copy_from_slice(&x[..k - 1]);
        softmax(&mut weights);
        if let Some(j) = weights.iter().position(|w| !(w.is_finite() && *w > 0.0)) {
            let cause = format!("its mixing weight is {}", weights[j]);
            return Err(MStepError::new(Part::Component(j), cause, "take a shorter step in the coordinates"));
        }
        Ok(MixtureParams::trusted(weights, self.emission().at_free(like.components(), &x[k - 1..])?))
    }
}

/// A component that begins anew gets the weight 1/k, the others keep their shares of the rest.
impl<E: EmissionRepair> Repair for Mixture<E> {
    fn reseed(&self, p: &Self::Params, part: usize, data: &E::Data, unit: usize) -> Result<Self::Params, MStepError> {
        let share = 1.0 / p.weights().len() as f64;
        let components = self.emission().reseed(p.components(), part, data, unit)?;
        Ok(MixtureParams::trusted(with_weight(p.weights(), part, share), components))
    }

    fn without(&self, p: &Self::Params, part: usize) -> Option<Self::Params> {
        if p.weights().len() < 2 {
            return None;
        }
        let mut weights = with_weight(p.weights(), part, 0.0);
        weights.remove(part);
        Some(MixtureParams::trusted(weights, self.emission().without(p.components(), part)))
    }
}

/// The weights with that of one component changed and the others scaled to what is left.
fn with_weight(weights: &[f64], part: usize, weight: f64) -> Vec<f64> {
    let others: f64 = weights.iter().enumerate().filter(|(j, _)| *j != part).map(|(_, w)| w).sum();
    let scaled = |(j, w): (usize, &f64)| if j == part { weight } else { w / others * (1.0 - weight) };
    weights.iter().enumerate().map(scaled).collect()
}

impl<E: EmissionOrder> LabelSymmetry for Mixture<E> {
    fn parts(&self, p: &Self::Params) -> usize {
        p.weights().len()
    }

    fn permute(&self, p: &Self::Params, order: &[usize]) -> Self::Params {
        let weights = order.iter().map(|j| p.weights()[*j]).collect();
        MixtureParams::trusted(weights, self.emission().permute(p.components(), order))
    }
}

/// First a label by the mixing weights, then an observation of that component; the labels are the latent values.
impl<E: EmissionSample> Sample for Mixture<E> {
    fn sample(&self, p: &Self::Params, like: &E::Data, rng: &mut Rng) -> (E::Data, Prediction) {
        let labels: Vec<usize> = (0..like.units()).map(|_| simplex::draw(p.weights(), rng)).collect();
        let data = self.emission().sample(p.components(), like, &labels, rng);
        (data, Prediction::of_labels((0..like.rows()).map(|row| labels[like.unit_of(row)]).collect()))
    }
}

/// exp(x_j) / Σ exp(x_l), with the largest taken out.
fn softmax(x: &mut [f64]) {
    let max = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    x.iter_mut().for_each(|x| *x = (*x - max).exp());
    let sum: f64 = x.iter().sum();
    x.iter_mut().for_each(|x| *x /= sum);
}

impl<E: Emission> Predict for Mixture<E> {
    fn predict(&self, p: &Self::Params, data: &E::Data, units: Range<usize>) -> Prediction {
        let prediction = match self.emission().observed(data) {
            true => Prediction::of_mixture(p.weights().len(), self.responsibilities(p, data, units.clone())),
            false => Prediction::default(),
        };
        self.emission().predict(p.components(), p.weights(), data, units, prediction)
    }
}

impl<E: Emission> Mixture<E> {
    /// The responsibilities of `units`, n × k, unit after unit, each row summing to one.
    pub fn responsibilities(&self, p: &MixtureParams<E::Params>, data: &E::Data, units: Range<usize>) -> Vec<f64> {
        let (k, block) = (p.weights().len(), self.block(data).max(1));
        let mut out = vec![0.0; units.len() * k];
        for (i, rows) in out.chunks_mut(block * k).enumerate() {
            let (begin, m) = (units.start + i * block, rows.len() / k);
            scratch::with(m * (k + 1), |buffer| {
                let (joint, log_density) = buffer.split_at_mut(m * k);
                self.log_joint(p, data, begin..begin + m, joint);
                responsibilities(joint, log_density);
                for (i, row) in rows.chunks_exact_mut(k).enumerate() {
                    row.iter_mut().enumerate().for_each(|(j, r)| *r = joint[j * m + i]);
                }
            });
        }
        out
    }
}
