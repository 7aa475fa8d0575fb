//! [`MixingWeights`]: plain mixing weights, or coefficients of covariates.

use super::coefficients::LogitCoefficients;
use crate::mixture::{MixingParams, check_weights};
use crate::plural::count;
use em_core::MStepError;

/// The parameters of mixing weights that may depend on covariates.
#[derive(Clone, Debug, PartialEq)]
pub enum MixingWeights {
    /// k weights, the same for every unit.
    Plain(Vec<f64>),
    /// Coefficients of covariates.
    Concomitant(LogitCoefficients),
}

impl MixingWeights {
    /// The weights, where they are plain.
    pub fn plain(&self) -> Option<&[f64]> {
        match self {
            MixingWeights::Plain(weights) => Some(weights),
            MixingWeights::Concomitant(_) => None,
        }
    }

    /// The coefficients, where the weights depend on covariates.
    pub fn concomitant(&self) -> Option<&LogitCoefficients> {
        match self {
            MixingWeights::Plain(_) => None,
            MixingWeights::Concomitant(a) => Some(a),
        }
    }

    /// As they are written, `weights` and `concomitant`, one of them empty.
    pub(crate) fn written(&self) -> (Vec<f64>, Vec<Vec<f64>>) {
        match self {
            MixingWeights::Plain(weights) => (weights.clone(), Vec::new()),
            MixingWeights::Concomitant(a) => (Vec::new(), a.rows()),
        }
    }

    /// From what was written.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    pub(crate) fn read(weights: Vec<f64>, concomitant: Vec<Vec<f64>>) -> Result<Self, String> {
        match (weights.is_empty(), concomitant.is_empty()) {
            (false, true) => check_weights(&weights).map(|()| MixingWeights::Plain(weights)),
            (true, false) => {
                let a = LogitCoefficients::new(concomitant).map_err(|e| format!("`concomitant`: {e}"))?;
                Ok(MixingWeights::Concomitant(a))
            }
            (true, true) => Err("`weights` are missing; or `concomitant`, where the model has such terms".into()),
            (false, false) => Err("`weights` and `concomitant` are both given; leave one of them out".into()),
        }
    }

    /// How many there are, in words.
    pub(crate) fn counted(&self) -> String {
        match self {
            MixingWeights::Plain(weights) => format!("{} `weights`", weights.len()),
            MixingWeights::Concomitant(a) => count(a.components(), "row of `concomitant`", "rows of `concomitant`"),
        }
    }

    fn map(
        &self,
        plain: impl FnOnce(&Vec<f64>) -> Vec<f64>,
        concomitant: impl FnOnce(&LogitCoefficients) -> LogitCoefficients,
    ) -> Self {
        match self {
            MixingWeights::Plain(weights) => MixingWeights::Plain(plain(weights)),
            MixingWeights::Concomitant(a) => MixingWeights::Concomitant(concomitant(a)),
        }
    }
}

impl MixingParams for MixingWeights {
    fn components(&self) -> usize {
        match self {
            MixingWeights::Plain(weights) => weights.components(),
            MixingWeights::Concomitant(a) => a.components(),
        }
    }

    fn between(&self, to: &Self, by: f64) -> Self {
        match (self, to) {
            (MixingWeights::Plain(from), MixingWeights::Plain(to)) => MixingWeights::Plain(from.between(to, by)),
            (MixingWeights::Concomitant(from), MixingWeights::Concomitant(to)) => {
                MixingWeights::Concomitant(from.between(to, by))
            }
            // A fit has the one or the other throughout.
            _ => to.clone(),
        }
    }

    fn permute(&self, order: &[usize]) -> Self {
        self.map(|weights| weights.permute(order), |a| a.permute(order))
    }

    fn reseed(&self, component: usize) -> Self {
        self.map(|weights| weights.reseed(component), |a| a.reseed(component))
    }

    fn without(&self, component: usize) -> Self {
        self.map(|weights| weights.without(component), |a| a.without(component))
    }

    fn to_free(&self) -> Vec<f64> {
        match self {
            MixingWeights::Plain(weights) => weights.to_free(),
            MixingWeights::Concomitant(a) => a.to_free(),
        }
    }

    fn free(&self) -> usize {
        match self {
            MixingWeights::Plain(weights) => weights.free(),
            MixingWeights::Concomitant(a) => a.free(),
        }
    }

    fn at_free(&self, x: &[f64]) -> Result<Self, MStepError> {
        match self {
            MixingWeights::Plain(weights) => weights.at_free(x).map(MixingWeights::Plain),
            MixingWeights::Concomitant(a) => a.at_free(x).map(MixingWeights::Concomitant),
        }
    }

    fn coordinate_names(&self) -> Vec<String> {
        match self {
            MixingWeights::Plain(weights) => weights.coordinate_names(),
            MixingWeights::Concomitant(a) => a.coordinate_names(),
        }
    }
}
