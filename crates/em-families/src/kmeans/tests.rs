//! Lloyd's iterations by hand, and the laws of their statistics.

use super::{Centers, KMeansDissimilarity, KMeansModel, Levels};
use crate::Rows;
use KMeansDissimilarity::{Hamming, Manhattan, SquaredEuclidean};
use em_core::{
    Algorithm, Cause, CompleteLikelihood, Dataset, Degenerate, Event, EventKind, Fit, Fitted, Incremental,
    LabelSymmetry, LatentModel, Resample, Rng, Rule, Start, StartKind, Statistics, Stepwise, Stop,
};
use rand::SeedableRng;

fn rows(d: usize, values: &[f64]) -> Rows {
    Rows::new(d, values.to_vec()).unwrap()
}

fn centers(rows: &[&[f64]]) -> Centers {
    Centers::new(rows.iter().map(|r| r.to_vec()).collect()).unwrap()
}

fn all(k: usize, data: &Rows) -> [KMeansModel; 3] {
    [SquaredEuclidean, Manhattan, Hamming].map(|d| KMeansModel::on(k, d, Levels::of(data)))
}

/// 60 rows of two features with ties, weights among 0, 1 and 2.
fn tied() -> Rows {
    let values = (0..60).flat_map(|i| [f64::from(i * 7 % 11), f64::from(i * i % 5)]);
    rows(2, &values.collect::<Vec<_>>()).reweight(&(0..60).map(|i| f64::from(i % 3)).collect::<Vec<_>>())
}

#[test]
fn each_center_by_hand() {
    // From 0 and 20 the labels are 0 0 0 1 1: means 8/3 and 21, medians 1 and 21. Counting what differs, 22 is as far
    // from both and goes to the first: modes 1 and 20.
    let data = rows(1, &[1.0, 1.0, 6.0, 20.0, 22.0]);
    let start = centers(&[&[0.0], &[20.0]]);
    let ends = [(8.0 / 3.0, 21.0), (1.0, 21.0), (1.0, 20.0)];
    for (model, (a, b)) in all(2, &data).iter().zip(ends) {
        let mut stats = model.zero(&start);
        model.expect(&start, &data, 0..5, &mut stats);
        assert_eq!(model.maximize(&stats, &start).unwrap(), centers(&[&[a], &[b]]));
    }
}

#[test]
fn ties_go_to_the_first_center() {
    let data = rows(1, &[1.0]);
    let start = centers(&[&[5.0], &[0.0], &[2.0]]);
    for model in &all(3, &data)[..2] {
        let mut stats = model.zero(&start);
        model.expect(&start, &data, 0..1, &mut stats);
        assert_eq!(stats.weights, [0.0, 1.0, 0.0]);
    }
}

#[test]
fn statistics_add_up_and_weights_are_copies() {
    let data = tied();
    let copies: Vec<usize> = (0..60).flat_map(|u| vec![u; u % 3]).collect();
    let start = centers(&[&[2.0, 1.0], &[9.0, 4.0]]);
    for (model, copied) in all(2, &data).iter().zip(all(2, &data)) {
        let of = |data: &Rows, units| {
            let mut stats = model.zero(&start);
            model.expect(&start, data, units, &mut stats);
            stats
        };
        assert!(model.zero(&start).flatten().iter().all(|x| *x == 0.0));
        let whole = of(&data, 0..60);
        let mut parts = of(&data, 0..17);
        parts.merge(&of(&data, 17..60));
        // All sums are of whole numbers, and so exact.
        assert_eq!(parts, whole);
        let unweighted = rows(2, &copies.iter().flat_map(|u| data.row(*u).to_vec()).collect::<Vec<_>>());
        assert_eq!(of(&unweighted, 0..copies.len()), whole);
        let again = Fit::new(&copied, &unweighted).from(start.clone()).unwrap();
        let fitted = Fit::new(model, &data).from(start.clone()).unwrap();
        assert!(fitted.converged() && (fitted.objective() - again.objective()).abs() < 1e-9);
        assert!(fitted.trace.windows(2).all(|w| w[1] >= w[0]));
    }
}

#[test]
fn nothing_cancels_far_from_the_origin() {
    let near = [0.0, 1.0, 2.0, 7.0, 8.0, 9.0];
    let far = rows(1, &near.map(|x| x + 1e9));
    let fitted = Fit::new(&KMeansModel::means(2), &far).from(centers(&[&[1e9], &[1e9 + 9.0]])).unwrap();
    assert_eq!(fitted.params.rows(), [[1e9 + 1.0], [1e9 + 8.0]]);
    assert_eq!((fitted.params.inertia(), fitted.objective()), (Some(4.0), -4.0));
}

