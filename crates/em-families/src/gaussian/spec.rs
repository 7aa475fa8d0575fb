//! `GaussianMixture(components: 2)`: the spec of Gaussian mixtures.

use super::emission::FullGaussian;
use super::normal::Normal;
use crate::regression::{Centring, Dependence, check};
use crate::{Mixture, MixtureParams, MixtureStats, Moments, Rows, Written};
use em_core::{
    About, Cell, DataError, Dataset, FieldInfo, Names, ParameterInfo, Section, Spec, Table, Tabular, Warning, register,
};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Covariance matrices are listed in summaries up to this many features; beyond, the standard deviations must do.
const LISTED: usize = 6;

/// Which covariances the components have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Covariance {
    /// Each component its own, without restriction.
    #[default]
    Full,
}

/// A mixture of normal distributions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GaussianMixture {
    /// k, the number of components.
    pub components: NonZeroUsize,
    /// The form of their covariances.
    #[serde(default)]
    pub covariance: Covariance,
}

impl Spec for GaussianMixture {
    type Model = Mixture<FullGaussian>;
    type Encoding = Names;

    fn learn(&self, table: &Table, _: &mut Vec<Warning>) -> Result<Names, DataError> {
        let names = Names::learn(table)?;
        enough_rows(table, self.components.get())?;
        let rows = Rows::from_table(table, &names.columns)?;
        let found = check(rows.block(0..rows.units()), table.weights(), Centring::Means);
        let advice = "a full covariance would be singular: leave one out";
        Dependence::refuse(&found, &names.columns, &table.source().name, advice)?;
        Ok(names)
    }

    fn model(&self, _: &Names) -> Mixture<FullGaussian> {
        Mixture::of(self.components.get(), FullGaussian)
    }

    fn about() -> About {
        About {
            summary: "A mixture of k normal distributions over numeric columns (McLachlan & Peel 2000, chapter 3).",
            fields: &[
                FieldInfo { name: "components", values: "whole number above 0", default: None, text: "k" },
                FieldInfo {
                    name: "covariance",
                    values: "Full",
                    default: Some("Full"),
                    text: "the form of the covariances: each component its own, without restriction",
                },
            ],
            parameters: &[
                ParameterInfo { name: "weights", shape: "[k]", text: "mixing weights, above 0, summing to 1" },
                ParameterInfo { name: "means", shape: "[k][d]", text: "the mean of each component" },
                ParameterInfo {
                    name: "covariances",
                    shape: "[k][d][d]",
                    text: "the covariance of each component, symmetric and positive definite",
                },
            ],
            example: r#"(
    data: Csv(path: "data/old_faithful.csv", columns: ["eruptions", "waiting"]),
    model: GaussianMixture(components: 2, covariance: Full),
    fit: (start: KMeans, restarts: 10, seed: 1),
)"#,
        }
    }

    fn summary(
        &self,
        encoding: &Names,
        params: &MixtureParams<Vec<Normal>>,
        stats: &MixtureStats<Vec<Moments>>,
    ) -> Vec<Section> {
        let mut sections = vec![means(encoding, params, stats), deviations(encoding, params)];
        if encoding.columns.len() <= LISTED {
            sections.extend(params.components().iter().enumerate().map(|(j, n)| covariance(encoding, j, n)));
        }
        sections
    }
}
register!(GaussianMixture);

/// Refuses fewer rows than components.
pub(crate) fn enough_rows(table: &Table, components: usize) -> Result<(), DataError> {
    let rows = table.rows_that_count();
    if rows < components {
        let why = format!("the model has {components} components and needs at least as many rows");
        return Err(DataError::TooFewRows { table: table.source().name.clone(), rows, why });
    }
    Ok(())
}

fn means(names: &Names, p: &MixtureParams<Vec<Normal>>, s: &MixtureStats<Vec<Moments>>) -> Section {
    let row = |(j, n): (usize, &Normal)| {
        let head = [Cell::Number(p.weights()[j]), Cell::Number(s.counts[j])];
        (format!("component {j}"), head.into_iter().chain(n.mean().iter().map(|m| Cell::Number(*m))).collect())
    };
    Section {
        title: "Components: mixing weight, expected number of observations, means".into(),
        heads: ["weight", "size"].map(String::from).into_iter().chain(names.columns.clone()).collect(),
        rows: p.components().iter().enumerate().map(row).collect(),
    }
}

fn deviations(names: &Names, p: &MixtureParams<Vec<Normal>>) -> Section {
    let row = |(j, n): (usize, &Normal)| {
        let cells = n.covariance().diagonal().iter().map(|v| Cell::Number(v.sqrt())).collect();
        (format!("component {j}"), cells)
    };
    Section {
        title: "Standard deviations".into(),
        heads: names.columns.clone(),
        rows: p.components().iter().enumerate().map(row).collect(),
    }
}

fn covariance(names: &Names, component: usize, n: &Normal) -> Section {
    let row =
        |(i, name): (usize, &String)| (name.clone(), n.covariance().row(i).iter().map(|c| Cell::Number(*c)).collect());
    Section {
        title: format!("Covariance of component {component}"),
        heads: names.columns.clone(),
        rows: names.columns.iter().enumerate().map(row).collect(),
    }
}

/// The parameters of a Gaussian mixture as they are written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GaussianForm {
    weights: Vec<f64>,
    means: Vec<Vec<f64>>,
    covariances: Vec<Vec<Vec<f64>>>,
}

impl Written for Vec<Normal> {
    type Form = GaussianForm;

    fn write(p: &MixtureParams<Self>) -> GaussianForm {
        let rows = |c: &DMatrix<f64>| c.row_iter().map(|r| r.iter().copied().collect()).collect();
        GaussianForm {
            weights: p.weights().to_vec(),
            means: p.components().iter().map(|n| n.mean().iter().copied().collect()).collect(),
            covariances: p.components().iter().map(|n| rows(n.covariance())).collect(),
        }
    }

    fn read(form: GaussianForm) -> Result<MixtureParams<Self>, String> {
        let (k, means, covariances) = (form.weights.len(), form.means.len(), form.covariances.len());
        if means != k || covariances != k {
            return Err(format!(
                "{k} `weights`, {means} `means` and {covariances} `covariances` are not as many of each"
            ));
        }
        let one = |(j, (mean, covariance)): (usize, (Vec<f64>, Vec<Vec<f64>>))| {
            let d = mean.len();
            if covariance.len() != d || covariance.iter().any(|r| r.len() != d) {
                return Err(format!("`covariances`: entry {j} is not {d} × {d}, as row {j} of `means` asks for"));
            }
            Normal::new(DVector::from_vec(mean), DMatrix::from_fn(d, d, |a, b| covariance[a][b]))
                .map_err(|e| format!("`covariances`: entry {j}: {e}"))
        };
        let components = form.means.into_iter().zip(form.covariances).enumerate().map(one);
        MixtureParams::new(form.weights, components.collect::<Result<_, _>>()?)
    }
}
