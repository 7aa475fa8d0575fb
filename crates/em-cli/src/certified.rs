//! [`Certified`]: the certificate of a fit, or why there is none.

use em_core::registry::{Data, Erased};
use em_core::{Certificate, Derivatives, Fitted, Interrupt, StopReason, Warning};
use serde::{Deserialize, Serialize};

/// The certificate of a fit, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Certified {
    /// The certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
    /// Why there is none, where one was asked for or could have been made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
}

impl Certified {
    /// Of a fit of `model` to `data`. Without being asked, it is made where it adds little to the fit and says what the fit
    /// was after. An interrupt of the work that this is part of ends it.
    pub fn of(model: &Erased, data: &Data, fitted: &Fitted<Erased>, asked: bool) -> Self {
        let left_out = |reason: String| Certified { certificate: None, left_out: Some(reason) };
        if model.coordinates.is_none() {
            let reason = format!("the model {} has no coordinates, so that its objective has no slope", model.name);
            return if asked { left_out(reason) } else { Certified::default() };
        }
        let by = if model.gradient.is_some() { Derivatives::Fisher } else { Derivatives::Differences };
        if fitted.stop == StopReason::Interrupted {
            return left_out("the fit was interrupted".into());
        }
        if let Some(reason) = against(model, data, fitted, by).filter(|_| !asked) {
            return left_out(format!("{reason}; `--certify` makes it all the same"));
        }
        let certificate = match by {
            Derivatives::Fisher => Certificate::by_gradient(model, data, fitted),
            Derivatives::Differences => Certificate::of(model, data, fitted),
        };
        if Interrupt::current().is_raised() {
            return left_out("it was interrupted".into());
        }
        Certified { certificate: Some(certificate), left_out: None }
    }

    /// What deserves suspicion.
    pub fn warnings(&self) -> Vec<Warning> {
        self.certificate.iter().flat_map(Certificate::warnings).collect()
    }

    /// For people: the certificate, or why there is none; nothing where neither was to be expected.
    pub fn lines(&self) -> Option<String> {
        match (&self.certificate, &self.left_out) {
            (Some(certificate), _) => Some(format!("certificate: {certificate}")),
            (None, Some(reason)) => Some(format!("no certificate: {reason}")),
            (None, None) => None,
        }
    }
}

/// Why no certificate is made without being asked for.
fn against(model: &Erased, data: &Data, fitted: &Fitted<Erased>, by: Derivatives) -> Option<String> {
    // What climbs something else ends where the slope of the objective is not 0, as it should.
    if fitted.climbed != fitted.log_likelihood + fitted.log_prior {
        return Some("the algorithm climbs the classification likelihood, not the likelihood".into());
    }
    Certificate::is_cheap(model, data, fitted, by).err()
}
