//! Groups of rows as units, by hand.

use super::*;
use crate::{Emission, FullGaussian, Mixture, MixtureParams, Normal, PoissonRegressions, RegressionData, Rows};
use em_core::{
    Coordinates, Dataset, Fit, LabelStart, LatentModel, Predict, Resample, Rule, StartKind, Table, Tabular, Weighted,
};
use nalgebra::{DMatrix, DVector};

const X: [f64; 7] = [5.0, 1.0, 6.0, 2.5, 7.0, 1.5, 4.5];
const KEYS: [&str; 7] = ["a", "b", "a", "b", "c", "b", "a"];

fn rows(x: &[f64]) -> Rows {
    Rows::new(1, x.to_vec()).unwrap()
}

fn data() -> Grouped<Rows> {
    Grouped::new(rows(&X), &KEYS).unwrap()
}

fn normal(mean: f64, variance: f64) -> Normal {
    Normal::new(DVector::from_element(1, mean), DMatrix::from_element(1, 1, variance)).unwrap()
}

fn start() -> MixtureParams<Vec<Normal>> {
    MixtureParams::new(vec![0.4, 0.6], vec![normal(2.0, 1.5), normal(5.0, 2.0)]).unwrap()
}

fn model() -> Mixture<PerGroup<crate::Gaussian>> {
    Mixture::of(2, PerGroup(FullGaussian))
}

/// ln Σ_j π_j Π_i N(x_i | j) of rows that share a label.
fn by_hand(x: &[f64]) -> f64 {
    let p = start();
    let joint = |j: usize| {
        let component = &p.components()[j];
        p.weights()[j] * x.iter().map(|x| component.log_density(&[*x]).exp()).product::<f64>()
    };
    (joint(0) + joint(1)).ln()
}

#[test]
fn groups_are_units_in_the_order_seen_and_rows_keep_theirs() {
    let data = data();
    assert_eq!((data.units(), data.rows(), data.total_weight()), (3, 7, 3.0));
    assert_eq!((0..7).map(|row| data.unit_of(row)).collect::<Vec<_>>(), [0, 1, 0, 1, 2, 1, 0]);
    let seen: Vec<f64> = (0..7).map(|place| data.side_by_side().row(place)[0]).collect();
    assert_eq!(seen, [5.0, 6.0, 4.5, 1.0, 2.5, 1.5, 7.0]);
    assert_eq!((data.places(0..1), data.places(1..3), data.owner(6)), (0..3, 3..7, 2));
    assert_eq!(data.places_as_given(0..2), [0, 3, 1, 4, 5, 2]);
    assert_eq!(data.into_rows(), rows(&X));
    // Every row a group of its own is no group at all.
    assert!(!Grouped::new(rows(&X), &[6, 5, 4, 3, 2, 1, 0]).unwrap().is_grouped());
}

#[test]
fn parts_and_other_weights_keep_the_groups() {
    let part = data().select(&[2, 0, 0]);
    assert_eq!((part.units(), part.rows(), part.places(2..3)), (3, 7, 4..7));
    assert_eq!(part.side_by_side().row(0), [7.0]);
    let heavy = data().reweight(&[2.0, 0.0, 0.5]);
    assert_eq!((heavy.weight(0), heavy.total_weight(), heavy.side_by_side().weight(6)), (2.0, 2.5, 0.5));
    assert_eq!(data().select(&[]).units(), 0);
}

#[test]
fn every_error_names_its_numbers() {
    assert_eq!(Grouped::new(rows(&X), &[0, 1]), Err(GroupsError::Length { rows: 7, got: 2 }));
    let weighted = rows(&X).weighted(vec![1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 3.0]).unwrap();
    assert_eq!(Grouped::new(weighted, &KEYS), Err(GroupsError::Weight { row: 6, weight: 3.0, other: 1.0 }));
}

#[test]
fn a_table_with_groups_gives_grouped_data() {
    let keys = vec![1.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0];
    let mut table = Table::from_columns("m", [("x", X.to_vec()), ("g", keys)]).unwrap();
    let plain: Grouped<Rows> = Grouped::from_table(&table, &["x".into()]).unwrap();
    assert!(!plain.is_grouped());
    table.take_groups("g").unwrap();
    assert_eq!(Grouped::<Rows>::from_table(&table, &["x".into()]).unwrap(), data());
    assert!(Grouped::of_table(rows(&X[..3]), &table).is_err());
}

