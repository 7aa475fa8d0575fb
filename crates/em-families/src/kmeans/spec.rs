//! `KMeans(clusters: 3)`: the spec of K-means.

use super::centers::Centers;
use super::levels::Levels;
use super::model::{KMeansDissimilarity, KMeansModel};
use super::stats::KMeansStats;
use crate::{Grouped, PerGroup, Rows};
use em_core::{
    About, Cell, DataError, Dataset, Encoding, FieldInfo, Names, ParameterInfo, Purpose, Section, Spec, Table, Warning,
    register,
};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

/// Medians and modes are refused beyond this many counts (clusters × levels of all columns): 128 MB a statistic, of
/// which a fit holds several.
const MOST_COUNTS: usize = 1 << 24;

/// Clusters around centers, as a spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KMeans {
    /// k, the number of clusters.
    pub clusters: NonZeroUsize,
    /// How unlike a row and a center are.
    #[serde(default)]
    pub dissimilarity: KMeansDissimilarity,
}

/// The columns that are clustered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterColumns {
    columns: Vec<String>,
    /// What medians and modes are counted on; a fit that is read back needs them no more.
    #[serde(skip)]
    levels: Levels,
}

impl Encoding<PerGroup<KMeansModel>> for ClusterColumns {
    fn encode(&self, table: &Table, _: Purpose) -> Result<Grouped<Rows>, DataError> {
        Grouped::of_table(Rows::read_from(table, &self.columns)?, table)
    }

    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }
}

impl KMeans {
    /// Learns from the rows of a table with these columns.
    fn learn_of(&self, rows: &Rows, columns: Vec<String>, table: &Table) -> Result<ClusterColumns, DataError> {
        different_units(table, rows, self.clusters.get())?;
        if !self.dissimilarity.counts() {
            squares(table, &columns, rows)?;
            return Ok(ClusterColumns { columns, levels: Levels::default() });
        }
        let levels = Levels::of(rows);
        let counts = self.clusters.get().saturating_mul(levels.total());
        if counts > MOST_COUNTS {
            let why = format!(
                "{} clusters × {} distinct values are {counts} counts, above the limit of {MOST_COUNTS}; round the columns, or use SquaredEuclidean",
                self.clusters,
                levels.total()
            );
            return Err(DataError::Unsuited { table: table.source().name.clone(), why });
        }
        Ok(ClusterColumns { columns, levels })
    }
}

impl Spec for KMeans {
    type Model = PerGroup<KMeansModel>;
    type Encoding = ClusterColumns;

    fn learn(&self, table: &Table, _: &mut Vec<Warning>) -> Result<ClusterColumns, DataError> {
        let columns = Names::learn(table)?.columns;
        self.learn_of(&Rows::read_from(table, &columns)?, columns, table)
    }

    fn learn_and_encode(
        &self,
        table: &mut Table,
        _: &mut Vec<Warning>,
    ) -> Result<(ClusterColumns, Grouped<Rows>), DataError> {
        let columns = Names::learn(table)?.columns;
        let rows = Rows::take_from(table, &columns)?;
        let learned = self.learn_of(&rows, columns, table)?;
        Ok((learned, Grouped::of_table(rows, table)?))
    }

    fn model(&self, encoding: &ClusterColumns) -> PerGroup<KMeansModel> {
        PerGroup(KMeansModel::on(self.clusters.get(), self.dissimilarity, encoding.levels.clone()))
    }

    fn objective_name(&self) -> Option<&'static str> {
        Some("minus the inertia")
    }

    fn about() -> About {
        ABOUT
    }

    fn summary(&self, encoding: &ClusterColumns, centers: &Centers, stats: &KMeansStats) -> Vec<Section> {
        let row = |(j, center): (usize, &Vec<f64>)| {
            let cells = [stats.weights[j]].into_iter().chain(center.iter().copied());
            (format!("cluster {j}"), cells.map(Cell::Number).collect())
        };
        vec![
            Section {
                title: "Clusters: number of observations, center".into(),
                heads: std::iter::once("size".into()).chain(encoding.columns.clone()).collect(),
                rows: centers.rows().iter().enumerate().map(row).collect(),
            },
            Section {
                title: "Sum of dissimilarities to the centers".into(),
                heads: vec![String::new()],
                rows: vec![("inertia".into(), vec![Cell::Number(stats.inertia)])],
            },
        ]
    }
}
register!(KMeans);

