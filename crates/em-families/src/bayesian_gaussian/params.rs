//! [`GaussianPosterior`], the factor q(π, μ, Λ), and [`VariationalParams`], what a fit may start from.

use super::normal_wishart::NormalWishart;
use crate::{Covariance, MixtureParams, Normal};
use statrs::function::gamma::{digamma, ln_gamma};

/// The variational posterior q(π, μ, Λ) = Dirichlet(π | α) · Π_j N(μ_j | m_j, (β_j Λ_j)⁻¹) W(Λ_j | W_j, ν_j) of a mixture
/// of k normal distributions (Bishop 2006, eqs. 10.57 and 10.59), valid by construction. In tied forms there is one
/// q(Λ) = W(Λ | W, ν) for all components.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianPosterior {
    concentrations: Vec<f64>,
    components: Vec<NormalWishart>,
    log_weights: Vec<f64>,
    log_norms: Vec<f64>,
}

impl GaussianPosterior {
    /// From α, k numbers above 0, and k components of one dimension.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    pub fn new(concentrations: Vec<f64>, components: Vec<NormalWishart>) -> Result<Self, String> {
        let (k, given) = (components.len(), concentrations.len());
        if k == 0 || given != k {
            return Err(format!("{given} `concentrations` and {k} components are not as many of each, at least one"));
        }
        if let Some(j) = concentrations.iter().position(|a| !(a.is_finite() && *a > 0.0)) {
            let value = concentrations[j];
            return Err(format!("`concentrations`: entry {j} is {value}, but each must be finite and above 0"));
        }
        let d = components[0].mean().len();
        if let Some(j) = components.iter().position(|c| c.mean().len() != d) {
            return Err(format!("`means`: row {j} has {} entries where row 0 has {d}", components[j].mean().len()));
        }
        one_form(&components)?;
        let log_weights = expected_logs(&concentrations);
        let log_norms = log_weights.iter().zip(&components).map(|(w, c)| w + c.expected_log_norm()).collect();
        Ok(GaussianPosterior { concentrations, components, log_weights, log_norms })
    }

    /// The form of the precisions.
    pub fn covariance(&self) -> Covariance {
        self.components[0].covariance()
    }

    /// α, k numbers above 0.
    pub fn concentrations(&self) -> &[f64] {
        &self.concentrations
    }

    /// The k components, q(μ_j, Λ_j).
    pub fn components(&self) -> &[NormalWishart] {
        &self.components
    }

    /// E\[π_j\] = α_j / Σ_l α_l, k numbers (Bishop 2006, eq. B.17).
    pub fn weights(&self) -> Vec<f64> {
        let total: f64 = self.concentrations.iter().sum();
        self.concentrations.iter().map(|a| a / total).collect()
    }

    /// E\[ln π_j\], k numbers (Bishop 2006, eq. 10.66).
    pub(super) fn log_weights(&self) -> &[f64] {
        &self.log_weights
    }

    /// E\[ln π_j\] + ½ (E\[ln |Λ_j|\] − d ln 2π − d/β_j): all of ln ρ (Bishop 2006, eq. 10.46) that does not depend on x.
    pub(super) fn log_norms(&self) -> &[f64] {
        &self.log_norms
    }

    /// KL(q ‖ p) in nats, where p has Dirichlet(concentration, …) weights and the same `prior` on every component: the
    /// difference of Bishop's (2006) eqs. 10.76 + 10.77 and 10.73 + 10.74.
    pub fn divergence(&self, concentration: f64, prior: &NormalWishart) -> f64 {
        let means: f64 = self.components.iter().map(|c| c.divergence_of_mean(prior)).sum();
        let different = if self.covariance().is_tied() { 1 } else { self.components.len() };
        let precisions: f64 = self.components[..different].iter().map(|c| c.divergence_of_precision(prior)).sum();
        self.divergence_of_weights(concentration) + means + precisions
    }

    /// KL(Dirichlet(α) ‖ Dirichlet(α₀)) = ln C(α) − ln C(α₀) + Σ_j (α_j − α₀) E\[ln π_j\], with C as in Bishop's (2006)
    /// eq. B.23.
    fn divergence_of_weights(&self, concentration: f64) -> f64 {
        let (alpha, k) = (&self.concentrations, self.concentrations.len() as f64);
        let log_c: f64 = ln_gamma(alpha.iter().sum()) - alpha.iter().map(|a| ln_gamma(*a)).sum::<f64>();
        let log_c_prior = ln_gamma(k * concentration) - k * ln_gamma(concentration);
        let gained: f64 = alpha.iter().zip(&self.log_weights).map(|(a, l)| (a - concentration) * l).sum();
        log_c - log_c_prior + gained
    }
}

