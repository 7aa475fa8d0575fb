//! [`CovariancePrior`]: the priors there are on covariances, and how they are written.

use super::{InverseGamma, InverseWishart, PerColumn};
use crate::NormalError;
use serde::{Deserialize, Serialize};

/// A prior on the covariances of a Gaussian mixture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum CovariancePrior {
    /// On whole covariances: for the forms `Full` and `Tied`.
    InverseWishart(InverseWishart),
    /// On every variance: for the diagonal and spherical forms.
    InverseGamma(InverseGamma),
}

/// How it is written: `InverseWishart(scale: [[1, 0], [0, 1]], dof: 5)`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename = "CovariancePrior", deny_unknown_fields)]
enum Written {
    InverseWishart { scale: Vec<Vec<f64>>, dof: f64 },
    InverseGamma { shape: PerColumn, scale: PerColumn },
}

impl TryFrom<Written> for CovariancePrior {
    type Error = CovariancePriorError;
    fn try_from(written: Written) -> Result<Self, CovariancePriorError> {
        Ok(match written {
            Written::InverseWishart { scale, dof } => CovariancePrior::InverseWishart(InverseWishart::new(scale, dof)?),
            Written::InverseGamma { shape, scale } => CovariancePrior::InverseGamma(InverseGamma::new(shape, scale)?),
        })
    }
}

impl From<CovariancePrior> for Written {
    fn from(prior: CovariancePrior) -> Written {
        match prior {
            CovariancePrior::InverseWishart(p) => {
                let scale = p.scale().row_iter().map(|r| r.iter().copied().collect()).collect();
                Written::InverseWishart { scale, dof: p.dof() }
            }
            CovariancePrior::InverseGamma(p) => {
                Written::InverseGamma { shape: p.shape().clone(), scale: p.scale().clone() }
            }
        }
    }
}

/// What is wrong with a prior on covariances.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CovariancePriorError {
    /// The scale of an inverse Wishart distribution is no covariance.
    #[error("InverseWishart: scale: {cause}")]
    Scale {
        /// What is wrong with it as a covariance.
        cause: NormalError,
    },
    /// The degrees of freedom are too few.
    #[error(
        "InverseWishart: dof is {dof}; in {} it must be above {}, and finite",
        crate::plural::count(*d, "dimension", "dimensions"),
        *d as f64 - 1.0
    )]
    Dof {
        /// What was given.
        dof: f64,
        /// d.
        d: usize,
    },
    /// A number is not above 0.
    #[error("InverseGamma: {name}: {value} is out of range; it must be above 0, and finite")]
    Positive {
        /// The hyperparameter.
        name: &'static str,
        /// What was given.
        value: f64,
    },
}
