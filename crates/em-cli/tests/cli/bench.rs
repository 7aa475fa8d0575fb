//! `em bench`: every algorithm on one model, and a spec for each of them.

use crate::common::*;
use serde_json::Value;

const OLD_FAITHFUL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/old_faithful.ron");

/// The maximum of the log-likelihood of models/times_deaths.ron, to which a reference program climbed in 7960 iterations.
const TIMES_DEATHS: f64 = -1989.9458598829642;

/// As a spec names them.
const ALL: [&str; 12] = [
    "Em",
    "Ecm(multicycle: false)",
    "Gem(steps: 1)",
    "GradientEm(rate: 0.1, line_search: true)",
    "HardEm",
    "StochasticEm",
    "MonteCarloEm(draws: 10)",
    "Annealed(from: 0.1, steps: 20)",
    "Incremental",
    "Stepwise(power: 0.7, batch: 1)",
    "Squarem",
    "Anderson(depth: 5)",
];

fn name(algorithm: &str) -> &str {
    algorithm.split('(').next().unwrap()
}

fn row<'a>(rows: &'a Value, algorithm: &str) -> &'a Value {
    rows.as_array().unwrap().iter().find(|r| r["algorithm"] == algorithm).unwrap()
}

/// Asserts that exactly these algorithms ran, and that the others say what the model lacks.
fn check_rows(rows: &Value, lacking: &[(&str, &str)]) {
    let names: Vec<&str> = rows.as_array().unwrap().iter().map(|r| r["algorithm"].as_str().unwrap()).collect();
    assert_eq!(names, ALL.map(name));
    for row in rows.as_array().unwrap() {
        let lacks = lacking.iter().find(|(algorithm, _)| row["algorithm"] == *algorithm).map(|(_, lacks)| *lacks);
        assert_eq!(row["lacks"].as_str(), lacks, "{row}");
        assert!(row["error"].is_null(), "{row}");
        for figure in ["iterations", "passes", "seconds", "objective", "log_likelihood"] {
            assert_eq!(row[figure].is_number(), lacks.is_none(), "{row}");
        }
    }
}

