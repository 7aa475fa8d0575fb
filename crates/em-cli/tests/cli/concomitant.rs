//! `concomitant: [terms]`: mixing weights that depend on covariates, from the spec to the prediction.

use crate::common::{Folder, refused};
use serde_json::{Value, json};

/// Visits of 24 persons, which are either few or many; z makes many more likely, and t says nothing.
const VISITS: &str = "who,n,z,t\n\
    a,0,0.1,2\nb,9,1.9,1\nc,1,0.5,3\nd,2,1.1,1\ne,11,1.2,2\nf,0,0.3,1\ng,12,0.9,3\nh,1,0.2,2\ni,8,1.7,1\nj,2,1.6,2\n\
    k,0,0.7,3\nl,10,0.4,1\nm,1,0.6,2\nn,13,1.8,3\no,0,0.8,1\np,7,1.4,2\nq,2,0.15,3\nr,9,1.5,1\ns,1,1.3,2\nt,12,1.0,3\n\
    u,0,0.05,1\nv,11,1.95,2\nw,1,0.35,3\nx,10,1.25,1\n";

const MODEL: &str = "PoissonRegressionMixture(components: 2, response: \"n\", concomitant: [\"z\"])";

fn spec(data: &str, model: &str, fit: &str) -> String {
    format!("(\n    data: Csv(path: \"visits.csv\"{data}),\n    model: {model},\n    fit: ({fit}),\n)\n")
}

fn folder(data: &str, model: &str, fit: &str) -> Folder {
    let folder = Folder::with(&spec(data, model, fit));
    folder.write("visits.csv", VISITS);
    folder
}

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap_or_else(|| panic!("{v} is no number"))
}

/// a_1 and the two rates of a fit.
fn parts(fit: &Value) -> ([f64; 2], [f64; 2]) {
    let (a, b) = (&fit["params"]["concomitant"], &fit["params"]["coefficients"]);
    assert_eq!((&a[0], &fit["params"]["weights"]), (&json!([0.0, 0.0]), &Value::Null));
    ([0, 1].map(|c| number(&a[1][c])), [0, 1].map(|j| number(&b[j][0]).exp()))
}

#[test]
fn a_fit_is_predicted_and_scored_by_its_covariates() {
    let folder = folder("", MODEL, "seed: 1, stop: (relative_gain: 1e-13)");
    let fit = folder.json(&["fit", "spec.ron"]);
    assert_eq!(fit["n_parameters"], 4);
    assert_eq!(fit["warnings"], json!([]));
    let (a, rates) = parts(&fit);
    // One more of z: many visits are more likely, whichever component they are.
    assert!((rates[1] - rates[0]).signum() * a[1] > 1.0, "{a:?} {rates:?}");
    // The log-likelihood by its definition.
    let density = |y: f64, rate: f64| y * rate.ln() - rate - (1..=y as u64).map(|i| (i as f64).ln()).sum::<f64>();
    let share = |z: f64| 1.0 / (1.0 + (-a[0] - a[1] * z).exp());
    let row = |line: &str| {
        let cells: Vec<f64> = line.split(',').skip(1).map(|c| c.parse().unwrap()).collect();
        ((1.0 - share(cells[1])) * density(cells[0], rates[0]).exp()
            + share(cells[1]) * density(cells[0], rates[1]).exp())
        .ln()
    };
    let by_hand: f64 = VISITS.lines().skip(1).map(row).sum();
    assert!((by_hand - number(&fit["log_likelihood"])).abs() < 1e-10);
    let score = folder.json(&["score", "spec.fit.ron"]);
    assert_eq!(score["log_likelihood"], fit["log_likelihood"]);

    // New persons, of whom only z is known.
    folder.write("new.csv", "z\n0\n2\n");
    let prediction = folder.json(&["predict", "spec.fit.ron", "--data", "new.csv"]);
    for (i, z) in [0.0, 2.0].into_iter().enumerate() {
        let mean = (1.0 - share(z)) * rates[0] + share(z) * rates[1];
        assert!((number(&prediction["mean"][i]) - mean).abs() < 1e-12);
    }
    folder.write("less.csv", "n\n0\n");
    let ran = folder.em(&["predict", "spec.fit.ron", "--data", "less.csv"]);
    assert!(ran.status == 2 && ran.err.contains("less.csv: there is no column \"z\""), "{}", ran.err);
}

#[test]
fn people_see_a_table_of_the_coefficients() {
    let folder = folder("", MODEL, "seed: 1");
    let out = folder.em(&["fit", "spec.ron"]).out;
    assert!(out.contains("Components: expected number of observations, coefficients of the log rate"), "{out}");
    let table = out.split("Mixing weights: coefficients of the log odds against component 0").nth(1).unwrap();
    let words: Vec<&str> = table.split_whitespace().take(6).collect();
    assert_eq!(words, ["intercept", "z", "component", "0", "0.0000", "0.0000"]);
}

#[test]
fn a_start_is_coefficients_plain_weights_or_another_fit() {
    let wanted = folder("", MODEL, "seed: 1, stop: (relative_gain: 1e-13)").json(&["fit", "spec.ron"]);
    let reaches = |folder: &Folder| {
        let fit = folder.json(&["fit", "spec.ron"]);
        assert!((number(&fit["log_likelihood"]) - number(&wanted["log_likelihood"])).abs() < 1e-7);
        fit
    };
    let from = |start: &str| folder("", MODEL, &format!("start: {start}, stop: (relative_gain: 1e-13)"));
    reaches(&from("Params(concomitant: [[0, 0], [-1, 0.5]], coefficients: [[0], [2]])"));
    let folder = from("Params(weights: [0.6, 0.4], coefficients: [[0], [2]])");
    let first = reaches(&folder);
    folder.write("next.ron", spec("", MODEL, "start: Fit(\"spec.fit.ron\")"));
    let next = folder.json(&["fit", "next.ron"]);
    assert_eq!(next["trace"][0], first["objective"]);
}

