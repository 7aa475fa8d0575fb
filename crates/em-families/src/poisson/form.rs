//! How the parameters of a Poisson-regression mixture are written.

use crate::{MixtureParams, Written};
use nalgebra::DVector;
use serde::{Deserialize, Serialize};

/// The parameters of a Poisson-regression mixture as they are written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoissonForm {
    weights: Vec<f64>,
    coefficients: Vec<Vec<f64>>,
}

impl Written for Vec<DVector<f64>> {
    type Form = PoissonForm;

    fn write(p: &MixtureParams<Self>) -> PoissonForm {
        let coefficients = p.components().iter().map(|b| b.iter().copied().collect()).collect();
        PoissonForm { weights: p.weights().to_vec(), coefficients }
    }

    fn read(form: PoissonForm) -> Result<MixtureParams<Self>, String> {
        let (k, rows) = (form.weights.len(), form.coefficients.len());
        if rows != k {
            return Err(format!("{k} `weights` and {rows} rows of `coefficients` are not as many of each"));
        }
        let bad = |b: &Vec<f64>| b.iter().any(|x| !x.is_finite()) || b.len() != form.coefficients[0].len();
        if let Some(j) = form.coefficients.iter().position(bad) {
            return Err(format!("`coefficients`: row {j} must hold as many finite numbers as the first"));
        }
        MixtureParams::new(form.weights, form.coefficients.into_iter().map(DVector::from_vec).collect())
    }
}
