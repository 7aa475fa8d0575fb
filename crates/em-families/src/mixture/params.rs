//! [`MixtureParams`]: mixing weights and components.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Given weights may miss a sum of one by this much: the rounding of what people type with ten digits.
const SUM: f64 = 1e-8;

/// The parameters of a mixture of k components.
#[derive(Clone, Debug, PartialEq)]
pub struct MixtureParams<P> {
    weights: Vec<f64>,
    components: P,
}

impl<P> MixtureParams<P> {
    /// k mixing weights, each above 0, summing to one, and the components' own parameters.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the weights.
    pub fn new(weights: Vec<f64>, components: P) -> Result<Self, String> {
        if let Some(j) = weights.iter().position(|w| !(w.is_finite() && *w > 0.0)) {
            return Err(format!("`weights`: entry {j} is {}, but every weight must be above 0", weights[j]));
        }
        let sum: f64 = weights.iter().sum();
        if (sum - 1.0).abs() > SUM {
            return Err(format!("`weights` sum to {sum}, not to 1"));
        }
        Ok(MixtureParams { weights, components })
    }

    /// Weights that come from counts, and so need no check.
    pub(crate) fn trusted(weights: Vec<f64>, components: P) -> Self {
        MixtureParams { weights, components }
    }

    /// The k mixing weights.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The parameters of the components.
    pub fn components(&self) -> &P {
        &self.components
    }
}

/// How the parameters of k components are written: one flat struct with the documented names, mixing weights included.
pub trait Written: Sized {
    /// That struct.
    type Form: Serialize + DeserializeOwned;

    /// Writes.
    fn write(params: &MixtureParams<Self>) -> Self::Form;

    /// Reads and checks.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    fn read(form: Self::Form) -> Result<MixtureParams<Self>, String>;
}

impl<P: Written> Serialize for MixtureParams<P> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        P::write(self).serialize(s)
    }
}

impl<'de, P: Written> Deserialize<'de> for MixtureParams<P> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        P::read(P::Form::deserialize(d)?).map_err(D::Error::custom)
    }
}
