//! `KMedoids(clusters: 3)`: the spec of K-medoids.

use super::{ComparedRows, KMedoidsModel, KMedoidsStats, MedoidMethod, Medoids};
use crate::dissimilarity::{cosine, euclidean, hamming, manhattan, squared_euclidean};
use crate::kmeans::different_rows;
use crate::plural::count;
use crate::{Dissimilarity, Rows};
use em_core::{
    About, Cell, DataError, Dataset, Encoding, FieldInfo, Names, ParameterInfo, Purpose, Section, Spec, Table, Tabular,
    Warning, register,
};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Clusters around rows of the data, as a spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KMedoids {
    /// k, the number of clusters.
    pub clusters: NonZeroUsize,
    /// How unlike two rows are.
    #[serde(default)]
    pub dissimilarity: MedoidDissimilarity,
    /// How medoids are searched for.
    #[serde(default)]
    pub method: MedoidMethod,
}

/// The dissimilarities that have a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MedoidDissimilarity {
    /// √ Σ (a_i − b_i)².
    #[default]
    Euclidean,
    /// Σ (a_i − b_i)².
    SquaredEuclidean,
    /// Σ |a_i − b_i|.
    Manhattan,
    /// 1 − a·b / (|a| |b|); rows of zeros have none.
    Cosine,
    /// The number of features that differ.
    Hamming,
}

impl Dissimilarity for MedoidDissimilarity {
    fn between(&self, a: &[f64], b: &[f64]) -> f64 {
        match self {
            MedoidDissimilarity::Euclidean => euclidean(a, b),
            MedoidDissimilarity::SquaredEuclidean => squared_euclidean(a, b),
            MedoidDissimilarity::Manhattan => manhattan(a, b),
            MedoidDissimilarity::Cosine => cosine(a, b),
            MedoidDissimilarity::Hamming => hamming(a, b),
        }
    }
}

/// The columns that are clustered, and how their rows are compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparedColumns {
    columns: Vec<String>,
    dissimilarity: MedoidDissimilarity,
}

impl Encoding<KMedoidsModel> for ComparedColumns {
    fn encode(&self, table: &Table, _: Purpose) -> Result<ComparedRows, DataError> {
        let rows = Rows::from_table(table, &self.columns)?;
        if self.dissimilarity == MedoidDissimilarity::Cosine {
            no_zeros(table, &self.columns, &rows)?;
        }
        ComparedRows::new(rows, self.dissimilarity).in_groups_of(table)
    }

    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }
}

/// Refuses rows of zeros, which have no cosine with any other.
fn no_zeros(table: &Table, columns: &[String], rows: &Rows) -> Result<(), DataError> {
    let zeros = |u: &usize| rows.row(*u).iter().all(|x| *x == 0.0);
    let Some(row) = (0..rows.units()).find(zeros) else { return Ok(()) };
    let wanted = "enough in a row of zeros, which Cosine cannot compare; leave it out, or use another dissimilarity";
    Err(DataError::Domain { place: table.place(&columns[0], row), value: 0.0, wanted })
}

/// Refuses fewer groups than clusters, of which some would be empty whatever the medoids are.
fn enough_groups(table: &Table, clusters: usize) -> Result<(), DataError> {
    let units = table.units_that_count();
    if table.groups().is_none() || units >= clusters {
        return Ok(());
    }
    let why = format!("they are in {}, but the model has {clusters} clusters", count(units, "group", "groups"));
    Err(DataError::TooFewRows { table: table.source().name.clone(), rows: table.rows_that_count(), why })
}

impl Spec for KMedoids {
    type Model = KMedoidsModel;
    type Encoding = ComparedColumns;

    fn learn(&self, table: &Table, _: &mut Vec<Warning>) -> Result<ComparedColumns, DataError> {
        let encoding = ComparedColumns { columns: Names::learn(table)?.columns, dissimilarity: self.dissimilarity };
        different_rows(table, encoding.encode(table, Purpose::Fit)?.rows(), self.clusters.get())?;
        enough_groups(table, self.clusters.get())?;
        Ok(encoding)
    }

    fn model(&self, _: &ComparedColumns) -> KMedoidsModel {
        KMedoidsModel::of(self.clusters.get()).by(self.method)
    }

    fn objective_name(&self) -> Option<&'static str> {
        Some("minus the total dissimilarity")
    }

    fn about() -> About {
        ABOUT
    }

    fn summary(&self, encoding: &ComparedColumns, medoids: &Medoids, stats: &KMedoidsStats) -> Vec<Section> {
        let row = |(j, center): (usize, &Vec<f64>)| {
            let cells = [Cell::Number(stats.weights[j]), Cell::Count(medoids.rows()[j] as u64)];
            (format!("cluster {j}"), cells.into_iter().chain(center.iter().copied().map(Cell::Number)).collect())
        };
        vec![
            Section {
                title: "Clusters: number of observations, medoid (rows count from 0)".into(),
                heads: ["size", "row"].into_iter().map(String::from).chain(encoding.columns.clone()).collect(),
                rows: medoids.centers().iter().enumerate().map(row).collect(),
            },
            Section {
                title: "Sum of dissimilarities to the medoids".into(),
                heads: vec![String::new()],
                rows: vec![("total".into(), vec![Cell::Number(stats.total)])],
            },
        ]
    }
}
register!(KMedoids);

const ABOUT: About = About {
    summary: "k clusters around rows of the data, by any dissimilarity: FasterPAM (Schubert & Rousseeuw 2021), PAM (Kaufman & Rousseeuw 1990), or alternating.",
    fields: &[
        FieldInfo { name: "clusters", values: "whole number above 0", default: None, text: "k" },
        FieldInfo {
            name: "dissimilarity",
            values: "Euclidean, SquaredEuclidean, Manhattan, Cosine, Hamming",
            default: Some("Euclidean"),
            text: "how unlike two rows are",
        },
        FieldInfo {
            name: "method",
            values: "FasterPam, Pam, Alternating",
            default: Some("FasterPam"),
            text: "how medoids are searched for",
        },
    ],
    parameters: &[
        ParameterInfo { name: "medoids", shape: "[k]", text: "row numbers, counted from 0; all that a start needs" },
        ParameterInfo { name: "centers", shape: "[k][d]", text: "what stands in these rows" },
        ParameterInfo {
            name: "total_dissimilarity",
            shape: "",
            text: "the sum of dissimilarities of all rows to their medoids; fitted, a start needs none",
        },
    ],
    example: r#"(
    data: Csv(path: "data/iris.csv", columns: ["sepal_length", "sepal_width", "petal_length", "petal_width"]),
    model: KMedoids(clusters: 3, dissimilarity: Manhattan),
    fit: (start: Rows, restarts: 10, seed: 1),
)"#,
};
