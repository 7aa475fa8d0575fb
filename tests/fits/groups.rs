//! Rows that share a label: the truth behind simulated groups is found where single rows would not tell it.

use crate::common::*;
use em_core::{Dataset, Fit, LabelStart, Predict, Resample, Rule, Sample};
use em_families::{Bernoullis, FullGaussian, Grouped, Mixture, PerGroup, PoissonRegressions, RegressionData, Rows};
use nalgebra::DMatrix;
use rand::RngExt;

/// The groups of so many groups of `size` rows, row after row in turn.
fn keys(groups: usize, size: usize) -> Vec<usize> {
    (0..groups * size).map(|row| row % groups).collect()
}

/// The share of groups whose label is that of their kind, whichever label that is.
fn agreement(labels: &[usize], kinds: &[usize]) -> f64 {
    let same = kinds.iter().zip(labels).filter(|(kind, label)| kind == label).count() as f64;
    same.max(kinds.len() as f64 - same) / kinds.len() as f64
}

#[test]
fn kinds_that_overlap_in_every_row_are_told_apart_by_groups() {
    let (groups, size, truth) = (300, 12, [0.0, 1.0]);
    let mut rng = rng(11);
    let kinds: Vec<usize> = (0..groups).map(|_| usize::from(rng.random::<f64>() < 0.4)).collect();
    let keys = keys(groups, size);
    let x = keys.iter().map(|group| truth[kinds[*group]] + normal(&mut rng)).collect();
    let data = Grouped::new(Rows::new(1, x).unwrap(), &keys).unwrap();
    let model = Mixture::of(2, PerGroup(FullGaussian));
    let fitted = Fit::new(&model, &data).run().unwrap();
    let mut found: Vec<(f64, f64, f64)> = fitted
        .params
        .components()
        .iter()
        .zip(fitted.params.weights())
        .map(|(n, w)| (n.mean()[0], n.variances()[0], *w))
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let share = kinds.iter().sum::<usize>() as f64 / groups as f64;
    for (j, (mean, variance, weight)) in found.into_iter().enumerate() {
        // At least 1200 rows of each kind: four standard errors are 0.12 and 0.16; labels are wrong once in 25 groups.
        assert!((mean - truth[j]).abs() < 0.12 && (variance - 1.0).abs() < 0.16, "{mean} {variance}");
        assert!((weight - [1.0 - share, share][j]).abs() < 0.04, "{weight} {share}");
    }
    // Means of twelve rows are √12 / 2 standard deviations from the middle: an error of 0.042.
    let labels = fitted.predict(&model, &data);
    assert!(agreement(&labels.labels().unwrap()[..groups], &kinds) > 0.92);
    assert_eq!(labels.labels().unwrap()[..groups], labels.labels().unwrap()[groups..2 * groups]);
}

#[test]
fn coins_of_two_kinds_are_told_apart_by_many_tosses() {
    let (groups, size, truth) = (200, 20, [0.3, 0.7]);
    let mut rng = rng(12);
    let kinds: Vec<usize> = (0..groups).map(|_| usize::from(rng.random::<f64>() < 0.5)).collect();
    let keys = keys(groups, size);
    let tosses = keys.iter().map(|group| f64::from(rng.random::<f64>() < truth[kinds[*group]])).collect();
    let data = Grouped::new(Rows::new(1, tosses).unwrap(), &keys).unwrap();
    let model = Mixture::of(2, PerGroup(Bernoullis::default()));
    let fitted = Fit::new(&model, &data).run().unwrap();
    let mut found: Vec<f64> = fitted.params.components().rows().iter().map(|p| p[0]).collect();
    found.sort_by(f64::total_cmp);
    // About 2000 tosses of each kind: four standard errors are 0.041.
    assert!((found[0] - 0.3).abs() < 0.042 && (found[1] - 0.7).abs() < 0.042, "{found:?}");
}

#[test]
fn regressions_of_persons_who_keep_their_kind() {
    let (groups, size) = (150, 8);
    let mut rng = rng(13);
    let kinds: Vec<usize> = (0..groups).map(|_| usize::from(rng.random::<f64>() > 0.4)).collect();
    let keys = keys(groups, size);
    let (mut x, mut y) = (Vec::new(), Vec::new());
    let slopes = [[0.8, 0.5], [1.2, -0.5]];
    for group in &keys {
        let (b, covariate) = (slopes[kinds[*group]], 2.0 * rng.random::<f64>() - 1.0);
        x.extend([1.0, covariate]);
        y.push(poisson((b[0] + b[1] * covariate).exp(), &mut rng));
    }
    let rows = RegressionData::new(DMatrix::from_vec(2, keys.len(), x), Some(y), None, None).unwrap();
    let data = Grouped::new(rows, &keys).unwrap();
    let model = Mixture::of(2, PerGroup(PoissonRegressions::default()));
    let fitted = Fit::new(&model, &data).run().unwrap();
    let mut found: Vec<[f64; 2]> = fitted.params.components().iter().map(|b| [b[0], b[1]]).collect();
    found.sort_by(|a, b| a[0].total_cmp(&b[0]));
    for (found, truth) in found.iter().zip(slopes) {
        // About 500 counts with mean 2.5 and more: standard errors up to 1/√1250 and 1/√420; labels are hardly in doubt.
        assert!((found[0] - truth[0]).abs() < 0.13 && (found[1] - truth[1]).abs() < 0.25, "{found:?}");
    }
}

#[test]
fn the_order_of_groups_and_rows_does_not_matter() {
    let case = grouped(500);
    let rows = case.data.clone().into_rows();
    let keys: Vec<usize> = (0..rows.units()).map(|row| case.data.unit_of(row)).collect();
    let order = shuffled(&rows, 7);
    let mixed_keys: Vec<usize> = order.iter().map(|row| keys[*row]).collect();
    let mixed = Grouped::new(rows.select(&order), &mixed_keys).unwrap();
    let fit = |data| Fit::new(&case.model, data).stop(Rule::MaxIterations(10)).from(case.start.clone()).unwrap();
    let (a, b) = (fit(&case.data), fit(&mixed));
    assert_close(&a.trace, &b.trace, 1e-12);
    let (before, after) = (a.predict(&case.model, &case.data), b.predict(&case.model, &mixed));
    assert_close(before.select(&order).responsibilities().unwrap().1, after.responsibilities().unwrap().1, 1e-9);
}

#[test]
fn the_rows_of_a_group_are_drawn_from_one_component() {
    let (case, far) = (grouped(400), normals(&[[-50.0, 0.0], [50.0, 0.0]], [1.0, 0.0, 0.0, 1.0]));
    let p = params(&[0.3, 0.7], far);
    let (data, latent) = case.model.sample(&p, &case.data, &mut rng(8));
    let labels = latent.labels().unwrap();
    let rows = data.clone().into_rows();
    assert_eq!((labels.len(), data.units()), (rows.units(), 400));
    for (row, label) in labels.iter().enumerate() {
        assert_eq!(rows.row(row)[0] > 0.0, *label == 1);
    }
    assert_eq!(case.model.predict(&p, &data, 0..400).labels(), Some(labels));
    // And a fit that starts from them ends near the truth.
    let of_units: Vec<usize> =
        (0..400).map(|unit| labels[(0..rows.units()).find(|r| data.unit_of(*r) == unit).unwrap()]).collect();
    let start = case.model.start_from_labels(&data, &of_units).unwrap();
    let fitted = Fit::new(&case.model, &data).from(start).unwrap();
    assert!((fitted.params.components()[1].mean()[0] - 50.0).abs() < 0.2);
}
