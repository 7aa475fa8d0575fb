//! `group: "column"`: rows of one group share a label, count as one unit, and are predicted row by row.

use crate::common::{Folder, Ran, refused};
use serde_json::Value;

/// Six persons with two to four measurements each, not side by side; three are around 1, three around 6.
const VISITS: &str = "who,x,w\nann,0.2,1\nbob,5.1,1\ncat,1.9,2\nann,1.4,1\n\"d, e\",6.3,1\nbob,7.2,1\ncat,0.1,2\n\
                      eve,6.6,1\nfay,1.1,1\neve,4.4,1\n\"d, e\",5.0,1\nann,2.2,1\nfay,0.6,0\ncat,1.6,2\nfay,1.0,1\n";
const MODEL: &str = "GaussianMixture(components: 2, covariance: Tied)";

fn spec(model: &str, options: &str) -> String {
    format!(
        "(\n    data: Csv(path: \"visits.csv\", columns: [\"x\"]{options}),\n    model: {model},\n    fit: (seed: 2),\n)\n"
    )
}

fn folder(model: &str, options: &str) -> Folder {
    let folder = Folder::with(&spec(model, options));
    folder.write("visits.csv", VISITS);
    folder
}

fn grouped() -> Folder {
    folder(MODEL, ", group: \"who\"")
}

fn good(ran: Ran) -> String {
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    ran.out
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// The names of the persons, row by row.
fn persons() -> Vec<&'static str> {
    VISITS.lines().skip(1).map(|line| line.rsplitn(3, ',').last().unwrap()).collect()
}

#[test]
fn groups_are_units_and_rows_are_predicted_in_their_order() {
    let folder = grouped();
    let fit = folder.json(&["fit", "spec.ron"]);
    assert_eq!(
        (&fit["data"]["n"], &fit["data"]["rows"], &fit["data"]["columns"]),
        (&6.into(), &15.into(), &serde_json::json!(["x"]))
    );
    let of = |name: &str| fit[name].as_f64().unwrap();
    // Four parameters, and n is the number of groups.
    assert_eq!(fit["n_parameters"], 4);
    assert!((of("bic") - (4.0 * 6f64.ln() - 2.0 * of("log_likelihood"))).abs() < 1e-10);

    let prediction = folder.json(&["predict", "spec.fit.ron"]);
    let labels: Vec<u64> = prediction["labels"].as_array().unwrap().iter().map(|l| l.as_u64().unwrap()).collect();
    let (names, high) = (persons(), labels[1]);
    let around_six = |name: &&str| ["bob", "\"d, e\"", "eve"].contains(name);
    assert_eq!(labels, names.iter().map(|n| if around_six(n) { high } else { 1 - high }).collect::<Vec<_>>());
    let r: Vec<Vec<f64>> = prediction["responsibilities"].as_array().unwrap().iter().map(numbers).collect();
    for (row, name) in names.iter().enumerate() {
        assert_eq!(r[row], r[names.iter().position(|n| n == name).unwrap()]);
    }
    // Twice the entropy of the responsibilities of units, not of rows.
    let firsts = (0..names.len()).filter(|row| names.iter().position(|n| *n == names[*row]) == Some(*row));
    let entropy: f64 = firsts.flat_map(|row| &r[row]).filter(|r| **r > 0.0).map(|r| -r * r.ln()).sum();
    assert!((of("icl") - of("bic") - 2.0 * entropy).abs() < 1e-10);
    assert_eq!(good(folder.em(&["predict", "spec.fit.ron"])).lines().count(), 16);
}

#[test]
fn people_read_how_many_groups_there_are() {
    let folder = grouped();
    let out = good(folder.em(&["fit", "spec.ron"]));
    assert!(out.lines().nth(1).unwrap().starts_with("6 groups of 15 rows from visits.csv: x"), "{out}");
    assert!(good(folder.em(&["check", "spec.ron"])).contains("n          6 groups of 15 rows\n"));
    let check = folder.json(&["check", "spec.ron"]);
    assert_eq!((&check["n"], &check["rows"]), (&6.into(), &15.into()));
}

#[test]
fn scores_are_those_of_groups_and_the_total_is_that_of_the_fit() {
    let folder = grouped();
    let fit = folder.json(&["fit", "spec.ron"]);
    let out = good(folder.em(&["score", "spec.fit.ron"]));
    let heads: Vec<&str> = out.lines().map(|line| line.rsplit_once(',').unwrap().0).collect();
    assert_eq!(heads, ["group", "ann", "bob", "cat", "\"d, e\"", "eve", "fay", "total"]);
    let json = folder.json(&["score", "spec.fit.ron"]);
    assert_eq!(json["log_likelihood"], fit["log_likelihood"]);
    let each = numbers(&json["log_likelihoods"]);
    assert_eq!(each.len(), 6);
    assert!((each.iter().sum::<f64>() - fit["log_likelihood"].as_f64().unwrap()).abs() < 1e-12);
}

