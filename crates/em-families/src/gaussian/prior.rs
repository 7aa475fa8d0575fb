//! [`GaussianPrior`]: the prior on the components of a Gaussian mixture.

use super::form::Covariance;
use super::normal::Normal;
use crate::prior::{CovariancePrior, MeanPrior};
use serde::{Deserialize, Serialize};

/// The prior on means and covariances; each part is off unless it is there.
///
/// Means are independent given the covariances. A form that has one covariance for all components has one prior density
/// of it, and k of means.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GaussianPrior {
    /// On every mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub means: Option<MeanPrior>,
    /// On every covariance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covariances: Option<CovariancePrior>,
}

/// Why a form of covariances or its prior cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GaussianError {
    /// The variance of `Fixed` is not above 0.
    #[error("covariance: Fixed({variance}) is out of range; the variance must be above 0, and finite")]
    Fixed {
        /// What was given.
        variance: f64,
    },
    /// The prior is one on other forms of covariances.
    #[error("prior: {given} does not go with `covariance: {form}`; use {wanted}")]
    Form {
        /// The prior.
        given: &'static str,
        /// The form.
        form: &'static str,
        /// What goes with it.
        wanted: &'static str,
    },
    /// The covariance is fixed, and a prior on it says nothing.
    #[error("prior: with `covariance: Fixed` there are no covariances to fit; leave out `covariances`")]
    Nothing,
    /// A spherical form has one variance, but the prior has one per column.
    #[error("prior: `covariance: {form}` has one variance for all columns; give InverseGamma numbers, not lists")]
    List {
        /// The form.
        form: &'static str,
    },
    /// The prior is one in another number of dimensions.
    #[error("prior: {name} has {} where the data have {}", crate::plural::count(*got, "entry", "entries"), crate::plural::count(*wanted, "column", "columns"))]
    Length {
        /// The part of the prior.
        name: &'static str,
        /// Its dimensions.
        got: usize,
        /// d.
        wanted: usize,
    },
}

impl GaussianPrior {
    /// Checks that it goes with a form.
    ///
    /// # Errors
    /// [`GaussianError`], all but `Length`.
    pub fn check(&self, covariance: Covariance) -> Result<(), GaussianError> {
        let form = covariance.name();
        if let Covariance::Fixed(variance) = covariance {
            if !(variance.is_finite() && variance > 0.0) {
                return Err(GaussianError::Fixed { variance });
            }
            return self.covariances.as_ref().map_or(Ok(()), |_| Err(GaussianError::Nothing));
        }
        match &self.covariances {
            Some(CovariancePrior::InverseWishart(_)) if !covariance.correlates() => {
                Err(GaussianError::Form {
                    given: "InverseWishart", form, wanted: "InverseGamma(shape: …, scale: …)"
                })
            }
            Some(CovariancePrior::InverseGamma(_)) if covariance.correlates() => {
                Err(GaussianError::Form { given: "InverseGamma", form, wanted: "InverseWishart(scale: …, dof: …)" })
            }
            Some(CovariancePrior::InverseGamma(p)) if covariance.is_spherical() => {
                let list = p.shape().columns().or(p.scale().columns());
                list.map_or(Ok(()), |_| Err(GaussianError::List { form }))
            }
            _ => Ok(()),
        }
    }

    /// Checks that it is one in d dimensions.
    ///
    /// # Errors
    /// [`GaussianError::Length`].
    pub fn check_features(&self, d: usize) -> Result<(), GaussianError> {
        let mut parts = vec![("means: center", self.means.as_ref().map(|m| m.center().len()))];
        match &self.covariances {
            Some(CovariancePrior::InverseWishart(p)) => parts.push(("InverseWishart: scale", Some(p.features()))),
            Some(CovariancePrior::InverseGamma(p)) => {
                parts.extend([
                    ("InverseGamma: shape", p.shape().columns()),
                    ("InverseGamma: scale", p.scale().columns()),
                ]);
            }
            None => {}
        }
        let wrong = parts.into_iter().find_map(|(name, got)| got.filter(|got| *got != d).map(|got| (name, got)));
        wrong.map_or(Ok(()), |(name, got)| Err(GaussianError::Length { name, got, wanted: d }))
    }

    /// ln p of the parameters in nats, normalised.
    pub(super) fn log_density(&self, covariance: Covariance, params: &[Normal]) -> f64 {
        let means: f64 = self.means.as_ref().map_or(0.0, |prior| params.iter().map(|n| prior.log_density(n)).sum());
        let different = if covariance.is_tied() { 1 } else { params.len() };
        let of_covariance = |n: &Normal| match &self.covariances {
            None => 0.0,
            Some(CovariancePrior::InverseWishart(prior)) => prior.log_density(n),
            Some(CovariancePrior::InverseGamma(prior)) => {
                let different = if covariance.is_spherical() { 1 } else { n.mean().len() };
                n.variances().iter().take(different).enumerate().map(|(i, v)| prior.log_density(i, *v)).sum()
            }
        };
        means + params.iter().take(different).map(of_covariance).sum::<f64>()
    }
}
