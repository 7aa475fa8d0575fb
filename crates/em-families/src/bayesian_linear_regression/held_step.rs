//! The M-step with one of the precisions held.

use super::{BayesianLinearModel, EvidenceError, EvidenceUpdate, Precisions, Products};
use em_core::{HeldStep, LatentModel, MStepError};

/// Q has a part for α and a part for β, so that what is free moves as it would by itself, given the E-step.
impl HeldStep for BayesianLinearModel {
    fn maximize_held(&self, products: &Products, params: &Precisions, held: &[bool]) -> Result<Precisions, MStepError> {
        if products.weight() <= 0.0 {
            return Err(EvidenceError::Nothing.into());
        }
        if !held[1] {
            self.check_weight(products.weight())?;
        }
        let spectrum = products.spectrum().ok_or(EvidenceError::Overflow)?;
        let at = spectrum.at(params.alpha(), params.beta());
        // What is held may be as it likes: no limit is asked of it.
        let least_variance = if held[1] { f64::NEG_INFINITY } else { products.least_variance() };
        let kept = |to: Precisions| {
            let alpha = if held[0] { params.alpha() } else { to.alpha() };
            let beta = if held[1] { params.beta() } else { to.beta() };
            Precisions::new(alpha, beta).map_err(EvidenceError::from)
        };
        if self.chosen_update() == EvidenceUpdate::MacKay {
            let leap = self.fixed_point_step(&at, spectrum, least_variance).and_then(|to| kept(to).ok());
            let rises = |to: &Precisions| self.objective(to, spectrum) >= at.log_evidence + self.log_prior(params);
            if let Some(leap) = leap.filter(rises) {
                return Ok(leap);
            }
        }
        Ok(kept(self.em_step(&at, spectrum, least_variance)?)?)
    }
}
