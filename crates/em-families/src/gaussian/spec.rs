//! `GaussianMixture(components: 2)`: the spec of Gaussian mixtures.

use super::bearing::refuse;
use super::emission::Gaussian;
use super::form::Covariance;
use super::mixture_prior::MixturePrior;
use super::normal::Normal;
use super::prior::{GaussianError, GaussianPrior};
use super::stats::GaussianStats;
use super::{about, summary};
use crate::plural::count;
use crate::prior::HyperError;
use crate::{Grouped, Mixture, MixtureParams, MixtureStats, PerGroup, Rows};
use em_core::{
    About, DataError, Encoding, NamedColumns, Names, Need, Purpose, Section, Spec, Table, Tabular, Warning, register,
};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// A mixture of normal distributions, as a spec.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct GaussianMixture {
    components: NonZeroUsize,
    covariance: Covariance,
    prior: Option<MixturePrior>,
}

/// How a spec is written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "GaussianMixture", deny_unknown_fields)]
struct Fields {
    components: NonZeroUsize,
    #[serde(default)]
    covariance: Covariance,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prior: Option<MixturePrior>,
}

/// Why a spec of a Gaussian mixture cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GaussianMixtureError {
    /// The form, or a prior that does not go with it.
    #[error(transparent)]
    Gaussian(#[from] GaussianError),
    /// The prior on the weights.
    #[error("prior: weights: {0}")]
    Weights(#[from] HyperError),
}

impl TryFrom<Fields> for GaussianMixture {
    type Error = GaussianMixtureError;
    fn try_from(f: Fields) -> Result<Self, GaussianMixtureError> {
        GaussianMixture::new(f.components, f.covariance)?.with_prior(f.prior)
    }
}

impl From<GaussianMixture> for Fields {
    fn from(spec: GaussianMixture) -> Fields {
        Fields { components: spec.components, covariance: spec.covariance, prior: spec.prior }
    }
}

impl GaussianMixture {
    /// Of `components` components with covariances of one form, without a prior.
    ///
    /// # Errors
    /// [`GaussianMixtureError::Gaussian`] when a fixed variance is not above 0.
    pub fn new(components: NonZeroUsize, covariance: Covariance) -> Result<Self, GaussianMixtureError> {
        GaussianPrior::default().check(covariance)?;
        Ok(GaussianMixture { components, covariance, prior: None })
    }

    /// The same under a prior, or none.
    ///
    /// # Errors
    /// [`GaussianMixtureError`] when the prior goes with other forms, or has not one entry per component where it should.
    pub fn with_prior(mut self, prior: Option<MixturePrior>) -> Result<Self, GaussianMixtureError> {
        if let Some(prior) = &prior {
            prior.weights().map_or(Ok(()), |weights| weights.check(self.components.get()))?;
            prior.stated().unwrap_or_default().check(self.covariance)?;
        }
        self.prior = prior;
        Ok(self)
    }

    /// Learns from the rows of a table with these columns.
    fn learn_of(
        &self,
        rows: &Rows,
        columns: Vec<String>,
        table: &Table,
        warnings: &mut Vec<Warning>,
    ) -> Result<GaussianColumns, DataError> {
        let stated = self.prior.as_ref().and_then(MixturePrior::stated);
        let bearing = stated.is_some_and(|p| p.covariances.is_some());
        refuse(self.covariance, bearing, rows, &columns, table, warnings)?;
        Ok(GaussianColumns { prior: self.resolved(rows, table)?, columns })
    }

    /// The prior on the components in numbers: as it stands, or scaled to the data.
    fn resolved(&self, rows: &Rows, table: &Table) -> Result<Option<GaussianPrior>, DataError> {
        let unsuited = |why: String| DataError::Unsuited { table: table.source().name.clone(), why };
        let Some(prior) = &self.prior else { return Ok(None) };
        let Some(stated) = prior.stated() else {
            let scaled = GaussianPrior::data_scaled(self.covariance, self.components.get(), rows);
            return scaled.map(Some).map_err(|e| unsuited(e.to_string()));
        };
        stated.check_features(rows.features()).map_err(|e| unsuited(e.to_string()))?;
        Ok(Some(stated))
    }
}

/// What a Gaussian mixture learns from its training table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GaussianColumns {
    /// The columns in the order of the training table.
    pub columns: Vec<String>,
    /// The prior on the components, in numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<GaussianPrior>,
}

impl Encoding<Mixture<PerGroup<Gaussian>>> for GaussianColumns {
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

impl Spec for GaussianMixture {
    type Model = Mixture<PerGroup<Gaussian>>;
    type Encoding = GaussianColumns;

