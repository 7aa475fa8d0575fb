//! [`BayesianGaussianModel`]: the mixture as a latent-variable model.

use super::normal_wishart::NormalWishart;
use super::params::{GaussianPosterior, VariationalParams};
use crate::gaussian::squared_distances;
use crate::mixture::responsibilities;
use crate::{Covariance, DiagonalMoments, Emission, Gaussian, GaussianMoments, MixtureParams, Moments, Normal, Rows};
use em_core::{Dataset, LatentModel, MStepError, Part, scratch};
use std::borrow::Cow;
use std::ops::Range;

/// What to try when a component's scale is singular.
const ADVICE: &str = "give a larger `scale`, or leave out columns that repeat others";

/// A mixture of k normal distributions by variational Bayes (Bishop 2006, section 10.2).
///
/// The prior is π ~ Dirichlet(α₀, …, α₀) and, for each component, (μ, Λ) ~ normal–Wishart. Labels and parameters are
/// taken as independent in the posterior, q(Z) q(π, μ, Λ), and EM over the parameters *of q* climbs the evidence lower
/// bound, which is at most ln p(X):
///
/// - E-step (eqs. 10.46, 10.49, 10.64–10.66): r_ij = ρ_ij / Σ_l ρ_il with ln ρ_ij = E\[ln π_j\] + E\[ln N(x_i | μ_j, Λ_j⁻¹)\];
/// - M-step (eqs. 10.51–10.53, 10.58, 10.60–10.63): α_j = α₀ + N_j, and the posterior of (μ_j, Λ_j) given rows that
///   count r_ij each.
///
/// Precisions may be restricted, as the [`Covariance`] of the prior says: one for all components, diagonal, or spherical.
/// Under the matching prior (see [`NormalWishart`]) q(μ, Λ) stays in its family, so each step is exact and the bound complete.
/// Where the precision is tied, the divergence counts it once.
///
/// With q(Z) at its best for a given q(π, μ, Λ), eqs. 10.70–10.77 come down to
///
/// bound = Σ_i w_i ln Σ_j ρ_ij − KL(q(π, μ, Λ) ‖ p(π, μ, Λ)).
///
/// The first term is what the contract calls the log-likelihood, the second what it calls the log prior, so that the
/// objective is the bound. Each ln Σ_j ρ_ij is at most the log of the posterior predictive density at x_i under q
/// (Jensen's inequality): read it as how well q explains the rows, and the other term as minus the nats that q has
/// learned. Only their sum compares models.
///
/// | symbol | here |
/// |---|---|
/// | α₀ | `concentration` |
/// | m₀, β₀, W₀⁻¹, ν₀ | `prior`, a [`NormalWishart`] |
/// | α_j; m_j, β_j, W_j⁻¹, ν_j | [`GaussianPosterior`] |
/// | N_j, x̄_j, N_j S_j | the statistics, one [`GaussianMoments`] each |
/// | w_i | the weight of unit i |
#[derive(Clone, Debug, PartialEq)]
pub struct BayesianGaussianModel {
    components: usize,
    concentration: f64,
    prior: NormalWishart,
    observations: f64,
}

impl BayesianGaussianModel {
    /// Of `components` components, at least one, under a prior; `concentration` is α₀, above 0.
    ///
    /// `observations`, the total weight of the data, is what a [`VariationalParams::Guess`] is weighed with, and has no
    /// other use.
    pub fn new(components: usize, concentration: f64, prior: NormalWishart, observations: f64) -> Self {
        BayesianGaussianModel { components: components.max(1), concentration, prior, observations }
    }

    /// k.
    pub fn components(&self) -> usize {
        self.components
    }

    /// The prior of every component's mean and precision.
    pub fn prior(&self) -> &NormalWishart {
        &self.prior
    }

    /// The form of the precisions.
    pub fn covariance(&self) -> Covariance {
        self.prior.covariance()
    }

    /// The family of the rows given parameters.
    pub(super) fn likelihood(&self) -> Gaussian {
        // A prior has no fixed form, and every other is one.
        Gaussian::new(self.covariance()).unwrap_or_default()
    }

