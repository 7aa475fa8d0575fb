//! Regressions as people write them: levels of a column, updates and priors of the evidence regression.

use crate::common::*;
use serde_json::Value;

/// Counts in three groups; the means are 2, 4 and 12.
const GROUPS: &str = "group,size,n\nb,1,3\na,2,1\nc,1,10\na,1,3\nc,3,14\nb,2,5\na,1,2\n";

fn spec(model: &str) -> String {
    format!("(data: Csv(path: \"groups.csv\"), model: {model})")
}

fn folder(model: &str) -> Folder {
    let folder = Folder::new();
    folder.write("groups.csv", GROUPS);
    folder.write("spec.ron", spec(model));
    folder
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[track_caller]
fn close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{a} and {b}");
    }
}

fn refused(folder: &Folder, args: &[&str]) -> String {
    let ran = folder.em(args);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{}", ran.err);
    ran.err.trim_end().into()
}

/// One Poisson regression on groups alone has closed form: the logarithms of the means.
#[test]
fn coefficients_of_levels_are_distances_from_the_first() {
    let folder = folder("PoissonRegressionMixture(components: 1, response: \"n\", terms: [Categorical(\"group\")])");
    let fit = folder.json(&["fit", "spec.ron"]);
    assert_eq!(fit["data"]["columns"].to_string(), r#"["intercept","group[b]","group[c]"]"#);
    let wanted = [2f64.ln(), 2f64.ln(), 6f64.ln()];
    close(&numbers(&fit["params"]["coefficients"][0]), &wanted, 1e-6);
    let predicted = folder.json(&["predict", "spec.fit.ron"]);
    close(&numbers(&predicted["mean"]), &[4.0, 2.0, 12.0, 2.0, 12.0, 4.0, 2.0], 1e-6);
}

#[test]
fn levels_are_learned_once_and_asked_for_by_name() {
    let folder = folder("BayesianLinearRegression(response: \"n\", terms: [\"size\", Categorical(\"group\")])");
    let fit = folder.json(&["fit", "spec.ron"]);
    assert_eq!(fit["data"]["columns"].to_string(), r#"["intercept","size","group[b]","group[c]"]"#);
    let at_fit = folder.json(&["predict", "spec.fit.ron"]);
    // A later table without the reference level, without the response, and with its columns in another order.
    folder.write("later.csv", "note,size,group\nx,1,c\ny,2,b\n");
    let later = folder.json(&["predict", "spec.fit.ron", "--data", "later.csv"]);
    for what in ["mean", "sd"] {
        let (all, two) = (numbers(&at_fit[what]), numbers(&later[what]));
        assert_eq!(two, [all[2], all[5]], "{what}");
    }
    folder.write("unknown.csv", "size,group\n1,c\n2,d\n");
    let said = refused(&folder, &["predict", "spec.fit.ron", "--data", "unknown.csv"]);
    let wanted = "error: unknown.csv: line 3, column \"group\": \"d\" is no level of the rows that were fitted (levels: \"a\", \"b\", \"c\")";
    assert_eq!(said, wanted);
    folder.write("missing.csv", "size,grop\n1,c\n");
    let said = refused(&folder, &["predict", "spec.fit.ron", "--data", "missing.csv"]);
    assert!(said.contains("there is no column \"group\"; did you mean \"grop\"?"), "{said}");
}

#[test]
fn the_order_of_rows_decides_no_level() {
    let model = "BayesianLinearRegression(response: \"n\", terms: [Categorical(\"group\"), Categorical(\"size\")])";
    let (one, other) = (folder(model), folder(model));
    let mut lines: Vec<&str> = GROUPS.lines().collect();
    lines[1..].reverse();
    other.write("groups.csv", lines.join("\n"));
    let (a, b) = (one.json(&["fit", "spec.ron"]), other.json(&["fit", "spec.ron"]));
    // Numbers in the order of numbers, text in that of letters.
    let columns = r#"["intercept","group[b]","group[c]","size[2]","size[3]"]"#;
    assert_eq!((a["data"]["columns"].to_string(), b["data"]["columns"].to_string()), (columns.into(), columns.into()));
    close(&numbers(&a["params"]["mean"]), &numbers(&b["params"]["mean"]), 1e-9);
}

#[test]
fn levels_are_not_standardised() {
    let terms = "terms: [\"size\", Categorical(\"group\")]";
    let model = format!("BayesianLinearRegression(response: \"n\", {terms})");
    let folder = folder(&model);
    let standardized = |what: &str| {
        folder.write("s.ron", format!("(data: Csv(path: \"groups.csv\", standardize: {what}), model: {model})"));
    };
    standardized("true");
    assert_eq!(folder.em(&["fit", "s.ron"]).status, 0);
    let fit = folder.read("s.fit.ron");
    assert!(fit.contains("column: \"size\"") && fit.contains("levels: [\"a\", \"b\", \"c\"]"), "{fit}");
    // As when the one covariate is named.
    let all = folder.json(&["fit", "s.ron"]);
    standardized("[\"size\"]");
    assert_eq!(all["trace"], folder.json(&["fit", "s.ron"])["trace"]);
    standardized("[\"group\", \"size\"]");
    let said = refused(&folder, &["fit", "s.ron"]);
    assert!(said.contains("`standardize`: column \"group\" holds the levels of a `Categorical`"), "{said}");
    // Codes of levels are no numbers either.
    let coded = "BayesianLinearRegression(response: \"n\", terms: [Categorical(\"size\")])";
    folder.write("s.ron", format!("(data: Csv(path: \"groups.csv\", standardize: true), model: {coded})"));
    assert_eq!(folder.json(&["fit", "s.ron"])["data"]["columns"].to_string(), r#"["intercept","size[2]","size[3]"]"#);
}

#[test]
fn columns_that_cannot_serve_are_refused_in_words() {
    let refusal = |csv: &str, terms: &str| {
        let folder = folder(&format!("BayesianLinearRegression(response: \"n\", terms: [{terms}])"));
        folder.write("groups.csv", csv);
        refused(&folder, &["fit", "spec.ron"])
    };
    let one = refusal("group,n\na,1\na,2\n", "Categorical(\"group\")");
    assert!(one.ends_with("column \"group\" has 1 level; it takes two to differ, so leave it out"), "{one}");
    let gap = refusal("group,n\na,1\n,2\n", "Categorical(\"group\")");
    assert!(gap.ends_with("groups.csv: line 3, column \"group\": the value is missing; fill it in, or leave out such rows with `missing: DropRows`"), "{gap}");
    let mixed = refusal("group,n\n1,1\n1A,2\n", "Categorical(\"group\")");
    assert!(mixed.contains("groups.csv: line 3, column \"group\": \"1A\" is text below a first cell"), "{mixed}");
    let twice = refusal(GROUPS, "Categorical(\"group\"), Categorical(\"group\")");
    assert!(twice.contains("the column `group[…]` comes twice"), "{twice}");
    let response = refusal(GROUPS, "Categorical(\"n\")");
    assert!(response.contains("column \"n\" is the response"), "{response}");
    let offset = folder("PoissonRegressionMixture(components: 1, response: \"n\", offset: Categorical(\"group\"))");
    let offset = refused(&offset, &["fit", "spec.ron"]);
    assert!(offset.contains("offset: a `Categorical` cannot be one"), "{offset}");
}

#[test]
fn both_updates_end_at_one_maximum_after_one_pass() {
    let of = |options: &str| {
        let terms = "terms: [\"size\", Categorical(\"group\")]";
        let folder = folder(&format!("BayesianLinearRegression(response: \"n\", {terms}{options})"));
        let fit = folder.json(&["fit", "spec.ron"]);
        let scored = folder.json(&["score", "spec.fit.ron"]);
        assert_eq!(fit["log_likelihood"], scored["log_likelihood"], "{options}");
        assert_eq!(fit["passes"], 1.0, "{options}");
        let trace = numbers(&fit["trace"]);
        assert!(trace.windows(2).all(|w| w[1] >= w[0] - 1e-12 * w[0].abs()), "{trace:?}");
        fit
    };
    for prior in ["", ", prior: (alpha: Gamma(1e-6, 1e-6), beta: Gamma(1e-6, 1e-6))", ", prior: (beta: Gamma(2, 0.5))"]
    {
        let (em, mackay) = (of(prior), of(&format!("{prior}, update: MacKay")));
        let objective = |fit: &Value| fit["objective"].as_f64().unwrap();
        close(&[objective(&em)], &[objective(&mackay)], 1e-8);
        assert_eq!(em["log_prior"].as_f64().unwrap() != 0.0, !prior.is_empty());
        let sum = em["log_likelihood"].as_f64().unwrap() + em["log_prior"].as_f64().unwrap();
        close(&[sum], &[objective(&em)], 1e-14);
        assert_eq!(em["n_parameters"], 2);
    }
}

#[test]
fn more_columns_than_rows_and_columns_that_depend_are_fitted_and_told() {
    let wide =
        folder("BayesianLinearRegression(response: \"n\", terms: [Polynomial(\"size\", 9), Categorical(\"group\")])");
    let fit = wide.json(&["fit", "spec.ron"]);
    assert_eq!((fit["data"]["d"].as_u64(), fit["converged"].as_bool()), (Some(12), Some(true)));
    assert!(fit["params"]["effective_parameters"].as_f64().unwrap() < 7.0);
    let codes: Vec<&str> = fit["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"dependent_columns"), "{codes:?}");
}

#[test]
fn what_has_no_maximum_fails_with_its_direction() {
    let fails = |model: &str, csv: &str| {
        let folder = folder(model);
        folder.write("groups.csv", csv);
        let ran = folder.em(&["fit", "spec.ron"]);
        assert_eq!(ran.status, 3, "{}", ran.err);
        ran.err
    };
    let model = "BayesianLinearRegression(response: \"n\", terms: [\"x\"])";
    let said = fails(model, "x,n\n1,3\n2,5\n3,7\n4,9\n");
    assert!(said.contains("parameter `beta`: the response is fitted exactly"), "{said}");
    let prior =
        "BayesianLinearRegression(response: \"n\", terms: [\"x\"], intercept: false, prior: (alpha: Gamma(0.1, 1)))";
    let said = fails(prior, "x,n\n1,3\n2,4\n3,8\n4,9\n");
    assert!(said.contains("grows without bound as alpha goes to 0"), "{said}");
    assert!(said.contains("give the prior a shape above 0.5"), "{said}");
}

#[test]
fn an_offset_moves_the_mean_by_as_much() {
    let folder = folder("BayesianLinearRegression(response: \"n\", terms: [], offset: \"size\")");
    let fit = folder.json(&["fit", "spec.ron"]);
    let predicted = numbers(&folder.json(&["predict", "spec.fit.ron"])["mean"]);
    let intercept = fit["params"]["mean"][0].as_f64().unwrap();
    let sizes = [1.0, 2.0, 1.0, 1.0, 3.0, 2.0, 1.0];
    close(&predicted, &sizes.map(|s| intercept + s), 1e-14);
}

/// As of temperatures in kelvin: where the scale begins matters to the intercept alone.
#[test]
fn an_intercept_that_is_not_shrunk_takes_up_a_shift() {
    let model =
        "BayesianLinearRegression(response: \"n\", terms: [\"size\", Categorical(\"group\")], shrink_intercept: false)";
    let (near, far) = (folder(model), folder(model));
    far.write("groups.csv", "group,size,n\nb,1,276\na,2,274\nc,1,283\na,1,276\nc,3,287\nb,2,278\na,1,275\n");
    let (a, b) = (near.json(&["fit", "spec.ron"]), far.json(&["fit", "spec.ron"]));
    for name in ["alpha", "beta", "effective_parameters"] {
        close(&[b["params"][name].as_f64().unwrap()], &[a["params"][name].as_f64().unwrap()], 1e-9);
    }
    close(&[b["log_likelihood"].as_f64().unwrap()], &[a["log_likelihood"].as_f64().unwrap()], 1e-9);
    assert!(a["params"]["effective_parameters"].as_f64().unwrap() < 3.0);
    let (mean, mut moved) = (numbers(&b["params"]["mean"]), numbers(&a["params"]["mean"]));
    moved[0] += 273.0;
    close(&mean, &moved, 1e-9);
    let scored = near.json(&["score", "spec.fit.ron"]);
    assert_eq!(scored["log_likelihood"], a["log_likelihood"]);
    assert_eq!(scored["log_likelihoods"][0], 0.0);
    close(&[numbers(&scored["log_likelihoods"]).iter().sum()], &[a["log_likelihood"].as_f64().unwrap()], 1e-12);
    let predicted = |folder: &Folder, what: &str| numbers(&folder.json(&["predict", "spec.fit.ron"])[what]);
    let wanted: Vec<f64> = predicted(&near, "mean").iter().map(|m| m + 273.0).collect();
    close(&predicted(&far, "mean"), &wanted, 1e-9);
    close(&predicted(&far, "sd"), &predicted(&near, "sd"), 1e-9);
    // A start from a fit is read as it was written: its end is where the next one begins.
    near.write(
        "again.ron",
        format!("(data: Csv(path: \"groups.csv\"), model: {model}, fit: (start: Fit(\"spec.fit.ron\")))"),
    );
    let again = near.json(&["fit", "again.ron"]);
    assert_eq!(again["trace"][0], a["log_likelihood"]);
}

#[test]
fn what_cannot_leave_its_intercept_unshrunk_is_refused() {
    let refusal = |fields: &str, rows: &str| {
        let folder = folder(&format!("BayesianLinearRegression(response: \"n\", {fields}, shrink_intercept: false)"));
        folder.write("groups.csv", format!("size,n\n{rows}"));
        let ran = folder.em(&["fit", "spec.ron"]);
        (ran.status, ran.err)
    };
    let rows = "1,2\n2,5\n3,5\n";
    let (status, said) = refusal("terms: [\"size\"], intercept: false", rows);
    assert!(status == 2 && said.contains("shrink_intercept: where it is false, `intercept: true` is needed"), "{said}");
    let (status, said) = refusal("terms: []", rows);
    assert!(status == 2 && said.contains("terms: at least one is needed where `shrink_intercept` is false"), "{said}");
    let (status, said) = refusal("terms: [\"size\"]", "1,2\n");
    assert!(status == 3 && said.contains("an intercept that is not shrunk takes up a weight of 1"), "{said}");
    let told = folder("KMeans(clusters: 2)").em(&["models", "BayesianLinearRegression"]);
    assert!(told.out.contains("shrink_intercept") && told.out.contains("its prior is flat"), "{}", told.out);
}
