//! The models that the examples bring with them: registered by linking, run from specs, equal to the reference.

use crate::reference::{Reference, close};
use serde_json::Value;

/// `em fit SPEC --json`: exit status, standard output and standard error.
fn run(spec: &str) -> (u8, Vec<u8>, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spec.ron");
    std::fs::write(&path, spec).unwrap();
    let output = folder.path().join("out.fit.ron");
    let args = ["em", "fit", path.to_str().unwrap(), "--json", "-o", output.to_str().unwrap()].map(Into::into);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = em::cli::execute(args, &mut out, &mut err) as u8;
    (status, out, String::from_utf8(err).unwrap())
}

/// `em fit SPEC --json`, which must have an answer.
fn fit(spec: &str) -> (u8, Value) {
    let (status, out, err) = run(spec);
    assert!(status < 2, "{err}");
    (status, serde_json::from_slice(&out).unwrap())
}

fn model_file(name: &str) -> String {
    std::fs::read_to_string(format!("{}/models/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn two_coins_reproduce_the_reference() {
    let all: Vec<Reference> = Reference::all().into_iter().filter(|r| r.0["model"] == "two_coins").collect();
    assert_eq!(all.len(), 3);
    for r in all {
        let d = &r.0["data"];
        let column = |name: &str| format!("{name:?}: [{}]", d[name]);
        let columns = ["odd_tosses", "odd_heads", "even_tosses", "even_heads"].map(column).join(", ");
        let (start, iterations) = (&r.0["start"]["parameters"]["theta"], r.trace().len() - 1);
        let (_, document) = fit(&format!(
            "(data: Inline(columns: {{{columns}}}), model: TwoCoins,
              fit: (start: Params(theta: {start}), stop: (relative_gain: 0, max_iterations: {iterations})))"
        ));
        close(r.id(), &crate::reference::numbers(&document["trace"]), &r.trace(), 1e-13);
        let theta = document["params"]["theta"].as_f64().unwrap();
        let wanted = r.0["fit"]["parameters"]["theta"].as_f64().unwrap();
        assert!((theta - wanted).abs() < 1e-9, "{}: {theta} {wanted}", r.id());
    }
}

#[test]
fn the_course_problem_goes_from_a_half_over_three_fifths_to_its_end() {
    let spec = model_file("two_coins.ron");
    let (status, document) = fit(&spec);
    assert_eq!(status, 0);
    assert!((document["params"]["theta"].as_f64().unwrap() - 0.7658).abs() < 5e-5);
    let one = spec.replace("relative_gain: 1e-14", "max_iterations: 1");
    assert!((fit(&one).1["params"]["theta"].as_f64().unwrap() - 0.6).abs() < 1e-15);
}

#[test]
fn a_component_is_a_mixture_in_specs() {
    let (status, document) = fit(&model_file("geometric_mixture.ron"));
    assert_eq!(status, 0);
    let mut p: Vec<f64> =
        document["params"]["components"].as_array().unwrap().iter().map(|c| c["p"].as_f64().unwrap()).collect();
    p.sort_by(f64::total_cmp);
    // Simulated with 0.06 (80 cases: standard error 0.007) and 0.5 (40 cases: 0.06); the groups overlap.
    assert!((p[0] - 0.06).abs() < 0.03 && (p[1] - 0.5).abs() < 0.2, "{p:?}");
}

#[test]
fn a_mixture_of_ones_own_takes_groups_and_labels() {
    // Two machines with four cases each: failures of 9 on average and of 1.
    let data = "Inline(columns: {\"machine\": [7, 3, 7, 3, 7, 3, 7, 3], \"failures\": [0, 9, 2, 8, 1, 10, 1, 9]}, group: \"machine\")";
    let fit_of =
        |start: &str| fit(&format!("(data: {data}, model: GeometricMixture(components: 2), fit: (start: {start}))")).1;
    let labelled = fit_of("Labels(column: \"machine\")");
    assert_eq!((&labelled["data"]["n"], &labelled["data"]["rows"]), (&2.into(), &8.into()));
    // Labels in ascending order, and all but certain: p = cases / (cases + failures), 4 / (4 + 36) and 4 / (4 + 4).
    for (component, p) in labelled["params"]["components"].as_array().unwrap().iter().zip([0.1, 0.5]) {
        assert!((component["p"].as_f64().unwrap() - p).abs() < 0.01, "{component}");
    }
    let objective = |fit: &Value| fit["objective"].as_f64().unwrap();
    assert!((objective(&fit_of("KMeans")) - objective(&labelled)).abs() < 1e-6);
}

#[test]
fn a_model_that_knows_no_groups_refuses_them() {
    let columns = "\"odd_tosses\": [5, 5], \"odd_heads\": [2, 3], \"even_tosses\": [5, 5], \"even_heads\": [4, 1]";
    let spec = |group: &str| {
        format!(
            "(data: Inline(columns: {{\"g\": {group}, {columns}}}, group: \"g\"), model: TwoCoins, fit: (start: Params(theta: 0.5)))"
        )
    };
    let (status, out, err) = run(&spec("[1, 1]"));
    assert_eq!((status, out.len()), (2, 0));
    assert!(err.contains("line 1, column") && err.contains("have no meaning for the model TwoCoins"), "{err}");
    // Groups of one row are what it takes anyway.
    assert!(run(&spec("[1, 2]")).0 < 2);
}
