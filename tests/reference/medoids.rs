//! K-medoids: the path of the alternating scheme, and how good the ends of the swapping ones are.

use super::{components, table};
use crate::reference::{Reference, numbers};
use em::core::{Dataset, Fit, Fitted, Predict, StartKind};
use em::families::{ComparedRows, KMedoidsModel, MedoidDissimilarity, MedoidMethod, Medoids, Rows};
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

/// `got` is an objective, minus a total.
fn equal(r: &Reference, what: &str, got: f64, wanted: &Value) {
    let wanted = wanted.as_f64().unwrap();
    assert!((got + wanted).abs() <= TOTAL * wanted, "{}: {what} is {got}, not −{wanted}", r.id());
}

pub fn reproduce(r: &Reference) {
    let data = ComparedRows::new(Rows::from_table_columns(&table(r)).unwrap(), dissimilarity(r));
    let model = KMedoidsModel::of(components(r).get());

    let given = Medoids::at(rows_of(&r.0["start"]["parameters"]["medoids"])).unwrap();
    let alternating = model.by(MedoidMethod::Alternating);
    let path = Fit::new(&alternating, &data).from(given).unwrap();
    let wanted = r.0["trace"]["values"].as_array().unwrap();
    // The last iteration sees that nothing moves.
    assert_eq!(path.trace.len(), wanted.len() + 1);
    path.trace.iter().zip(wanted).for_each(|(got, wanted)| equal(r, "the trace", *got, wanted));
    assert_eq!(path.params.rows(), rows_of(&r.0["fit"]["parameters"]["medoids"]));
    let labels = alternating.predict(&path.params, &data, 0..data.units());
    assert_eq!(labels.labels().map(<[usize]>::to_vec), r.labels());

    let fit =
        |method, start| -> Fitted<KMedoidsModel> { Fit::new(&model.by(method), &data).start(start).run().unwrap() };
    let pam = fit(MedoidMethod::Pam, StartKind::Build);
    equal(r, "BUILD", pam.trace[0], &r.0["pam"]["build_total_dissimilarity"]);
    equal(r, "PAM", pam.objective(), &r.0["pam"]["total_dissimilarity"]);
    let (best, built) = (r.0["global"]["total_dissimilarity"].as_f64().unwrap(), -pam.trace[0]);
    for start in [StartKind::Build, StartKind::Rows] {
        let eager = -fit(MedoidMethod::FasterPam, start).objective();
        assert!(eager >= best * (1.0 - TOTAL) && eager <= built * (1.0 + TOTAL), "{}: {eager}", r.id());
    }
    // Ten random starts find the best there is on data this small.
    equal(r, "the best of ten", fit(MedoidMethod::FasterPam, StartKind::Rows).objective(), &best.into());
}
