//! Mixtures of Poisson regressions as people write them: shared coefficients and priors.

use crate::common::*;
use serde_json::{Value, json};

fn mixture(more: &str) -> String {
    format!("PoissonRegressionMixture(components: 2, response: \"n\", terms: [\"x\", Log(\"e\")]{more})")
}

#[test]
fn shared_coefficients_stand_in_every_row_and_count_once() {
    let folder = Folder::with(&counts(&mixture(", shared: [Log(\"e\")]"), "restarts: 3"));
    let fit = folder.json(&["fit", "spec.ron", "--quiet"]);
    let rows = fit["params"]["coefficients"].as_array().unwrap();
    assert_eq!(rows[0][2], rows[1][2]);
    assert_ne!(rows[0][1], rows[1][1]);
    // One weight, two intercepts, two slopes, one slope.
    assert_eq!(fit["n_parameters"], 6);
    let plain = folder.em(&["fit", "spec.ron", "--quiet"]);
    assert!(plain.out.contains("log(e) (shared)") && !plain.out.contains("x (shared)"), "{}", plain.out);
    let scored = folder.json(&["score", "spec.fit.ron"]);
    assert_eq!(scored["log_likelihood"], fit["log_likelihood"]);
}

#[test]
fn a_start_whose_shared_coefficients_differ_is_refused_with_both() {
    let start = "start: Params(weights: [0.5, 0.5], coefficients: [[1, 0.2, 0.5], [0, 0.1, 0.25]])";
    let folder = Folder::with(&counts(&mixture(", shared: [Log(\"e\")]"), start));
    let ran = folder.em(&["fit", "spec.ron"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    let wanted =
        "the components share the coefficient of `log(e)`, but `coefficients` has 0.5 in row 0 and 0.25 in row 1";
    assert!(ran.err.contains(wanted), "{}", ran.err);
    folder.write("spec.ron", counts(&mixture(", shared: [\"e\"]"), ""));
    let ran = folder.em(&["check", "spec.ron"]);
    assert!(ran.status == 2 && ran.err.contains("shared: e is not among `terms`"), "{}", ran.err);
}

#[test]
fn priors_pull_coefficients_and_weights() {
    let fit = |prior: &str| {
        let folder = Folder::with(&counts(&mixture(prior), "restarts: 5"));
        folder.json(&["fit", "spec.ron", "--quiet"])
    };
    let (free, tight) = (fit(""), fit(", prior: (coefficients: Normal(sd: 0.01), weights: Dirichlet(1000))"));
    assert_eq!(free["log_prior"], json!(0.0));
    assert!(free["log_likelihood"].as_f64() > tight["log_likelihood"].as_f64());
    let within = |list: &Value, middle: f64, by: f64| {
        list.as_array().unwrap().iter().all(|b| (b.as_f64().unwrap() - middle).abs() < by)
    };
    let params = &tight["params"];
    assert!(params["coefficients"].as_array().unwrap().iter().all(|row| within(row, 0.0, 0.5)), "{params}");
    assert!(within(&params["weights"], 0.5, 0.01), "{params}");
    let folder = Folder::with(&counts(&mixture(", prior: (coefficients: Normal(sd: 0))"), ""));
    let ran = folder.em(&["check", "spec.ron"]);
    assert!(ran.status == 2 && ran.err.contains("prior: Normal: sd: 0 is out of range"), "{}", ran.err);
}
