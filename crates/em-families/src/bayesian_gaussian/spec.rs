//! `BayesianGaussianMixture(components: 6)`: the spec.

use super::encoding::{LearnedPrior, default_scale, units};
use super::model::BayesianGaussianModel;
use super::normal_wishart::{NormalWishart, NormalWishartError};
use super::params::VariationalParams;
use super::scale::PriorScale;
use super::summary;
use crate::gaussian::unbearable;
use crate::plural::count;
use crate::regression::Dependence;
use crate::{Covariance, Gaussian, GaussianMoments, MixtureStats, NormalError, PerGroup, Rows};
use em_core::{About, DataError, Names, Need, Section, Spec, Table, Warning, register};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// A mixture of normal distributions by variational Bayes, as a spec; hyperparameters that are not given have the
/// defaults of scikit-learn, learned from the training table where they depend on data.
///
/// ```
/// use em_core::{Encoding, Fit, Purpose, Spec, Table};
/// use em_families::{BayesianGaussianMixture, VariationalParams};
/// // Two groups of twenty, 0 … 1.9 and 100 … 101.9: four components are offered, two are used.
/// let x = (0..40).map(|i| 100.0 * f64::from(i % 2) + f64::from(i / 2) / 10.0).collect();
/// let table = Table::from_columns("m", [("x", x)])?;
/// let spec = BayesianGaussianMixture::of(4.try_into()?).with_concentration(0.001)?;
///
/// let learned = spec.learn(&table, &mut Vec::new())?;
/// let (model, data) = (spec.model(&learned), learned.encode(&table, Purpose::Fit)?);
/// let fitted = Fit::new(&model, &data).run()?;
/// let VariationalParams::Posterior(q) = &fitted.params else { panic!("a fit ends with q") };
/// assert_eq!(q.weights().iter().filter(|w| **w > 0.1).count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct BayesianGaussianMixture {
    fields: Fields,
}

/// How a spec is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename = "BayesianGaussianMixture", deny_unknown_fields)]
struct Fields {
    components: NonZeroUsize,
    #[serde(default)]
    covariance: Covariance,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    concentration: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    center: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    strength: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dof: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scale: Option<PriorScale>,
}

/// What is wrong with hyperparameters, before any data are seen.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BayesianGaussianError {
    /// A number is not finite and above 0.
    #[error("{name} is {value}; it must be finite and above 0")]
    Range {
        /// `concentration`, `strength` or `dof`.
        name: &'static str,
        /// What stands there.
        value: f64,
    },
    /// m₀ holds a number that is not finite.
    #[error("center: entry {entry} is {value}, not a finite number")]
    Center {
        /// The entry, counted from 0.
        entry: usize,
        /// What stands there.
        value: f64,
    },
    /// W₀⁻¹ has not as many columns as rows.
    #[error("scale: {rows} rows of {rows} numbers are wanted, but row {row} has {got}")]
    Square {
        /// How many rows there are.
        rows: usize,
        /// The row, counted from 0.
        row: usize,
        /// Its length.
        got: usize,
    },
    /// W₀⁻¹ is not symmetric and positive definite.
    #[error("scale: {0}")]
    Scale(#[source] NormalError),
    /// The form of the precisions, or W₀⁻¹ in that form.
    #[error("the prior of the components: {0}")]
    Form(#[source] NormalWishartError),
}

impl TryFrom<Fields> for BayesianGaussianMixture {
    type Error = BayesianGaussianError;
    fn try_from(fields: Fields) -> Result<Self, BayesianGaussianError> {
        let numbers = [("concentration", fields.concentration), ("strength", fields.strength), ("dof", fields.dof)];
        for (name, value) in numbers.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            if !(value.is_finite() && value > 0.0) {
                return Err(BayesianGaussianError::Range { name, value });
            }
        }
        let center = fields.center.iter().flatten().enumerate();
        if let Some((entry, value)) = center.into_iter().find(|(_, c)| !c.is_finite()) {
            return Err(BayesianGaussianError::Center { entry, value: *value });
        }
        check_scale(fields.covariance, fields.scale.as_ref().unwrap_or(&PriorScale::Same(1.0)))?;
        Ok(BayesianGaussianMixture { fields })
    }
}

/// Checks W₀⁻¹ and its form, as far as it can be done without knowing how many columns there are.
fn check_scale(covariance: Covariance, scale: &PriorScale) -> Result<(), BayesianGaussianError> {
    let d = scale.features().unwrap_or(1);
    if let PriorScale::Matrix(rows) = scale
        && let Some(row) = rows.iter().position(|r| r.len() != d)
    {
        return Err(BayesianGaussianError::Square { rows: d, row, got: rows[row].len() });
    }
    let matrix = scale.matrix(d).expect("as many columns as it has");
    // Whatever dof is given, with one of d only the scale can be at fault.
    match NormalWishart::of(covariance, DVector::zeros(d), 1.0, matrix, d as f64) {
        Err(NormalWishartError::Scale(e)) => Err(BayesianGaussianError::Scale(e)),
        Err(e) => Err(BayesianGaussianError::Form(e)),
        Ok(_) => Ok(()),
    }
}

impl From<BayesianGaussianMixture> for Fields {
    fn from(spec: BayesianGaussianMixture) -> Fields {
        spec.fields
    }
}

