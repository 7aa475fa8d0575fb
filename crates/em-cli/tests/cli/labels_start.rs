//! `start: Labels(column: "…")`: the first M-step is taken from labels that stand in the data.

use crate::common::{Folder, refused};
use serde_json::{Value, json};

const KINDS: &str = "x,y,kind,class\n1,2,red,10\n2,1,red,10\n7,8,blue,9\n3.5,5,red,10\n4,3,red,10\n9,6,blue,9\n\
                     11,9,blue,9\n12.5,12,blue,9\n";
const GAUSS: &str = "GaussianMixture(components: 2)";

fn spec(model: &str, start: &str, options: &str) -> String {
    format!(
        "(\n    data: Csv(path: \"kinds.csv\", columns: [\"x\", \"y\"]{options}),\n    model: {model},\n    fit: (start: {start}, stop: (passes: 1)),\n)\n"
    )
}

fn folder(model: &str, start: &str, options: &str) -> Folder {
    let folder = Folder::with(&spec(model, start, options));
    folder.write("kinds.csv", KINDS);
    folder
}

/// The parameters of the start itself: no iteration is done.
fn begin(model: &str, start: &str) -> Value {
    let folder = folder(model, start, "");
    let ran = folder.em(&["fit", "spec.ron", "--json"]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    crate::common::document(&ran.out)
}

fn close(got: &Value, wanted: [f64; 2]) {
    for (got, wanted) in got.as_array().unwrap().iter().zip(wanted) {
        assert!((got.as_f64().unwrap() - wanted).abs() < 1e-12, "{got} {wanted}");
    }
}

#[test]
fn components_are_the_labelled_rows_in_the_order_of_the_labels() {
    // Text in the order in which it comes, numbers in ascending order; neither column is fitted.
    let (red, blue) = ([10.5 / 4.0, 11.0 / 4.0], [39.5 / 4.0, 35.0 / 4.0]);
    for start in ["Labels(column: \"kind\")", "Labels(\"kind\")"] {
        let fit = begin(GAUSS, start);
        close(&fit["params"]["means"][0], red);
        close(&fit["params"]["means"][1], blue);
        assert_eq!((&fit["params"]["weights"], &fit["runs"].as_array().unwrap().len()), (&json!([0.5, 0.5]), &1));
        assert_eq!(fit["spec"]["fit"]["start"], json!({"Labels": {"column": "kind"}}));
    }
    let fit = begin(GAUSS, "Labels(column: \"class\")");
    close(&fit["params"]["means"][0], blue);
}

#[test]
fn every_model_with_a_first_m_step_has_it() {
    close(&begin("KMeans(clusters: 2)", "Labels(column: \"kind\")")["params"]["centers"][0], [10.5 / 4.0, 11.0 / 4.0]);
    let bayes = begin("BayesianGaussianMixture(components: 2)", "Labels(column: \"class\")");
    // Means are drawn towards that of all rows, which stands for one of them.
    let drawn = |sum: f64, all: f64| (sum + all) / 5.0;
    close(&bayes["params"]["means"][0], [drawn(39.5, 50.0 / 8.0), drawn(35.0, 46.0 / 8.0)]);

    let folder = Folder::new();
    folder.write("tosses.csv", "a,b,kind\n1,1,u\n0,1,v\n1,0,u\n0,0,v\n0,1,v\n");
    let model = "BernoulliMixture(components: 2)";
    let text = spec(model, "Labels(column: \"kind\")", "")
        .replace("kinds.csv", "tosses.csv")
        .replace("\"x\", \"y\"", "\"a\", \"b\"");
    folder.write("spec.ron", text);
    let ran = folder.em(&["fit", "spec.ron", "--json"]);
    // Half a success and half a failure are added.
    close(&crate::common::document(&ran.out)["params"]["probabilities"][0], [2.5 / 3.0, 1.5 / 3.0]);

    let poisson = "PoissonRegressionMixture(components: 3, response: \"n\")";
    let text =
        "(data: Csv(path: \"counts.csv\"), model: MODEL, fit: (start: Labels(column: \"e\"), stop: (passes: 1)))";
    folder.write("spec.ron", text.replace("MODEL", poisson));
    folder.write("counts.csv", crate::common::COUNTS);
    let ran = folder.em(&["fit", "spec.ron", "--json"]);
    let b = crate::common::document(&ran.out)["params"]["coefficients"].clone();
    // The logarithms of the mean counts: 43 in 7 rows, 59 in 4, 9 in one.
    for (j, mean) in [43.0f64 / 7.0, 59.0 / 4.0, 9.0].into_iter().enumerate() {
        assert!((b[j][0].as_f64().unwrap() - mean.ln()).abs() < 1e-6, "{b}");
    }
}

#[test]
fn a_check_says_so_and_a_fit_file_can_be_used() {
    let folder = folder(GAUSS, "Labels(column: \"kind\")", "");
    let out = folder.em(&["check", "spec.ron"]).out;
    assert!(out.contains("start      the labels in column \"kind\"\nruns       1\n"), "{out}");
    folder.write("spec.ron", folder.read("spec.ron").replace("passes: 1", "max_iterations: 500"));
    folder.json(&["fit", "spec.ron", "-o", "a.fit.ron"]);
    folder.json(&["fit", "spec.ron", "-o", "a.fit.json"]);
    let labels = folder.json(&["predict", "a.fit.ron", "--truth", "kind"]);
    assert_eq!((&labels["labels"], &labels["adjusted_rand_index"]), (&json!([0, 0, 1, 0, 0, 1, 1, 1]), &1.0.into()));
    assert_eq!(folder.json(&["score", "a.fit.json"]), folder.json(&["score", "a.fit.ron"]));
}

fn refusal(data: &str, model: &str, start: &str, options: &str) -> String {
    let folder = folder(model, start, options);
    folder.write("kinds.csv", data);
    refused(&folder, "spec.ron")
}

#[test]
fn labels_that_cannot_be_are_refused_where_they_stand() {
    let (start, three) = ("Labels(column: \"kind\")", GAUSS.replace('2', "3"));
    let at = "spec.ron: line 4, column ";
    let found = refusal(KINDS, &three, start, "");
    let wanted = "the column \"kind\" has 2 labels (\"red\", \"blue\"), but the model GaussianMixture has 3; they must be as many";
    assert!(found.starts_with(at) && found.contains("`fit.start") && found.ends_with(wanted), "{found}");
    let found = refusal(KINDS, GAUSS, "Labels(column: \"x\")", "");
    assert!(found.contains("has 8 labels (\"1\", \"2\", \"3.5\", \"4\", \"7\", \"9\", …), but"), "{found}");
    let missing = KINDS.replace("3.5,5,red", "3.5,5,");
    assert_eq!(
        refusal(&missing, GAUSS, start, ""),
        "kinds.csv: line 5, column \"kind\": the value is missing; fill it in, or leave out such rows with `missing: DropRows`"
    );
    let found = refusal(KINDS, GAUSS, "Labels(column: \"kinds\")", "");
    assert!(found.starts_with("kinds.csv: there is no column \"kinds\"; did you mean \"kind\"?"), "{found}");
    // No blue row counts.
    let weightless = "x,y,kind,w\n1,2,red,1\n2,1,red,1\n7,8,blue,0\n3.5,5,red,1\n4,3,red,1\n";
    let found = refusal(weightless, GAUSS, start, ", weights: \"w\"");
    let wanted = "component 1: no observation that counts has its label; use fewer components, or other labels";
    assert!(found.starts_with(at) && found.ends_with(wanted), "{found}");
    for bad in
        ["Labels", "Labels()", "Labels(colum: \"kind\")", "Labels(column: 3)", "Labels(column: \"kind\", other: 1)"]
    {
        let found = refusal(KINDS, GAUSS, bad, "");
        assert!(found.starts_with(at), "{bad}: {found}");
    }
}

#[test]
fn the_rows_of_a_group_have_one_label() {
    let grouped = KINDS.replace("kind,class", "kind,who").replace(",10", ",1").replace(",9\n", ",2\n");
    let (start, options) = ("Labels(column: \"kind\")", ", group: \"who\"");
    let folder = folder(GAUSS, start, options);
    // Two groups of each kind.
    let four = grouped.replacen("red,1", "red,3", 2).replacen("blue,2", "blue,4", 2);
    folder.write("kinds.csv", &four);
    let ran = folder.em(&["fit", "spec.ron", "--json"]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    let fit = crate::common::document(&ran.out);
    close(&fit["params"]["means"][0], [10.5 / 4.0, 11.0 / 4.0]);
    let other = four.replace("4,3,red", "4,3,blue");
    assert_eq!(
        refusal(&other, GAUSS, start, options),
        "kinds.csv: line 6, column \"kind\": the label \"blue\" differs from \"red\" in an earlier row of group \"1\"; the rows of a group start with one label"
    );
}

#[test]
fn models_without_it_say_what_they_start_from() {
    let found =
        refusal(KINDS, "BayesianLinearRegression(response: \"y\", terms: [\"x\"])", "Labels(column: \"kind\")", "");
    assert!(found.contains("`Labels` needs `LabelStart`, which the model BayesianLinearRegression does not offer; it can start from `Params(…)`"), "{found}");
    let found = refusal(KINDS, "PoissonRegressionMixture(components: 2, response: \"y\")", "Rows", "");
    assert!(found.ends_with("it can start from `Responsibilities`, `Labels(…)`, `Params(…)`"), "{found}");
}