#[test]
fn the_density_of_a_group_is_the_product_over_its_rows() {
    let (model, data) = (model(), data());
    let groups = [&[5.0, 6.0, 4.5][..], &[1.0, 2.5, 1.5], &[7.0]];
    let scores = model.score(&start(), &data, 0..3);
    for (score, group) in scores.iter().zip(groups) {
        assert!((score - by_hand(group)).abs() < 1e-13, "{score} {}", by_hand(group));
    }
    let fitted = Fit::new(&model, &data).stop(Rule::MaxIterations(1)).from(start()).unwrap();
    assert!((fitted.trace[0] - groups.map(by_hand).iter().sum::<f64>()).abs() < 1e-12);
    // The M-step: the mixing weight is a share of groups, the mean one of rows.
    let r: Vec<f64> = model.responsibilities(&start(), &data, 0..3).chunks(2).map(|r| r[0]).collect();
    let sums: Vec<f64> = groups.iter().map(|g| g.iter().sum()).collect();
    let mean = (r[0] * sums[0] + r[1] * sums[1] + r[2] * sums[2]) / (3.0 * r[0] + 3.0 * r[1] + r[2]);
    assert!((fitted.params.weights()[0] - r.iter().sum::<f64>() / 3.0).abs() < 1e-14);
    assert!((fitted.params.components()[0].mean()[0] - mean).abs() < 1e-13);
}

#[test]
fn a_row_that_comes_twice_in_a_group_counts_twice() {
    let data = Grouped::new(rows(&[1.0, 1.0, 5.0]), &["a", "a", "b"]).unwrap();
    assert!((model().score(&start(), &data, 0..2)[0] - by_hand(&[1.0, 1.0])).abs() < 1e-14);
    // Its weight would count the group twice.
    let data = Grouped::new(rows(&[1.0, 5.0]).weighted(vec![2.0, 1.0]).unwrap(), &["a", "b"]).unwrap();
    assert_eq!(data.total_weight(), 3.0);
    assert!((model().score(&start(), &data, 0..2)[0] - by_hand(&[1.0])).abs() < 1e-14);
}

#[test]
fn groups_of_one_row_are_rows_to_the_bit() {
    let plain = Mixture::of(2, FullGaussian);
    let alone = Grouped::new(rows(&X), &[6, 5, 4, 3, 2, 1, 0]).unwrap();
    let wanted = Fit::new(&plain, &rows(&X)).seed(3).run().unwrap();
    let fitted = Fit::new(&model(), &alone).seed(3).run().unwrap();
    assert_eq!((&fitted.trace, &fitted.params), (&wanted.trace, &wanted.params));
    // On the way of true groups too: the first two rows are one group, the others stand alone.
    let pair = Grouped::new(rows(&X), &[0, 0, 1, 2, 3, 4, 5]).unwrap();
    assert_eq!(model().score(&start(), &pair, 1..6), plain.score(&start(), &rows(&X), 2..7));
}

