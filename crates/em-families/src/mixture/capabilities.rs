//! What a mixture offers beyond the contract, where its emission family does.

use super::mixing::{Mixing, MixingParams};
use super::model::{DataOf, Mixture, ParamsOf};
use super::params::MixtureParams;
use super::posterior::responsibilities;
use crate::{
    Emission, EmissionCoordinates, EmissionOrder, EmissionPortrait, EmissionRepair, EmissionSample, EmissionStart,
    Memberships, simplex,
};
use em_core::{
    Coordinates, Dataset, LabelStart, LabelSymmetry, LatentModel, MStepError, Outline, Portrait, Predict, Prediction,
    Repair, Rng, Sample, Start, StartKind, scratch,
};
use std::ops::Range;

impl<E: EmissionStart, W: Mixing> Start for Mixture<E, W> {
    fn start(&self, data: &DataOf<E, W>, rng: &mut Rng) -> Result<Self::Params, MStepError> {
        let start = self.emission().start(None, self.components(), W::observations(data), rng)?;
        Ok(self.started(start, data))
    }

    fn kinds(&self) -> &'static [StartKind] {
        self.emission().kinds()
    }

    fn start_by(&self, kind: StartKind, data: &DataOf<E, W>, rng: &mut Rng) -> Result<Self::Params, MStepError> {
        let start = self.emission().start(Some(kind), self.components(), W::observations(data), rng)?;
        Ok(self.started(start, data))
    }
}

impl<E: EmissionStart, W: Mixing> Mixture<E, W> {
    /// The weights and components that a start of the family gives.
    fn started(&self, (shares, components): (Vec<f64>, E::Params), data: &DataOf<E, W>) -> ParamsOf<E, W> {
        MixtureParams::trusted(self.mixing().start(shares, data), components)
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
impl<E: EmissionStart, W: Mixing> LabelStart for Mixture<E, W> {
    fn labels(&self) -> usize {
        self.components()
    }

    fn labelled(&self, data: &DataOf<E, W>, labels: &[usize]) -> Result<Self::Params, MStepError> {
        let k = self.components();
        let start = self.emission().begin(k, W::observations(data), &Memberships::of_labels(k, labels))?;
        Ok(self.started(start, data))
    }
}

/// Those of the mixing weights, then the family's own.
///
/// Their names are what a fit may hold fixed, and what a certificate speaks of:
/// ```
/// use em_core::{Certificate, Fit, LabelStart, Verdict};
/// use em_families::{FullGaussian, Mixture, Rows};
/// let rows = Rows::new(1, vec![1.0, 2.1, 1.5, 1.9, 7.0, 8.3, 9.4, 8.8])?;
/// let model = Mixture::of(2, FullGaussian);
/// let start = model.start_from_labels(&rows, &[0, 0, 0, 0, 1, 1, 1, 1])?;
/// let fitted = Fit::new(&model, &rows).fixed(["weights", "means[0]"]).from(start.clone())?;
/// assert_eq!(fitted.params.components()[0].mean(), start.components()[0].mean());
/// assert_eq!(fitted.criteria(&model, &rows).n_parameters, 3); // the other mean, and two variances
/// assert_eq!(Certificate::by_gradient(&model, &rows, &fitted).verdict, Verdict::StrictMaximum);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<E: EmissionCoordinates, W: Mixing> Coordinates for Mixture<E, W> {
    fn to_free(&self, p: &Self::Params) -> Vec<f64> {
        let mut free = p.mixing().to_free();
        free.extend(self.emission().to_free(p.components()));
        free
    }

    fn at_free(&self, like: &Self::Params, x: &[f64]) -> Result<Self::Params, MStepError> {
        let (weights, components) = x.split_at(like.mixing().free());
        let weights = like.mixing().at_free(weights)?;
        Ok(MixtureParams::trusted(weights, self.emission().at_free(like.components(), components)?))
    }

    fn coordinate_names(&self, p: &Self::Params) -> Vec<String> {
        let mut names = p.mixing().coordinate_names();
        names.extend(self.emission().coordinate_names(p.components()));
        names
    }
}

impl<E: EmissionRepair, W: Mixing> Repair for Mixture<E, W> {
    fn reseed(
        &self,
        p: &Self::Params,
        part: usize,
        data: &DataOf<E, W>,
        unit: usize,
    ) -> Result<Self::Params, MStepError> {
        let components = self.emission().reseed(p.components(), part, W::observations(data), unit)?;
        Ok(MixtureParams::trusted(p.mixing().reseed(part), components))
    }

