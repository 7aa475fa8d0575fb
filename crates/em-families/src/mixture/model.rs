//! [`Mixture`] as a latent-variable model.

use super::mixing::{Mixing, MixingParams};
use super::modes::posterior;
use super::params::MixtureParams;
use super::plain_weights::PlainWeights;
use super::posterior::responsibilities;
use crate::prior::Dirichlet;
use crate::{ConcomitantWeights, Emission, lanes};
use em_core::{
    Dataset, EStepMode, Inner, InnerRounds, LatentModel, MStepError, Statistics, Warning, scratch, statistics,
};
use std::ops::Range;

/// A component that is expected to hold fewer observations than this is worth a warning.
const NEARLY_EMPTY: f64 = 1.0;
/// In Q, 0 · −∞ = 0: a label that cannot be takes no part. Nor does one that was all but impossible and that the M-step has
/// rounded to that: a responsibility of 1e-8 among 10⁸ observations is the rounding of a share.
const NEGLIGIBLE: f64 = 1e-8;

/// A mixture of k components of one emission family: p(x) = Σ_j π_j p_j(x).
///
/// The latent variable of a unit is its label. E-step: the responsibilities
/// r_ij = π_j p_j(x_i) / Σ_l π_l p_l(x_i); M-step: π_j = Σ_i w_i r_ij / Σ_i w_i and the family's own (McLachlan & Peel
/// 2000, section 2.8); a [`Dirichlet`] prior on π adds α_j − 1 to each sum. Responsibilities exist for one block at a time only.
///
/// Where the weights come from is a part of its own, [`Mixing`]: they are [`PlainWeights`], or with
/// [`concomitant`](Self::concomitant) depend on covariates of the unit.
///
/// | symbol | here |
/// |---|---|
/// | π_j | [`MixtureParams::weights`] |
/// | p_j | [`Emission::log_density`] |
/// | Σ_i w_i r_ij | [`MixtureStats::counts`] |
/// | w_i | the weight of unit i |
#[derive(Clone, Debug)]
pub struct Mixture<E, W = PlainWeights> {
    components: usize,
    emission: E,
    mixing: W,
}

/// What the E-step of a mixture adds up.
#[derive(Clone, Debug, PartialEq)]
pub struct MixtureStats<S, T = [f64; 0]> {
    /// The weight that each component answers for, k numbers.
    pub counts: Vec<f64>,
    /// What the mixing weights need beyond that.
    pub mixing: T,
    /// The family's own statistics.
    pub parts: S,
}
statistics!([S: Statistics, T: Statistics] MixtureStats<S, T> { counts, mixing, parts });

impl<E: Emission> Mixture<E> {
    /// A mixture of `components` components, at least one.
    pub fn of(components: usize, emission: E) -> Self {
        Mixture { components: components.max(1), emission, mixing: PlainWeights::default() }
    }

    /// The same with a prior on the mixing weights, or none.
    pub fn with_prior(mut self, prior: Option<Dirichlet>) -> Self {
        self.mixing.prior = prior;
        self
    }

    /// The same with mixing weights that depend on the covariates that the data have; where they have none, the prior is
    /// kept.
    pub fn concomitant(self) -> Mixture<E, ConcomitantWeights> {
        let mixing = ConcomitantWeights::from(self.mixing);
        Mixture { components: self.components, emission: self.emission, mixing }
    }
}

impl<E> Mixture<E, ConcomitantWeights> {
    /// The same with names of the covariates, which messages then use.
    pub fn naming(mut self, covariates: Vec<String>) -> Self {
        self.mixing = self.mixing.naming(covariates);
        self
    }
}

/// The data of a mixture: those of its family, with what the mixing weights depend on.
pub(super) type DataOf<E, W> = <W as Mixing>::Data<<E as Emission>::Data>;
/// The parameters of a mixture.
pub(super) type ParamsOf<E, W> = MixtureParams<<E as Emission>::Params, <W as Mixing>::Weights>;
/// The statistics of a mixture.
pub(super) type StatsOf<E, W> = MixtureStats<<E as Emission>::Stats, <W as Mixing>::Stats>;