#[test]
fn a_row_of_weight_zero_is_absent_from_its_group_and_predicted_with_it() {
    let weights = |w: &[f64]| Grouped::new(rows(&X).weighted(w.to_vec()).unwrap(), &KEYS).unwrap();
    let absent = weights(&[1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    let without = [0, 1, 3, 4, 5, 6];
    let keys = without.map(|i| KEYS[i]);
    let left = Grouped::new(rows(&without.map(|i| X[i])), &keys).unwrap();
    let fit = |data, iterations| Fit::new(&model(), data).stop(Rule::MaxIterations(iterations)).from(start()).unwrap();
    let (a, b) = (fit(&absent, 5), fit(&left, 5));
    // Up to rounding: the rows after it change places in the sums.
    let same = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-13 * b.abs());
    assert!(same(&a.trace, &b.trace), "{:?} {:?}", a.trace, b.trace);
    let numbers = |f: &em_core::Fitted<_>| model().to_free(&f.params);
    assert!(same(&numbers(&a), &numbers(&b)), "{:?} {:?}", a.params, b.params);
    let labels = a.predict(&model(), &absent);
    assert_eq!(labels.labels().unwrap().len(), 7);
    assert_eq!(labels.responsibilities().unwrap().1[4..6], labels.responsibilities().unwrap().1[0..2]);
    // A group of which no row counts is absent, and predicted from all of its rows.
    let gone = weights(&[0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0]);
    assert_eq!(gone.total_weight(), 2.0);
    assert!((model().score(&start(), &gone, 0..1)[0] - by_hand(&[5.0, 6.0, 4.5])).abs() < 1e-13);
    let rest = Grouped::new(rows(&[1.0, 2.5, 7.0, 1.5]), &["b", "b", "c", "b"]).unwrap();
    assert!(same(&fit(&gone, 1).trace, &fit(&rest, 1).trace));
}

#[test]
fn a_long_group_is_worked_on_in_pieces() {
    let n = 20_000;
    let x: Vec<f64> = (0..n).map(|i| f64::from(i % 97) / 10.0).collect();
    let long = rows(&x);
    assert!(FullGaussian.block(&long, 2) < 10_000);
    let keys: Vec<i32> = (0..n).map(|i| i32::from(i >= 15_000)).collect();
    let data = Grouped::new(long.clone(), &keys).unwrap();
    let mut out = [0.0; 4];
    PerGroup(FullGaussian).log_density(start().components(), &data, 0..2, &mut out);
    for (j, component) in start().components().iter().enumerate() {
        let sum = |rows: std::ops::Range<usize>| rows.map(|u| component.log_density(long.row(u))).sum::<f64>();
        for (got, wanted) in out[2 * j..].iter().zip([sum(0..15_000), sum(15_000..20_000)]) {
            assert!((got - wanted).abs() < 1e-12 * wanted.abs());
        }
    }
    let mut stats = FullGaussian.zero(start().components());
    PerGroup(FullGaussian).accumulate(start().components(), &data, 0..2, &[1.0, 0.0, 0.25, 1.0], &mut stats);
    assert_eq!([stats.of(0).0, stats.of(1).0], [15_000.0, 8750.0]);
}

#[test]
fn regressions_predict_rows_in_the_order_given() {
    let x = DMatrix::from_fn(2, 4, |i, u| if i == 0 { 1.0 } else { u as f64 });
    let rows = RegressionData::new(x, Some(vec![1.0, 9.0, 2.0, 8.0]), None, None).unwrap();
    let data = Grouped::new(rows.clone(), &["a", "b", "a", "b"]).unwrap();
    let b = [[0.5, 0.1], [2.0, 0.05]].map(|b| DVector::from_row_slice(&b)).to_vec();
    let params = MixtureParams::new(vec![0.5, 0.5], b).unwrap();
    let (grouped, plain) =
        (Mixture::of(2, PerGroup(PoissonRegressions::default())), Mixture::of(2, PoissonRegressions::default()));
    let prediction = grouped.predict(&params, &data, 0..2);
    assert_eq!(prediction.numbers("mean"), plain.predict(&params, &rows, 0..4).numbers("mean"));
    assert_eq!(prediction.labels(), Some(&[0, 1, 0, 1][..]));
    assert_eq!(grouped.predict(&params, &data, 1..2).labels(), Some(&[1, 1][..]));
}

#[test]
fn starts_see_groups_as_their_means() {
    // Single rows of zeros and ones are of two kinds at most; the shares of ones in the groups are of three.
    let ones = [[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]];
    let data = Grouped::new(rows(&ones.concat()), &[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]).unwrap();
    let model = Mixture::of(3, PerGroup(crate::Bernoullis::default()));
    for kind in [StartKind::KMeans, StartKind::Rows, StartKind::Responsibilities] {
        assert!(Fit::new(&model, &data).start(kind).restarts(3).run().unwrap().objective().is_finite());
    }
    let e = Fit::new(&Mixture::of(4, PerGroup(crate::Bernoullis::default())), &data).run().unwrap_err().to_string();
    assert!(e.contains("each group is seen as the mean of its rows"), "{e}");
    let means =
        Weighted::from(vec![[1.0, 2.0], [3.0, 6.0], [5.0, 5.0]]).averaged(&[vec![0, 1], vec![2]], vec![1.0, 2.0]);
    assert_eq!((means.items, means.weights), (vec![[2.0, 4.0], [5.0, 5.0]], vec![1.0, 2.0]));
}

#[test]
fn labels_are_those_of_groups_and_weights_their_shares() {
    let start = model().start_from_labels(&data(), &[1, 0, 1]).unwrap();
    assert_eq!(start.weights(), [1.0 / 3.0, 2.0 / 3.0]);
    assert!((start.components()[0].mean()[0] - 5.0 / 3.0).abs() < 1e-14);
    assert!((start.components()[1].mean()[0] - 22.5 / 4.0).abs() < 1e-14);
    let fault = |labels: &[usize]| model().start_from_labels(&data(), labels).unwrap_err().to_string();
    assert_eq!(fault(&[0, 1]), "the model: there are 2 labels for 3 units; give each unit one label");
    assert_eq!(fault(&[0, 2, 1]), "the model: the label of unit 1 is 2, but the model has 2 labels; count them from 0");
    let unused = "component 1: no observation that counts has its label; use fewer components, or other labels";
    assert_eq!(fault(&[0, 0, 0]), unused);
    let light = data().reweight(&[1.0, 0.0, 1.0]);
    assert_eq!(model().start_from_labels(&light, &[0, 1, 0]).unwrap_err().to_string(), unused);
}

#[test]
fn rows_come_back_in_the_order_in_which_they_were_given() {
    let mut table = Table::from_columns("m", [("x", X.to_vec()), ("y", X.map(f64::sqrt).to_vec())]).unwrap();
    let keys: Vec<f64> = KEYS.iter().map(|k| f64::from(k.as_bytes()[0])).collect();
    table.push("g", em_core::table::Cells::Numbers(keys)).unwrap();
    table.take_groups("g").unwrap();
    let names = ["y", "x"].map(String::from);
    let data = Grouped::<Rows>::from_table(&table, &names).unwrap();
    assert!(data.is_grouped() && data.side_by_side().row(1)[1] != X[1]);
    let columns = data.to_columns(&names).unwrap();
    assert_eq!(columns, [("y".to_string(), X.map(f64::sqrt).to_vec()), ("x".to_string(), X.to_vec())]);
}