/// Refuses fewer different rows, or groups by their means, than clusters.
fn different_units(table: &Table, rows: &Rows, clusters: usize) -> Result<(), DataError> {
    match table.groups() {
        Some(_) => {
            let means = Grouped::of_table(rows.clone(), table)?.averaged();
            different(table, &means, "of their groups have different means", clusters)
        }
        None => different_rows(table, rows, clusters),
    }
}

/// Refuses fewer different rows than clusters.
pub(crate) fn different_rows(table: &Table, rows: &Rows, clusters: usize) -> Result<(), DataError> {
    different(table, rows, "of them differ", clusters)
}

fn different(table: &Table, rows: &Rows, differ: &str, clusters: usize) -> Result<(), DataError> {
    let different = count_different(rows, clusters);
    if different == clusters {
        return Ok(());
    }
    let why = format!("{different} {differ}, and {clusters} clusters need as many");
    Err(DataError::TooFewRows { table: table.source().name.clone(), rows: table.rows_that_count(), why })
}

/// How many of the rows with a weight above 0 differ, counted up to `most`.
pub(crate) fn count_different(rows: &Rows, most: usize) -> usize {
    let mut different: Vec<Vec<f64>> = Vec::new();
    rows.sweep(|first, numbers| {
        let counted = numbers.chunks_exact(rows.features().max(1)).enumerate();
        for (_, row) in counted.filter(|(i, _)| rows.weight(first + i) > 0.0) {
            if different.len() == most {
                return ControlFlow::Break(());
            }
            if !different.iter().any(|known| known == row) {
                different.push(row.to_vec());
            }
        }
        ControlFlow::Continue(())
    });
    different.len()
}

/// Refuses columns that spread so far, or so little, that squares of it overflow or vanish.
fn squares(table: &Table, columns: &[String], rows: &Rows) -> Result<(), DataError> {
    let heaviest = (0..rows.units()).map(|u| rows.weight(u)).fold(1.0, f64::max);
    let terms = rows.units() as f64 * rows.features() as f64 * heaviest;
    let [least, most] = rows.ranges();
    for (column, (least, most)) in columns.iter().zip(least.into_iter().zip(most)) {
        let spread = most - least;
        if !(terms * spread * spread).is_finite() || (spread > 0.0 && spread * spread < f64::MIN_POSITIVE) {
            return Err(DataError::Scale { table: table.source().name.clone(), column: column.clone(), spread });
        }
    }
    Ok(())
}

const ABOUT: About = About {
    summary: "k clusters around centers, by Lloyd's iterations: K-means (Lloyd 1982), K-medians, K-modes (Huang 1998). An empty cluster keeps its center, with a warning, unless `degenerate` says otherwise. K-means states no distribution of the rows: it draws no samples and has no information criteria.",
    fields: &[
        FieldInfo { name: "clusters", values: "whole number above 0", default: None, text: "k" },
        FieldInfo {
            name: "dissimilarity",
            values: "SquaredEuclidean, Manhattan, Hamming",
            default: Some("SquaredEuclidean"),
            text: "centers are then means, medians or modes; the last two hold k numbers per distinct value",
        },
    ],
    parameters: &[
        ParameterInfo { name: "centers", shape: "[k][d]", text: "the center of each cluster" },
        ParameterInfo {
            name: "inertia",
            shape: "",
            text: "the sum of dissimilarities of all rows to their centers; fitted, a start needs none",
        },
    ],
    example: r#"(
    data: Csv(path: "data/iris.csv", columns: ["sepal_length", "sepal_width", "petal_length", "petal_width"]),
    model: KMeans(clusters: 3),
    fit: (restarts: 20, seed: 1),
)"#,
};
