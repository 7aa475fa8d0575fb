//! `em sample`: draws that are tables of the same columns, and what they are worth to other commands.

use crate::common::*;
use serde_json::Value;
use std::io::Read;
use std::process::Stdio;

const OLD_FAITHFUL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/old_faithful.ron");
const GAUSS: &str = "GaussianMixture(components: 2)";

fn column(sample: &Value, name: &str) -> Vec<f64> {
    let cells = sample["columns"][name].as_array().unwrap_or_else(|| panic!("no column {name}: {sample}"));
    cells.iter().map(|x| x.as_f64().unwrap()).collect()
}

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

fn header(csv: &str) -> &str {
    csv.lines().next().unwrap()
}

#[test]
fn fit_sample_fit_compose() {
    let folder = Folder::new();
    let first = folder.json(&["fit", OLD_FAITHFUL, "-o", "first.fit.ron", "--quiet"]);
    let ran = folder.em(&["sample", "first.fit.ron", "-n", "2000", "--seed", "3", "-o", "drawn.csv"]);
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    let drawn = folder.read("drawn.csv");
    assert_eq!((header(&drawn), drawn.lines().count()), ("eruptions,waiting", 2001));
    // The spec expects another log-likelihood, so that a miss is told; all else is a fit like any other.
    let ran = folder.em(&["fit", OLD_FAITHFUL, "--data", "drawn.csv", "-o", "second.fit.ron", "--json"]);
    assert_eq!(ran.status, 1);
    assert!(ran.err.starts_with("expected log_likelihood -1130.264"), "{}", ran.err);
    let second = document(&ran.out);
    assert_eq!(second["converged"], true);
    for (k, sd) in [(0, [0.27, 6.0]), (1, [0.42, 6.1])] {
        for (d, sd) in sd.into_iter().enumerate() {
            let at = |fit: &Value| {
                let mut means: Vec<f64> = (0..2).map(|j| fit["params"]["means"][j][d].as_f64().unwrap()).collect();
                means.sort_by(f64::total_cmp);
                means[k]
            };
            // Five standard errors of a component that holds a third of the rows.
            assert!((at(&first) - at(&second)).abs() < 5.0 * sd / 600f64.sqrt(), "{k} {d}");
        }
    }
    // Per row, the law that was drawn from explains the draws as well as its own data, to a few standard errors.
    let scored = folder.json(&["score", "first.fit.ron", "--data", "drawn.csv"]);
    let per_row = scored["log_likelihood"].as_f64().unwrap() / 2000.0;
    assert!((per_row + 1130.264 / 272.0).abs() < 0.15, "{per_row}");
    assert!(second["log_likelihood"].as_f64() > scored["log_likelihood"].as_f64());
    // Through pipes, without a file in between.
    let csv = folder.em(&["sample", "first.fit.ron", "-n", "50"]).out;
    let piped = folder.em_with(&["score", "second.fit.ron", "--data", "-"], &csv);
    assert_eq!((piped.status, piped.out.lines().count()), (0, 52), "{}", piped.err);
}

#[test]
fn draws_are_those_of_the_law_and_of_the_seed() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 3"));
    let fit = folder.json(&["fit", "spec.ron", "--quiet"]);
    let sample = folder.json(&["sample", "spec.fit.ron", "-n", "20000", "--latent"]);
    assert_eq!(sample["n"], 20000);
    let (labels, x) = (column(&sample, "label"), column(&sample, "x"));
    let weight = fit["params"]["weights"][1].as_f64().unwrap();
    assert!((mean(&labels) - weight).abs() < 5.0 * (0.25f64 / 20000.0).sqrt());
    for k in 0..2 {
        let of_k: Vec<f64> = labels.iter().zip(&x).filter(|(l, _)| **l == k as f64).map(|(_, x)| *x).collect();
        assert!(of_k.len() > 2000);
        let (mu, var) = (&fit["params"]["means"][k][0], &fit["params"]["covariances"][k][0][0]);
        let (mu, var) = (mu.as_f64().unwrap(), var.as_f64().unwrap());
        assert!((mean(&of_k) - mu).abs() < 5.0 * (var / of_k.len() as f64).sqrt());
        let spread = mean(&of_k.iter().map(|x| (x - mu) * (x - mu)).collect::<Vec<_>>());
        assert!((spread / var - 1.0).abs() < 5.0 * (2.0 / of_k.len() as f64).sqrt());
    }
    let draw = |args: &[&str]| folder.em(&[&["sample", "spec.fit.ron", "-n", "5"], args].concat()).out;
    assert_eq!(draw(&[]), draw(&["--threads", "1"]));
    assert_eq!(draw(&["--seed", "1"]), draw(&[]), "the seed of the fit");
    assert_ne!(draw(&["--seed", "2"]), draw(&[]));
    assert_eq!(header(&draw(&["--latent"])), "x,y,label");
}