#[test]
fn an_empty_cluster_keeps_its_center_and_is_named() {
    let data = rows(1, &[0.0, 1.0, 4.0]);
    for model in all(3, &data) {
        let fitted = Fit::new(&model, &data).from(centers(&[&[0.0], &[900.0], &[4.0]])).unwrap();
        if model.dissimilarity() == Hamming {
            // Every value that no center has is as far from the empty center as from the first.
            assert_eq!(fitted.params.inertia(), Some(1.0));
        }
        assert_eq!(fitted.params.rows()[1], [900.0]);
        let warning = fitted.warnings.iter().find(|w| w.code == "empty_cluster").unwrap();
        assert!(warning.component == Some(1) && warning.message.contains("cluster 1 is empty"));
    }
}

/// The six points of `edge_kmeans_empty_cluster.json`, from its start: the third center is far from all of them.
fn with_an_empty_cluster(policy: Degenerate) -> Fitted<KMeansModel> {
    let data = rows(2, &[0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 8.0, 8.0, 9.0, 8.0, 8.0, 9.0]);
    let start = centers(&[&[0.3, 0.3], &[8.3, 8.4], &[50.0, 50.0]]);
    Fit::new(&KMeansModel::means(3), &data).degenerate(policy).from(start).unwrap()
}

#[test]
fn an_empty_cluster_begins_anew_at_the_row_farthest_from_its_center() {
    let fitted = with_an_empty_cluster(Degenerate::Reseed);
    // (1, 0) and (0, 1) are 0.58 from the first center, (9, 8) is 0.65 from the second.
    let [Event { run: 1, iteration: 1, what: EventKind::Reseeded { component: 2, row: 4, reason } }] =
        &fitted.events[..]
    else {
        panic!("{:?}", fitted.events)
    };
    assert!(reason.contains("component 2: no row is nearest to its center"), "{reason}");
    // {0, 1, 2} has 4/3, {3, 5} has 1/2: 1.8333, what scikit-learn ends with too.
    assert!((fitted.params.inertia().unwrap() - 11.0 / 6.0).abs() < 1e-12);
    assert!(fitted.warnings.is_empty() && fitted.converged(), "{:?}", fitted.warnings);
    assert!(fitted.trace.windows(2).all(|w| w[1] >= w[0]), "a cluster that begins anew costs nothing");
}

#[test]
fn an_empty_cluster_is_left_out() {
    let fitted = with_an_empty_cluster(Degenerate::Drop);
    assert!(matches!(&fitted.events[..], [Event { what: EventKind::Dropped { component: 2, .. }, .. }]));
    let third = 1.0 / 3.0;
    for (center, wanted) in fitted.params.rows().iter().zip([[third, third], [8.0 + third, 8.0 + third]]) {
        assert!(center.iter().zip(wanted).all(|(c, w)| (c - w).abs() < 1e-12));
    }
    assert_eq!((fitted.params.rows().len(), fitted.stats.weights.as_slice()), (2, &[3.0, 3.0][..]));
    assert!(fitted.warnings.is_empty());
}

#[test]
fn by_default_nothing_happens_to_an_empty_cluster() {
    let fitted = with_an_empty_cluster(Degenerate::Fail);
    assert!(fitted.events.is_empty() && fitted.params.rows()[2] == [50.0, 50.0]);
    assert_eq!(fitted.warnings.iter().filter(|w| w.code == "empty_cluster").count(), 1);
}

#[test]
fn several_empty_clusters_begin_anew_each_at_the_farthest_row_of_its_time() {
    for d in [SquaredEuclidean, Manhattan] {
        let data = rows(1, &[0.0, 1.0, 10.0, 11.0, 30.0]);
        let model = KMeansModel::on(4, d, Levels::of(&data));
        let start = centers(&[&[500.0], &[0.4], &[600.0], &[700.0]]);
        let fitted = Fit::new(&model, &data).degenerate(Degenerate::Reseed).from(start).unwrap();
        let anew = |e: &Event| match e.what {
            EventKind::Reseeded { component, row, .. } => (component, row),
            _ => panic!("{e}"),
        };
        let all: Vec<_> = fitted.events.iter().map(anew).collect();
        // 30 is farthest from 0.4, then 11, then 10, which 11 has for a neighbour, and 1 is 0.6 from 0.4.
        assert_eq!(all, [(0, 4), (2, 3), (3, 2)], "{d:?}");
        assert!(fitted.warnings.is_empty() && fitted.stats.weights.iter().all(|w| *w > 0.0));
    }
}

#[test]
fn with_fewer_different_rows_than_clusters_some_stay_empty_and_the_fit_ends() {
    let data = rows(1, &[1.0, 1.0, 5.0]);
    for model in all(3, &data) {
        let start = centers(&[&[1.0], &[5.0], &[9.0]]);
        let fitted = Fit::new(&model, &data).degenerate(Degenerate::Reseed).from(start).unwrap();
        assert!(fitted.converged() && fitted.events.is_empty());
        assert_eq!((fitted.params.rows()[2].as_slice(), fitted.params.inertia()), (&[9.0][..], Some(0.0)));
        assert_eq!(fitted.warnings[0].code, "empty_cluster");
    }
}

