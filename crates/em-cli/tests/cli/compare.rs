//! `em compare`: fits side by side, with a word where their figures cannot be compared.

use crate::common::*;
use serde_json::Value;

const GAUSS: &str = "GaussianMixture(components: 2)";
const LINEAR: &str = "BayesianLinearRegression(response: \"n\", terms: [\"x\"])";

fn fitted(folder: &Folder, name: &str, spec: &str) -> Value {
    folder.write(&format!("{name}.ron"), spec);
    let ran = folder.em(&["fit", &format!("{name}.ron"), "--json", "--quiet"]);
    assert!(ran.status <= 1, "{}", ran.err);
    document(&ran.out)
}

#[test]
fn figures_stand_side_by_side() {
    let folder = Folder::with("");
    let one = fitted(&folder, "one", &spec("GaussianMixture(components: 1)", ""));
    let two = fitted(&folder, "two", &spec(GAUSS, "restarts: 3"));
    let rows = folder.json(&["compare", "one.fit.ron", "two.fit.ron"]);
    for (row, fit) in rows.as_array().unwrap().iter().zip([&one, &two]) {
        for field in
            ["model", "log_likelihood", "n_parameters", "aic", "bic", "icl", "converged", "iterations", "seconds"]
        {
            assert_eq!(row[field], fit[field], "{field}");
        }
        assert_eq!((&row["n"], &row["weight"]), (&fit["data"]["n"], &fit["data"]["weight"]));
        assert_eq!(row["data"].as_str().unwrap().len(), 64);
    }
    let ran = folder.em(&["compare", "one.fit.ron", "two.fit.ron"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[0], "2 fits");
    let heads =
        ["n", "log-likelihood", "parameters", "AIC", "BIC", "ICL", "converged", "iterations", "seconds", "data"];
    assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), heads);
    assert!(lines[2].trim().starts_with("one.fit.ron  8  ") && lines[3].trim().starts_with("two.fit.ron  8  "));
    assert!(ran.out.contains("two.fit.ron  GaussianMixture(components: 2, covariance: Full)"), "{}", ran.out);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = Folder::with("");
    fitted(&folder, "gauss", &spec(GAUSS, "restarts: 3"));
    let standard = |text: String| text.replace(".csv\"", ".csv\", standardize: true");
    fitted(&folder, "standard", &standard(spec(GAUSS, "restarts: 3")));
    fitted(&folder, "kmeans", &spec("KMeans(clusters: 2)", "restarts: 3"));
    fitted(&folder, "early", &spec(GAUSS, "stop: (max_iterations: 1), restarts: 1"));
    fitted(&folder, "linear", &counts(LINEAR, ""));
    fitted(&folder, "scaled", &standard(counts(LINEAR, "")));
    fitted(&folder, "other", &counts(&LINEAR.replace("\"n\"", "\"e\""), ""));
    let said = |a: &str, b: &str| {
        let ran = folder.em(&["compare", &format!("{a}.fit.ron"), &format!("{b}.fit.ron")]);
        assert_eq!(ran.status, 0);
        ran.err
    };
    assert!(said("gauss", "linear").starts_with("warning: the fits are of different data; compare"));
    assert!(said("gauss", "standard").starts_with("warning: the fits standardise what they explain differently"));
    assert!(said("linear", "other").starts_with("warning: the fits explain different columns of the same data"));
    // Covariates in other units change nothing in what a regression explains.
    assert_eq!(said("linear", "scaled"), "");
    assert!(said("gauss", "kmeans").starts_with("warning: the log-likelihood of kmeans.fit.ron is minus the inertia"));
    assert!(said("gauss", "early").starts_with("warning: early.fit.ron did not converge"));
    let quiet = folder.em(&["compare", "gauss.fit.ron", "linear.fit.ron", "--quiet"]);
    assert_eq!(quiet.err, "");
    for args in [&["compare"][..], &["compare", "gauss.fit.ron", "gauss.ron"], &["compare", "nowhere.fit.ron"]] {
        let ran = folder.em(args);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{args:?}");
    }
}
