//! Parameters held fixed, as people write them.

use crate::common::*;

const START: &str = "start: Params(weights: [0.5, 0.5], means: [[2, 3], [10, 9]], \
                     covariances: [[[4, 1], [1, 4]], [[4, 1], [1, 4]]])";

fn with(model: &str, fit: &str) -> Folder {
    Folder::with(&spec(model, fit))
}

#[test]
fn what_is_fixed_stays_and_is_not_counted() {
    let model = "GaussianMixture(components: 2)";
    let folder = with(model, &format!("{START}, fixed: [\"weights\", \"means[0]\"]"));
    let fit = folder.json(&["fit", "spec.ron"]);
    assert_eq!(fit["params"]["weights"].to_string(), "[0.5,0.5]");
    assert_eq!(fit["params"]["means"][0].to_string(), "[2.0,3.0]");
    assert_ne!(fit["params"]["means"][1].to_string(), "[10.0,9.0]");
    assert_eq!((&fit["n_parameters"], &fit["certificate"]["coordinates"]), (&8.into(), &8.into()));
    let aic = -2.0 * fit["log_likelihood"].as_f64().unwrap() + 16.0;
    assert!((fit["aic"].as_f64().unwrap() - aic).abs() < 1e-9);
    assert_eq!(fit["spec"]["fit"]["fixed"].to_string(), r#"["weights","means[0]"]"#);
    let told = folder.em(&["fit", "spec.ron"]).out;
    assert!(told.contains("held fixed: weights, means[0]"), "{told}");
    // The fit file is read again, with what was fixed.
    assert_eq!(folder.json(&["score", "spec.fit.ron"])["log_likelihood"], fit["log_likelihood"]);
    let free = with(model, START).json(&["fit", "spec.ron"]);
    assert!(free["log_likelihood"].as_f64() >= fit["log_likelihood"].as_f64());
    assert_eq!(free["n_parameters"], 11);
}

#[test]
fn every_kind_of_model_and_start() {
    let counts = |fit: &str| {
        let model = "PoissonRegressionMixture(components: 2, response: \"n\", terms: [\"x\"], offset: Log(\"e\"))";
        let folder = Folder::with(&format!("(data: Csv(path: \"counts.csv\"), model: {model}, fit: ({fit}))"));
        folder.json(&["fit", "spec.ron"])
    };
    let start = "start: Params(weights: [0.5, 0.5], coefficients: [[0, 0.1], [1, 0.3]])";
    let fit = counts(&format!("{start}, fixed: [\"coefficients[1][1]\"]"));
    assert_eq!((&fit["params"]["coefficients"][1][1], &fit["n_parameters"]), (&0.3.into(), &4.into()));
    let line = "BayesianLinearRegression(response: \"n\", terms: [\"x\"])";
    let spec = format!(
        "(data: Csv(path: \"counts.csv\"), model: {line}, fit: (start: Params(alpha: 2, beta: 0.5), fixed: [\"alpha\"]))"
    );
    let fit = Folder::with(&spec).json(&["fit", "spec.ron"]);
    assert_eq!((&fit["params"]["alpha"], &fit["n_parameters"]), (&2.0.into(), &1.into()));
    // The weights of a drawn start are its own.
    let fit = with("GaussianMixture(components: 2)", "fixed: [\"weights\"], restarts: 2").json(&["fit", "spec.ron"]);
    assert_eq!(fit["n_parameters"], 10);
}

#[test]
fn what_cannot_be_fixed_is_refused_where_it_stands() {
    let refusal = |model: &str, fit: &str| refused(&with(model, fit), "spec.ron");
    let gaussian = "GaussianMixture(components: 2, covariance: Tied)";
    let can = "what can: `weights`, `means[0][0]`, `means[0][1]`, `means[1][0]`, `means[1][1]`, `covariances`";
    let said = refusal(gaussian, "fixed: [\"weights[0]\"]");
    let alone = "no part of `weights` moves alone, so fix all of it or nothing";
    assert!(said.ends_with(&format!("`fit.fixed`: `weights[0]` cannot be fixed by itself: {alone}; {can}")), "{said}");
    assert!(said.contains("spec.ron: line "), "{said}");
    let said = refusal(gaussian, "fixed: [\"mean\"]");
    assert!(said.ends_with(&format!("`fit.fixed`: `mean` cannot be fixed; {can}")), "{said}");
    let said = refusal(gaussian, "fixed: [\"weights\", \"means\", \"covariances\"]");
    assert!(said.contains("every parameter is fixed"), "{said}");
    let said = refusal(gaussian, "fixed: [\"weights\"], degenerate: Reseed");
    assert!(said.contains("`fixed` does not go with `degenerate: Reseed`"), "{said}");
    let said = refusal("KMeans(clusters: 2)", "fixed: [\"centers[0]\"]");
    assert!(
        said.ends_with("`fixed` needs `Coordinates`, which the model KMeans does not offer; leave it out"),
        "{said}"
    );
    let said = refusal(gaussian, "fixed: \"weights\"");
    assert!(said.contains("fit.fixed"), "{said}");
}