impl<E: Emission, W: Mixing> Mixture<E, W> {
    /// k.
    pub fn components(&self) -> usize {
        self.components
    }

    /// The family of its components.
    pub fn emission(&self) -> &E {
        &self.emission
    }

    /// Where its mixing weights come from.
    pub fn mixing(&self) -> &W {
        &self.mixing
    }

    /// Writes ln π_j + ln p_j(x_i) of a block into `out`, m × k.
    pub(super) fn log_joint(&self, p: &ParamsOf<E, W>, data: &DataOf<E, W>, units: Range<usize>, out: &mut [f64]) {
        self.emission.log_density(p.components(), W::observations(data), units.clone(), out);
        self.mixing.add_log_weights(p.mixing(), data, units, out);
    }

    /// Writes the weighted responsibilities of a block into `out`, m × k, and their sums into `counts`; returns the
    /// block's log-likelihood, or what a mode other than the plain one puts in its place.
    ///
    /// What is there before are the log densities.
    fn weighted_responsibilities(
        &self,
        mode: Option<EStepMode>,
        p: &ParamsOf<E, W>,
        data: &DataOf<E, W>,
        units: Range<usize>,
        out: &mut [f64],
        counts: &mut [f64],
    ) -> f64 {
        let m = units.len();
        self.mixing.add_log_weights(p.mixing(), data, units.clone(), out);
        scratch::with(m, |log_density| {
            posterior(mode, out, log_density);
            scratch::with(m, |weights| {
                weights.iter_mut().zip(units).for_each(|(w, u)| *w = data.weight(u));
                for (column, count) in out.chunks_exact_mut(m.max(1)).zip(counts) {
                    *count += lanes::weigh(column, weights);
                }
                // A unit of weight 0 is absent, here and above, even where its density is 0 or not a number.
                let terms = weights.iter().zip(log_density.iter()).filter(|(w, _)| **w > 0.0);
                terms.map(|(w, l)| w * l).sum()
            })
        })
    }

    /// The E-step, the plain one or in a mode.
    pub(super) fn expect_in(
        &self,
        mut mode: Option<EStepMode>,
        p: &ParamsOf<E, W>,
        data: &DataOf<E, W>,
        units: Range<usize>,
        s: &mut StatsOf<E, W>,
    ) -> f64 {
        let MixtureStats { counts, mixing, parts } = s;
        let mut sum = 0.0;
        scratch::with(units.len() * p.mixing().components(), |r| {
            self.emission.expect(p.components(), W::observations(data), units.clone(), r, parts, &mut |r| {
                // It is called once.
                sum = self.weighted_responsibilities(mode.take(), p, data, units.clone(), r, counts);
                self.mixing.accumulate(p.mixing(), data, units.clone(), r, mixing);
            });
        });
        sum
    }

    /// The statistics at one point under the posterior at another, plain or in a mode; returns Q.
    pub(super) fn expect_fixed_in(
        &self,
        mode: Option<EStepMode>,
        held: &ParamsOf<E, W>,
        at: &ParamsOf<E, W>,
        data: &DataOf<E, W>,
        units: Range<usize>,
        s: &mut StatsOf<E, W>,
    ) -> f64 {
        let size = units.len() * held.mixing().components();
        scratch::with(size, |r| {
            let observations = W::observations(data);
            self.emission.log_density(held.components(), observations, units.clone(), r);
            self.weighted_responsibilities(mode, held, data, units.clone(), r, &mut s.counts);
            self.mixing.accumulate(at.mixing(), data, units.clone(), r, &mut s.mixing);
            scratch::with(size, |joint| {
                let parts = &mut s.parts;
                self.emission.accumulate_and_score(at.components(), observations, units.clone(), r, parts, joint);
                self.mixing.add_log_weights(at.mixing(), data, units, joint);
                let impossible = |r: f64, l: f64| r == 0.0 || (l == f64::NEG_INFINITY && r <= NEGLIGIBLE);
                r.iter().zip(joint).map(|(r, l)| if impossible(*r, *l) { 0.0 } else { r * *l }).sum()
            })
        })
    }
}

