//! [`BayesianGaussianModel`]: the mixture as a latent-variable model.

use super::e_step;
use super::normal_wishart::NormalWishart;
use super::params::{GaussianPosterior, VariationalParams};
use super::units::Units;
use crate::plural::count;
use crate::{Covariance, DiagonalMoments, GaussianMoments, MixtureParams, MixtureStats, Moments, Normal, Rows};
use em_core::{LatentModel, MStepError, Part};
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
/// | N_j of α_j; N_j, x̄_j, N_j S_j of the others | the statistics: `counts`, and one [`GaussianMoments`] each |
/// | w_i | the weight of unit i |
///
/// With [`PerGroup`](crate::PerGroup) around it, the rows of a group share one label: ln ρ_ij is E\[ln π_j\] and the sum of
/// E\[ln N(x | μ_j, Λ_j⁻¹)\] over the rows x of group i. The two N_j then differ: α_j counts groups, the others count rows.
/// The bound stays complete.
#[derive(Clone, Debug, PartialEq)]
pub struct BayesianGaussianModel {
    components: usize,
    concentration: f64,
    prior: NormalWishart,
    observations: f64,
    units: f64,
}

impl BayesianGaussianModel {
    /// Of `components` components, at least one, under a prior; `concentration` is α₀, above 0.
    ///
    /// `observations`, the total weight of the rows, is what a [`VariationalParams::Guess`] is weighed with, and has no
    /// other use.
    pub fn new(components: usize, concentration: f64, prior: NormalWishart, observations: f64) -> Self {
        BayesianGaussianModel { components: components.max(1), concentration, prior, observations, units: observations }
    }

    /// The same for rows in groups, whose total weight is `units`: the mixing weights of a guess are shares of them.
    pub fn with_units(self, units: f64) -> Self {
        BayesianGaussianModel { units, ..self }
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

    /// The best q(π, μ, Λ) given what each component answers for: α_j grows by the `counts`, which are of units, and the
    /// posterior of (μ_j, Λ_j) is that given the moments `parts`, which are of rows (Bishop 2006, eqs. 10.57–10.63).
    ///
    /// # Errors
    /// [`MStepError`] that names the component whose scale is singular in doubles.
    pub fn posterior(&self, seen: &MixtureStats<Vec<GaussianMoments>>) -> Result<GaussianPosterior, MStepError> {
        let fault = |part: Part| move |e| MStepError::new(part, e, ADVICE);
        let one = |(j, s): (usize, &GaussianMoments)| self.prior.updated(s).map_err(fault(Part::Component(j)));
        let components = match self.covariance().is_tied() {
            true => self.prior.updated_together(&seen.parts).map_err(fault(Part::Parameter("scales")))?,
            false => seen.parts.iter().enumerate().map(one).collect::<Result<_, _>>()?,
        };
        let concentrations = seen.counts.iter().map(|count| self.concentration + count).collect();
        GaussianPosterior::new(concentrations, components)
            .map_err(|e| MStepError::new(Part::Whole, e, "look for weights that are not finite"))
    }

    /// The statistics of no units.
    pub(super) fn nothing_seen(&self) -> MixtureStats<Vec<GaussianMoments>> {
        let moments = self.covariance().zero(self.prior.mean().len());
        MixtureStats { counts: vec![0.0; self.components], mixing: [], parts: vec![moments; self.components] }
    }

    /// q itself, made from a guess where there is only that.
    pub(super) fn resolve<'p>(&self, p: &'p VariationalParams) -> Result<Cow<'p, GaussianPosterior>, MStepError> {
        match p {
            VariationalParams::Posterior(q) => Ok(Cow::Borrowed(q)),
            VariationalParams::Guess(guess) => self.posterior(&self.as_if_seen(guess)).map(Cow::Owned),
        }
    }

    fn as_if_seen(&self, guess: &MixtureParams<Vec<Normal>>) -> MixtureStats<Vec<GaussianMoments>> {
        let one = |(share, normal): (&f64, &Normal)| {
            let (weight, mean) = (self.observations * share, normal.mean().clone());
            match self.covariance().correlates() {
                true => GaussianMoments::Full(Moments { weight, mean, scatter: normal.covariance() * weight }),
                false => {
                    GaussianMoments::Diagonal(DiagonalMoments { weight, mean, squares: normal.variances() * weight })
                }
            }
        };
        MixtureStats {
            counts: guess.weights().iter().map(|share| self.units * share).collect(),
            mixing: [],
            parts: guess.weights().iter().zip(guess.components()).map(one).collect(),
        }
    }

    /// The responsibilities of `units` under q, n × k, unit after unit, each row summing to one.
    pub fn responsibilities(&self, q: &GaussianPosterior, data: &Rows, units: Range<usize>) -> Vec<f64> {
        e_step::responsibilities(q, data, units)
    }
}

impl LatentModel for BayesianGaussianModel {
    type Data = Rows;
    type Params = VariationalParams;
    type Stats = MixtureStats<Vec<GaussianMoments>>;

    fn zero(&self, _: &VariationalParams) -> Self::Stats {
        self.nothing_seen()
    }

    fn expect(&self, p: &VariationalParams, data: &Rows, units: Range<usize>, stats: &mut Self::Stats) -> f64 {
        self.resolve(p).map_or(f64::NAN, |q| e_step::expect(&q, data, units, stats))
    }

    fn maximize(&self, stats: &Self::Stats, _: &VariationalParams) -> Result<VariationalParams, MStepError> {
        self.posterior(stats).map(VariationalParams::Posterior)
    }

    /// −KL(q(π, μ, Λ) ‖ p(π, μ, Λ)).
    fn log_prior(&self, p: &VariationalParams) -> f64 {
        self.resolve(p).map_or(f64::NAN, |q| -q.divergence(self.concentration, &self.prior))
    }

    /// ln Σ_j ρ_ij of each unit.
    fn score(&self, p: &VariationalParams, data: &Rows, units: Range<usize>) -> Vec<f64> {
        self.resolve(p).map_or_else(|_| vec![f64::NAN; units.len()], |q| e_step::scores(&q, data, units.clone()))
    }

    fn block(&self, data: &Rows) -> usize {
        data.block_size(self.components)
    }

    /// Always q, also where a fit ends at the guess it began with.
    fn finish(&self, p: &VariationalParams, _: &Self::Stats) -> VariationalParams {
        self.resolve(p).map_or_else(|_| p.clone(), |q| VariationalParams::Posterior(q.into_owned()))
    }

    fn admit(&self, p: &VariationalParams, data: &Rows) -> Result<VariationalParams, String> {
        let (given, d) = match p {
            VariationalParams::Posterior(q) => (q.components().len(), q.components()[0].mean().len()),
            VariationalParams::Guess(g) => (g.components().len(), g.components().first().map_or(0, |n| n.mean().len())),
        };
        if given != self.components {
            return Err(format!(
                "the model has {} components, but `means` has {}",
                self.components,
                count(given, "row", "rows")
            ));
        }
        if d != data.features() {
            return Err(format!(
                "the data have {}, but `means` has {} in row 0",
                count(data.features(), "column", "columns"),
                count(d, "entry", "entries")
            ));
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
