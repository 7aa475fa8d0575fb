//! K-medoids from spec files: every method and start, and what is refused.

use crate::common::{Folder, document, spec};

#[test]
fn a_fit_by_hand_predicted_and_scored() {
    let model = "KMedoids(clusters: 2, dissimilarity: Manhattan)";
    for method in ["", "start: Build", "start: Rows, restarts: 8", "start: Params(medoids: [0, 7])"] {
        let folder = Folder::with(&spec(model, method));
        let ran = folder.em(&["fit", "spec.ron", "--json"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{method}");
        let fit = document(&ran.out);
        let mut medoids: Vec<u64> =
            fit["params"]["medoids"].as_array().unwrap().iter().map(|m| m.as_u64().unwrap()).collect();
        medoids.sort_unstable();
        assert_eq!(fit["params"]["total_dissimilarity"].as_f64(), fit["objective"].as_f64().map(|o| -o));
        // The rows around (4, 3), then those around (11, 9).
        assert_eq!(
            (medoids, fit["objective"].as_f64()),
            (vec![3, 6], Some(-(4.0 + 4.0 + 2.5 + 0.0 + 5.0 + 5.0 + 0.0 + 4.5)))
        );
        assert!(fit["aic"].is_null() && fit["bic"].is_null() && fit["icl"].is_null() && fit["n_parameters"].is_null());

        let labels = document(&folder.em(&["predict", "spec.fit.ron", "--json"]).out)["labels"].clone();
        assert!(labels[0] == labels[3] && labels[4] == labels[7] && labels[0] != labels[4], "{labels}");
        let scores = document(&folder.em(&["score", "spec.fit.ron", "--json"]).out);
        assert_eq!((&scores["log_likelihood"], scores["log_likelihoods"][0].as_f64()), (&fit["objective"], Some(-4.0)));
    }
}

#[test]
fn one_run_where_there_is_no_chance_and_ten_where_there_is() {
    let folder = Folder::with(&spec("KMedoids(clusters: 2)", "restarts: 5"));
    for (start, runs) in [("", 1), ("start: Build, ", 1), ("start: Rows, ", 5)] {
        folder.write("spec.ron", spec("KMedoids(clusters: 2)", &format!("{start}restarts: 5")));
        assert_eq!(document(&folder.em(&["check", "spec.ron", "--json"]).out)["runs"], runs);
        let fit = document(&folder.em(&["fit", "spec.ron", "--json"]).out);
        assert_eq!(fit["runs"].as_array().unwrap().len(), runs);
    }
}

#[test]
fn what_is_refused_names_its_place() {
    let refused = |model: &str, fit: &str, wanted: &str| {
        let ran = Folder::with(&spec(model, fit)).em(&["fit", "spec.ron"]);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{}", ran.err);
        assert!(ran.err.contains(wanted), "{wanted:?} is not in {:?}", ran.err);
    };
    let two = "KMedoids(clusters: 2)";
    refused(
        two,
        "start: KMeans",
        "`KMeans` is no start of the model KMedoids; it can start from `Build`, `Rows`, `Labels(…)`, `Params(…)`",
    );
    refused(two, "start: Params(medoids: [0])", "the model has 2 clusters, but `medoids` has 1 entry");
    refused(two, "start: Params(medoids: [0, 8])", "`medoids`: 8 is no row of the data (from 0)");
    refused(two, "start: Params(medoids: [3, 3])", "`medoids`: row 3 (from 0) is listed twice");
    refused(two, "start: Params(medoids: [3, -1])", "spec.ron: line 4, column");
    refused("KMedoids(clusters: 9)", "", "8 of them differ, and 9 clusters need as many");
    refused("KMedoids(clusters: 2, dissimilarity: Chebyshev)", "", "spec.ron: line 3, column 49: ");
    refused(two, "stop: (parameter_change: 1e-3)", "needs `Coordinates`");

    let folder = Folder::with(&spec("KMedoids(clusters: 2, dissimilarity: Cosine)", ""));
    folder.write("points.csv", "x,y\n1,2\n0,0\n2,1\n");
    let ran = folder.em(&["fit", "spec.ron"]);
    assert!(ran.status == 2 && ran.err.contains("points.csv: line 3") && ran.err.contains("Cosine"), "{}", ran.err);
}
