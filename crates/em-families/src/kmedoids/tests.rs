//! Medoids by hand, by exhaustion, and with every error.

use super::pairs::Pairs;
use super::{KMedoids, KMedoidsError, MedoidDissimilarity, MedoidFit, MedoidMethod, MedoidOptions, MedoidStart};
use crate::{Dissimilarity, Rows};
use MedoidMethod::{Alternating, FasterPam, Pam};
use em_core::{Dataset, Resample, Rng};
use rand::{RngExt, SeedableRng};

fn rows(d: usize, values: &[f64]) -> Rows {
    Rows::new(d, values.to_vec()).unwrap()
}

fn scattered(n: usize, seed: u64) -> Rows {
    let mut rng = Rng::seed_from_u64(seed);
    rows(2, &(0..2 * n).map(|_| rng.random::<f64>()).collect::<Vec<_>>())
}

fn by(method: MedoidMethod, k: usize) -> KMedoids {
    KMedoids { method, ..KMedoids::of(k) }
}

fn from(start: MedoidStart) -> MedoidOptions {
    MedoidOptions { start, ..MedoidOptions::default() }
}

/// Σ w δ straight from its definition.
fn total(rows: &Rows, medoids: &[usize], d: &impl Dissimilarity) -> f64 {
    let nearest = |u: usize| medoids.iter().map(|m| d.between(rows.row(u), rows.row(*m))).fold(f64::INFINITY, f64::min);
    (0..rows.units()).map(|u| rows.weight(u) * nearest(u)).sum()
}

fn no_swap_is_better(rows: &Rows, fit: &MedoidFit, d: &impl Dissimilarity) {
    for slot in 0..fit.medoids.len() {
        for u in (0..rows.units()).filter(|u| rows.weight(*u) > 0.0) {
            let mut medoids = fit.medoids.clone();
            medoids[slot] = u;
            // Sums of some dozen numbers near 1.
            assert!(total(rows, &medoids, d) >= fit.total_dissimilarity - 1e-10);
        }
    }
}

#[test]
fn pam_ends_where_no_swap_is_better_and_totals_are_true() {
    for seed in 0..8 {
        let data = scattered(40, seed).reweight(&(0..40).map(|u| f64::from(u % 4)).collect::<Vec<_>>());
        for k in [1, 2, 5] {
            for method in [FasterPam, Pam, Alternating] {
                for start in [MedoidStart::Build, MedoidStart::Rows] {
                    let model = by(method, k);
                    let fit = model.fit(&data, &from(start)).unwrap();
                    let truth = total(&data, &fit.medoids, &model.dissimilarity);
                    assert!((fit.total_dissimilarity - truth).abs() < 1e-12 * 40.0 && fit.converged);
                    assert!(fit.trace.windows(2).all(|w| w[1] <= w[0]));
                    assert_eq!(fit.trace.last(), Some(&fit.total_dissimilarity));
                    assert_eq!(fit.predict(&data, &model.dissimilarity), fit.labels);
                    assert!(fit.medoids.iter().all(|m| data.weight(*m) > 0.0));
                    if method != Alternating {
                        no_swap_is_better(&data, &fit, &model.dissimilarity);
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_stored_changes_nothing() {
    let (data, model) = (scattered(30, 9), by(FasterPam, 3));
    let d = model.dissimilarity;
    let options = from(MedoidStart::Rows);
    let stored = model.search(&Pairs::new(&data, &d), &data, &d, &options);
    assert_eq!(model.search(&Pairs::new(&data, &d).unstored(), &data, &d, &options), stored);
}

#[test]
fn weights_are_copies_and_zero_is_absence() {
    let data = scattered(24, 3);
    let weighted = data.reweight(&(0..24).map(|u| f64::from(u % 3)).collect::<Vec<_>>());
    let copies: Vec<usize> = (0..24).flat_map(|u| vec![u; u % 3]).collect();
    for method in [FasterPam, Pam, Alternating] {
        let a = by(method, 3).fit(&weighted, &MedoidOptions::default()).unwrap();
        let b = by(method, 3).fit(&data.select(&copies), &MedoidOptions::default()).unwrap();
        assert_eq!(a.centers, b.centers);
        assert!((a.total_dissimilarity - b.total_dissimilarity).abs() < 1e-12);
    }
}

#[test]
fn a_closure_is_a_dissimilarity() {
    let data = rows(1, &[0.0, 1.0, 2.0, 10.0, 11.0, 12.0]);
    let capped = |a: &[f64], b: &[f64]| (a[0] - b[0]).abs().min(5.0);
    let fit = KMedoids::of(2).fit_by(&data, &capped, &MedoidOptions::default()).unwrap();
    assert_eq!((fit.medoids, fit.labels, fit.total_dissimilarity), (vec![1, 4], vec![0, 0, 0, 1, 1, 1], 4.0));
}

#[test]
fn ties_go_to_the_lowest_row() {
    let data = rows(1, &[0.0, 0.0, 1.0, 1.0]);
    for method in [FasterPam, Pam, Alternating] {
        assert_eq!(by(method, 2).fit(&data, &MedoidOptions::default()).unwrap().medoids, [0, 2]);
        assert_eq!(by(method, 1).fit(&data, &MedoidOptions::default()).unwrap().medoids, [0]);
    }
}

#[test]
fn every_error() {
    let data = rows(2, &[0.0, 1.0, 2.0, 3.0, 2.0, 3.0]).reweight(&[1.0, 1.0, 0.0]);
    let fit = |k: usize, start| KMedoids::of(k).fit(&data, &from(start)).unwrap_err();
    assert_eq!(fit(3, MedoidStart::Build), KMedoidsError::TooFewRows { different: 2, clusters: 3 });
    assert_eq!(fit(2, MedoidStart::Medoids(vec![0])), KMedoidsError::Medoids { wanted: 2, got: 1 });
    for (row, start) in [(0, vec![0, 0]), (2, vec![0, 2]), (9, vec![9, 0])] {
        assert_eq!(fit(2, MedoidStart::Medoids(start)), KMedoidsError::Medoid { row });
    }
    let cosine = KMedoids { dissimilarity: MedoidDissimilarity::Cosine, ..KMedoids::of(1) };
    let zeros = rows(2, &[1.0, 0.0, 0.0, 0.0]);
    assert_eq!(cosine.fit(&zeros, &MedoidOptions::default()), Err(KMedoidsError::ZeroRow { row: 1 }));
    let negative = |_: &[f64], _: &[f64]| -1.0;
    let e = KMedoids::of(1).fit_by(&data, &negative, &MedoidOptions::default()).unwrap_err();
    assert_eq!(e, KMedoidsError::Dissimilarity { a: 0, b: 0, value: -1.0 });
}

#[test]
fn the_limit_of_iterations_is_kept_and_said() {
    let data = scattered(60, 1);
    let options = MedoidOptions { start: MedoidStart::Medoids(vec![0, 1, 2]), max_iterations: 1, ..Default::default() };
    let fit = by(Pam, 3).fit(&data, &options).unwrap();
    assert!(!fit.converged && fit.trace.len() == 2);
}
