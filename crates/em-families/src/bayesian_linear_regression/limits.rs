//! Precisions at the limits of what data can tell.

use super::{PrecisionPrior, Precisions, Products};
use em_core::Warning;

/// So far off its natural scale a precision is at its limit, whatever the data.
const LIMIT: f64 = 1e10;
/// Below this fraction of the coefficients, the effective parameters speak of no signal if the evidence agrees.
const NO_SIGNAL: f64 = 0.01;
/// The code of the warnings about α and β.
const CODE: &str = "precision_at_limit";

/// What there is to say of finished parameters: α on its way to infinity, β, a posterior that cannot be told.
pub(super) fn warnings(params: &Precisions, products: &Products, prior: &PrecisionPrior) -> Vec<Warning> {
    let (alpha, beta) = (params.alpha(), params.beta());
    let mut warnings = Vec::new();
    if signal_is_lost(params, products) {
        let what = if prior.alpha.is_some() { "is held by its prior alone" } else { "grows without bound" };
        let message = format!("alpha {what} ({alpha:.3e}): the terms explain nothing");
        let advice = "the coefficients are practically 0; leave terms out or choose others";
        warnings.push(Warning::new(CODE, message, advice));
    }
    if params.coefficients().is_none() {
        let message = format!("the posterior at alpha {alpha:.3e} and beta {beta:.3e} is beyond what numbers can hold");
        let advice = "predictions are those of the prior; standardise the columns and the response";
        warnings.push(Warning::new("no_posterior", message, advice));
    }
    let variance = products.response_variance();
    if variance > 0.0 && beta * variance > LIMIT {
        let message = format!("beta is very large ({beta:.3e}): hardly any noise is left");
        warnings.push(Warning::new(CODE, message, "see whether a term determines the response"));
    }
    warnings
}

/// Whether α is on its way to infinity: next to nothing is determined by the data, and towards α → ∞ the evidence still
/// rises.
fn signal_is_lost(params: &Precisions, products: &Products) -> bool {
    let Some(spectrum) = products.spectrum() else { return false };
    let at = spectrum.at(params.alpha(), params.beta());
    let determined = at.effective_parameters / spectrum.columns();
    determined < 1.0 / LIMIT || (determined < NO_SIGNAL && spectrum.rises_with_alpha(params.beta()))
}