#[test]
fn other_data_are_predicted_with_their_groups_or_without() {
    let folder = grouped();
    let fit = folder.json(&["fit", "spec.ron"]);
    let means: Vec<f64> = fit["params"]["means"].as_array().unwrap().iter().map(|m| m[0].as_f64().unwrap()).collect();
    let low = usize::from(means[1] < means[0]);
    let labels = |data: &str| {
        folder.write("other.csv", data);
        let all = folder.json(&["predict", "spec.fit.ron", "--data", "other.csv"])["labels"].clone();
        all.as_array().unwrap().iter().map(|l| l.as_u64().unwrap() as usize).collect::<Vec<_>>()
    };
    // The row at 4.6 goes with the others of its group.
    assert_eq!(labels("x\n1\n4.6\n1.5\n"), [low, 1 - low, low]);
    assert_eq!(labels("x,who\n1,7\n4.6,7\n1.5,7\n"), [low; 3]);
    assert_eq!(labels("who,x\nzoe,1\nyan,4.6\nzoe,1.5\n"), [low, 1 - low, low]);
    // A likelihood is that of groups, which must be there.
    folder.write("other.csv", "x\n1\n");
    let score = folder.em(&["score", "spec.fit.ron", "--data", "other.csv"]);
    assert_eq!((score.status, score.err.contains("there is no column \"who\"")), (2, true), "{}", score.err);
    let changed = VISITS.replace("eve,4.4", "bob,4.4");
    folder.write("visits.csv", changed);
    assert!(folder.em(&["predict", "spec.fit.ron"]).err.contains("the data have changed since the fit"));
}

#[test]
fn a_group_of_weight_two_is_two_groups_and_a_row_of_weight_zero_is_absent() {
    let weighted = folder(MODEL, ", group: \"who\", weights: \"w\"").json(&["fit", "spec.ron"]);
    assert_eq!((&weighted["data"]["n"], &weighted["data"]["weight"]), (&6.into(), &7.0.into()));
    let twin = VISITS.lines().filter(|line| line.starts_with("cat")).map(|line| line.replace("cat", "cat too") + "\n");
    let copies = VISITS.replace("fay,0.6,0\n", "") + &twin.collect::<String>();
    let plain = grouped();
    plain.write("visits.csv", copies);
    let twice = plain.json(&["fit", "spec.ron"]);
    for name in ["log_likelihood", "bic", "aic"] {
        let (a, b) = (weighted[name].as_f64().unwrap(), twice[name].as_f64().unwrap());
        // Both stop within 1e-10 of the same maximum.
        assert!((a - b).abs() < 1e-8 * a.abs(), "{name}: {a} {b}");
    }
    let folder = folder(MODEL, ", group: \"who\", weights: \"w\"");
    folder.json(&["fit", "spec.ron"]);
    let prediction = folder.json(&["predict", "spec.fit.ron"]);
    assert_eq!(prediction["responsibilities"][12], prediction["responsibilities"][8]);
}

#[test]
fn groups_of_one_row_change_no_bit_and_threads_neither() {
    let ids: String = VISITS
        .lines()
        .enumerate()
        .map(|(i, line)| format!("{},{line}\n", if i == 0 { "id".into() } else { i.to_string() }))
        .collect();
    let fit = |options: &str, args: &[&str]| {
        let folder = folder(MODEL, options);
        folder.write("visits.csv", &ids);
        folder.json(&[&["fit", "spec.ron"], args].concat())
    };
    let (alone, plain) = (fit(", group: \"id\"", &[]), fit("", &[]));
    assert_eq!((&alone["trace"], &alone["params"], &alone["icl"]), (&plain["trace"], &plain["params"], &plain["icl"]));
    let one = fit(", group: \"who\"", &["--threads", "1"]);
    for threads in ["2", "3"] {
        let other = fit(", group: \"who\"", &["--threads", threads]);
        assert_eq!((&one["trace"], &one["params"]), (&other["trace"], &other["params"]));
    }
}