    /// The best q(π, μ, Λ) given the moments of what each component answers for (Bishop 2006, eqs. 10.57–10.63).
    ///
    /// # Errors
    /// [`MStepError`] that names the component whose scale is singular in doubles.
    pub fn posterior(&self, seen: &[GaussianMoments]) -> Result<GaussianPosterior, MStepError> {
        let fault = |part: Part| move |e| MStepError::new(part, e, ADVICE);
        let one = |(j, s): (usize, &GaussianMoments)| self.prior.updated(s).map_err(fault(Part::Component(j)));
        let components = match self.covariance().is_tied() {
            true => self.prior.updated_together(seen).map_err(fault(Part::Parameter("scales")))?,
            false => seen.iter().enumerate().map(one).collect::<Result<_, _>>()?,
        };
        let concentrations = seen.iter().map(|s| self.concentration + s.weight()).collect();
        GaussianPosterior::new(concentrations, components)
            .map_err(|e| MStepError::new(Part::Whole, e, "look for weights that are not finite"))
    }

    /// q itself, made from a guess where there is only that.
    pub(super) fn resolve<'p>(&self, p: &'p VariationalParams) -> Result<Cow<'p, GaussianPosterior>, MStepError> {
        match p {
            VariationalParams::Posterior(q) => Ok(Cow::Borrowed(q)),
            VariationalParams::Guess(guess) => self.posterior(&self.as_if_seen(guess)).map(Cow::Owned),
        }
    }

    fn as_if_seen(&self, guess: &MixtureParams<Vec<Normal>>) -> Vec<GaussianMoments> {
        let one = |(share, normal): (&f64, &Normal)| {
            let (weight, mean) = (self.observations * share, normal.mean().clone());
            match self.covariance().correlates() {
                true => GaussianMoments::Full(Moments { weight, mean, scatter: normal.covariance() * weight }),
                false => {
                    GaussianMoments::Diagonal(DiagonalMoments { weight, mean, squares: normal.variances() * weight })
                }
            }
        };
        guess.weights().iter().zip(guess.components()).map(one).collect()
    }

    /// The responsibilities of `units` under q, n × k, unit after unit, each row summing to one.
    pub fn responsibilities(&self, q: &GaussianPosterior, data: &Rows, units: Range<usize>) -> Vec<f64> {
        let k = q.components().len();
        let mut out = Vec::with_capacity(units.len() * k);
        self.by_blocks(q, data, units, &mut |joint, log_norm| {
            let m = log_norm.len();
            out.extend((0..m).flat_map(|i| (0..k).map(move |j| (i, j))).map(|(i, j)| joint[j * m + i]));
        });
        out
    }

    /// Shows the responsibilities (m × k, component after component) and log normalisers of one block after another.
    fn by_blocks(&self, q: &GaussianPosterior, data: &Rows, units: Range<usize>, show: &mut dyn FnMut(&[f64], &[f64])) {
        let block = self.block(data).max(1);
        for begin in units.clone().step_by(block) {
            let end = (begin + block).min(units.end);
            let (m, k) = (end - begin, q.components().len());
            scratch::with(m * (k + 1), |buffer| {
                let (joint, log_norm) = buffer.split_at_mut(m * k);
                log_rho(q, data, begin..end, joint);
                responsibilities(joint, log_norm);
                show(joint, log_norm);
            });
        }
    }
}

/// Writes ln ρ of a block into `out`, m × k, component after component (Bishop 2006, eq. 10.46).
fn log_rho(q: &GaussianPosterior, data: &Rows, units: Range<usize>, out: &mut [f64]) {
    let x = data.block(units);
    let components = q.components().iter().zip(q.log_norms());
    for ((component, log_norm), out) in components.zip(out.chunks_exact_mut(x.ncols().max(1))) {
        squared_distances(component.expected(), x, out);
        out.iter_mut().for_each(|l| *l = log_norm - 0.5 * *l);
    }
}

impl LatentModel for BayesianGaussianModel {
    type Data = Rows;
    type Params = VariationalParams;
    type Stats = Vec<GaussianMoments>;