    fn without(&self, p: &Self::Params, part: usize) -> Option<Self::Params> {
        if p.mixing().components() < 2 {
            return None;
        }
        Some(MixtureParams::trusted(p.mixing().without(part), self.emission().without(p.components(), part)))
    }
}

impl<E: EmissionOrder, W: Mixing> LabelSymmetry for Mixture<E, W> {
    fn parts(&self, p: &Self::Params) -> usize {
        p.mixing().components()
    }

    fn permute(&self, p: &Self::Params, order: &[usize]) -> Self::Params {
        MixtureParams::trusted(p.mixing().permute(order), self.emission().permute(p.components(), order))
    }
}

/// First a label by the mixing weights, then an observation of that component; the labels are the latent values.
impl<E: EmissionSample, W: Mixing> Sample for Mixture<E, W> {
    fn sample(&self, p: &Self::Params, like: &DataOf<E, W>, rng: &mut Rng) -> (DataOf<E, W>, Prediction) {
        let shares = self.mixing().shares(p.mixing(), like, 0..like.units());
        let labels: Vec<usize> =
            shares.chunks_exact(p.mixing().components()).map(|shares| simplex::draw(shares, rng)).collect();
        let observations = self.emission().sample(p.components(), W::observations(like), &labels, rng);
        let latent = Prediction::of_labels((0..like.rows()).map(|row| labels[like.unit_of(row)]).collect());
        (W::with_observations(like, observations), latent)
    }
}

impl<E: Emission, W: Mixing> Predict for Mixture<E, W> {
    fn predict(&self, p: &Self::Params, data: &DataOf<E, W>, units: Range<usize>) -> Prediction {
        let observations = W::observations(data);
        let prediction = match self.emission().observed(observations) {
            true => Prediction::of_mixture(p.mixing().components(), self.responsibilities(p, data, units.clone())),
            false => Prediction::default(),
        };
        let shares = self.mixing().shares(p.mixing(), data, units.clone());
        self.emission().predict(p.components(), &shares, observations, units, prediction)
    }

    /// What the family says where the weight of one component is 1.
    fn predict_part(
        &self,
        p: &Self::Params,
        part: usize,
        data: &DataOf<E, W>,
        units: Range<usize>,
    ) -> Option<Prediction> {
        let k = p.mixing().components();
        let shares: Vec<f64> = units.clone().flat_map(|_| (0..k).map(|j| f64::from(j == part))).collect();
        Some(self.emission().predict(p.components(), &shares, W::observations(data), units, Prediction::default()))
    }
}

impl<E: EmissionPortrait> Portrait for Mixture<E> {
    fn outlines(&self, p: &Self::Params) -> Vec<Outline> {
        self.emission().outlines(p.components())
    }

    /// π_j p_j(x) over the components j.
    fn marginal_densities(&self, p: &Self::Params, column: usize, x: f64) -> Option<Vec<f64>> {
        let densities = self.emission().marginals(p.components(), column, x)?;
        Some(p.weights().iter().zip(densities).map(|(weight, density)| weight * density).collect())
    }
}

impl<E: Emission, W: Mixing> Mixture<E, W> {
    /// The responsibilities of `units`, n × k, unit after unit, each row summing to one.
    pub fn responsibilities(&self, p: &ParamsOf<E, W>, data: &DataOf<E, W>, units: Range<usize>) -> Vec<f64> {
        let (k, block) = (p.mixing().components(), self.block(data).max(1));
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