/// Refuses components of different forms, and of different precisions where there should be one.
fn one_form(components: &[NormalWishart]) -> Result<(), String> {
    let (first, form) = (&components[0], components[0].covariance());
    if components.iter().any(|c| c.covariance() != form) {
        return Err("components with precisions of different forms are no posterior of one model".into());
    }
    let same = |c: &NormalWishart| c.dof() == first.dof() && c.scale() == first.scale();
    match components.iter().position(|c| !same(c)) {
        Some(j) if form.is_tied() => Err(format!(
            "`dof` and `scales`: entry {j} differs from entry 0, but `covariance: {}` has one for all",
            form.name()
        )),
        _ => Ok(()),
    }
}

/// E\[ln π_j\] = ψ(α_j) − ψ(Σ_l α_l) (Bishop 2006, eq. 10.66).
fn expected_logs(concentrations: &[f64]) -> Vec<f64> {
    let whole = digamma(concentrations.iter().sum());
    concentrations.iter().map(|a| digamma(*a) - whole).collect()
}

/// The parameters of a [`BayesianGaussianModel`](super::BayesianGaussianModel): q itself, or a guess to start from.
///
/// They are written flat: `weights` \[k\] (E\[π_j\]), `means` \[k\]\[d\] (m_j), `covariances` \[k\]\[d\]\[d\] (W_j⁻¹/ν_j, the inverse
/// of the expected precision, as scikit-learn reports it), `concentrations` \[k\] (α_j), `strengths` \[k\] (β_j), `dof` \[k\]
/// (ν_j) and `scales` \[k\]\[d\]\[d\] (W_j⁻¹), and `covariance`, the form of the precisions, where that is not `Full`. They
/// are read from all of these, from `means` and the last four (with `covariance`), or from the first three alone.
///
/// ```
/// use em_families::VariationalParams;
/// let guess = r#"{"weights": [0.4, 0.6], "means": [[0], [5]], "covariances": [[[1]], [[2]]]}"#;
/// assert!(matches!(serde_json::from_str(guess)?, VariationalParams::Guess(_)));
/// let q = r#"{"means": [[0]], "concentrations": [3], "strengths": [4], "dof": [5], "scales": [[[10]]]}"#;
/// let VariationalParams::Posterior(q) = serde_json::from_str(q)? else { panic!() };
/// assert_eq!(q.components()[0].expected().covariance()[(0, 0)], 2.0);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "super::form::Form", into = "super::form::Form")]
pub enum VariationalParams {
    /// q(π, μ, Λ); every parameter after the first iteration is of this kind.
    Posterior(GaussianPosterior),
    /// Weights, means and covariances. The model takes them as if component j had been seen in n · weight_j
    /// observations with that mean and that covariance (divisor n), where n is the total weight of the training data,
    /// and makes q by one update of the prior; forms that restrict the precision take what they need of the covariance.
    /// Where units are groups of rows, α_j grows by that share of the groups, and β_j and ν_j by that of the rows.
    Guess(MixtureParams<Vec<Normal>>),
}
