//! Medoids by hand, by exhaustion, and with every error.

use super::{ComparedRows, KMedoidsModel, MedoidDissimilarity, MedoidMethod, Medoids};
use crate::{Dissimilarity, Rows};
use MedoidDissimilarity::Euclidean;
use MedoidMethod::{Alternating, FasterPam, Pam};
use em_core::{
    Dataset, DirectStep, Fit, FitError, Fitted, Interrupt, LabelStart, LatentModel, Predict, Resample, Rng, Start,
    StartKind, Stop,
};
use rand::{RngExt, SeedableRng};

const ALL: [MedoidMethod; 3] = [FasterPam, Pam, Alternating];

fn rows(d: usize, values: &[f64]) -> Rows {
    Rows::new(d, values.to_vec()).unwrap()
}

fn scattered(n: usize, seed: u64) -> Rows {
    let mut rng = Rng::seed_from_u64(seed);
    rows(2, &(0..2 * n).map(|_| rng.random::<f64>()).collect::<Vec<_>>())
}

fn euclidean(rows: &Rows) -> ComparedRows {
    ComparedRows::new(rows.clone(), Euclidean)
}

fn by(method: MedoidMethod, k: usize, start: StartKind, data: &ComparedRows) -> Fitted<KMedoidsModel> {
    Fit::new(&KMedoidsModel::of(k).by(method), data).start(start).run().unwrap()
}

fn built(method: MedoidMethod, k: usize, data: &ComparedRows) -> Fitted<KMedoidsModel> {
    by(method, k, StartKind::Build, data)
}

/// Σ w δ straight from its definition.
fn total(rows: &Rows, medoids: &[usize]) -> f64 {
    let far = |u: usize, m: &usize| Euclidean.between(rows.row(u), rows.row(*m));
    let nearest = |u: usize| medoids.iter().map(|m| far(u, m)).fold(f64::INFINITY, f64::min);
    (0..rows.units()).map(|u| rows.weight(u) * nearest(u)).sum()
}

fn no_swap_is_better(rows: &Rows, medoids: &Medoids) {
    for slot in 0..medoids.rows().len() {
        for u in (0..rows.units()).filter(|u| rows.weight(*u) > 0.0) {
            let mut others = medoids.rows().to_vec();
            others[slot] = u;
            // Sums of some dozen numbers near 1.
            assert!(total(rows, &others) >= medoids.total_dissimilarity().unwrap() - 1e-10);
        }
    }
}