#[test]
fn clusters_change_places_with_their_labels() {
    let data = tied();
    for model in all(3, &data) {
        let fitted = Fit::new(&model, &data).restarts(2).run().unwrap();
        let moved = model.permute(&fitted.params, &[2, 0, 1]);
        assert_eq!((model.parts(&moved), moved.inertia()), (3, fitted.params.inertia()));
        assert_eq!(model.score(&moved, &data, 0..60), model.score(&fitted.params, &data, 0..60));
        assert_eq!(moved.rows()[0], fitted.params.rows()[2]);
    }
}

#[test]
fn starts_are_different_rows_or_an_error() {
    let data = rows(1, &[1.0, 1.0, 2.0, 2.0]);
    for model in all(2, &data) {
        for kind in [StartKind::KMeansPlusPlus, StartKind::KMeans, StartKind::Rows] {
            let start = model.start_by(kind, &data, &mut Rng::seed_from_u64(3)).unwrap();
            let mut found: Vec<f64> = start.rows().iter().map(|c| c[0]).collect();
            found.sort_by(f64::total_cmp);
            assert_eq!(found, [1.0, 2.0]);
        }
    }
    for model in all(3, &data) {
        let e = Fit::new(&model, &data).run().unwrap_err();
        assert!(e.to_string().contains("only 2 of the rows that count differ"), "{e}");
    }
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let data = rows(1, &[1.0, 2.0]);
    let start = centers(&[&[1.0], &[2.0]]);
    let e = Fit::new(&KMeansModel::means(2), &data.reweight(&[0.0, 0.0])).from(start.clone()).unwrap_err();
    assert!(e.to_string().contains("no row counts"), "{e}");
    let e = Fit::new(&KMeansModel::on(2, Manhattan, Levels::default()), &data).from(start.clone()).unwrap_err();
    assert!(e.to_string().contains("none of the model's levels"), "{e}");
    for bad in [centers(&[&[1.0]]), centers(&[&[1.0, 1.0], &[2.0, 2.0]])] {
        let e = Fit::new(&KMeansModel::means(2), &data).from(bad).unwrap_err();
        assert!(matches!(e.cause, Cause::Start(_)), "{e}");
    }
}

#[test]
fn k_equal_rows_end_at_once_with_nothing_left() {
    let stop = Stop { max_iterations: 5, ..Stop::default() };
    let fitted = Fit::new(&KMeansModel::means(1), &rows(1, &[3.0; 4])).stop(stop).run().unwrap();
    assert!(fitted.converged() && fitted.objective() == 0.0 && fitted.objective().is_sign_positive());
}

/// Online K-means (Bishop 2006, eq. 9.5) in batches: centers move towards the rows of a batch by a rate that falls.
#[test]
fn online_updates_end_where_lloyd_does() {
    let rows = rows(1, &[0.0, 10.0, 1.0, 12.0, 2.0, 11.0]);
    let start = centers(&[&[3.0], &[8.0]]);
    for model in &all(2, &rows)[..2] {
        let fit = |algorithm: &dyn Algorithm<KMeansModel>| {
            Fit::new(model, &rows).algorithm(algorithm).stop(Rule::MaxIterations(200)).from(start.clone()).unwrap()
        };
        for fitted in [fit(&Stepwise::default()), fit(&Incremental)] {
            let at: Vec<f64> = fitted.params.rows().iter().map(|c| c[0]).collect();
            assert!((at[0] - 1.0).abs() < 1e-12 && (at[1] - 11.0).abs() < 1e-12, "{at:?}");
            // The objective at the end is that of a full E-step.
            assert_eq!(-fitted.objective(), fitted.params.inertia().unwrap());
        }
    }
}

/// Q is minus the inertia about other centers, for sums and for counts.
#[test]
fn q_is_minus_the_inertia_with_the_labels_held() {
    let rows = rows(2, &[0.0, 1.0, 2.0, 1.0, 7.0, 5.0, 8.0, 6.0, 7.0, 9.0]).reweight(&[1.0, 2.0, 1.0, 0.5, 3.0]);
    let (at, to) = (centers(&[&[0.0, 1.0], &[7.0, 6.0]]), centers(&[&[2.0, 0.0], &[8.0, 5.0]]));
    for model in all(2, &rows) {
        let mut stats = model.zero(&at);
        let sum = model.expect(&at, &rows, 0..5, &mut stats);
        assert!((model.q(&at, &stats) - sum).abs() < 1e-12);
        let center = |u: usize| &to.rows()[usize::from(u >= 2)];
        let inertia = |u: usize| rows.weight(u) * model.dissimilarity().between(rows.row(u), center(u));
        assert!((model.q(&to, &stats) + (0..5).map(inertia).sum::<f64>()).abs() < 1e-12);
    }
}