#[test]
fn standardised_columns_come_back_on_their_own_scale() {
    let standard = |text: String| text.replace(".csv\"", ".csv\", standardize: true");
    let folder = Folder::with(&standard(spec(GAUSS, "restarts: 3")));
    folder.write("points.csv", POINTS.replace("x,y", "label,y"));
    folder.json(&["fit", "spec.ron", "--quiet"]);
    let sample = folder.json(&["sample", "spec.fit.ron", "-n", "4000", "--latent"]);
    // The points have mean 5.75 in y; a mixture keeps the means of its data.
    let (y, sd) = (column(&sample, "y"), 3.7);
    assert!((mean(&y) - 5.75).abs() < 5.0 * sd / 4000f64.sqrt(), "{}", mean(&y));
    // The column of labels has a name of its own.
    assert!(column(&sample, "latent_label").iter().all(|l| *l == 0.0 || *l == 1.0));
    assert!(sample["columns"]["latent_label"].to_string().starts_with(['[']));

    let model = "BayesianLinearRegression(response: \"n\", terms: [\"x\"])";
    let text = counts(model, "").replace(".csv\"", ".csv\", standardize: [\"n\", \"x\"]");
    folder.write("linear.ron", text);
    folder.json(&["fit", "linear.ron", "--quiet"]);
    let sample = folder.json(&["sample", "linear.fit.ron", "--latent"]);
    assert_eq!(column(&sample, "x")[..3], [0.5, 1.0, 1.5]);
    let (n, means) = (column(&sample, "n"), column(&sample, "mean"));
    // Twelve counts of mean 9.25: the line through them is far from that of their standardised values, which is at 0.
    assert!((mean(&means) - 9.25).abs() < 6.0, "{means:?}");
    let noise: Vec<f64> = n.iter().zip(&means).map(|(n, m)| (n - m) * (n - m)).collect();
    assert!(mean(&noise).sqrt() > 1.0 && mean(&noise).sqrt() < 30.0);
}

#[test]
fn regressions_draw_a_response_for_each_row() {
    let model = "PoissonRegressionMixture(components: 2, response: \"n\", terms: [\"x\"], offset: Log(\"e\"))";
    let folder = Folder::with(&counts(model, "restarts: 3"));
    folder.json(&["fit", "spec.ron", "--quiet"]);
    let csv = folder.em(&["sample", "spec.fit.ron"]).out;
    assert_eq!((header(&csv), csv.lines().count()), ("x,e,n", 13));
    for (drawn, given) in csv.lines().zip(COUNTS.lines()).skip(1) {
        let covariates = |line: &str| line.rsplit_once(',').unwrap().0.to_string();
        assert_eq!(covariates(drawn), covariates(given));
        let n: f64 = drawn.rsplit(',').next().unwrap().parse().unwrap();
        assert!(n >= 0.0 && n.fract() == 0.0);
    }
    assert_eq!(folder.em(&["sample", "spec.fit.ron", "-n", "12"]).out, csv);
    // The draws serve as data of the same spec.
    folder.write("drawn.csv", &csv);
    let again = folder.em(&["fit", "spec.ron", "--data", "drawn.csv", "-o", "again.ron", "--quiet"]);
    assert!(again.status <= 1, "{}", again.err);
    // Other rows need no response, and columns that the model does not read are left out.
    folder.write("rolls.csv", "e,note,x\n1,\"a,b\",2\n5,c,1\n");
    let csv = folder.em(&["sample", "spec.fit.ron", "--data", "rolls.csv", "--latent"]).out;
    assert!(csv.starts_with("e,x,n,label\n1,2,") && csv.lines().count() == 3, "{csv}");
    let refused = |args: &[&str]| {
        let ran = folder.em(args);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""));
        ran.err
    };
    let wanted = "error: spec.fit.ron: `-n` is 5, but one draw is made for each of the 2 rows of rolls.csv; leave `-n` out, or give other rows with `--data`\n";
    assert_eq!(refused(&["sample", "spec.fit.ron", "-n", "5", "--data", "rolls.csv"]), wanted);
    folder.write("far.csv", "e,x\n1,1\n1,9999\n");
    let err = refused(&["sample", "spec.fit.ron", "--data", "far.csv"]);
    assert!(err.contains("the draw of column \"n\" for row 1 (from 0) is beyond all numbers"), "{err}");
}