#[test]
fn all_twelve_run_on_old_faithful_and_say_what_they_climb() {
    let folder = Folder::new();
    let rows = folder.json(&["bench", OLD_FAITHFUL]);
    check_rows(&rows, &[]);
    for algorithm in ["Em", "Ecm", "Gem", "GradientEm", "Incremental", "Squarem", "Anderson"] {
        let row = row(&rows, algorithm);
        // The maximum by R's mclust, as in the spec itself.
        assert!((row["objective"].as_f64().unwrap() + 1130.264).abs() < 1e-3, "{row}");
        assert_eq!(row["converged"], true);
    }
    for algorithm in ["StochasticEm", "MonteCarloEm", "Stepwise"] {
        let row = row(&rows, algorithm);
        assert_eq!((row["climbs"].as_str(), row["converged"].as_bool()), (Some("noisy"), Some(false)));
    }
    let hard = row(&rows, "HardEm");
    assert_eq!(hard["climbs"], "classification");
    assert!(hard["objective"].as_f64() < hard["log_likelihood"].as_f64());
    assert_eq!(row(&rows, "Annealed")["climbs"], "objective");
    assert_eq!(folder.names(), Vec::<String>::new(), "a comparison writes nothing");

    let ran = folder.em(&["bench", OLD_FAITHFUL]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let lines: Vec<&str> = ran.out.lines().collect();
    let head = lines.iter().position(|l| l.contains("iterations")).unwrap();
    assert_eq!(lines[head].split_whitespace().collect::<Vec<_>>(), ["iterations", "passes", "seconds", "objective"]);
    let first: Vec<&str> = lines[head + 1..].iter().map(|l| l.split_whitespace().next().unwrap()).collect();
    assert_eq!(first, ALL.map(name));
    assert!(lines[head + 1].starts_with("Em ") && lines[head + 1].ends_with("as in the spec"), "{}", ran.out);
}

#[test]
fn every_algorithm_fits_from_its_own_spec() {
    let folder = Folder::new();
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/data/old_faithful.csv");
    let rows = folder.json(&["bench", OLD_FAITHFUL]);
    for algorithm in ALL {
        folder.write(
            "spec.ron",
            format!(
                "(data: Csv(path: \"{data}\", columns: [\"eruptions\", \"waiting\"]), model: GaussianMixture(components: 2, \
                 covariance: Full), fit: (algorithm: {algorithm}, restarts: 1, stop: (max_iterations: 1000)))"
            ),
        );
        let ran = folder.em(&["fit", "spec.ron", "--json", "--quiet"]);
        let (fit, row) = (document(&ran.out), row(&rows, name(algorithm)));
        // The same start, the same settings: the same run, to the bit.
        for figure in ["iterations", "passes", "objective", "log_likelihood", "converged"] {
            assert_eq!(fit[figure], row[figure], "{algorithm}: {figure}");
        }
        assert_eq!(ran.status, i32::from(fit["converged"] == false), "{algorithm}");
    }
}

#[test]
fn what_a_model_lacks_is_listed() {
    let models = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
    let folder = Folder::new();
    let bernoulli = folder.json(&["bench", &format!("{models}/lsat7.ron"), "--quiet"]);
    check_rows(&bernoulli, &[("Ecm", "Conditionals")]);
    let poisson = format!("{models}/fabric_faults.ron");
    let lacking = [("Ecm", "Conditionals"), ("Incremental", "CompleteLikelihood"), ("Stepwise", "CompleteLikelihood")];
    check_rows(&folder.json(&["bench", &poisson, "--quiet"]), &lacking);
    let plain = folder.em(&["bench", &poisson]).out;
    let wanted = "not run: it needs `Conditionals`, which the model does not offer";
    assert!(plain.lines().any(|l| l.starts_with("Ecm ") && l.ends_with(wanted)), "{plain}");
}

#[test]
fn settings_of_the_spec_are_kept_and_failures_are_told() {
    let folder = Folder::with(&spec("GaussianMixture(components: 2)", "algorithm: GradientEm(rate: 0.25), seed: 3"));
    let rows = folder.json(&["bench", "spec.ron"]);
    let settings = row(&rows, "GradientEm")["settings"].as_str().unwrap();
    assert!(settings.contains("rate: 0.25"), "{settings}");
    assert_eq!(rows, rows_without_seconds(&folder, &["bench", "spec.ron", "--seed", "3"], &rows));
}

#[test]
fn a_run_that_fails_stands_in_its_row() {
    // Two rows are the same, and the labels put them into a component of their own, which has no spread.
    let folder = Folder::with(
        &spec("GaussianMixture(components: 2)", "start: Labels(column: \"l\"), stop: (max_iterations: 50)")
            .replace("points.csv\"", "points.csv\", columns: [\"x\"]"),
    );
    folder.write("points.csv", "x,l\n1,0\n1,0\n5,1\n6,1\n7,1\n");
    let ran = folder.em(&["bench", "spec.ron"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let hard = ran.out.lines().find(|l| l.starts_with("HardEm ")).unwrap();
    assert!(hard.contains("  failed: run 1, iteration 1: component 0: the variance of feature 0"), "{hard}");
    let rows = folder.json(&["bench", "spec.ron"]);
    let (hard, annealed) = (row(&rows, "HardEm"), row(&rows, "Annealed"));
    assert!(hard["objective"].is_null() && hard["lacks"].is_null());
    assert!(hard["error"].as_str().unwrap().starts_with("spec.ron: run 1, iteration 1: component 0"), "{hard}");
    assert!(annealed["objective"].is_number() && annealed["error"].is_null());
    let ran = folder.em(&["bench", "spec.ron", "--data", "nowhere.csv"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{}", ran.err);
}

#[test]
fn accelerated_runs_need_a_fifth_of_the_passes_where_em_is_slow() {
    let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/times_deaths.ron");
    let rows = Folder::new().json(&["bench", spec, "--only", "Anderson", "--only", "Em", "--only", "Squarem"]);
    let names: Vec<&str> = rows.as_array().unwrap().iter().map(|r| r["algorithm"].as_str().unwrap()).collect();
    assert_eq!(names, ["Em", "Squarem", "Anderson"]);
    let figure = |algorithm: &str, figure: &str| row(&rows, algorithm)[figure].as_f64().unwrap();
    assert!(figure("Em", "passes") > 5000.0, "EM is slow here");
    for algorithm in ["Em", "Squarem", "Anderson"] {
        // EM comes within what is left at a relative gain of 10⁻¹⁴.
        let objective = figure(algorithm, "objective");
        assert!((objective - TIMES_DEATHS).abs() < 1e-8 * TIMES_DEATHS.abs(), "{algorithm}: {objective}");
        assert!(algorithm == "Em" || 5.0 * figure(algorithm, "passes") <= figure("Em", "passes"), "{algorithm}");
        // What the documentation says of this command: rounding may move the end by some iterations.
        let told = include_str!("../../../../docs/design.md");
        let at = told.find(&format!("| `{algorithm}` | ")).expect("a row of the table in docs/design.md");
        let passes: f64 = told[at..].split('|').nth(2).unwrap().trim().parse().unwrap();
        assert!((figure(algorithm, "passes") / passes - 1.0).abs() < 0.05, "{algorithm}: {passes} passes are told");
    }
}

#[test]
fn algorithms_can_be_named_and_one_that_is_not_known_is_refused() {
    let folder = Folder::new();
    let ran = folder.em(&["bench", OLD_FAITHFUL, "--only", "Squarm"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("there is no algorithm `Squarm`; did you mean `Squarem`? (known: Em, Ecm, "),
        "{}",
        ran.err
    );
    let lsat7 = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/lsat7.ron");
    let ran = folder.em(&["bench", lsat7, "--only", "Ecm"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("`Ecm` needs `Conditionals`, which the model BernoulliMixture does not offer"),
        "{}",
        ran.err
    );
}

/// The rows of another call, with the times of these: nothing else may differ.
fn rows_without_seconds(folder: &Folder, args: &[&str], like: &Value) -> Value {
    let mut rows = folder.json(args);
    for (row, like) in rows.as_array_mut().unwrap().iter_mut().zip(like.as_array().unwrap()) {
        row["seconds"] = like["seconds"].clone();
    }
    rows
}
