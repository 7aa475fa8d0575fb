//! `em check --model`: the laws that every right model obeys, tried on a spec.

use crate::common::{Folder, POINTS, counts, document, spec};
use serde_json::Value;

const GAUSS: &str = "GaussianMixture(components: 2, prior: DataScaled)";

fn outcomes(value: &Value) -> Vec<(&str, &str)> {
    let laws = value["check"]["laws"].as_array().unwrap();
    laws.iter().map(|law| (law["law"].as_str().unwrap(), law["outcome"].as_str().unwrap())).collect()
}

#[test]
fn a_sound_model_passes_and_every_law_is_listed() {
    let folder = Folder::with(&spec(GAUSS, ""));
    let ran = folder.em(&["check", "spec.ron", "--model"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(ran.out.starts_with(&folder.em(&["check", "spec.ron"]).out), "what was printed before still is");
    assert!(ran.out.contains("\nGaussianMixture: ") && ran.out.contains(" laws hold, 0 broken, "), "{}", ran.out);
    assert!(ran.out.contains("\n8 units, ") && ran.out.contains(" cases of seed 1\n"), "{}", ran.out);
    for law in em_core::check::laws() {
        assert!(ran.out.contains(&format!("\n  {:<14} ", law.name)), "{}", law.name);
    }
    let value = folder.json(&["check", "spec.ron", "--model", "--seed", "5", "--cases", "2"]);
    assert_eq!((&value["model"], &value["n"]), (&"GaussianMixture".into(), &8.into()));
    assert_eq!((&value["check"]["seed"], &value["check"]["cases"]), (&5.into(), &2.into()));
    let outcomes = outcomes(&value);
    assert_eq!(outcomes.len(), em_core::check::laws().len());
    assert!(outcomes.contains(&("fisher", "passed")) && outcomes.contains(&("reread", "passed")), "{outcomes:?}");
    assert!(outcomes.contains(&("inner_rounds", "skipped")), "{outcomes:?}");
}

#[test]
fn every_start_will_do() {
    for start in [
        "start: KMeans",
        "start: Labels(column: \"kind\")",
        "start: Params(weights: [0.5, 0.5], means: [[2, 3], [9, 8]], covariances: [[[4, 0], [0, 4]], [[4, 0], [0, 4]]])",
    ] {
        let folder = Folder::with(&spec(GAUSS, start).replace("points.csv\"", "points.csv\", columns: [\"x\", \"y\"]"));
        let kinds = POINTS.lines().enumerate().map(|(i, line)| match i {
            0 => format!("{line},kind\n"),
            i => format!("{line},{}\n", i / 5),
        });
        folder.write("points.csv", kinds.collect::<String>());
        let ran = folder.em(&["check", "spec.ron", "--model", "--cases", "2"]);
        assert_eq!(ran.status, 0, "{start}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn regressions_and_partitions_pass() {
    let poisson = "PoissonRegressionMixture(components: 1, response: \"n\", terms: [\"x\"], offset: Log(\"e\"))";
    let line = "BayesianLinearRegression(response: \"n\", terms: [\"x\"])";
    for text in
        [counts(poisson, ""), counts(line, ""), spec("KMeans(clusters: 2)", ""), spec("KMedoids(clusters: 2)", "")]
    {
        let folder = Folder::with(&text);
        let ran = folder.em(&["check", "spec.ron", "--model"]);
        assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
    }
}

#[test]
fn what_cannot_be_fitted_is_refused_as_before() {
    let folder = Folder::with(&spec("GaussianMixture(components: 90)", ""));
    let ran = folder.em(&["check", "spec.ron", "--model"]);
    assert!(ran.status >= 2 && ran.out.is_empty() && ran.err.starts_with("error: "), "{ran:?}");
    let lone = folder.em(&["check", "spec.ron", "--cases", "3"]);
    assert_eq!((lone.status, lone.out.as_str()), (2, ""));
    assert!(lone.err.contains("--model"), "{}", lone.err);
}

#[test]
fn the_document_is_one_line() {
    let folder = Folder::with(&spec("KMeans(clusters: 2)", ""));
    assert!(document(&folder.em(&["check", "spec.ron", "--model", "--json"]).out)["check"]["laws"].is_array());
}