    fn zero(&self, _: &VariationalParams) -> Vec<GaussianMoments> {
        vec![self.covariance().zero(self.prior.mean().len()); self.components]
    }

    fn expect(&self, p: &VariationalParams, data: &Rows, units: Range<usize>, stats: &mut Vec<GaussianMoments>) -> f64 {
        let Ok(q) = self.resolve(p) else { return f64::NAN };
        let mut sum = 0.0;
        let mut begin = units.start;
        self.by_blocks(&q, data, units, &mut |r, log_norm| {
            let units = begin..begin + log_norm.len();
            begin = units.end;
            sum += accumulate(data, units, r, log_norm, stats);
        });
        sum
    }

    fn maximize(&self, stats: &Vec<GaussianMoments>, _: &VariationalParams) -> Result<VariationalParams, MStepError> {
        self.posterior(stats).map(VariationalParams::Posterior)
    }

    /// −KL(q(π, μ, Λ) ‖ p(π, μ, Λ)).
    fn log_prior(&self, p: &VariationalParams) -> f64 {
        self.resolve(p).map_or(f64::NAN, |q| -q.divergence(self.concentration, &self.prior))
    }

    /// ln Σ_j ρ_ij of each unit.
    fn score(&self, p: &VariationalParams, data: &Rows, units: Range<usize>) -> Vec<f64> {
        let Ok(q) = self.resolve(p) else { return vec![f64::NAN; units.len()] };
        let mut out = Vec::with_capacity(units.len());
        self.by_blocks(&q, data, units, &mut |_, log_norm| out.extend_from_slice(log_norm));
        out
    }

    fn block(&self, data: &Rows) -> usize {
        self.likelihood().block(data, self.components)
    }

    /// Always q, also where a fit ends at the guess it began with.
    fn finish(&self, p: &VariationalParams, _: &Vec<GaussianMoments>) -> VariationalParams {
        self.resolve(p).map_or_else(|_| p.clone(), |q| VariationalParams::Posterior(q.into_owned()))
    }

    fn admit(&self, p: &VariationalParams, data: &Rows) -> Result<VariationalParams, String> {
        let (given, d) = match p {
            VariationalParams::Posterior(q) => (q.components().len(), q.components()[0].mean().len()),
            VariationalParams::Guess(g) => (g.components().len(), g.components().first().map_or(0, |n| n.mean().len())),
        };
        if given != self.components {
            return Err(format!("the model has {} components, but `means` has {given} rows", self.components));
        }
        if d != data.features() {
            return Err(format!("the data have {} columns, but `means` has {d} entries in row 0", data.features()));
        }
        if let VariationalParams::Posterior(q) = p
            && q.covariance() != self.covariance()
        {
            let (model, given) = (self.covariance().name(), q.covariance().name());
            return Err(format!(
                "the model has `covariance: {model}`, but the parameters of q have `covariance: {given}`"
            ));
        }
        self.resolve(p).map(|_| p.clone()).map_err(|e| e.to_string())
    }
}

/// Adds a block under its responsibilities and the weights of the units; returns Σ_i w_i ln Σ_j ρ_ij.
fn accumulate(data: &Rows, units: Range<usize>, r: &[f64], log_norm: &[f64], stats: &mut [GaussianMoments]) -> f64 {
    let (m, x) = (log_norm.len(), data.block(units.clone()));
    scratch::with(2 * m, |buffer| {
        let (weights, share) = buffer.split_at_mut(m);
        weights.iter_mut().zip(units).for_each(|(w, u)| *w = data.weight(u));
        for (s, r) in stats.iter_mut().zip(r.chunks_exact(m)) {
            // A unit of weight 0 is absent, here and below, even where its distance overflows.
            let weighted = weights.iter().zip(r).map(|(w, r)| if *w > 0.0 { w * r } else { 0.0 });
            share.iter_mut().zip(weighted).for_each(|(share, wr)| *share = wr);
            s.add(x, share);
        }
        let terms = weights.iter().zip(log_norm).filter(|(w, _)| **w > 0.0);
        terms.map(|(w, l)| w * l).sum()
    })
}
