//! How [`VariationalParams`] are written and read.

use super::normal_wishart::NormalWishart;
use super::params::{GaussianPosterior, VariationalParams};
use crate::{Covariance, MixtureParams, Normal};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

/// Weights and covariances that stand beside the parameters of q follow from them, and may miss them by this fraction:
/// the rounding of what people type with ten digits.
const ROUNDING: f64 = 1e-8;

type Matrix = Vec<Vec<f64>>;

pub(super) fn is_full(covariance: &Covariance) -> bool {
    *covariance == Covariance::Full
}

/// The flat form, named as the documentation of [`VariationalParams`] says.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename = "VariationalParams", deny_unknown_fields)]
pub(super) struct Form {
    /// Of the parameters of q; a guess has none.
    #[serde(default, skip_serializing_if = "is_full")]
    covariance: Covariance,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weights: Option<Vec<f64>>,
    means: Vec<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    covariances: Option<Vec<Matrix>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    concentrations: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    strengths: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dof: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scales: Option<Vec<Matrix>>,
}

pub(super) fn rows(m: &DMatrix<f64>) -> Matrix {
    m.row_iter().map(|r| r.iter().copied().collect()).collect()
}

/// `rows` as a d × d matrix.
///
/// # Errors
/// A sentence with the shape wanted; `name` is what they are.
pub(super) fn square(rows: &[Vec<f64>], d: usize, name: &str) -> Result<DMatrix<f64>, String> {
    if rows.len() != d || rows.iter().any(|r| r.len() != d) {
        return Err(format!("{name} is not {d} × {d}"));
    }
    Ok(DMatrix::from_fn(d, d, |i, j| rows[i][j]))
}

impl From<VariationalParams> for Form {
    fn from(params: VariationalParams) -> Form {
        match params {
            VariationalParams::Posterior(q) => Form::of_posterior(&q),
            VariationalParams::Guess(guess) => Form::of_normals(guess.weights().to_vec(), guess.components().iter()),
        }
    }
}

impl Form {
    fn of_normals<'a>(weights: Vec<f64>, normals: impl Iterator<Item = &'a Normal> + Clone) -> Form {
        Form {
            covariance: Covariance::Full,
            weights: Some(weights),
            means: normals.clone().map(|n| n.mean().iter().copied().collect()).collect(),
            covariances: Some(normals.map(|n| rows(&n.covariance())).collect()),
            concentrations: None,
            strengths: None,
            dof: None,
            scales: None,
        }
    }

    fn of_posterior(q: &GaussianPosterior) -> Form {
        let components = q.components();
        Form {
            covariance: q.covariance(),
            concentrations: Some(q.concentrations().to_vec()),
            strengths: Some(components.iter().map(NormalWishart::strength).collect()),
            dof: Some(components.iter().map(NormalWishart::dof).collect()),
            scales: Some(components.iter().map(|c| rows(c.scale())).collect()),
            ..Form::of_normals(q.weights(), components.iter().map(NormalWishart::expected))
        }
    }
}

impl TryFrom<Form> for VariationalParams {
    type Error = String;
    fn try_from(form: Form) -> Result<Self, String> {
        let Form { covariance, weights, means, covariances, concentrations, strengths, dof, scales } = form;
        match (concentrations, strengths, dof, scales) {
            (Some(concentrations), Some(strengths), Some(dof), Some(scales)) => {
                let q = posterior(covariance, concentrations, means, &strengths, &dof, &scales)?;
                agree(&q, weights.as_deref(), covariances.as_deref())?;
                Ok(VariationalParams::Posterior(q))
            }
            (None, None, None, None) if !is_full(&covariance) => {
                Err("`covariance` goes with `concentrations`, `strengths`, `dof` and `scales`; leave it out".into())
            }
            (None, None, None, None) => match (weights, covariances) {
                (Some(weights), Some(covariances)) => guess(weights, means, &covariances),
                _ => Err("`means` alone are not enough: add `weights` and `covariances`, or `concentrations`, \
                          `strengths`, `dof` and `scales`"
                    .into()),
            },
            _ => Err("give all of `concentrations`, `strengths`, `dof` and `scales`, or none".into()),
        }
    }
}

