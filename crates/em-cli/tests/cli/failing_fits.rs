//! Fits that fail, stop early, or deserve a warning.

use crate::common::{Folder, POINTS, document, spec};

const COLLAPSE: &str = r#"(
    data: Inline(columns: {"x": [1, 1, 1, 4.1, 5, 5.9, 6.4, 7.2, 8.8]}),
    model: GaussianMixture(components: 2),
    fit: (start: Params(weights: [0.5, 0.5], means: [[1.2], [6]], covariances: [[[0.5]], [[2]]])),
)
"#;

#[test]
fn a_collapsing_component_is_named_and_nothing_is_written() {
    let folder = Folder::with(COLLAPSE);
    let before = folder.names();
    for args in [&["fit", "spec.ron"][..], &["fit", "spec.ron", "--json"], &["fit", "spec.ron", "--quiet"]] {
        let ran = folder.em(args);
        assert_eq!((ran.status, ran.out.as_str()), (3, ""), "{}", ran.err);
        assert!(ran.err.starts_with("error: spec.ron: run 1, iteration "), "{}", ran.err);
        assert!(ran.err.contains(": component 0: ") && ran.err.contains("use fewer components"), "{}", ran.err);
        assert!(!ran.err.contains("iteration 0:"), "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1);
    }
    assert_eq!(folder.names(), before);
    assert_eq!(folder.em(&["check", "spec.ron"]).status, 0, "nothing is wrong with the spec itself");
}

#[test]
fn an_old_fit_stays_when_a_new_one_fails() {
    let folder = Folder::with(COLLAPSE);
    folder.write("spec.fit.ron", "old");
    assert_eq!(folder.em(&["fit", "spec.ron"]).status, 3);
    assert_eq!(folder.read("spec.fit.ron"), "old");
}

#[test]
fn all_runs_failing_says_so() {
    let folder = Folder::with(&spec("GaussianMixture(components: 2)", "restarts: 3"));
    folder.write("points.csv", "x\n1\n1\n1\n1\n9\n9\n9\n");
    let ran = folder.em(&["fit", "spec.ron"]);
    assert_eq!(ran.status, 3, "{}", ran.err);
    assert!(ran.err.contains("all 3 runs failed"), "{}", ran.err);
}

#[test]
fn one_failing_run_among_several_is_discarded() {
    // Three equal points apart from the others: from some starts one component ends on them and has no spread.
    let folder = Folder::with(&spec("GaussianMixture(components: 2)", "restarts: 20, start: KMeansPlusPlus"));
    folder.write("points.csv", "x\n1\n1\n1\n20\n21\n22\n23\n40\n41\n42\n43.5\n");
    let ran = folder.em(&["fit", "spec.ron", "--json"]);
    assert!(ran.status < 2, "{}", ran.err);
    let fit = document(&ran.out);
    let runs = fit["runs"].as_array().unwrap();
    let failed: Vec<_> = runs.iter().filter(|r| r["objective"].is_null()).collect();
    assert_eq!(runs.len(), 20);
    assert!(!failed.is_empty() && failed.len() < 20, "{} of 20 failed", failed.len());
    for run in failed {
        assert!(run["stop"].is_null() && run["error"].as_str().unwrap().contains("component "), "{run}");
        let events = fit["events"].as_array().unwrap();
        let told = events.iter().any(|e| e["run"] == run["run"] && e["what"]["kind"] == "run_discarded");
        assert!(told, "no event for {run}");
    }
}

#[test]
fn stopping_early_is_exit_1_with_the_fit_written() {
    let folder = Folder::with(&spec("GaussianMixture(components: 2)", "restarts: 1, stop: (max_iterations: 2)"));
    let ran = folder.em(&["fit", "spec.ron", "--json"]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert!(ran.err.starts_with("warning: the fit did not converge in 2 iterations; "), "{}", ran.err);
    let fit = document(&ran.out);
    assert_eq!((&fit["converged"], &fit["iterations"]), (&false.into(), &2.into()));
    assert_eq!(fit["stop"], serde_json::json!({"reason": "max_iterations", "limit": 2}));
    assert_eq!(fit["trace"].as_array().unwrap().len(), 3);
    assert_eq!(fit["warnings"][0]["code"], "not_converged");
    assert!(folder.names().contains(&"spec.fit.ron".to_string()));
    assert_eq!(folder.em(&["score", "spec.fit.ron"]).status, 0);
    let quiet = folder.em(&["fit", "spec.ron", "--json", "--quiet"]);
    assert_eq!((quiet.status, quiet.err.as_str()), (1, ""));
    assert_eq!(document(&quiet.out)["warnings"], fit["warnings"]);
    let plain = folder.em(&["fit", "spec.ron"]);
    assert!(plain.out.contains("NOT CONVERGED: stopped after 2 iterations"), "{}", plain.out);
}

#[test]
fn the_rule_on_parameters_stops_a_fit() {
    let stop = "restarts: 1, stop: (relative_gain: 0, parameter_change: 1e-3)";
    let folder = Folder::with(&spec("GaussianMixture(components: 2)", stop));
    let fit = folder.json(&["fit", "spec.ron"]);
    assert_eq!((&fit["converged"], &fit["stop"]["reason"]), (&true.into(), &"parameter_change".into()));
    assert!(fit["stop"]["change"].as_f64().unwrap() <= 1e-3);
}

#[test]
fn a_missed_expectation_prints_both_numbers() {
    let text = spec("GaussianMixture(components: 2)", "restarts: 1")
        .replace("\n)\n", "\n    expect: (log_likelihood: (-10, 0.5), replicated: 3, smallest_component: 0.9),\n)\n");
    let folder = Folder::with(&text);
    assert_eq!(folder.read("points.csv"), POINTS);
    let ran = folder.em(&["fit", "spec.ron", "--quiet"]);
    assert_eq!(ran.status, 1);
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ran.err);
    assert!(lines[0].starts_with("expected log_likelihood -10 within 0.5, got -"), "{}", lines[0]);
    assert_eq!(lines[1], "expected 3 runs to reach the best objective, got 1");
    assert!(lines[2].starts_with("expected the smallest component to weigh at least 0.9, got 0."), "{}", lines[2]);
    assert!(folder.names().contains(&"spec.fit.ron".to_string()));
}
