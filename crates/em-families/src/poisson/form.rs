//! How the parameters of a Poisson-regression mixture are written.

use crate::mixture::MixingParams;
use crate::{MixingWeights, MixtureParams, Written};
use nalgebra::DVector;
use serde::{Deserialize, Serialize};

/// The parameters of a Poisson-regression mixture as they are written: mixing weights, or the coefficients that they depend
/// on covariates by.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoissonForm {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    weights: Vec<f64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    concomitant: Vec<Vec<f64>>,
    coefficients: Vec<Vec<f64>>,
}

impl Written<MixingWeights> for Vec<DVector<f64>> {
    type Form = PoissonForm;

    fn write(p: &MixtureParams<Self, MixingWeights>) -> PoissonForm {
        let coefficients = p.components().iter().map(|b| b.iter().copied().collect()).collect();
        let (weights, concomitant) = p.mixing().written();
        PoissonForm { weights, concomitant, coefficients }
    }

    fn read(form: PoissonForm) -> Result<MixtureParams<Self, MixingWeights>, String> {
        let mixing = MixingWeights::read(form.weights, form.concomitant)?;
        let rows = form.coefficients.len();
        if rows != mixing.components() {
            return Err(format!("{} and {rows} rows of `coefficients` are not as many of each", mixing.counted()));
        }
        let bad = |b: &Vec<f64>| b.iter().any(|x| !x.is_finite()) || b.len() != form.coefficients[0].len();
        if let Some(j) = form.coefficients.iter().position(bad) {
            return Err(format!("`coefficients`: row {j} must hold as many finite numbers as the first"));
        }
        Ok(MixtureParams::trusted(mixing, form.coefficients.into_iter().map(DVector::from_vec).collect()))
    }
}

/// Where mixing weights depend on nothing.
impl Written for Vec<DVector<f64>> {
    type Form = PoissonForm;

    fn write(p: &MixtureParams<Self>) -> PoissonForm {
        <Self as Written<MixingWeights>>::write(&p.clone().into())
    }

    fn read(form: PoissonForm) -> Result<MixtureParams<Self>, String> {
        <Self as Written<MixingWeights>>::read(form)?.try_into()
    }
}