impl<E: Emission, W: Mixing> LatentModel for Mixture<E, W> {
    type Data = DataOf<E, W>;
    type Params = ParamsOf<E, W>;
    type Stats = StatsOf<E, W>;

    fn zero(&self, p: &Self::Params) -> Self::Stats {
        let (mixing, parts) = (self.mixing.zero(p.mixing()), self.emission.zero(p.components()));
        MixtureStats { counts: vec![0.0; p.mixing().components()], mixing, parts }
    }

    fn expect(&self, p: &Self::Params, data: &DataOf<E, W>, units: Range<usize>, s: &mut Self::Stats) -> f64 {
        self.expect_in(None, p, data, units, s)
    }

    fn maximize(&self, s: &Self::Stats, p: &Self::Params) -> Result<Self::Params, MStepError> {
        let weights = self.mixing.maximize(&s.counts, &s.mixing, p.mixing())?;
        Ok(MixtureParams::trusted(weights, self.emission.maximize(&s.parts, p.components())?))
    }

    fn log_prior(&self, p: &Self::Params) -> f64 {
        self.mixing.log_prior(p.mixing()) + self.emission.log_prior(p.components())
    }

    fn score(&self, p: &Self::Params, data: &DataOf<E, W>, units: Range<usize>) -> Vec<f64> {
        let block = self.block(data).max(1);
        let mut out = vec![0.0; units.len()];
        for (i, scores) in out.chunks_mut(block).enumerate() {
            let begin = units.start + i * block;
            scratch::with(scores.len() * p.mixing().components(), |joint| {
                self.log_joint(p, data, begin..begin + scores.len(), joint);
                responsibilities(joint, scores);
            });
        }
        out
    }

    fn block(&self, data: &DataOf<E, W>) -> usize {
        self.emission.block(W::observations(data), self.components)
    }

    fn inner(&self) -> Inner<'_, Self> {
        if E::INNER || W::INNER { Some(self) } else { None }
    }

    fn finish(&self, p: &Self::Params, _: &Self::Stats) -> Self::Params {
        MixtureParams::trusted(p.mixing().clone(), self.emission.finish(p.components()))
    }

    fn warnings(&self, p: &Self::Params, s: &Self::Stats) -> Vec<Warning> {
        let nearly_empty = s.counts.iter().enumerate().filter(|(_, c)| **c < NEARLY_EMPTY).map(|(j, c)| {
            let message = format!("component {j} holds {c:.2} observations, less than one");
            Warning::new("nearly_empty", message, "use fewer components").of_component(j)
        });
        let mut warnings: Vec<Warning> = nearly_empty.collect();
        warnings.extend(self.mixing.warnings(p.mixing(), &s.mixing));
        let total: f64 = s.counts.iter().sum();
        // Without data no component has a share in them.
        let shares: Vec<f64> = s.counts.iter().map(|c| if total > 0.0 { c / total } else { 0.0 }).collect();
        warnings.extend(self.emission.warnings(p.components(), &s.parts, &shares));
        warnings
    }

    fn admit(&self, p: &Self::Params, data: &DataOf<E, W>) -> Result<Self::Params, String> {
        let weights = self.mixing.admit(p.mixing(), self.components, data)?;
        self.emission.admit(p.components(), W::observations(data))?;
        Ok(MixtureParams::trusted(weights, p.components().clone()))
    }
}

impl<E: Emission, W: Mixing> InnerRounds for Mixture<E, W> {
    fn expect_fixed(
        &self,
        posterior: &Self::Params,
        at: &Self::Params,
        data: &DataOf<E, W>,
        units: Range<usize>,
        s: &mut Self::Stats,
    ) -> f64 {
        self.expect_fixed_in(None, posterior, at, data, units, s)
    }

    fn between(&self, from: &Self::Params, to: &Self::Params, by: f64) -> Self::Params {
        let weights = from.mixing().between(to.mixing(), by);
        MixtureParams::trusted(weights, self.emission.between(from.components(), to.components(), by))
    }
}
