//! K-medoids: the path of the alternating scheme, and how good the ends of the swapping ones are.

use super::{components, table};
use crate::reference::{Reference, numbers};
use em::families::{KMedoids, MedoidDissimilarity, MedoidFit, MedoidMethod, MedoidOptions, MedoidStart, Rows};
use serde_json::Value;

/// Sums of some hundred square roots.
const TOTAL: f64 = 1e-12;

fn rows_of(v: &Value) -> Vec<usize> {
    numbers(v).into_iter().map(|x| x as usize).collect()
}

fn dissimilarity(r: &Reference) -> MedoidDissimilarity {
    match r.0["settings"]["metric"].as_str().unwrap() {
        "euclidean" => MedoidDissimilarity::Euclidean,
        "sqeuclidean" => MedoidDissimilarity::SquaredEuclidean,
        "manhattan" => MedoidDissimilarity::Manhattan,
        other => panic!("{other} has no line"),
    }
}

fn equal(r: &Reference, what: &str, got: f64, wanted: &Value) {
    let wanted = wanted.as_f64().unwrap();
    assert!((got - wanted).abs() <= TOTAL * wanted, "{}: {what} is {got}, not {wanted}", r.id());
}

pub fn reproduce(r: &Reference) {
    let data = Rows::from_table_columns(&table(r)).unwrap();
    let fit = |method, start| -> MedoidFit {
        let model = KMedoids { clusters: components(r), dissimilarity: dissimilarity(r), method };
        model.fit(&data, &MedoidOptions { start, ..MedoidOptions::default() }).unwrap()
    };
    let given = MedoidStart::Medoids(rows_of(&r.0["start"]["parameters"]["medoids"]));
    let path = fit(MedoidMethod::Alternating, given);
    let wanted = r.0["trace"]["values"].as_array().unwrap();
    // The last iteration sees that nothing moves.
    assert_eq!(path.trace.len(), wanted.len() + 1);
    path.trace.iter().zip(wanted).for_each(|(got, wanted)| equal(r, "the trace", *got, wanted));
    assert_eq!(path.medoids, rows_of(&r.0["fit"]["parameters"]["medoids"]));
    assert_eq!(Some(path.labels), r.labels());

    let pam = fit(MedoidMethod::Pam, MedoidStart::Build);
    equal(r, "BUILD", pam.trace[0], &r.0["pam"]["build_total_dissimilarity"]);
    equal(r, "PAM", pam.total_dissimilarity, &r.0["pam"]["total_dissimilarity"]);
    let (best, built) = (r.0["global"]["total_dissimilarity"].as_f64().unwrap(), pam.trace[0]);
    for start in [MedoidStart::Build, MedoidStart::Rows] {
        let eager = fit(MedoidMethod::FasterPam, start).total_dissimilarity;
        assert!(eager >= best * (1.0 - TOTAL) && eager <= built * (1.0 + TOTAL), "{}: {eager}", r.id());
    }
    // Ten random starts find the best there is on data this small.
    equal(r, "the best of ten", fit(MedoidMethod::FasterPam, MedoidStart::Rows).total_dissimilarity, &best.into());
}
