//! Data that a family cannot bear, each fault with its place; and those it can bear after all, with an event or a warning.

use crate::common::{Folder, refused, spec};

const BERNOULLI: &str = "BernoulliMixture(components: 2)";
const BINARY: &str = "a,b,c\n1,0,1\n0,0,1\n1,1,0\n0,1,0\n1,1,1\n0,0,0\n";

fn folder(data: &str, model: &str, fit: &str) -> Folder {
    let folder = Folder::with(&spec(model, fit).replace("points.csv", "d.csv"));
    folder.write("d.csv", data);
    folder
}

/// The refusal of these data by this model.
fn refuses(data: &str, model: &str, wanted: &str) {
    assert_eq!(refused(&folder(data, model, ""), "spec.ron"), format!("d.csv: {wanted}"));
}

fn rows(n: usize, row: impl Fn(usize) -> String) -> String {
    (0..n).map(|i| row(i) + "\n").collect()
}

#[test]
fn a_value_other_than_zero_and_one_is_named_with_its_row_and_column() {
    for bad in ["2", "0.5", "-1", "1.0000001"] {
        let shown: f64 = bad.parse().unwrap();
        refuses(&format!("{BINARY}1,{bad},0\n"), BERNOULLI, &format!("line 8, column \"b\": {shown} is not 0 or 1"));
    }
    // Other spellings of 0 and 1 are what they say.
    let fits = folder(&format!("{BINARY}1.0,0e0,-0\n"), BERNOULLI, "restarts: 3, seed: 1");
    assert!(fits.em(&["fit", "spec.ron"]).status < 2);
    // The same check guards data that are predicted later.
    fits.write("later.csv", "c,b,a\n1,0,1\n1,0,3\n");
    let ran = fits.em(&["predict", "spec.fit.ron", "--data", "later.csv"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert_eq!(ran.err, "error: later.csv: line 3, column \"a\": 3 is not 0 or 1\n");
}

#[test]
fn fewer_rows_than_components() {
    let few = "needs at least as many rows";
    let two = "x,y\n1,2\n2,1\n";
    let wanted = format!("2 rows with a weight above 0 are too few: the model has 3 components and {few}");
    for model in ["GaussianMixture(components: 3, covariance: Fixed(1))", "GaussianMixture(components: 3)"] {
        refuses(two, model, &wanted);
    }
    refuses("x,y\n1,0\n0,1\n", "BernoulliMixture(components: 3)", &wanted);
    let different = "2 of them differ, and 3 clusters need as many";
    let wanted = format!("2 rows with a weight above 0 are too few: {different}");
    refuses(two, "KMeans(clusters: 3)", &wanted);
    // Under a prior on everything more components than rows are no fault; those not called for fade.
    let bayes = folder("x\n1\n2\n5\n", "BayesianGaussianMixture(components: 3)", "restarts: 2");
    assert!(bayes.em(&["fit", "spec.ron"]).status < 2);
}

#[test]
fn fewer_different_rows_than_clusters() {
    let data = format!("x,y\n{}", rows(9, |i| format!("{},1", i % 2)));
    for dissimilarity in ["SquaredEuclidean", "Manhattan", "Hamming"] {
        let model = format!("KMeans(clusters: 3, dissimilarity: {dissimilarity})");
        let why = "2 of them differ, and 3 clusters need as many";
        refuses(&data, &model, &format!("9 rows with a weight above 0 are too few: {why}"));
    }
    // A mixture hears of it from its start, which names the component that is one too many.
    let ran = folder(&data, "BernoulliMixture(components: 3)", "restarts: 1").em(&["fit", "spec.ron"]);
    assert_eq!(ran.status, 3, "{}", ran.err);
    assert!(ran.err.contains("component 2: only 2 of the rows that count differ; use fewer components"), "{}", ran.err);
}

#[test]
fn a_constant_column_is_named_by_every_family_that_cannot_bear_it() {
    let data = format!("x,y\n{}", rows(9, |i| format!("{},5", i * i)));
    let constant = "column \"y\" is constant (5 in every row that counts)";
    let zero = "its variance would be 0: leave it out";
    for form in ["Diagonal", "TiedDiagonal"] {
        refuses(&data, &format!("GaussianMixture(components: 2, covariance: {form})"), &format!("{constant}; {zero}"));
    }
    let singular = "a full covariance would be singular: leave it out";
    refuses(&data, "GaussianMixture(components: 2, covariance: Tied)", &format!("{constant}; {singular}"));
    let default = "the default `scale`, the covariance of the data, would be singular: leave it out, or give `scale`";
    for form in ["Full", "Tied", "Diagonal", "TiedDiagonal"] {
        let model = format!("BayesianGaussianMixture(components: 2, covariance: {form})");
        refuses(&data, &model, &format!("{constant}; {default}"));
    }
    // One variance for all columns, given numbers, and families without variances bear it.
    for model in [
        "GaussianMixture(components: 2, covariance: Spherical)",
        "BayesianGaussianMixture(components: 2, covariance: Spherical)",
        "BayesianGaussianMixture(components: 2, covariance: Diagonal, scale: [1, 0.5], dof: 0.5)",
        "BayesianGaussianMixture(components: 2, covariance: TiedSpherical, scale: 3)",
        "BayesianGaussianMixture(components: 2, scale: [[1, 0.1], [0.1, 1]])",
        "KMeans(clusters: 2)",
    ] {
        let ran = folder(&data, model, "restarts: 2").em(&["fit", "spec.ron"]);
        assert!(ran.status < 2, "{model}: {}", ran.err);
    }
    let binary = format!("a,b\n{}", rows(9, |i| format!("{},1", i % 2)));
    assert_eq!(folder(&binary, BERNOULLI, "restarts: 3").em(&["fit", "spec.ron"]).status, 0);
}

/// Two components whose second cannot have made any of the rows.
const EMPTY: &str = "start: Params(weights: [0.5, 0.5], probabilities: [[0.5, 0.5, 0.5], [0, 0, 0]])";

#[test]
fn an_empty_component_is_named_begins_anew_or_is_left_out() {
    let data = "a,b,c\n1,0,1\n0,0,1\n1,1,0\n0,1,0\n1,1,1\n1,0,0\n";
    let fit = |policy: &str| folder(data, BERNOULLI, &format!("{EMPTY}{policy}"));
    let failed = fit("").em(&["fit", "spec.ron", "--json"]);
    assert_eq!((failed.status, failed.out.as_str()), (3, ""));
    let words = "run 1, iteration 1: component 1: no observation is left in it; ";
    assert!(failed.err.contains(words) && failed.err.contains("use fewer components"), "{}", failed.err);

    let dropped = fit(", degenerate: Drop").json(&["fit", "spec.ron"]);
    assert_eq!(dropped["params"]["weights"], serde_json::json!([1.0]));
    assert_eq!(dropped["events"][0]["what"]["kind"], "dropped");
    assert_eq!(dropped["events"][0]["what"]["component"], 1);

    let anew = fit(", degenerate: Reseed").json(&["fit", "spec.ron"]);
    assert_eq!(anew["params"]["weights"].as_array().unwrap().len(), 2);
    assert_eq!(anew["events"][0]["what"]["kind"], "reseeded");
    assert_eq!(anew["events"][0]["what"]["component"], 1);
}

#[test]
fn an_empty_cluster_stays_with_a_warning_begins_anew_or_is_left_out() {
    let data = "x,y\n0,0\n1,0\n0,1\n8,8\n9,8\n8,9\n";
    let start = "start: Params(centers: [[0.3, 0.3], [8.3, 8.4], [50, 50]])";
    let fit =
        |policy: &str| folder(data, "KMeans(clusters: 3)", &format!("{start}{policy}")).json(&["fit", "spec.ron"]);
    let inertia = |fit: &serde_json::Value| fit["params"]["inertia"].as_f64().unwrap();

    let kept = fit("");
    assert_eq!(kept["warnings"][0]["code"], "empty_cluster");
    assert_eq!(kept["warnings"][0]["component"], 2);
    assert_eq!(kept["params"]["centers"][2], serde_json::json!([50.0, 50.0]));

    let anew = fit(", degenerate: Reseed");
    assert_eq!(anew["warnings"], serde_json::json!([]));
    assert_eq!(anew["events"][0]["what"]["row"], 4);
    assert!((inertia(&anew) - 11.0 / 6.0).abs() < 1e-12 && inertia(&anew) < inertia(&kept));

    let dropped = fit(", degenerate: Drop");
    assert_eq!(dropped["params"]["centers"].as_array().unwrap().len(), 2);
    assert_eq!(dropped["events"][0]["what"]["kind"], "dropped");
    assert!((inertia(&dropped) - inertia(&kept)).abs() < 1e-12);
}

#[test]
fn a_variational_mixture_has_nothing_to_mend_and_says_so() {
    let data = format!("x\n{}", rows(9, |i| format!("{}", i * i)));
    let asked = folder(&data, "BayesianGaussianMixture(components: 2)", "degenerate: Reseed");
    let found = refused(&asked, "spec.ron");
    assert!(found.contains("`degenerate: Reseed` needs `Repair`, which the model BayesianGaussianMixture"), "{found}");
}

#[test]
fn a_shared_variance_that_collapses_is_no_components_fault() {
    // Two values of y, and components that part the rows by it.
    let data = format!("x,y\n{}", rows(12, |i| format!("{},{}", (i * i) % 7, 50 * (i % 2))));
    let start = "weights: [0.5, 0.5], means: [[3, 0], [3, 50]], covariances: [[[4, 0], [0, 4]], [[4, 0], [0, 4]]]";
    for form in ["Tied", "TiedDiagonal"] {
        for policy in ["Fail", "Reseed", "Drop"] {
            let model = format!("GaussianMixture(components: 2, covariance: {form})");
            let ran = folder(&data, &model, &format!("start: Params({start}), degenerate: {policy}"))
                .em(&["fit", "spec.ron"]);
            assert_eq!(ran.status, 3, "{form} {policy}: {}", ran.err);
            let words = "parameter `covariances`: within all components, the variance of feature 1 (from 0) is ";
            assert!(ran.err.contains(words), "{}", ran.err);
            assert!(ran.err.contains("none can begin anew or be left out for it: use fewer components"), "{}", ran.err);
            assert!(ran.err.contains("feature 1 is the column \"y\""), "{}", ran.err);
        }
        let model = format!("GaussianMixture(components: 2, covariance: {form}, prior: DataScaled)");
        let ran = folder(&data, &model, &format!("start: Params({start})")).em(&["fit", "spec.ron"]);
        assert!(ran.status < 2, "a prior is among what to try: {}", ran.err);
    }
}
