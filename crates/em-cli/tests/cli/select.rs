//! `em select`: a table of candidates, the chosen one, and slips in a sweep told in their places.

use crate::common::*;
use serde_json::Value;

const OLD_FAITHFUL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/old_faithful.ron");

fn swept(model: &str, fit: &str, sweep: &str) -> String {
    spec(model, fit).trim_end().trim_end_matches(')').to_string() + &format!("    sweep: ({sweep}),\n)\n")
}

fn over_counts(model: &str, fit: &str, sweep: &str) -> String {
    swept(model, fit, sweep).replace("points.csv", "counts.csv")
}

#[test]
fn old_faithful_has_two_components_by_bic() {
    let folder = Folder::new();
    let rows = folder.json(&["select", OLD_FAITHFUL, "-o", "chosen.fit.ron", "--quiet"]);
    let rows = rows.as_array().unwrap();
    let varied: Vec<(u64, &str)> =
        rows.iter().map(|r| (r["components"].as_u64().unwrap(), r["covariance"].as_str().unwrap())).collect();
    let wanted: Vec<(u64, &str)> = (1..=4).flat_map(|k| [(k, "Full"), (k, "Diagonal")]).collect();
    assert_eq!(varied, wanted);
    for row in rows {
        let number = |name: &str| row[name].as_f64().unwrap();
        let (k, full) = (number("components"), row["covariance"] == "Full");
        let p = k - 1.0 + k * (2.0 + if full { 3.0 } else { 2.0 });
        assert_eq!(number("n_parameters"), p);
        assert!((number("aic") - (2.0 * p - 2.0 * number("log_likelihood"))).abs() < 1e-9);
        assert!((number("bic") - (p * 272f64.ln() - 2.0 * number("log_likelihood"))).abs() < 1e-9);
        assert!(number("icl") >= number("bic"));
        assert_eq!(row["chosen"], row["components"] == 2 && full);
    }
    // One normal distribution, in closed form: −n/2 (ln |2π Σ| + d), as numpy has it.
    assert!((rows[0]["log_likelihood"].as_f64().unwrap() + 1289.7967).abs() < 1e-3);

    let chosen = folder.json(&["fit", OLD_FAITHFUL, "-o", "whole.fit.ron", "--quiet"]);
    assert_eq!(rows[2]["log_likelihood"], chosen["log_likelihood"]);
    let scored = folder.json(&["score", "chosen.fit.ron"]);
    assert_eq!(scored["log_likelihood"], chosen["log_likelihood"]);
}

