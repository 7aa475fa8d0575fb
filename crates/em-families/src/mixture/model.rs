//! [`Mixture`] as a latent-variable model.

use super::modes::posterior;
use super::params::MixtureParams;
use super::posterior::responsibilities;
use crate::Emission;
use crate::plural::count;
use crate::prior::Dirichlet;
use em_core::{
    Dataset, EStepMode, Inner, InnerRounds, LatentModel, MStepError, Part, Statistics, Warning, scratch, statistics,
};
use std::ops::Range;

/// A component that is expected to hold fewer observations than this is worth a warning.
const NEARLY_EMPTY: f64 = 1.0;

/// A mixture of k components of one emission family: p(x) = Σ_j π_j p_j(x).
///
/// The latent variable of a unit is its label. E-step: the responsibilities
/// r_ij = π_j p_j(x_i) / Σ_l π_l p_l(x_i); M-step: π_j = Σ_i w_i r_ij / Σ_i w_i and the family's own (McLachlan & Peel
/// 2000, section 2.8); a [`Dirichlet`] prior on π adds α_j − 1 to each sum. Responsibilities exist for one block at a time only.
///
/// | symbol | here |
/// |---|---|
/// | π_j | [`MixtureParams::weights`] |
/// | p_j | [`Emission::log_density`] |
/// | Σ_i w_i r_ij | [`MixtureStats::counts`] |
/// | w_i | the weight of unit i |
#[derive(Clone, Debug)]
pub struct Mixture<E> {
    components: usize,
    emission: E,
    prior: Option<Dirichlet>,
}

/// What the E-step of a mixture adds up.
#[derive(Clone, Debug, PartialEq)]
pub struct MixtureStats<S> {
    /// The weight that each component answers for, k numbers.
    pub counts: Vec<f64>,
    /// The family's own statistics.
    pub parts: S,
}
statistics!([S: Statistics] MixtureStats<S> { counts, parts });

impl<E: Emission> Mixture<E> {
    /// A mixture of `components` components, at least one.
    pub fn of(components: usize, emission: E) -> Self {
        Mixture { components: components.max(1), emission, prior: None }
    }

    /// The same with a prior on the mixing weights, or none.
    pub fn with_prior(mut self, prior: Option<Dirichlet>) -> Self {
        self.prior = prior;
        self
    }

    /// k.
    pub fn components(&self) -> usize {
        self.components
    }

    /// The family of its components.
    pub fn emission(&self) -> &E {
        &self.emission
    }

    /// Writes ln π_j + ln p_j(x_i) of a block into `out`, m × k.
    pub(super) fn log_joint(&self, p: &MixtureParams<E::Params>, data: &E::Data, units: Range<usize>, out: &mut [f64]) {
        let m = units.len();
        self.emission.log_density(p.components(), data, units, out);
        for (column, weight) in out.chunks_exact_mut(m.max(1)).zip(p.weights()) {
            let log_weight = weight.ln();
            column.iter_mut().for_each(|l| *l += log_weight);
        }
    }

    /// Writes the weighted responsibilities of a block into `out`, m × k, and their sums into `counts`; returns the
    /// block's log-likelihood, or what a mode other than the plain one puts in its place.
    fn weighted_responsibilities(
        &self,
        mode: Option<EStepMode>,
        p: &MixtureParams<E::Params>,
        data: &E::Data,
        units: Range<usize>,
        out: &mut [f64],
        counts: &mut [f64],
    ) -> f64 {
        let m = units.len();
        self.log_joint(p, data, units.clone(), out);
        scratch::with(m, |log_density| {
            posterior(mode, out, log_density);
            scratch::with(m, |weights| {
                weights.iter_mut().zip(units).for_each(|(w, u)| *w = data.weight(u));
                for (column, count) in out.chunks_exact_mut(m.max(1)).zip(counts) {
                    column.iter_mut().zip(weights.iter()).for_each(|(r, w)| *r = if *w > 0.0 { *r * w } else { 0.0 });
                    *count += column.iter().sum::<f64>();
                }
                // A unit of weight 0 is absent, here and above, even where its density is 0 or not a number.
                let terms = weights.iter().zip(log_density.iter()).filter(|(w, _)| **w > 0.0);
                terms.map(|(w, l)| w * l).sum()
            })
        })
    }

    /// Expected sizes, with those that the prior adds.
    pub(super) fn pseudo_counts(&self, s: &MixtureStats<E::Stats>) -> Vec<f64> {
        let pseudo = |j: usize| self.prior.as_ref().map_or(0.0, |prior| prior.pseudo_count(j));
        s.counts.iter().enumerate().map(|(j, c)| c + pseudo(j)).collect()
    }

    /// The mixing weights that maximise Q.
    ///
    /// # Errors
    /// The component without support.
    pub(super) fn shares(&self, s: &MixtureStats<E::Stats>) -> Result<Vec<f64>, MStepError> {
        let counts = self.pseudo_counts(s);
        let total: f64 = counts.iter().sum();
        // The share is what counts: a weight above 0 may vanish beside the others, and without any it is 0/0.
        let empty = |c: &f64| (c / total).is_nan() || c / total <= 0.0;
        if let Some(j) = counts.iter().position(empty) {
            let advice = "use fewer components, another start or more restarts";
            return Err(MStepError::new(Part::Component(j), "no observation is left in it", advice));
        }
        Ok(counts.iter().map(|c| c / total).collect())
    }

