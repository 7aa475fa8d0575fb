//! [`MixturePrior`]: the prior of a Gaussian mixture as specs write it.

use super::emission::Gaussian;
use super::form::Covariance;
use super::moments::GaussianMoments;
use super::prior::GaussianPrior;
use crate::Rows;
use crate::prior::{
    CovariancePrior, CovariancePriorError, Dirichlet, InverseGamma, InverseWishart, MeanPrior, MeanPriorError,
    PerColumn,
};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

/// κ of the prior that is scaled to the data.
const STRENGTH: f64 = 0.01;

/// The prior of a Gaussian mixture: `DataScaled`, or `(weights: …, means: …, covariances: …)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum MixturePrior {
    /// On means and covariances, with numbers learned from the training data (Fraley & Raftery 2007, section 3).
    ///
    /// With x̄ and S the weighted mean and covariance (divisor Σ w) of the whole sample:
    ///
    /// - means: m = x̄, κ = 0.01;
    /// - `Full`, `Tied`: Σ ~ IW(S / k^(2/d), d + 2);
    /// - `Diagonal`, `TiedDiagonal`: v_i ~ IG((d + 2)/2, S_ii / (2 k^(2/d))), each column by its own variance, so that a
    ///   change of units changes nothing (the paper takes the average over columns);
    /// - `Spherical`, `TiedSpherical`: v ~ IG((d + 2)/2, (tr S / d) / (2 k^(2/d)));
    /// - `Fixed`: means only.
    DataScaled,
    /// The parts that are there; specs leave out the name `Stated`.
    Stated {
        /// On the mixing weights.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        weights: Option<Dirichlet>,
        /// On every mean.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        means: Option<MeanPrior>,
        /// On every covariance.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        covariances: Option<CovariancePrior>,
    },
}

/// Why the data give no scale for a prior.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScalingError {
    /// The mean overflows.
    #[error("prior: DataScaled: {0}")]
    Means(#[from] MeanPriorError),
    /// The covariance of the data is no scale.
    #[error("prior: DataScaled: {0}; state a prior in numbers")]
    Covariances(#[from] CovariancePriorError),
    /// There are no rows that count.
    #[error("prior: DataScaled: no row has a weight above 0")]
    Empty,
}

impl MixturePrior {
    /// The part on the mixing weights.
    pub fn weights(&self) -> Option<&Dirichlet> {
        match self {
            MixturePrior::Stated { weights, .. } => weights.as_ref(),
            MixturePrior::DataScaled => None,
        }
    }

    /// The part on means and covariances, where it stands in numbers.
    pub fn stated(&self) -> Option<GaussianPrior> {
        match self {
            MixturePrior::Stated { means, covariances, .. } => {
                Some(GaussianPrior { means: means.clone(), covariances: covariances.clone() })
            }
            MixturePrior::DataScaled => None,
        }
    }
}

impl GaussianPrior {
    /// The prior scaled to `data`, for k components of a form; see [`MixturePrior::DataScaled`].
    ///
    /// # Errors
    /// [`ScalingError`] when the data have no spread to scale by.
    pub fn data_scaled(covariance: Covariance, k: usize, data: &Rows) -> Result<GaussianPrior, ScalingError> {
        let bare = Gaussian::new(covariance).unwrap_or_default();
        let whole = bare.whole_sample(data);
        if whole.weight() <= 0.0 {
            return Err(ScalingError::Empty);
        }
        let means = Some(MeanPrior::new(whole.mean().clone(), STRENGTH)?);
        Ok(GaussianPrior { means, covariances: scaled(covariance, k, &whole)? })
    }
}

fn scaled(
    form: Covariance,
    k: usize,
    whole: &GaussianMoments,
) -> Result<Option<CovariancePrior>, CovariancePriorError> {
    let d = whole.mean().len() as f64;
    let share = (k as f64).powf(2.0 / d);
    let scale: DMatrix<f64> = whole.scatter() / whole.weight() / share;
    let gamma = |scale| InverseGamma::new((0.5 * (d + 2.0)).into(), scale).map(CovariancePrior::InverseGamma);
    Ok(Some(match form {
        Covariance::Fixed(_) => return Ok(None),
        Covariance::Full | Covariance::Tied => {
            let symmetric = 0.5 * (&scale + scale.transpose());
            CovariancePrior::InverseWishart(InverseWishart::of(symmetric, d + 2.0)?)
        }
        Covariance::Diagonal | Covariance::TiedDiagonal => {
            gamma(PerColumn::List(scale.iter().map(|v| 0.5 * v).collect()))?
        }
        Covariance::Spherical | Covariance::TiedSpherical => gamma((0.5 * scale.sum() / d).into())?,
    }))
}