#[test]
fn the_table_marks_the_chosen_one_and_keeps_the_failed() {
    let folder = Folder::with(&swept("GaussianMixture(components: 2)", "restarts: 3", "components: [1, 2, 9]"));
    let ran = folder.em(&["select", "spec.ron", "-o", "chosen.json"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[0], "spec.ron: 3 candidates");
    let heads = ["components", "log-likelihood", "parameters", "AIC", "BIC", "ICL"];
    assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), heads);
    assert_eq!(lines[4].trim(), "9");
    assert_eq!(lines[2..5].iter().filter(|l| l.starts_with("  * ")).count(), 1);
    assert!(
        ran.out.contains("\n* chosen, the smallest BIC: components: ") && ran.out.ends_with("written to chosen.json\n")
    );
    let failed = "warning: components: 9: no fit: points.csv: 8 rows with a weight above 0 are too few: the model has 9 components and needs at least as many rows\n";
    assert!(ran.err.contains(failed), "{}", ran.err);

    let rows = folder.json(&["select", "spec.ron"]);
    for figure in ["log_likelihood", "n_parameters", "aic", "bic", "icl", "converged"] {
        assert!(rows[2].as_object().unwrap()[figure].is_null(), "{rows}");
    }
    assert_eq!((&rows[2]["components"], &rows[2]["chosen"]), (&9.into(), &false.into()));
    assert!(rows[2]["error"].as_str().unwrap().starts_with("points.csv: 8 rows"));
    assert_eq!(rows, folder.json(&["select", "spec.ron", "--threads", "1"]));

    // Where nothing can be fitted, the first failure is the answer.
    folder.write("spec.ron", swept("GaussianMixture(components: 2)", "", "components: [9, 10]"));
    let ran = folder.em(&["select", "spec.ron", "-o", "none.ron"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(!folder.names().contains(&"none.ron".into()));
}

#[test]
fn fields_that_the_model_leaves_out_and_terms_can_vary() {
    let model = "PoissonRegressionMixture(components: 2, response: \"n\")";
    let sweep = "terms: [[], [\"x\"], [\"x\", Log(\"e\")]], components: [1, 2]";
    let folder = Folder::with(&over_counts(model, "algorithm: Anderson, restarts: 3", sweep));
    let rows = folder.json(&["select", "spec.ron", "-o", "chosen.ron", "--quiet"]);
    assert_eq!(rows.as_array().unwrap().len(), 6);
    assert_eq!(rows[3]["terms"].to_string(), "[{\"Column\":\"x\"}]");
    let chosen = rows.as_array().unwrap().iter().find(|r| r["chosen"] == true).unwrap();
    let best = |r: &Value| r["bic"].as_f64().unwrap();
    assert!(rows.as_array().unwrap().iter().all(|r| best(r) >= best(chosen)));
    let scored = folder.json(&["score", "chosen.ron"]);
    assert_eq!(scored["log_likelihood"], chosen["log_likelihood"]);
    // The spec in the file is the user's, with the chosen values in their places.
    let file = folder.read("chosen.ron");
    assert!(file.contains("model: PoissonRegressionMixture(") && file.contains(sweep), "{file}");
}

#[test]
fn slips_are_told_where_they_stand_in_the_sweep() {
    let model = "GaussianMixture(components: 2)";
    let folder = Folder::with("");
    let refused = |text: String| {
        folder.write("spec.ron", text);
        let ran = folder.em(&["select", "spec.ron", "-o", "chosen.ron"]);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{}", ran.err);
        assert_eq!(folder.names(), ["counts.csv", "points.csv", "spec.ron"]);
        ran.err.strip_prefix("error: spec.ron: ").unwrap().to_string()
    };
    let err = refused(swept(model, "", "components: [1, 0]"));
    let wanted = "line 4, column 29: `sweep.components`: a whole number above 0 is expected, found `0`\n        sweep: (components: [1, 0]),\n                                ^\n";
    assert_eq!(err, wanted);
    let err = refused(swept(model, "", "components: [1, 2], covariance: [Full, Diagnal]"));
    assert!(
        err.starts_with("line 4, column 52: `sweep.covariance`: `Diagnal` is not known here; did you mean `Diagonal`?")
    );
    let err = refused(swept(model, "", "component: [1, 2]"));
    assert!(err.starts_with("line 4, column 13: `sweep`: `component` is not known here; did you mean `components`?"));
    let err = refused(swept(model, "", "components: 3"));
    assert!(err.starts_with("line 4, column 13: `sweep.components`: a list of values is wanted"), "{err}");
    let err = refused(spec(model, ""));
    assert!(err.starts_with("there is no `sweep`; list values for fields of the model, such as"), "{err}");
    let err = refused("(model: GaussianMixture(components: 2), sweep: (components: [1]))".into());
    assert!(err.contains("`data`"), "{err}");
    let regression = "PoissonRegressionMixture(components: 2, response: \"n\")";
    let err = refused(over_counts(regression, "", "terms: [[\"x\"], [Lug(\"x\")]]"));
    assert!(err.starts_with("line 4, column 29: `sweep.terms`: `Lug` is not known here; did you mean `Log`?"), "{err}");
    let err = refused(over_counts(regression, "", "terms: [[], [\"x\"]], shared: [[\"intercept\"]]"));
    assert!(err.contains("with `terms: [], shared: [\"intercept\"]`: shared: with every coefficient shared"), "{err}");
    let start = "start: Params(weights: [0.5, 0.5], means: [[2, 2], [9, 9]], covariances: [[[1, 0], [0, 1]], [[1, 0], [0, 1]]])";
    let err = refused(swept(model, start, "components: [2, 3]"));
    let wanted = "line 4, column 18: `fit.start`: with `components: 3`: the model has 3 components, but `weights` has 2 entries\n";
    assert!(err.starts_with(wanted), "{err}");
    let err = refused(swept(model, "start: Labels(column: \"x\")", "components: [8, 2]"));
    assert!(err.contains("with `components: 2`: the column \"x\" has 8 labels"), "{err}");
    let err = refused(swept("KMeans(clusters: 2)", "", "clusters: [1, 2]"));
    assert!(
        err.starts_with("`-o`, which writes the model of smallest BIC, needs `Coordinates`, which the model KMeans")
    );
}

#[test]
fn models_without_bic_are_shown_and_none_is_chosen() {
    let folder = Folder::with(&swept("KMeans(clusters: 2)", "restarts: 3", "clusters: [1, 2, 3]"));
    let ran = folder.em(&["select", "spec.ron"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.out.contains("minus the inertia") && ran.out.ends_with("none is chosen, since the model has no BIC\n"));
    let rows = folder.json(&["select", "spec.ron"]);
    assert!(rows.as_array().unwrap().iter().all(|r| r["bic"].is_null() && r["chosen"] == false));
    assert!(rows[2]["log_likelihood"].as_f64() > rows[0]["log_likelihood"].as_f64());
}

#[test]
fn a_candidate_that_does_not_converge_is_exit_1() {
    let fit = "restarts: 1, stop: (max_iterations: 1)";
    let folder = Folder::with(&swept("GaussianMixture(components: 2)", fit, "components: [1, 2]"));
    let ran = folder.em(&["select", "spec.ron", "-o", "chosen.ron"]);
    assert_eq!(ran.status, 1);
    assert!(ran.err.contains("warning: components: 2: the fit did not converge in 1 iteration"), "{}", ran.err);
    assert!(folder.names().contains(&"chosen.ron".into()));
    let quiet = folder.em(&["select", "spec.ron", "--quiet"]);
    assert_eq!((quiet.status, quiet.err.as_str()), (1, ""));
}