    fn need(&self, table: &Table) -> Need {
        need(self.covariance, self.components.get(), table.numeric_names().count())
    }

    fn learn(&self, table: &Table, warnings: &mut Vec<Warning>) -> Result<GaussianColumns, DataError> {
        let columns = Names::learn(table)?.columns;
        enough_rows(table, self.components.get())?;
        self.learn_of(&Rows::read_from(table, &columns)?, columns, table, warnings)
    }

    fn learn_and_encode(
        &self,
        table: &mut Table,
        warnings: &mut Vec<Warning>,
    ) -> Result<(GaussianColumns, Grouped<Rows>), DataError> {
        let columns = Names::learn(table)?.columns;
        enough_rows(table, self.components.get())?;
        let rows = Rows::take_from(table, &columns)?;
        let learned = self.learn_of(&rows, columns, table, warnings)?;
        Ok((learned, Grouped::of_table(rows, table)?))
    }

    fn model(&self, encoding: &GaussianColumns) -> Self::Model {
        // A spec is checked when it is made, and its prior when it was learned: neither falls back.
        let bare = Gaussian::new(self.covariance).unwrap_or_default();
        let prior = encoding.prior.clone().unwrap_or_default();
        let emission = bare.clone().with_prior(prior).unwrap_or(bare);
        let weights = self.prior.as_ref().and_then(MixturePrior::weights).cloned();
        Mixture::of(self.components.get(), PerGroup(emission)).with_prior(weights)
    }

    fn about() -> About {
        about::ABOUT
    }

    fn summary(
        &self,
        encoding: &GaussianColumns,
        params: &MixtureParams<Vec<Normal>>,
        stats: &MixtureStats<GaussianStats>,
    ) -> Vec<Section> {
        summary::sections(self.covariance, &encoding.columns, params, stats)
    }
}
register!(GaussianMixture);

/// What the means and covariances of a mixture need, of so many columns.
pub(crate) fn need(form: Covariance, components: usize, columns: usize) -> Need {
    let (k, d) = (components as f64, columns as f64);
    if !form.correlates() {
        let what = format!("{} of {columns} numbers", count(components, "component", "components"));
        return Need::of_fit(2.0 * k * d, what, "use fewer columns or components");
    }
    let matrices = if form.is_tied() { 1 } else { components };
    let what = format!("{} of {columns} × {columns} numbers", count(matrices, "covariance", "covariances"));
    let advice = "use fewer columns or components, or `covariance: Diagonal`";
    Need::of_fit(matrices as f64 * d * d + k * d, what, advice)
}

/// Refuses fewer units, rows or groups of them, than components.
pub(crate) fn enough_rows(table: &Table, components: usize) -> Result<(), DataError> {
    let (rows, units) = (table.rows_that_count(), table.units_that_count());
    if units < components {
        let components = count(components, "component", "components");
        let why = match table.groups() {
            Some(_) => format!("they are in {}, but the model has {components}", count(units, "group", "groups")),
            None => format!("the model has {components} and needs at least as many rows"),
        };
        return Err(DataError::TooFewRows { table: table.source().name.clone(), rows, why });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use em_core::registry::ModelSpec;

    #[test]
    fn covariances_beyond_all_memory_are_refused_with_their_size() {
        let refused = |form, k, d| need(form, k, d).refusal();
        let wanted = "400 covariances of 3000 × 3000 numbers need about 161.0 GiB of memory, more than the limit of 8 GiB; use fewer columns or components, or `covariance: Diagonal`";
        assert_eq!(refused(Covariance::Full, 400, 3000).as_deref(), Some(wanted));
        let wanted = "1000000 components of 3000 numbers need about 268.2 GiB of memory, more than the limit of 8 GiB; use fewer columns or components";
        assert_eq!(refused(Covariance::Diagonal, 1_000_000, 3000).as_deref(), Some(wanted));
        assert!(refused(Covariance::Full, usize::MAX, usize::MAX).is_some());
        for (form, k) in [(Covariance::Tied, 400), (Covariance::Diagonal, 400), (Covariance::Full, 10)] {
            assert_eq!(refused(form, k, 3000), None);
        }
        // The rule is asked before anything is learned.
        let columns = (0..3000).map(|j| (format!("x{j}"), vec![0.0]));
        let table = Table::from_columns("m", columns).unwrap();
        let spec = GaussianMixture::new(NonZeroUsize::new(400).unwrap(), Covariance::Full).unwrap();
        let error = (&spec as &dyn ModelSpec).learn_any(&table, &mut Vec::new()).err().unwrap();
        assert!(error.to_string().starts_with("m: 400 covariances of 3000 × 3000 numbers need"), "{error}");
    }
}