    /// The E-step, the plain one or in a mode.
    pub(super) fn expect_in(
        &self,
        mode: Option<EStepMode>,
        p: &MixtureParams<E::Params>,
        data: &E::Data,
        units: Range<usize>,
        s: &mut MixtureStats<E::Stats>,
    ) -> f64 {
        scratch::with(units.len() * p.weights().len(), |r| {
            let sum = self.weighted_responsibilities(mode, p, data, units.clone(), r, &mut s.counts);
            self.emission.accumulate(p.components(), data, units, r, &mut s.parts);
            sum
        })
    }

    /// The statistics at one point under the posterior at another, plain or in a mode; returns Q.
    pub(super) fn expect_fixed_in(
        &self,
        mode: Option<EStepMode>,
        held: &MixtureParams<E::Params>,
        at: &MixtureParams<E::Params>,
        data: &E::Data,
        units: Range<usize>,
        s: &mut MixtureStats<E::Stats>,
    ) -> f64 {
        let size = units.len() * held.weights().len();
        scratch::with(size, |r| {
            self.weighted_responsibilities(mode, held, data, units.clone(), r, &mut s.counts);
            self.emission.accumulate(at.components(), data, units.clone(), r, &mut s.parts);
            scratch::with(size, |joint| {
                self.log_joint(at, data, units, joint);
                // 0 · −∞ = 0: a label that cannot be takes no part.
                r.iter().zip(joint).map(|(r, l)| if *r == 0.0 { 0.0 } else { r * *l }).sum()
            })
        })
    }
}

impl<E: Emission> LatentModel for Mixture<E> {
    type Data = E::Data;
    type Params = MixtureParams<E::Params>;
    type Stats = MixtureStats<E::Stats>;

    fn zero(&self, p: &Self::Params) -> Self::Stats {
        MixtureStats { counts: vec![0.0; p.weights().len()], parts: self.emission.zero(p.components()) }
    }

    fn expect(&self, p: &Self::Params, data: &E::Data, units: Range<usize>, s: &mut Self::Stats) -> f64 {
        self.expect_in(None, p, data, units, s)
    }

    fn maximize(&self, s: &Self::Stats, p: &Self::Params) -> Result<Self::Params, MStepError> {
        Ok(MixtureParams::trusted(self.shares(s)?, self.emission.maximize(&s.parts, p.components())?))
    }

    fn log_prior(&self, p: &Self::Params) -> f64 {
        let weights = self.prior.as_ref().map_or(0.0, |prior| prior.log_density(p.weights()));
        weights + self.emission.log_prior(p.components())
    }

    fn score(&self, p: &Self::Params, data: &E::Data, units: Range<usize>) -> Vec<f64> {
        let block = self.block(data).max(1);
        let mut out = vec![0.0; units.len()];
        for (i, scores) in out.chunks_mut(block).enumerate() {
            let begin = units.start + i * block;
            scratch::with(scores.len() * p.weights().len(), |joint| {
                self.log_joint(p, data, begin..begin + scores.len(), joint);
                responsibilities(joint, scores);
            });
        }
        out
    }

    fn block(&self, data: &E::Data) -> usize {
        self.emission.block(data, self.components)
    }

    fn inner(&self) -> Inner<'_, Self> {
        if E::INNER { Some(self) } else { None }
    }

    fn finish(&self, p: &Self::Params, _: &Self::Stats) -> Self::Params {
        MixtureParams::trusted(p.weights().to_vec(), self.emission.finish(p.components()))
    }

    fn warnings(&self, p: &Self::Params, s: &Self::Stats) -> Vec<Warning> {
        let nearly_empty = s.counts.iter().enumerate().filter(|(_, c)| **c < NEARLY_EMPTY).map(|(j, c)| {
            let message = format!("component {j} holds {c:.2} observations, less than one");
            Warning::new("nearly_empty", message, "use fewer components").of_component(j)
        });
        let mut warnings: Vec<Warning> = nearly_empty.collect();
        warnings.extend(self.emission.warnings(p.components(), &s.parts, p.weights()));
        warnings
    }

    fn admit(&self, p: &Self::Params, data: &E::Data) -> Result<Self::Params, String> {
        let (k, given) = (self.components, p.weights().len());
        if given != k {
            let (k, given) = (count(k, "component", "components"), count(given, "entry", "entries"));
            return Err(format!("the model has {k}, but `weights` has {given}"));
        }
        self.emission.admit(p.components(), data).map(|()| p.clone())
    }
}

impl<E: Emission> InnerRounds for Mixture<E> {
    fn expect_fixed(
        &self,
        posterior: &Self::Params,
        at: &Self::Params,
        data: &E::Data,
        units: Range<usize>,
        s: &mut Self::Stats,
    ) -> f64 {
        self.expect_fixed_in(None, posterior, at, data, units, s)
    }

    fn between(&self, from: &Self::Params, to: &Self::Params, by: f64) -> Self::Params {
        let weights = from.weights().iter().zip(to.weights()).map(|(a, b)| a + by * (b - a)).collect();
        MixtureParams::trusted(weights, self.emission.between(from.components(), to.components(), by))
    }
}