#[test]
fn pam_ends_where_no_swap_is_better_and_totals_are_true() {
    for seed in 0..8 {
        let rows = scattered(40, seed).reweight(&(0..40).map(|u| f64::from(u % 4)).collect::<Vec<_>>());
        let data = euclidean(&rows);
        for k in [1, 2, 5] {
            for method in ALL {
                for start in [StartKind::Build, StartKind::Rows] {
                    let fit = by(method, k, start, &data);
                    let (medoids, reached) = (&fit.params, fit.params.total_dissimilarity().unwrap());
                    assert!((reached - total(&rows, medoids.rows())).abs() < 1e-12 * 40.0 && fit.converged());
                    assert!(fit.trace.windows(2).all(|w| w[1] >= w[0]));
                    assert_eq!((fit.trace.last(), fit.objective()), (Some(&-reached), -reached));
                    assert_eq!(fit.runs.len(), if start == StartKind::Rows { 10 } else { 1 });
                    assert!(medoids.rows().iter().all(|m| rows.weight(*m) > 0.0));
                    let there = |(m, center): (&usize, &Vec<f64>)| rows.row(*m) == center;
                    assert!(medoids.rows().iter().zip(medoids.centers()).all(there));
                    if method != Alternating {
                        no_swap_is_better(&rows, medoids);
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_stored_changes_nothing() {
    let data = euclidean(&scattered(30, 9));
    for method in ALL {
        let (stored, computed) = (built(method, 3, &data), built(method, 3, &data.clone().unstored()));
        assert_eq!((stored.params, stored.trace), (computed.params, computed.trace));
    }
}

#[test]
fn weights_are_copies_and_zero_is_absence() {
    let rows = scattered(24, 3);
    let weighted = rows.reweight(&(0..24).map(|u| f64::from(u % 3)).collect::<Vec<_>>());
    let copies: Vec<usize> = (0..24).flat_map(|u| vec![u; u % 3]).collect();
    for method in ALL {
        let a = built(method, 3, &euclidean(&weighted)).params;
        let b = built(method, 3, &euclidean(&rows.select(&copies))).params;
        assert_eq!(a.centers(), b.centers());
        assert!((a.total_dissimilarity().unwrap() - b.total_dissimilarity().unwrap()).abs() < 1e-12);
    }
}

#[test]
fn a_closure_is_a_dissimilarity() {
    let capped = |a: &[f64], b: &[f64]| (a[0] - b[0]).abs().min(5.0);
    let data = ComparedRows::new(rows(1, &[0.0, 1.0, 2.0, 10.0, 11.0, 12.0]), capped);
    let (model, fit) = (KMedoidsModel::of(2), built(FasterPam, 2, &data));
    assert_eq!((fit.params.rows(), fit.objective()), (&[1, 4][..], -4.0));
    assert_eq!(model.predict(&fit.params, &data, 0..6).labels(), Some(&[0, 0, 0, 1, 1, 1][..]));
    assert_eq!(model.score(&fit.params, &data, 2..4), [-1.0, -1.0]);
}

#[test]
fn ties_go_to_the_lowest_row() {
    let data = euclidean(&rows(1, &[0.0, 0.0, 1.0, 1.0]));
    for method in ALL {
        assert_eq!(built(method, 2, &data).params.rows(), [0, 2]);
        assert_eq!(built(method, 1, &data).params.rows(), [0]);
    }
}

#[test]
fn every_error() {
    let data = euclidean(&rows(2, &[0.0, 1.0, 2.0, 3.0, 2.0, 3.0]).reweight(&[1.0, 1.0, 0.0]));
    let said = |fitted: Result<Fitted<KMedoidsModel>, FitError>| fitted.map(|_| ()).unwrap_err().to_string();
    let too_few = said(Fit::new(&KMedoidsModel::of(3), &data).run());
    assert!(too_few.contains("only 2 of the rows that count differ, and 3 clusters need as many"), "{too_few}");
    let from = |rows: &[usize]| said(Fit::new(&KMedoidsModel::of(2), &data).from(Medoids::at(rows.to_vec()).unwrap()));
    assert!(from(&[0]).contains("the model has 2 clusters, but `medoids` has 1 entry"));
    for bad in [2, 9] {
        assert!(
            from(&[0, bad]).contains(&format!("`medoids`: {bad} is no row of the data (from 0), or one of weight 0"))
        );
    }
    let elsewhere = Medoids::at(vec![0]).unwrap().with_centers(vec![vec![7.0, 7.0]]).unwrap();
    assert!(said(Fit::new(&KMedoidsModel::of(1), &data).from(elsewhere)).contains("are these other data?"));

    let negative = ComparedRows::new(data.rows().clone(), |_: &[f64], _: &[f64]| -1.0);
    let e = said(Fit::new(&KMedoidsModel::of(1), &negative).run());
    assert!(e.contains("the dissimilarity of rows 0 and 0 (from 0) is -1, where a finite number"), "{e}");
    let e = said(Fit::new(&KMedoidsModel::of(1), &negative).from(Medoids::at(vec![0]).unwrap()));
    assert!(e.contains("the dissimilarity of rows 0 and 0 (from 0) is -1"), "{e}");
}

#[test]
fn the_limit_of_iterations_is_kept_and_said() {
    let data = euclidean(&scattered(60, 1));
    let stop = Stop { max_iterations: 1, ..Stop::default() };
    let model = KMedoidsModel::of(3).by(Pam);
    let fit = Fit::new(&model, &data).stop(stop).from(Medoids::at(vec![0, 1, 2]).unwrap()).unwrap();
    assert!(!fit.converged() && fit.trace.len() == 2);
    // The E-step at the start, a search, and the E-step at what it found.
    assert_eq!(fit.passes, 3.0);
}

/// Rows in groups of one to four, which stand apart; those of a group are about one place.
fn in_groups(n: usize, seed: u64) -> (Rows, Vec<usize>) {
    let mut rng = Rng::seed_from_u64(seed);
    let keys: Vec<usize> = (0..n).map(|i| (i * i + i / 3) % (2 * n / 5)).collect();
    let place = |key: usize| [(key % 3) as f64, (key % 2) as f64];
    let values = keys.iter().flat_map(|key| place(*key)).map(|x| x + 1.5 * rng.random::<f64>()).collect();
    (Rows::new(2, values).unwrap(), keys)
}

/// Σ w δ of groups straight from its definition: each goes to the medoid of least summed dissimilarity.
fn total_of_groups(rows: &Rows, keys: &[usize], medoids: &[usize]) -> f64 {
    let sum = |key: usize, m: usize| -> f64 {
        let members = (0..rows.units()).filter(|u| keys[*u] == key && rows.weight(*u) > 0.0);
        members.map(|u| rows.weight(u) * Euclidean.between(rows.row(u), rows.row(m))).sum()
    };
    let least = |key: usize| medoids.iter().map(|m| sum(key, *m)).fold(f64::INFINITY, f64::min);
    keys.iter().copied().collect::<std::collections::BTreeSet<_>>().into_iter().map(least).sum()
}

#[test]
fn groups_go_to_the_medoid_of_least_summed_dissimilarity() {
    for seed in 0..4 {
        let (rows, keys) = in_groups(30, seed);
        // Two of the rows are absent, and two of the groups count three times.
        let weight = |u: usize| if u == 4 || u == 11 { 0.0 } else { [1.0, 3.0][usize::from(keys[u] < 2)] };
        let rows = rows.weighted((0..30).map(weight).collect()).unwrap();
        let data = euclidean(&rows).in_groups(&keys).unwrap();
        for k in [1, 2, 4] {
            for method in ALL {
                for start in [StartKind::Build, StartKind::Rows] {
                    let fit = by(method, k, start, &data);
                    let (found, reached) = (fit.params.rows(), fit.params.total_dissimilarity().unwrap());
                    // Sums of some dozen numbers near 1.
                    assert!((reached - total_of_groups(&rows, &keys, found)).abs() < 1e-11 && fit.converged());
                    assert!(fit.trace.windows(2).all(|w| w[1] >= w[0]));
                    assert!(found.iter().all(|m| rows.weight(*m) > 0.0));
                    for (slot, u) in (0..k).flat_map(|slot| (0..30).map(move |u| (slot, u))) {
                        let mut others = found.to_vec();
                        others[slot] = u;
                        let better = total_of_groups(&rows, &keys, &others) < reached - 1e-10;
                        assert!(method == Alternating || rows.weight(u) == 0.0 || !better);
                    }
                    let labels = KMedoidsModel::of(k).predict(&fit.params, &data, 0..data.units());
                    let (labels, first) =
                        (labels.labels().unwrap(), |u: usize| keys.iter().position(|g| *g == keys[u]));
                    assert!(labels.len() == 30 && (0..30).all(|u| labels[u] == labels[first(u).unwrap()]));
                }
                let computed = built(method, k, &data.clone().unstored());
                assert_eq!(built(method, k, &data).trace, computed.trace);
            }
        }
    }
}

#[test]
fn a_group_by_hand() {
    // The row at 7 is nearer to 9, but the group {1, 2, 7} is nearer to 2: 1 + 0 + 5 against 8 + 7 + 2.
    let plain = euclidean(&rows(1, &[1.0, 9.0, 2.0, 10.0, 7.0, 11.0]));
    let data = plain.clone().in_groups(&["a", "b", "a", "b", "a", "c"]).unwrap();
    let (model, at) = (KMedoidsModel::of(2), Medoids::at(vec![2, 1]).unwrap());
    let at = model.admit(&at, &data).unwrap();
    assert_eq!(model.predict(&at, &data, 0..3).labels(), Some(&[0, 1, 0, 1, 0, 1][..]));
    assert_eq!(model.predict(&at, &data, 1..3).labels(), Some(&[1, 1, 1][..]));
    assert_eq!(model.score(&at, &data, 0..3), [-6.0, -1.0, -2.0]);
    // Best for b and c, which are at 9 and 10 and at 11, is 10.
    for method in ALL {
        let fit = Fit::new(&model.by(method), &data).from(at.clone()).unwrap();
        assert_eq!((fit.params.rows(), fit.objective()), (&[2, 3][..], -8.0), "{method:?}");
    }
    let elsewhere = plain.in_groups(&[0, 1]).unwrap_err().to_string();
    assert_eq!(elsewhere, "2 groups are given for 6 rows; give one for each");
}

#[test]
fn groups_of_one_row_are_rows_to_the_bit() {
    let plain = euclidean(&scattered(25, 4));
    let alone = plain.clone().in_groups(&(0..25).rev().collect::<Vec<_>>()).unwrap();
    for (method, start) in ALL.into_iter().flat_map(|m| [(m, StartKind::Build), (m, StartKind::Rows)]) {
        let (a, b) = (by(method, 3, start, &alone), by(method, 3, start, &plain));
        assert_eq!((a.params, a.trace), (b.params, b.trace));
    }
}

#[test]
fn labels_give_the_best_row_of_each() {
    let plain = euclidean(&rows(1, &[1.0, 9.0, 2.0, 10.0, 7.0, 11.0]));
    let model = KMedoidsModel::of(2);
    assert_eq!(model.start_from_labels(&plain, &[0, 1, 0, 1, 0, 1]).unwrap().rows(), [2, 3]);
    assert_eq!(model.start_from_labels(&plain, &[1, 1, 1, 1, 1, 0]).unwrap().rows(), [5, 4]);
    let data = plain.in_groups(&["a", "b", "a", "b", "a", "c"]).unwrap();
    // a and c are three rows at 1, 2, 7 and one at 11.
    let start = model.start_from_labels(&data, &[1, 0, 1]).unwrap();
    assert_eq!((start.rows(), start.centers()), (&[1, 2][..], &[vec![9.0], vec![2.0]][..]));
    // A row of weight 0 is none of them.
    let light = euclidean(&rows(1, &[1.0, 2.0, 4.0, 8.0]).reweight(&[1.0, 0.0, 1.0, 5.0]));
    assert_eq!(model.start_from_labels(&light, &[0, 0, 0, 1]).unwrap().rows(), [0, 3]);
    let negative = ComparedRows::new(light.rows().clone(), |_: &[f64], _: &[f64]| -1.0);
    assert!(model.start_from_labels(&negative, &[0, 0, 0, 1]).is_err());
}

#[test]
fn a_dissimilarity_that_is_none_is_found_in_a_sum() {
    let odd = |a: &[f64], b: &[f64]| if a[0] == 2.0 && b[0] == 5.0 { -0.5 } else { (a[0] - b[0]).abs() };
    let data = ComparedRows::new(rows(1, &[1.0, 5.0, 2.0]), odd).in_groups(&[0, 1, 0]).unwrap();
    for data in [data.clone(), data.unstored()] {
        let e = Fit::new(&KMedoidsModel::of(1), &data).run().map(|_| ()).unwrap_err().to_string();
        assert!(e.contains("the dissimilarity of rows 2 and 1 (from 0) is -0.5"), "{e}");
    }
    let huge =
        ComparedRows::new(rows(1, &[1.0, 5.0, 2.0]), |_: &[f64], _: &[f64]| 1e308).in_groups(&[0, 1, 0]).unwrap();
    let e = Fit::new(&KMedoidsModel::of(1), &huge).run().map(|_| ()).unwrap_err().to_string();
    assert!(e.contains("is inf, where a finite number"), "{e}");
}

#[test]
fn a_search_ends_when_the_fit_is_to() {
    let data = euclidean(&scattered(30, 5));
    let interrupt = Interrupt::default();
    interrupt.raise();
    interrupt.during(|| {
        // No row was looked at: BUILD has none, and no swap is better.
        let built = KMedoidsModel::of(3).start(&data, &mut Rng::seed_from_u64(1)).unwrap();
        assert!(built.rows().is_empty());
        let medoids = Medoids::at(vec![0, 1, 2]).unwrap();
        for method in ALL {
            let model = KMedoidsModel::of(3).by(method);
            let stats = model.zero(&medoids);
            assert_eq!(model.maximize_over(&data, &stats, &medoids).unwrap(), medoids, "{method:?}");
        }
    });
}
