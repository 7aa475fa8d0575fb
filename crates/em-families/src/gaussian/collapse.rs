//! [`CollapseError`]: what became of a covariance without spread, and what to try.

use super::form::Covariance;
use super::m_step::ADVICE;
use super::normal_error::NormalError;
use crate::shown::shown;
use em_core::{MStepError, Part};

/// Where one covariance is shared, no component alone is to blame: dropping or moving one would be a guess.
const SHARED: &str = "as all components share it, none can begin anew or be left out for it: use fewer components, leave out \
                      columns of few values, or state a prior on the covariances";

/// Why an estimated covariance is none.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CollapseError {
    /// That of one component.
    #[error(transparent)]
    Own(NormalError),
    /// The one variance that a component has for all features.
    #[error("its variance, one for all features, is {}; it must be above 0", shown(*variance))]
    Spherical {
        /// What is left of it.
        variance: f64,
    },
    /// That of all components: within each of them the features have no spread left.
    #[error("within all components, {0}")]
    Tied(NormalError),
    /// The one variance of all components and features: every observation lies on the mean of its component.
    #[error(
        "the variance within components, one for all of them and all features, is {}; it must be above 0", shown(*variance)
    )]
    TiedSpherical {
        /// What is left of it.
        variance: f64,
    },
}

/// The failure of a covariance of a form; `component` is whose it is where they differ.
pub(super) fn collapsed(form: Covariance, component: Option<usize>, cause: NormalError) -> MStepError {
    let feature = cause.feature().filter(|_| !form.is_spherical());
    let (part, advice) = match component {
        Some(j) => (Part::Component(j), ADVICE),
        None => (Part::Parameter("covariances"), SHARED),
    };
    let cause = match (cause, component) {
        (NormalError::NoSpread { variance, .. }, Some(_)) if form.is_spherical() => {
            CollapseError::Spherical { variance }
        }
        (NormalError::NoSpread { variance, .. }, None) if form.is_spherical() => {
            CollapseError::TiedSpherical { variance }
        }
        (cause, Some(_)) => CollapseError::Own(cause),
        (cause, None) => CollapseError::Tied(cause),
    };
    feature.into_iter().fold(MStepError::new(part, cause, advice), MStepError::in_feature)
}
