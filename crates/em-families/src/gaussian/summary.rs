//! A fitted Gaussian mixture as tables for people.

use super::form::Covariance;
use super::normal::Normal;
use super::stats::GaussianStats;
use crate::{MixtureParams, MixtureStats};
use em_core::{Cell, Section};

/// Covariance matrices are listed in summaries up to this many features; beyond, the standard deviations must do.
const LISTED: usize = 6;

/// Weights, sizes and means; standard deviations; covariances where there are any.
pub(super) fn sections(
    form: Covariance,
    columns: &[String],
    p: &MixtureParams<Vec<Normal>>,
    s: &MixtureStats<GaussianStats>,
) -> Vec<Section> {
    let different = if form.is_tied() { &p.components()[..1] } else { &p.components()[..] };
    let whose = |j: usize| if form.is_tied() { "all components".into() } else { format!("component {j}") };
    let row = |(j, n): (usize, &Normal)| (whose(j), numbers(n.variances().iter().map(|v| v.sqrt())));
    let deviations = Section {
        title: "Standard deviations".into(),
        heads: columns.to_vec(),
        rows: different.iter().enumerate().map(row).collect(),
    };
    let mut sections = vec![means(columns, p, s), deviations];
    if form.correlates() && columns.len() <= LISTED {
        sections.extend(different.iter().enumerate().map(|(j, n)| covariance(columns, &whose(j), n)));
    }
    sections
}

fn numbers(numbers: impl Iterator<Item = f64>) -> Vec<Cell> {
    numbers.map(Cell::Number).collect()
}

fn means(columns: &[String], p: &MixtureParams<Vec<Normal>>, s: &MixtureStats<GaussianStats>) -> Section {
    let row = |(j, n): (usize, &Normal)| {
        let head = [p.weights()[j], s.counts[j]];
        (format!("component {j}"), numbers(head.into_iter().chain(n.mean().iter().copied())))
    };
    Section {
        title: "Components: mixing weight, expected number of observations, means".into(),
        heads: ["weight", "size"].map(String::from).into_iter().chain(columns.to_vec()).collect(),
        rows: p.components().iter().enumerate().map(row).collect(),
    }
}

fn covariance(columns: &[String], whose: &str, n: &Normal) -> Section {
    let covariance = n.covariance();
    let row = |(i, name): (usize, &String)| (name.clone(), numbers(covariance.row(i).iter().copied()));
    Section {
        title: format!("Covariance of {whose}"),
        heads: columns.to_vec(),
        rows: columns.iter().enumerate().map(row).collect(),
    }
}
