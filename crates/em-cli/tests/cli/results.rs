//! What a fit leaves: JSON, fit files, predictions, scores.

use crate::common::{COUNTS, Folder, POINTS, counts, document, spec};
use serde_json::Value;

const GAUSS: &str = "GaussianMixture(components: 2)";
const POISSON: &str = "PoissonRegressionMixture(components: 2, response: \"n\", terms: [\"x\"], offset: Log(\"e\"))";
const LINEAR: &str = "BayesianLinearRegression(response: \"n\", terms: [\"x\"])";

/// A folder with a spec of each model that is fitted here.
fn three() -> Folder {
    let folder = Folder::with(&spec(GAUSS, "restarts: 3"));
    folder.write("poisson.ron", counts(POISSON, "restarts: 3"));
    folder.write("linear.ron", counts(LINEAR, ""));
    folder
}

fn without_seconds(mut fit: Value) -> Value {
    fit.as_object_mut().unwrap().remove("seconds").unwrap();
    fit
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn json_of_a_fit_has_every_documented_field() {
    let folder = three();
    let fields = [
        "model",
        "spec",
        "data",
        "log_likelihood",
        "log_prior",
        "objective",
        "trace",
        "iterations",
        "passes",
        "converged",
        "stop",
        "runs",
        "params",
        "n_parameters",
        "aic",
        "bic",
        "icl",
        "seed",
        "seconds",
        "version",
        "warnings",
        "events",
        "certificate",
        "certificate_left_out",
    ];
    for name in ["spec.ron", "poisson.ron", "linear.ron"] {
        let fit = folder.json(&["fit", name]);
        for field in fields {
            assert!(fit.get(field).is_some(), "{name}: {field}");
        }
        assert_eq!(fit["trace"].as_array().unwrap().len() as u64, fit["iterations"].as_u64().unwrap() + 1);
        assert_eq!(*numbers(&fit["trace"]).last().unwrap(), fit["objective"].as_f64().unwrap());
        assert_eq!(fit["data"]["d"], fit["data"]["columns"].as_array().unwrap().len());
        assert_eq!(fit["icl"].is_null(), name == "linear.ron");
    }
    let fit = folder.json(&["fit", "spec.ron"]);
    assert_eq!((&fit["n_parameters"], &fit["data"]["n"]), (&11.into(), &8.into()));
    let text = folder.em(&["fit", "spec.ron", "--json"]).out;
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
}

#[test]
fn threads_change_no_bit_and_the_seed_changes_the_runs() {
    let folder = three();
    let rows: String = (0..3000u64).map(|i| format!("{},{}\n", (i * 7919) % 1000, (i * 104_729) % 997)).collect();
    folder.write("points.csv", format!("x,y\n{rows}"));
    folder.write("spec.ron", spec(GAUSS, "restarts: 2, start: Rows, stop: (max_iterations: 20, relative_gain: 1e-4)"));
    for name in ["spec.ron", "poisson.ron", "linear.ron"] {
        let fit = |threads| {
            let ran = folder.em(&["fit", name, "--json", "--threads", threads]);
            without_seconds(document(&ran.out))
        };
        let one = fit("1");
        assert_eq!(one, fit("2"), "{name}");
        assert_eq!(one, fit("3"), "{name}");
    }
    let seeded = |seed| document(&folder.em(&["fit", "spec.ron", "--json", "--seed", seed]).out);
    let (a, b) = (seeded("1"), seeded("2"));
    assert_ne!(a["runs"], b["runs"]);
    assert_eq!((&a["seed"], &b["seed"]), (&1.into(), &2.into()));
}

#[test]
fn scores_of_the_training_data_are_the_fit_to_the_bit() {
    let folder = three();
    for (name, file) in [("spec.ron", "s.json"), ("poisson.ron", "p.json"), ("linear.ron", "l.fit.ron")] {
        let fit = folder.json(&["fit", name, "-o", file]);
        let score = folder.json(&["score", file]);
        assert_eq!(score["log_likelihood"], fit["log_likelihood"], "{name}");
        let each = numbers(&score["log_likelihoods"]);
        assert_eq!(each.len() as u64, fit["data"]["n"].as_u64().unwrap());
        let total = fit["log_likelihood"].as_f64().unwrap();
        assert!((each.iter().sum::<f64>() - total).abs() < 1e-9 * total.abs().max(1.0), "{name}");
        let plain = folder.em(&["score", file]).out;
        assert!(plain.ends_with(&format!("total,{total}\n")), "{plain}");
    }
    assert!(folder.read("s.json").starts_with('{') && folder.read("l.fit.ron").starts_with('('));
}

#[test]
fn predictions_have_the_documented_columns() {
    let folder = three();
    for (name, header) in [
        ("spec", "label,responsibility_0,responsibility_1"),
        ("poisson", "label,responsibility_0,responsibility_1,mean,sd"),
        ("linear", "mean,sd"),
    ] {
        folder.json(&["fit", &format!("{name}.ron")]);
        let fit = format!("{name}.fit.ron");
        let plain = folder.em(&["predict", &fit]);
        assert_eq!((plain.status, plain.out.lines().next().unwrap()), (0, header), "{}", plain.err);
        let json = folder.json(&["predict", &fit]);
        let rows = plain.out.lines().count() - 1;
        assert!(json.as_object().unwrap().values().all(|v| v.as_array().unwrap().len() == rows));
        assert_eq!(folder.em(&["predict", &fit, "-o", "out.csv"]).out, "");
        assert_eq!(folder.read("out.csv"), plain.out);
    }
}

#[test]
fn other_data_are_read_by_the_names_of_columns() {
    let folder = three();
    folder.json(&["fit", "spec.ron"]);
    folder.json(&["fit", "linear.ron"]);
    folder.json(&["fit", "poisson.ron"]);
    let own = folder.em(&["predict", "spec.fit.ron"]);
    let turned: String = POINTS
        .lines()
        .enumerate()
        .map(|(i, row)| {
            let (x, y) = row.split_once(',').unwrap();
            format!("{y},{},{x}\n", if i == 0 { "extra" } else { "text" })
        })
        .collect();
    folder.write("turned.csv", &turned);
    assert_eq!(folder.em(&["predict", "spec.fit.ron", "--data", "turned.csv"]), own);
    assert_eq!(folder.em_with(&["predict", "spec.fit.ron", "--data", "-"], &turned), own);
    let scores = |args: &[&str]| folder.em_with(args, &turned).out;
    assert_eq!(scores(&["score", "spec.fit.ron", "--data", "-"]), scores(&["score", "spec.fit.ron"]));
    // A response may be missing where it is predicted, and nowhere else.
    let known = folder.json(&["predict", "linear.fit.ron"]);
    let input: String = COUNTS.lines().map(|l| l.rsplit_once(',').unwrap().0.to_string() + "\n").collect();
    folder.write("unknown.csv", &input);
    assert_eq!(folder.json(&["predict", "linear.fit.ron", "--data", "unknown.csv"]), known);
    let mixture = folder.em(&["predict", "poisson.fit.ron", "--data", "unknown.csv"]);
    assert_eq!(mixture.status, 0, "{}", mixture.err);
    let score = folder.em(&["score", "linear.fit.ron", "--data", "unknown.csv"]);
    assert_eq!(score.status, 2);
    assert!(score.err.starts_with("error: unknown.csv: there is no column \"n\""), "{}", score.err);
}

#[test]
fn standardising_is_remembered() {
    for standardize in ["true", "[\"x\"]"] {
        let text = spec(GAUSS, "restarts: 2").replace("csv\"", &format!("csv\", standardize: {standardize}"));
        let folder = Folder::with(&text);
        folder.json(&["fit", "spec.ron"]);
        let all = folder.em(&["predict", "spec.fit.ron"]).out;
        folder.write("two.csv", "x,y\n1,2\n2,1\n");
        let two = folder.em(&["predict", "spec.fit.ron", "--data", "two.csv"]).out;
        assert_eq!(two, all.lines().take(3).map(|l| l.to_string() + "\n").collect::<String>());
    }
}

#[test]
fn a_weight_of_two_is_two_rows_and_of_zero_none() {
    let start = "start: Params(weights: [0.5, 0.5], means: [[2], [9]], covariances: [[[2]], [[4]]])";
    let folder = Folder::with(&spec(GAUSS, start));
    let fit = |data: &str, weights: &str| {
        folder.write("points.csv", data);
        let options = if weights.is_empty() { "csv\"".into() } else { format!("csv\", weights: \"{weights}\"") };
        folder.write("spec.ron", spec(GAUSS, start).replace("csv\"", &options));
        folder.json(&["fit", "spec.ron"])
    };
    let close = |a: &Value, b: &Value| {
        let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
        assert!((a - b).abs() <= 1e-9 * a.abs(), "{a} and {b}");
    };
    let same = |a: &Value, b: &Value| {
        ["log_likelihood", "bic", "icl"].iter().for_each(|f| close(&a[f], &b[f]));
        (0..2).for_each(|j| close(&a["params"]["means"][j][0], &b["params"]["means"][j][0]));
        close(&a["data"]["weight"], &b["data"]["weight"]);
    };
    let copies = fit("x\n1\n1\n2\n3.5\n7\n9\n9\n11\n12.5\n", "");
    let doubled = fit("x,w\n1,2\n2,1\n3.5,1\n7,1\n9,2\n11,1\n12.5,1\n", "w");
    same(&copies, &doubled);
    let absent = fit("x,w\n1,2\n2,1\n3.5,1\n1000,0\n7,1\n9,2\n11,1\n12.5,1\n", "w");
    same(&doubled, &absent);
    let predicted = folder.json(&["predict", "spec.fit.ron"]);
    assert_eq!(predicted["labels"].as_array().unwrap().len(), 8);
    let score = folder.json(&["score", "spec.fit.ron"]);
    assert_eq!(score["log_likelihood"], absent["log_likelihood"]);
    let each = numbers(&score["log_likelihoods"]);
    assert!(each.len() == 8 && each[3] < -100.0, "{each:?}");
}

#[test]
fn every_way_to_write_a_spec() {
    let folder = Folder::with("");
    let terms = [
        ("[\"x\"]", 2),
        ("[Column(\"x\")]", 2),
        ("[\"x\", Log(\"e\"), \"x\" ]", 0),
        ("[Log(\"x\"), \"x\"]", 3),
        ("[Power(\"x\", 2)]", 2),
        ("[Polynomial(\"x\", 3)]", 4),
        ("[/* a */ \"x\", // b\n \"e\",]", 3),
        ("[GaussianBasis(\"x\", centers: [1, 3, 5], width: 1.5)]", 4),
        ("[GaussianBasis(column: \"x\", centers: [1], width: 1)]", 2),
        ("[]", 1),
    ];
    for (terms, columns) in terms {
        let model = format!("PoissonRegressionMixture(components: 1, response: \"n\", terms: {terms})");
        folder.write("counts.csv", COUNTS);
        folder.write("spec.ron", counts(&model, ""));
        let ran = folder.em(&["check", "spec.ron", "--json"]);
        match columns {
            0 => assert!(ran.err.contains("the column `x` comes twice"), "{}", ran.err),
            _ => assert_eq!(document(&ran.out)["columns"].as_array().unwrap().len(), columns, "{terms}"),
        }
    }
    let fit = |text: &str| {
        folder.write("points.csv", POINTS);
        folder.write("spec.ron", text);
        let fit = folder.json(&["fit", "spec.ron", "--quiet"]);
        fit["log_likelihood"].as_f64().unwrap()
    };
    let offset = |o: &str| counts(&POISSON.replace("Log(\"e\")", o), "restarts: 1");
    assert_eq!(fit(&offset("\"x\"")), fit(&offset("Column(\"x\")")));
    let long = spec("GaussianMixture(components: 2, covariance: Full)", "algorithm: Em, start: KMeans, restarts: 2");
    let (brackets, comment) =
        (long.replace("Em,", "Em(),").replace("KMeans", "KMeans()"), long.clone() + "/* end */ // x");
    let value = fit(&long);
    for other in [
        brackets.replace("Full", "Full( )"),
        comment,
        long.replace('\n', "\r\n"),
        long.replace("fit: (", "fit : ( // a\n"),
    ] {
        assert_eq!(fit(&other), value, "{other}");
    }
    let swept = long.replace("\n)\n", "\n    sweep: (components: [1, 2], covariance: [Full, Diagonal]),\n)\n");
    assert_eq!(fit(&swept), value);
}

#[test]
fn a_fit_starts_where_an_earlier_one_ended() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 1, stop: (max_iterations: 2)"));
    let first = document(&folder.em(&["fit", "spec.ron", "-o", "first.fit.ron", "--json"]).out);
    folder.write("again.ron", spec(GAUSS, "start: Fit(\"first.fit.ron\"), stop: (max_iterations: 1)"));
    let again = document(&folder.em(&["fit", "again.ron", "--json"]).out);
    assert_eq!(again["trace"][0], first["objective"], "the objective goes on where it was");
    folder.write("other.ron", counts(POISSON, "start: Fit(\"first.fit.ron\")"));
    let refused = folder.em(&["fit", "other.ron"]);
    assert_eq!(refused.status, 2);
    let wanted = "first.fit.ron is a fit of the model GaussianMixture, not of PoissonRegressionMixture";
    assert!(refused.err.contains(wanted) && refused.err.contains("line 4, column"), "{}", refused.err);
}

#[test]
fn labels_are_compared_with_known_ones() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 3"));
    folder.write("points.csv", "x,y,kind\n1,2,a\n2,1,a\n3.5,5,a\n4,3,a\n7,8,b\n9,6,b\n11,9,b\n12.5,12,b\n");
    assert!(folder.em(&["fit", "spec.ron"]).status < 2);
    let ran = folder.em(&["predict", "spec.fit.ron", "--truth", "kind"]);
    assert!(ran.out.starts_with("label,") && ran.out.contains("Rows by kind and predicted label"), "{}", ran.out);
    let json = document(&folder.em(&["predict", "spec.fit.ron", "--truth", "kind", "--json"]).out);
    assert_eq!(json["confusion"]["levels"], serde_json::json!(["a", "b"]));
    assert!(json["adjusted_rand_index"].as_f64().unwrap() <= 1.0);
    let refused = folder.em(&["predict", "spec.fit.ron", "--truth", "kin"]);
    assert!(refused.status == 2 && refused.err.contains("did you mean \"kind\"?"), "{}", refused.err);
}