#[test]
fn every_mixture_and_clustering_takes_groups() {
    let counts = "who,x,y\na,1,0\nb,1,9\na,2,1\nb,2,11\nc,1,1\nc,3,0\nd,1,8\nd,3,14\n";
    let poisson = "PoissonRegressionMixture(components: 2, response: \"y\", terms: [\"x\"])";
    let standard = ", group: \"who\", standardize: true";
    for (model, options, data) in [
        (poisson, ", group: \"who\"", counts),
        (
            "BernoulliMixture(components: 2)",
            ", group: \"who\"",
            "who,x\na,1\nb,0\na,1\nb,0\na,0\nb,1\na,1\nb,0\na,1\nb,0\nc,1\nc,1\nc,1\nd,0\nd,0\nd,0\n",
        ),
        ("BayesianGaussianMixture(components: 2)", standard, VISITS),
        ("BayesianGaussianMixture(components: 4, covariance: TiedSpherical, concentration: 0.01)", standard, VISITS),
        ("KMeans(clusters: 2)", standard, VISITS),
        ("KMeans(clusters: 2, dissimilarity: Manhattan)", standard, VISITS),
        ("KMedoids(clusters: 2)", standard, VISITS),
    ] {
        let text = spec(model, options)
            .replace(", columns: [\"x\"]", if model == poisson { "" } else { ", columns: [\"x\"]" });
        let folder = Folder::with(&text);
        folder.write("visits.csv", data);
        let fit = folder.json(&["fit", "spec.ron"]);
        assert!(fit["data"]["n"].as_u64() < fit["data"]["rows"].as_u64(), "{model}");
        let labels = folder.json(&["predict", "spec.fit.ron"])["labels"].clone();
        let names: Vec<&str> = data.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
        for (row, name) in names.iter().enumerate() {
            assert_eq!(labels[row], labels[names.iter().position(|n| n == name).unwrap()], "{model}");
        }
    }
    // Groups stand in the spec itself too.
    let inline = "(data: Inline(columns: {\"g\": [1, 1, 2, 2, 3, 3], \"x\": [0, 1, 5, 7, 0, 2]}, group: \"g\"), model: KMeans(clusters: 2))";
    let fit = Folder::with(inline).json(&["fit", "spec.ron"]);
    assert_eq!((&fit["data"]["n"], &fit["params"]["inertia"]), (&3.into(), &4.75.into()));
}

#[test]
fn models_that_know_no_groups_refuse_them() {
    let model = "BayesianLinearRegression(response: \"x\", terms: [\"w\"])";
    let text = spec(model, ", group: \"who\"").replace(", columns: [\"x\"]", "");
    let folder = Folder::with(&text);
    folder.write("visits.csv", VISITS);
    let wanted = "`data`: visits.csv: the groups in column \"who\" have no meaning for the model BayesianLinearRegression, to which every row is a unit of its own; leave out `group`, or use a mixture or K-means";
    let found = refused(&folder, "spec.ron");
    assert!(found.starts_with("spec.ron: line 2, column ") && found.ends_with(wanted), "{found}");
}

#[test]
fn groups_that_cannot_be_are_refused_where_they_stand() {
    let refusal = |data: &str, model: &str, options: &str| {
        let folder = folder(model, options);
        folder.write("visits.csv", data);
        refused(&folder, "spec.ron")
    };
    let (group, weights) = (", group: \"who\"", ", group: \"who\", weights: \"w\"");
    let missing = VISITS.replace("eve,6.6", ",6.6");
    assert_eq!(
        refusal(&missing, MODEL, group),
        "visits.csv: line 9, column \"who\": the value is missing; fill it in, or leave out such rows with `missing: DropRows`"
    );
    assert_eq!(
        refusal("who,x\n1,2\n,3\n", MODEL, group),
        "visits.csv: line 3, column \"who\": the value is missing; fill it in, or leave out such rows with `missing: DropRows`"
    );
    assert_eq!(refusal("who,x\n1,2\nx,3\n", MODEL, group), "visits.csv: line 3, column \"who\": \"x\" is not a number");
    let other = VISITS.replace("cat,1.6,2", "cat,1.6,3");
    assert_eq!(
        refusal(&other, MODEL, weights),
        "visits.csv: line 15, column \"w\": the weight 3 differs from 2 in an earlier row of group \"cat\"; give the rows of a group one weight, or 0"
    );
    let nobody = refusal(VISITS, MODEL, ", group: \"whom\"");
    assert!(nobody.starts_with("visits.csv: there is no column \"whom\"; did you mean \"who\"?"), "{nobody}");
    let both = refusal(VISITS, MODEL, ", group: \"w\", weights: \"w\"");
    assert!(both.ends_with("`group` and `weights` both name \"w\"; a column can be but one of them"), "{both}");
    let many = MODEL.replace('2', "7");
    let wanted =
        "visits.csv: 15 rows with a weight above 0 are too few: they are in 6 groups, but the model has 7 components";
    assert_eq!(refusal(VISITS, &many, group), wanted);
    let wanted = "visits.csv: 15 rows with a weight above 0 are too few: 6 of their groups have different means, and 7 clusters need as many";
    assert_eq!(refusal(VISITS, "KMeans(clusters: 7)", group), wanted);
    let wanted =
        "visits.csv: 15 rows with a weight above 0 are too few: they are in 6 groups, but the model has 7 clusters";
    assert_eq!(refusal(VISITS, "KMedoids(clusters: 7)", group), wanted);
}

#[test]
fn what_fails_names_the_group() {
    let folder = grouped();
    folder.write("visits.csv", VISITS.replace("eve,6.6", "eve,1e150"));
    let start = "start: Params(weights: [0.5, 0.5], means: [[1], [6]], covariances: [[[1e-100]], [[1e-100]]])";
    folder.write("spec.ron", folder.read("spec.ron").replace("seed: 2", start));
    let ran = folder.em(&["fit", "spec.ron"]);
    assert_eq!(ran.status, 3);
    assert!(
        ran.err.contains("first because of observation 4") && ran.err.contains("(observation 4 is the group \"eve\")"),
        "{}",
        ran.err
    );
}
