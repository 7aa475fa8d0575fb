//! `BernoulliMixture(components: 3)`: the spec of Bernoulli mixtures.

use super::emission::{BernoulliStats, Bernoullis, Probabilities};
use crate::gaussian::enough_rows;
use crate::plural::count;
use crate::prior::{Beta, Dirichlet, HyperError};
use crate::{Grouped, Mixture, MixtureParams, MixtureStats, PerGroup, Rows, Written};
use em_core::{
    About, Cell, DataError, Encoding, FieldInfo, NamedColumns, Names, Need, ParameterInfo, Purpose, Section, Spec,
    Table, Tabular, Warning, register,
};
use nalgebra::DVector;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// A mixture of products of Bernoulli distributions, as a spec.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct BernoulliMixture {
    components: NonZeroUsize,
    prior: BernoulliPrior,
}

/// The priors of a Bernoulli mixture; each is off unless named.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BernoulliPrior {
    /// On every probability.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probabilities: Option<Beta>,
    /// On the mixing weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<Dirichlet>,
}

/// How a spec is written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "BernoulliMixture", deny_unknown_fields)]
struct Fields {
    components: NonZeroUsize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prior: Option<BernoulliPrior>,
}

impl TryFrom<Fields> for BernoulliMixture {
    type Error = HyperError;
    fn try_from(f: Fields) -> Result<Self, HyperError> {
        BernoulliMixture::new(f.components, f.prior.unwrap_or_default())
    }
}

impl From<BernoulliMixture> for Fields {
    fn from(spec: BernoulliMixture) -> Fields {
        let prior = (spec.prior != BernoulliPrior::default()).then_some(spec.prior);
        Fields { components: spec.components, prior }
    }
}

impl BernoulliMixture {
    /// Of `components` components under a prior.
    ///
    /// # Errors
    /// [`HyperError`] when a hyperparameter is out of range or a list has not one entry per component.
    pub fn new(components: NonZeroUsize, prior: BernoulliPrior) -> Result<Self, HyperError> {
        prior.probabilities.iter().try_for_each(|beta| beta.check(components.get(), None))?;
        prior.weights.iter().try_for_each(|dirichlet| dirichlet.check(components.get()))?;
        Ok(BernoulliMixture { components, prior })
    }
}

/// Columns of zeros and ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BinaryColumns(Names);

impl BinaryColumns {
    /// Refuses a table whose columns hold anything but zeros and ones.
    fn check(&self, table: &Table) -> Result<(), DataError> {
        let (names, wanted, test) = (&self.0.columns, "0 or 1", |x| x == 0.0 || x == 1.0);
        match table.stored(names) {
            Some(stored) => Rows::stored(stored).check_domain(table, names, wanted, test),
            None => names.iter().try_for_each(|name| table.numbers_that(name, wanted, test).map(|_| ())),
        }
    }
}

impl Encoding<Mixture<PerGroup<Bernoullis>>> for BinaryColumns {
    fn encode(&self, table: &Table, _: Purpose) -> Result<Grouped<Rows>, DataError> {
        self.check(table)?;
        Grouped::of_table(Rows::bits_of(table, &self.0.columns)?, table)
    }

    fn columns(&self) -> Vec<String> {
        self.0.columns.clone()
    }

    fn decode(&self, data: &Grouped<Rows>) -> Option<NamedColumns> {
        data.to_columns(&self.0.columns)
    }
}

impl Spec for BernoulliMixture {
    type Model = Mixture<PerGroup<Bernoullis>>;
    type Encoding = BinaryColumns;

    fn need(&self, table: &Table) -> Need {
        let (k, d) = (self.components.get(), table.numeric_names().count());
        let what = format!("{} of {d} probabilities", count(k, "component", "components"));
        Need::of_fit(k as f64 * d as f64, what, "use fewer columns or components")
    }

    fn learn(&self, table: &Table, _: &mut Vec<Warning>) -> Result<BinaryColumns, DataError> {
        let columns = BinaryColumns(Names::learn(table)?);
        columns.check(table)?;
        enough_rows(table, self.components.get())?;
        if let Some(beta) = &self.prior.probabilities {
            let refuse = |e: HyperError| DataError::Unsuited { table: table.source().name.clone(), why: e.to_string() };
            beta.check(self.components.get(), Some(columns.0.columns.len())).map_err(refuse)?;
        }
        Ok(columns)
    }

    fn model(&self, _: &BinaryColumns) -> Self::Model {
        let emission = Bernoullis { prior: self.prior.probabilities.clone() };
        Mixture::of(self.components.get(), PerGroup(emission)).with_prior(self.prior.weights.clone())
    }

    fn about() -> About {
        ABOUT
    }

    fn summary(
        &self,
        columns: &BinaryColumns,
        params: &MixtureParams<Probabilities>,
        stats: &MixtureStats<BernoulliStats>,
    ) -> Vec<Section> {
        let k = params.weights().len();
        let components = |j: usize| vec![Cell::Number(params.weights()[j]), Cell::Number(stats.counts[j])];
        let probabilities = |(i, name): (usize, &String)| {
            let cells = params.components().rows().iter().map(|row| Cell::Number(row[i])).collect();
            (name.clone(), cells)
        };
        vec![
            Section {
                title: "Components: mixing weight, expected number of observations".into(),
                heads: ["weight", "size"].map(String::from).to_vec(),
                rows: (0..k).map(|j| (format!("component {j}"), components(j))).collect(),
            },
            Section {
                title: "Probabilities of a 1".into(),
                heads: (0..k).map(|j| format!("component {j}")).collect(),
                rows: columns.0.columns.iter().enumerate().map(probabilities).collect(),
            },
        ]
    }
}
register!(BernoulliMixture);

const ABOUT: About = About {
    summary: "A mixture of k products of Bernoulli distributions over columns of zeros and ones (Bishop 2006, section 9.3.3).",
    fields: &[
        FieldInfo { name: "components", values: "whole number above 0", default: None, text: "k" },
        FieldInfo {
            name: "prior",
            values: "(probabilities: Beta(1.5, 1.5), weights: Dirichlet(2))",
            default: Some("none"),
            text: "numbers, or lists per component and per component and feature; 1 or above",
        },
    ],
    parameters: &[
        ParameterInfo { name: "weights", shape: "[k]", text: "mixing weights, above 0, summing to 1" },
        ParameterInfo { name: "probabilities", shape: "[k][d]", text: "of a 1, between 0 and 1" },
    ],
    example: r#"(
    data: Csv(path: "data/lsat7.csv"),
    model: BernoulliMixture(components: 2, prior: (probabilities: Beta(1.5, 1.5))),
    fit: (restarts: 10, seed: 1),
)"#,
};

/// The parameters of a Bernoulli mixture as they are written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BernoulliForm {
    weights: Vec<f64>,
    probabilities: Vec<Vec<f64>>,
}

impl Written for Probabilities {
    type Form = BernoulliForm;

    fn write(p: &MixtureParams<Self>) -> BernoulliForm {
        let probabilities = p.components().rows().iter().map(|row| row.iter().copied().collect()).collect();
        BernoulliForm { weights: p.weights().to_vec(), probabilities }
    }

    fn read(form: BernoulliForm) -> Result<MixtureParams<Self>, String> {
        let (k, rows) = (form.weights.len(), form.probabilities.len());
        if rows != k {
            return Err(format!("{k} `weights` and {rows} rows of `probabilities` are not as many of each"));
        }
        let rows = form.probabilities.into_iter().map(DVector::from_vec).collect();
        MixtureParams::new(form.weights, Probabilities::new(rows)?)
    }
}