impl BayesianGaussianMixture {
    /// Of `components` components, every hyperparameter at its default.
    pub fn of(components: NonZeroUsize) -> Self {
        let covariance = Covariance::Full;
        let (concentration, center, strength, dof, scale) = (None, None, None, None, None);
        let fields = Fields { components, covariance, concentration, center, strength, dof, scale };
        BayesianGaussianMixture { fields }
    }

    /// The same with precisions of a form, any but `Fixed`.
    ///
    /// # Errors
    /// [`BayesianGaussianError::Form`].
    pub fn with_form(self, covariance: Covariance) -> Result<Self, BayesianGaussianError> {
        Fields { covariance, ..self.fields }.try_into()
    }

    /// The same with α₀, the concentration of the weights; small values leave components unused.
    ///
    /// # Errors
    /// [`BayesianGaussianError::Range`].
    pub fn with_concentration(self, concentration: f64) -> Result<Self, BayesianGaussianError> {
        Fields { concentration: Some(concentration), ..self.fields }.try_into()
    }

    /// The same with m₀ (d numbers) and β₀: where the means are expected, and how many observations that is worth.
    ///
    /// # Errors
    /// [`BayesianGaussianError::Center`] and [`BayesianGaussianError::Range`].
    pub fn with_means(self, center: Vec<f64>, strength: f64) -> Result<Self, BayesianGaussianError> {
        Fields { center: Some(center), strength: Some(strength), ..self.fields }.try_into()
    }

    /// The same with W₀⁻¹ (d rows of d numbers, d numbers, or one) and ν₀, which must be above d − 1, or above 0 where
    /// precisions are diagonal or spherical.
    ///
    /// # Errors
    /// [`BayesianGaussianError`], every variant but `Center`.
    pub fn with_covariances(self, scale: impl Into<PriorScale>, dof: f64) -> Result<Self, BayesianGaussianError> {
        Fields { scale: Some(scale.into()), dof: Some(dof), ..self.fields }.try_into()
    }

    /// W₀⁻¹ as given, or the covariance of the data.
    fn scale(
        &self,
        whole: &GaussianMoments,
        rows: &Rows,
        columns: &[String],
        table: &Table,
    ) -> Result<DMatrix<f64>, DataError> {
        if let Some(scale) = &self.fields.scale {
            let unsuited = |why: String| DataError::Unsuited { table: table.source().name.clone(), why };
            return scale.matrix(columns.len()).map_err(unsuited);
        }
        let found = unbearable(self.fields.covariance, rows, table);
        Dependence::refuse(&found, columns, &table.source().name, |which| {
            let default = "the default `scale`, the covariance of the data, would be singular";
            format!("{default}: leave {which} out, or give `scale`")
        })?;
        default_scale(self.fields.covariance, whole, rows, columns, table)
    }
}

impl Spec for BayesianGaussianMixture {
    type Model = PerGroup<BayesianGaussianModel>;
    type Encoding = LearnedPrior;

    fn need(&self, table: &Table) -> Need {
        crate::gaussian::need(self.fields.covariance, self.fields.components.get(), table.numeric_names().count())
    }

    fn learn(&self, table: &Table, _: &mut Vec<Warning>) -> Result<LearnedPrior, DataError> {
        let columns = Names::learn(table)?.columns;
        let (rows, d, name) = (Rows::read_from(table, &columns)?, columns.len(), table.source().name.clone());
        if table.rows_that_count() == 0 {
            return Err(DataError::TooFewRows {
                table: name,
                rows: 0,
                why: "a mixture learns from at least one".into(),
            });
        }
        let form = self.fields.covariance;
        let whole = Gaussian::new(form).unwrap_or_default().whole_sample(&rows);
        let scale = self.scale(&whole, &rows, &columns, table)?;
        let center = self.fields.center.clone().map_or_else(|| whole.mean().clone(), DVector::from_vec);
        if center.len() != d {
            let why = format!(
                "`center` has {} where the data have {}",
                count(center.len(), "entry", "entries"),
                count(d, "column", "columns")
            );
            return Err(DataError::Unsuited { table: name, why });
        }
        let (strength, dof) = (self.fields.strength.unwrap_or(1.0), self.fields.dof.unwrap_or(d as f64));
        let prior = NormalWishart::of(form, center, strength, scale, dof)
            .map_err(|e| DataError::Unsuited { table: name, why: format!("the prior of the components: {e}") })?;
        let observations = whole.weight();
        Ok(LearnedPrior { columns, prior, observations, units: units(table, &rows, observations)? })
    }

    fn model(&self, learned: &LearnedPrior) -> PerGroup<BayesianGaussianModel> {
        let k = self.fields.components.get();
        let concentration = self.fields.concentration.unwrap_or(1.0 / k as f64);
        let model = BayesianGaussianModel::new(k, concentration, learned.prior.clone(), learned.observations);
        PerGroup(model.with_units(learned.units))
    }

    fn about() -> About {
        summary::ABOUT
    }

    fn summary(
        &self,
        learned: &LearnedPrior,
        params: &VariationalParams,
        stats: &MixtureStats<Vec<GaussianMoments>>,
    ) -> Vec<Section> {
        match self.model(learned).0.resolve(params) {
            Ok(q) => summary::sections(&learned.columns, &q, &stats.counts),
            Err(_) => Vec::new(),
        }
    }
}
register!(BayesianGaussianMixture);
