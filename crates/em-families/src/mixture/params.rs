//! [`MixtureParams`]: mixing weights and components.

use crate::{LogitCoefficients, MixingWeights};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Given weights may miss a sum of one by this much: the rounding of what people type with ten digits.
const SUM: f64 = 1e-8;
/// What is said of coefficients that have no covariates.
pub(crate) const INDEPENDENT: &str = "the mixing weights depend on nothing, so give `weights` and not `concomitant`";

/// The parameters of a mixture of k components: those of its mixing weights, k numbers where they are plain, and those of
/// its components.
#[derive(Clone, Debug, PartialEq)]
pub struct MixtureParams<P, W = Vec<f64>> {
    weights: W,
    components: P,
}

impl<P> MixtureParams<P> {
    /// k mixing weights, each above 0, summing to one, and the components' own parameters.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the weights.
    pub fn new(weights: Vec<f64>, components: P) -> Result<Self, String> {
        check_weights(&weights)?;
        Ok(MixtureParams { weights, components })
    }

    /// The k mixing weights.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }
}

impl<P> MixtureParams<P, MixingWeights> {
    /// Mixing weights that depend on covariates.
    pub fn concomitant(coefficients: LogitCoefficients, components: P) -> Self {
        MixtureParams { weights: MixingWeights::Concomitant(coefficients), components }
    }
}

/// Weights that may depend on covariates, but do not.
impl<P> From<MixtureParams<P>> for MixtureParams<P, MixingWeights> {
    fn from(plain: MixtureParams<P>) -> Self {
        MixtureParams { weights: MixingWeights::Plain(plain.weights), components: plain.components }
    }
}

/// # Errors
/// A sentence, where the weights depend on covariates.
impl<P> TryFrom<MixtureParams<P, MixingWeights>> for MixtureParams<P> {
    type Error = String;
    fn try_from(params: MixtureParams<P, MixingWeights>) -> Result<Self, String> {
        match params.weights {
            MixingWeights::Plain(weights) => Ok(MixtureParams { weights, components: params.components }),
            MixingWeights::Concomitant(_) => Err(INDEPENDENT.into()),
        }
    }
}

impl<P, W> MixtureParams<P, W> {
    /// Weights that come from counts, and so need no check.
    pub(crate) fn trusted(weights: W, components: P) -> Self {
        MixtureParams { weights, components }
    }

    /// The parameters of the mixing weights.
    pub fn mixing(&self) -> &W {
        &self.weights
    }

    /// The parameters of the components.
    pub fn components(&self) -> &P {
        &self.components
    }
}

/// Whether k numbers are mixing weights.
///
/// # Errors
/// A sentence that says what is wrong with them.
pub(crate) fn check_weights(weights: &[f64]) -> Result<(), String> {
    if let Some(j) = weights.iter().position(|w| !(w.is_finite() && *w > 0.0)) {
        return Err(format!("`weights`: entry {j} is {}, but every weight must be above 0", weights[j]));
    }
    let sum: f64 = weights.iter().sum();
    if (sum - 1.0).abs() > SUM {
        return Err(format!("`weights` sum to {sum}, not to 1"));
    }
    Ok(())
}

/// How the parameters of k components are written: one flat struct with the documented names, mixing weights included.
pub trait Written<W = Vec<f64>>: Sized {
    /// That struct.
    type Form: Serialize + DeserializeOwned;

    /// Writes.
    fn write(params: &MixtureParams<Self, W>) -> Self::Form;

    /// Reads and checks.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    fn read(form: Self::Form) -> Result<MixtureParams<Self, W>, String>;
}

impl<W, P: Written<W>> Serialize for MixtureParams<P, W> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        P::write(self).serialize(s)
    }
}

impl<'de, W, P: Written<W>> Deserialize<'de> for MixtureParams<P, W> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        P::read(P::Form::deserialize(d)?).map_err(D::Error::custom)
    }
}
