//! [`LearnedPrior`]: columns, and the hyperparameters that depend on the data.

use super::form::{is_full, rows, square};
use super::model::BayesianGaussianModel;
use super::normal_wishart::NormalWishart;
use crate::{Covariance, GaussianMoments, Grouped, PerGroup, Rows};
use em_core::{DataError, Dataset, Encoding, NamedColumns, Purpose, Table, Tabular};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

/// What a Bayesian Gaussian mixture learns from its training table: the columns, the prior with every default filled
/// in, and the total weight of the rows and of the units that they make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Form", into = "Form")]
pub struct LearnedPrior {
    pub(super) columns: Vec<String>,
    pub(super) prior: NormalWishart,
    pub(super) observations: f64,
    /// The same number where every row is a unit of its own.
    pub(super) units: f64,
}

/// How it is written: m₀, β₀, ν₀ and W₀⁻¹ under the names they have in a spec.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename = "LearnedPrior", deny_unknown_fields)]
struct Form {
    columns: Vec<String>,
    #[serde(default, skip_serializing_if = "is_full")]
    covariance: Covariance,
    observations: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    units: Option<f64>,
    center: Vec<f64>,
    strength: f64,
    dof: f64,
    scale: Vec<Vec<f64>>,
}

impl From<LearnedPrior> for Form {
    fn from(learned: LearnedPrior) -> Form {
        let LearnedPrior { columns, prior, observations, units } = learned;
        let units = (units != observations).then_some(units);
        let center = prior.mean().iter().copied().collect();
        let (strength, dof, scale) = (prior.strength(), prior.dof(), rows(prior.scale()));
        Form { columns, covariance: prior.covariance(), observations, units, center, strength, dof, scale }
    }
}

impl TryFrom<Form> for LearnedPrior {
    type Error = String;
    fn try_from(f: Form) -> Result<Self, String> {
        let scale = square(&f.scale, f.columns.len(), "`scale`")?;
        if f.center.len() != f.columns.len() {
            return Err(format!("`center` has {} entries for {} columns", f.center.len(), f.columns.len()));
        }
        let units = f.units.unwrap_or(f.observations);
        for (name, value) in [("observations", f.observations), ("units", units)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(format!("`{name}` is {value}; it must be finite and above 0"));
            }
        }
        let prior = NormalWishart::of(f.covariance, DVector::from_vec(f.center), f.strength, scale, f.dof);
        let prior = prior.map_err(|e| e.to_string())?;
        Ok(LearnedPrior { columns: f.columns, prior, observations: f.observations, units })
    }
}

impl LearnedPrior {
    /// The prior of every component's mean and precision.
    pub fn prior(&self) -> &NormalWishart {
        &self.prior
    }
}

impl Encoding<PerGroup<BayesianGaussianModel>> for LearnedPrior {
    fn encode(&self, table: &Table, _: Purpose) -> Result<Grouped<Rows>, DataError> {
        Grouped::of_table(Rows::read_from(table, &self.columns)?, table)
    }

    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn decode(&self, data: &Grouped<Rows>) -> Option<NamedColumns> {
        data.to_columns(&self.columns)
    }
}

/// The total weight of the units that rows of total weight `observations` make.
///
/// # Errors
/// As [`Grouped::of_table`].
pub(super) fn units(table: &Table, rows: &Rows, observations: f64) -> Result<f64, DataError> {
    if table.groups().is_none() {
        return Ok(observations);
    }
    let data = Grouped::of_table(rows.clone(), table)?;
    Ok(if data.is_grouped() { data.total_weight() } else { observations })
}

/// The covariance of the data with divisor Σ w − 1, as `numpy.cov` and so scikit-learn's default has it, as far as the form
/// needs it: whole, its diagonal, or the average of its diagonal. Weights count as copies.
///
/// # Errors
/// [`DataError::TooFewRows`] when Σ w is not above 1, [`DataError::Scale`] when a variance overflows or vanishes.
pub(super) fn default_scale(
    form: Covariance,
    whole: &GaussianMoments,
    rows: &Rows,
    columns: &[String],
    table: &Table,
) -> Result<DMatrix<f64>, DataError> {
    let (name, divisor) = (table.source().name.clone(), whole.weight() - 1.0);
    if divisor.is_nan() || divisor <= 0.0 {
        let why = "their weights must sum to more than 1 to estimate the default `scale`; give `scale`".into();
        return Err(DataError::TooFewRows { table: name, rows: table.rows_that_count(), why });
    }
    let d = columns.len();
    let variances = DVector::from_fn(d, |j, _| whole.square(j) / divisor);
    let usable = |v: f64| v.is_normal() || (form.is_spherical() && v == 0.0);
    if let Some(j) = (0..d).find(|j| !usable(variances[*j])) {
        let mut spread = 0.0f64;
        rows.for_each(|_, row| spread = spread.max((row[j] - whole.mean()[j]).abs()));
        return Err(DataError::Scale { table: name, column: columns[j].clone(), spread });
    }
    Ok(match form {
        form if form.correlates() => {
            let scatter = whole.scatter();
            0.5 / divisor * (&scatter + scatter.transpose())
        }
        form if form.is_spherical() => DMatrix::from_diagonal_element(d, d, variances.mean()),
        _ => DMatrix::from_diagonal(&variances),
    })
}