#[test]
fn levels_groups_and_weights_come_along() {
    let folder = Folder::new();
    let rows: String = (0..40).map(|i| format!("{},g{},{},k{}\n", i % 7, i / 4, 1 + (i / 4) % 2, i % 3)).collect();
    folder.write("rows.csv", format!("x,g,w,kind\n{rows}"));
    let source = "data: Csv(path: \"rows.csv\", columns: [\"x\"], weights: \"w\", group: \"g\")";
    folder.write("spec.ron", format!("({source}, model: {GAUSS}, fit: (restarts: 3))"));
    folder.json(&["fit", "spec.ron", "--quiet"]);
    let csv = folder.em(&["sample", "spec.fit.ron", "--latent"]).out;
    assert!(csv.starts_with("x,g,w,label\n") && csv.lines().count() == 41, "{csv}");
    // Rows of one group share their label.
    let cells: Vec<Vec<&str>> = csv.lines().skip(1).map(|l| l.split(',').collect()).collect();
    assert!(cells.iter().all(|row| cells.iter().all(|other| row[1] != other[1] || row[3] == other[3])));
    assert!(cells.iter().enumerate().all(|(i, row)| row[1] == format!("g{}", i / 4)));
    folder.write("drawn.csv", &csv);
    assert!(folder.em(&["fit", "spec.ron", "--data", "drawn.csv", "-o", "again.ron", "--quiet"]).status <= 1);

    let alone = "data: Csv(path: \"rows.csv\", columns: [\"x\"], weights: \"w\")";
    folder.write("alone.ron", format!("({alone}, model: {GAUSS}, fit: (restarts: 3))"));
    folder.json(&["fit", "alone.ron", "--quiet"]);
    let csv = folder.em(&["sample", "alone.fit.ron", "-n", "2"]).out;
    assert_eq!((header(&csv), csv.lines().filter(|l| l.ends_with(",1")).count()), ("x,w", 2));

    let linear = "BayesianLinearRegression(response: \"x\", terms: [Categorical(\"kind\")])";
    folder.write("linear.ron", format!("(data: Csv(path: \"rows.csv\"), model: {linear})"));
    folder.json(&["fit", "linear.ron", "--quiet"]);
    let csv = folder.em(&["sample", "linear.fit.ron"]).out;
    assert!(header(&csv) == "x,kind" && csv.lines().nth(2).unwrap().ends_with(",k1"), "{csv}");
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 3"));
    folder.json(&["fit", "spec.ron", "--quiet"]);
    folder.write("kmeans.ron", spec("KMeans(clusters: 2)", "restarts: 3"));
    folder.write("kmedoids.ron", spec("KMedoids(clusters: 2)", ""));
    let refused = |args: &[&str]| {
        let ran = folder.em(args);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{args:?}");
        ran.err
    };
    for (model, name) in [("kmeans", "KMeans"), ("kmedoids", "KMedoids")] {
        folder.json(&["fit", &format!("{model}.ron"), "--quiet"]);
        let wanted = format!(
            "error: {model}.fit.ron: `em sample` needs `Sample`, which the model {name} does not offer; it has no law to draw from, as a mixture or a regression has\n"
        );
        assert_eq!(refused(&["sample", &format!("{model}.fit.ron"), "-n", "3"]), wanted);
    }
    let wanted = "error: spec.fit.ron: say with `-n` how many rows to draw\n";
    assert_eq!(refused(&["sample", "spec.fit.ron"]), wanted);
    assert!(refused(&["sample", "spec.fit.ron", "-n", "0"]).contains("a whole number, 1 or above, is wanted"));
    assert!(refused(&["sample", "spec.fit.ron", "-n", "999999999999"]).contains("it must be from 1 to "));
    assert!(refused(&["sample", "spec.ron", "-n", "1"]).contains("this is no fit file"));
    let over = refused(&["sample", "spec.fit.ron", "-n", "1", "-o", "spec.fit.ron"]);
    assert!(over.contains("the output would overwrite an input"), "{over}");
}

#[test]
fn a_reader_that_has_enough_ends_the_program_quietly() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 3"));
    folder.json(&["fit", "spec.ron", "--quiet"]);
    let mut command = folder.command(&["sample", "spec.fit.ron", "-n", "100000"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 4];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"x,y\n");
    let left = child.wait_with_output().unwrap();
    assert_eq!((left.status.code(), left.stderr), (Some(0), Vec::new()));
}