#[test]
fn terms_and_starts_that_do_not_fit_are_refused_in_words() {
    let start = |params: &str| format!("start: Params({params}, coefficients: [[0], [2]])");
    let terms = |terms: &str| MODEL.replace("[\"z\"]", terms);
    let good = start("concomitant: [[0, 0], [-1, 0.5]]");
    for (model, fit, place, wanted) in [
        (
            MODEL.into(),
            start("concomitant: [[0, 1], [-1, 0.5]]"),
            "line 4",
            "`concomitant`: entry 1 of the first row is 1, but that row is all 0",
        ),
        (
            MODEL.into(),
            start("concomitant: [[0, 0, 0], [-1, 0.5, 1]]"),
            "line 4",
            "has 2 columns, an intercept first, but `concomitant` has 3 entries in each row",
        ),
        (
            MODEL.into(),
            start("concomitant: [[0, 0]]"),
            "line 4",
            "1 row of `concomitant` and 2 rows of `coefficients` are not as many of each",
        ),
        (
            MODEL.into(),
            start("concomitant: [[0, 0], [-1, 0.5]], weights: [0.5, 0.5]"),
            "line 4",
            "`weights` and `concomitant` are both given",
        ),
        (
            terms("[]"),
            good.clone(),
            "line 4",
            "the mixing weights depend on nothing, so give `weights` and not `concomitant`",
        ),
        (terms("[\"z\", \"zz\"]"), good.clone(), "visits.csv", "there is no column \"zz\"; did you mean \"z\"?"),
        (
            terms("[Log(\"z\"), Log(\"n\")]"),
            good.clone(),
            "line 3",
            "concomitant: column \"n\" is the response; it cannot explain itself",
        ),
        (terms("[\"z\", \"z\"]"), good.clone(), "line 3", "concomitant: the column `z` comes twice"),
        (terms("[Polynomial(\"z\", 0)]"), good.clone(), "line 3", "the degree of `Polynomial` is 0"),
        (
            terms("[\"z\", Power(\"z\", 1)]"),
            good.clone(),
            "visits.csv",
            "the columns \"z\", \"z^1\" determine one another",
        ),
        (terms("[Power(\"t\", -0.5), Power(\"t\", 0)]"), good.clone(), "visits.csv", "column \"t^0\" is constant"),
        (
            terms("[\"z\"], prior: (weights: Dirichlet(2))"),
            good.clone(),
            "line 3",
            "with `concomitant` terms there are coefficients in place of weights",
        ),
    ] {
        let said = refused(&folder("", &model, &fit), "spec.ron");
        assert!(said.contains(place) && said.contains(wanted), "{said}");
    }
}

#[test]
fn the_rows_of_a_group_share_their_covariates() {
    let groups = VISITS.replace("\nb,", "\na,");
    let folder = folder(", group: \"who\"", MODEL, "seed: 1");
    folder.write("visits.csv", &groups);
    let said = refused(&folder, "spec.ron");
    let wanted = "visits.csv: line 3, column \"z\": the value differs from that in an earlier row of group \"a\"; mixing weights are those of a group, so give its rows one value";
    assert_eq!(said, wanted);
    // A regression within groups is free to vary.
    let folder =
        Folder::with(&spec(", group: \"who\"", &MODEL.replace("response", "terms: [\"t\"], response"), "seed: 1"));
    folder.write("visits.csv", groups.replace("a,9,1.9", "a,1,0.1"));
    let fit = folder.json(&["fit", "spec.ron"]);
    assert_eq!((&fit["data"]["n"], &fit["n_parameters"]), (&json!(23), &json!(6)));
}

#[test]
fn levels_of_a_column_may_decide() {
    let folder = folder("", &MODEL.replace("[\"z\"]", "[Categorical(\"t\")]"), "seed: 1");
    let fit = folder.json(&["fit", "spec.ron"]);
    assert_eq!(fit["n_parameters"], 5);
    assert_eq!(fit["params"]["concomitant"][1].as_array().unwrap().len(), 3);
    assert_eq!(folder.json(&["score", "spec.fit.ron"])["log_likelihood"], fit["log_likelihood"]);
}

#[test]
fn a_covariate_that_separates_is_warned_of() {
    let folder = folder("", MODEL, "seed: 1");
    // Few below 1, many above: z leaves nothing to chance.
    let sorted: String = (0..24)
        .map(|i| if i < 12 { format!("p{i},{},0.{i:02}\n", i % 3) } else { format!("p{i},{},1.{i:02}\n", 20 + i % 5) })
        .collect();
    folder.write("visits.csv", format!("who,n,z\n{sorted}"));
    let fit = folder.json(&["fit", "spec.ron"]);
    let warning = fit["warnings"].as_array().unwrap().iter().find(|w| w["code"] == "flat_mixing_weights").unwrap();
    assert_eq!(warning["column"], "z");
    assert!(warning["message"].as_str().unwrap().contains("changes with `z`"), "{warning}");
    assert!(fit["converged"] == true && number(&fit["log_likelihood"]).is_finite());
}