/// Refuses a list that has not one entry per row of `means`.
fn one_each(name: &str, got: usize, k: usize) -> Result<(), String> {
    if got == k { Ok(()) } else { Err(format!("`{name}` has {got} entries, but `means` has {k} rows")) }
}

fn posterior(
    covariance: Covariance,
    concentrations: Vec<f64>,
    means: Vec<Vec<f64>>,
    strengths: &[f64],
    dof: &[f64],
    scales: &[Matrix],
) -> Result<GaussianPosterior, String> {
    let k = means.len();
    let lengths = [
        ("concentrations", concentrations.len()),
        ("strengths", strengths.len()),
        ("dof", dof.len()),
        ("scales", scales.len()),
    ];
    lengths.into_iter().try_for_each(|(name, got)| one_each(name, got, k))?;
    let one = |(j, mean): (usize, Vec<f64>)| {
        let scale = square(&scales[j], mean.len(), &format!("`scales`: entry {j}"))?;
        NormalWishart::of(covariance, DVector::from_vec(mean), strengths[j], scale, dof[j])
            .map_err(|e| format!("component {j}: {e}"))
    };
    GaussianPosterior::new(concentrations, means.into_iter().enumerate().map(one).collect::<Result<_, _>>()?)
}

fn guess(weights: Vec<f64>, means: Vec<Vec<f64>>, covariances: &[Matrix]) -> Result<VariationalParams, String> {
    let (k, d) = (means.len(), means.first().map_or(0, Vec::len));
    one_each("weights", weights.len(), k)?;
    one_each("covariances", covariances.len(), k)?;
    let one = |(j, mean): (usize, Vec<f64>)| {
        if mean.len() != d {
            return Err(format!("`means`: row {j} has {} entries where row 0 has {d}", mean.len()));
        }
        let covariance = square(&covariances[j], d, &format!("`covariances`: entry {j}"))?;
        Normal::new(DVector::from_vec(mean), covariance).map_err(|e| format!("`covariances`: entry {j}: {e}"))
    };
    let normals = means.into_iter().enumerate().map(one).collect::<Result<_, _>>()?;
    MixtureParams::new(weights, normals).map(VariationalParams::Guess)
}

/// Refuses weights and covariances that contradict q: whoever changed them expects that to have an effect.
fn agree(q: &GaussianPosterior, weights: Option<&[f64]>, covariances: Option<&[Matrix]>) -> Result<(), String> {
    if let Some(given) = weights {
        one_each("weights", given.len(), q.components().len())?;
        let follows = q.weights();
        let far = |j: &usize| (given[*j] - follows[*j]).abs().partial_cmp(&ROUNDING).is_none_or(|o| o.is_gt());
        if let Some(j) = (0..given.len()).find(far) {
            let (given, follows) = (given[j], follows[j]);
            return Err(format!(
                "`weights`: entry {j} is {given}, but `concentrations` make it {follows}; leave one out"
            ));
        }
    }
    let Some(given) = covariances else { return Ok(()) };
    one_each("covariances", given.len(), q.components().len())?;
    for (j, (given, component)) in given.iter().zip(q.components()).enumerate() {
        let follows = component.expected().covariance();
        let gap = square(given, follows.nrows(), &format!("`covariances`: entry {j}"))? - &follows;
        let size = |a: usize, b: usize| ROUNDING * (follows[(a, a)] * follows[(b, b)]).sqrt();
        let fine = |a: usize, b: usize| gap[(a, b)].abs() <= size(a, b);
        if !(0..gap.nrows()).all(|a| (0..gap.ncols()).all(|b| fine(a, b))) {
            return Err(format!("`covariances`: entry {j} is not `scales` divided by `dof`; leave one of them out"));
        }
    }
    Ok(())
}
