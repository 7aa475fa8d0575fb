//! The parameters of Gaussian mixtures as they are written.

use super::normal::Normal;
use super::normal_error::NormalError;
use crate::{MixtureParams, Written};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

/// The parameters of a Gaussian mixture as they are written, covariances always as whole matrices.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GaussianForm {
    weights: Vec<f64>,
    means: Vec<Vec<f64>>,
    /// Absent where the model fixes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    covariances: Vec<Vec<Vec<f64>>>,
}

impl Written for Vec<Normal> {
    type Form = GaussianForm;

    fn write(p: &MixtureParams<Self>) -> GaussianForm {
        let rows = |c: &DMatrix<f64>| c.row_iter().map(|r| r.iter().copied().collect()).collect();
        let stated = p.components().iter().filter(|n| n.is_stated());
        GaussianForm {
            weights: p.weights().to_vec(),
            means: p.components().iter().map(|n| n.mean().iter().copied().collect()).collect(),
            covariances: stated.map(|n| rows(&n.covariance())).collect(),
        }
    }

    fn read(form: GaussianForm) -> Result<MixtureParams<Self>, String> {
        let (k, means, covariances) = (form.weights.len(), form.means.len(), form.covariances.len());
        if means != k || (covariances != k && covariances != 0) {
            return Err(format!(
                "{k} `weights`, {means} `means` and {covariances} `covariances` are not as many of each"
            ));
        }
        let mut covariances = form.covariances.into_iter();
        let components = form.means.into_iter().enumerate().map(|(j, mean)| one(j, mean, covariances.next()));
        let components = components.collect::<Result<_, _>>()?;
        MixtureParams::new(form.weights, components)
    }
}

fn one(j: usize, mean: Vec<f64>, covariance: Option<Vec<Vec<f64>>>) -> Result<Normal, String> {
    let d = mean.len();
    if d == 0 {
        return Err(format!("`means`: entry {j} is empty"));
    }
    let blame = |e: NormalError| match e {
        NormalError::Mean { .. } => format!("`means`: entry {j}: {e}"),
        _ => format!("`covariances`: entry {j}: {e}"),
    };
    let mean = DVector::from_vec(mean);
    let Some(covariance) = covariance else { return Normal::unstated(mean).map_err(blame) };
    if covariance.len() != d || covariance.iter().any(|r| r.len() != d) {
        return Err(format!("`covariances`: entry {j} is not {d} × {d}, as row {j} of `means` asks for"));
    }
    Normal::new(mean, DMatrix::from_fn(d, d, |a, b| covariance[a][b])).map_err(blame)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Params = MixtureParams<Vec<Normal>>;

    #[test]
    fn what_is_written_is_read_to_the_bit_with_and_without_covariances() {
        for text in [
            r#"{"weights":[0.5,0.5],"means":[[0.1],[2.0]],"covariances":[[[1.3]],[[0.7]]]}"#,
            r#"{"weights":[1.0],"means":[[0.1,0.2]],"covariances":[[[1.3,0.1],[0.1,0.7]]]}"#,
            r#"{"weights":[1.0],"means":[[0.1,0.2]]}"#,
        ] {
            let params: Params = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&params).unwrap(), text);
        }
    }

    #[test]
    fn the_parameter_at_fault_is_named() {
        let form = |mean: f64, c: [f64; 4]| GaussianForm {
            weights: vec![1.0],
            means: vec![vec![0.0, mean]],
            covariances: vec![vec![c[..2].to_vec(), c[2..].to_vec()]],
        };
        let say = |form| <Vec<Normal> as Written>::read(form).unwrap_err();
        let unit = [1.0, 0.0, 0.0, 1.0];
        let e = say(form(f64::NAN, unit));
        assert_eq!(e, "`means`: entry 0: the mean of feature 1 (from 0) is NaN, not a finite number");
        assert!(
            say(form(0.0, [1.0, 2.0, 2.0, 1.0])).starts_with("`covariances`: entry 0: the covariance is not positive")
        );
        let e = say(GaussianForm { weights: vec![0.5; 2], ..form(0.0, unit) });
        assert_eq!(e, "2 `weights`, 1 `means` and 1 `covariances` are not as many of each");
    }
}
