//! Certificates, as people ask for them and read them.

use crate::common::*;
use serde_json::Value;

/// Two components that nothing tells apart.
const ALIKE: &str =
    "start: Params(weights: [0.4, 0.6], means: [[6, 6], [6, 6]], covariances: [[[9, 1], [1, 9]], [[9, 1], [1, 9]]])";

fn fit(model: &str, fit: &str, args: &[&str]) -> (Folder, Value) {
    let folder = Folder::with(&spec(model, fit));
    let fitted = folder.json(&[&["fit", "spec.ron"], args].concat());
    (folder, fitted)
}

fn codes(fit: &Value) -> Vec<&str> {
    fit["warnings"].as_array().unwrap().iter().filter_map(|w| w["code"].as_str()).collect()
}

#[test]
fn a_maximum_is_certified_without_being_asked_and_the_fit_file_keeps_it() {
    let (folder, fitted) = fit("GaussianMixture(components: 1)", "seed: 1", &[]);
    let certificate = &fitted["certificate"];
    assert_eq!((&certificate["verdict"], &certificate["derivatives"]), (&"strict_maximum".into(), &"fisher".into()));
    assert_eq!((&certificate["coordinates"], &fitted["certificate_left_out"]), (&5.into(), &Value::Null));
    assert!(certificate["eigenvalues"].as_array().unwrap().iter().all(|e| e.as_f64().unwrap() < 0.0));
    // Its passes are its own: one for the start, and one an iteration.
    assert_eq!(fitted["passes"].as_f64().unwrap(), fitted["iterations"].as_f64().unwrap() + 1.0);
    assert!(certificate["passes"].as_f64().unwrap() >= 11.0);
    assert!(folder.read("spec.fit.ron").contains("verdict: strict_maximum"));
    assert_eq!(folder.em(&["score", "spec.fit.ron"]).status, 0);
    let told = folder.em(&["fit", "spec.ron"]);
    assert!(told.out.contains("certificate: strict local maximum"), "{}", told.out);
    assert_eq!(told.err, "");
}

#[test]
fn a_fit_file_without_a_certificate_is_read() {
    let (folder, _) = fit("GaussianMixture(components: 1)", "seed: 1", &["-o", "new.fit.json"]);
    let whole = folder.read("new.fit.json");
    let mut file: Value = serde_json::from_str(&whole).unwrap();
    assert!(file["outcome"].as_object_mut().unwrap().remove("certified").is_some());
    let checksum = file["checksum"].as_str().unwrap().to_string();
    let older = serde_json::to_string_pretty(&file).unwrap() + "\n";
    let (before, after) = older.split_once(&checksum).unwrap();
    let renewed = em_cli::fingerprint::of_text(&[before, after]);
    folder.write("old.fit.json", older.replace(&checksum, &renewed));
    assert_eq!(folder.json(&["score", "old.fit.json"]), folder.json(&["score", "new.fit.json"]));
}

#[test]
fn components_that_began_alike_are_called_a_saddle() {
    let (folder, fitted) = fit("GaussianMixture(components: 2)", ALIKE, &[]);
    assert_eq!(fitted["certificate"]["verdict"], "saddle", "{fitted}");
    assert_eq!(codes(&fitted), ["saddle"]);
    let rising = &fitted["certificate"]["rising"][0];
    assert!(rising["gain"].as_f64().unwrap() > 0.0 && rising["loadings"].as_array().unwrap().len() > 1);
    let told = folder.em(&["fit", "spec.ron"]);
    assert!(told.err.contains("saddle") && told.err.contains("components that begin alike never part"), "{}", told.err);
    assert_eq!(told.status, 0, "a warning is no failure");
}

#[test]
fn a_fit_stopped_early_says_what_is_left() {
    let far = "start: Params(weights: [1], means: [[6, 6]], covariances: [[[9, 1], [1, 9]]])";
    let stop = "stop: (max_iterations: 1, relative_gain: 0), algorithm: GradientEm(rate: 1e-3)";
    let folder = Folder::with(&spec("GaussianMixture(components: 1)", &format!("{far}, {stop}")));
    let ran = folder.em(&["fit", "spec.ron", "--json"]);
    let fitted: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.status, &fitted["certificate"]["verdict"]), (1, &"not_stationary".into()));
    assert!(codes(&fitted).contains(&"not_stationary"), "{fitted}");
    assert!(fitted["certificate"]["to_gain"].as_f64().unwrap() > 1e-3);
    assert!(ran.err.contains("nats are to be gained"), "{}", ran.err);
}

#[test]
fn what_has_no_coordinates_says_so_when_asked() {
    for model in ["KMeans(clusters: 2)", "BayesianGaussianMixture(components: 1)"] {
        let (folder, plain) = fit(model, "seed: 1", &[]);
        assert_eq!((&plain["certificate"], &plain["certificate_left_out"]), (&Value::Null, &Value::Null));
        let asked = folder.json(&["fit", "spec.ron", "--certify"]);
        let name = &model[..model.find('(').unwrap()];
        let wanted = format!("the model {name} has no coordinates, so that its objective has no slope");
        assert_eq!(asked["certificate_left_out"], wanted);
        let told = folder.em(&["fit", "spec.ron", "--certify"]).out;
        assert!(told.contains(&format!("no certificate: {wanted}")), "{told}");
    }
}

#[test]
fn one_that_takes_long_is_made_when_asked() {
    let folder = Folder::with(&spec("GaussianMixture(components: 3)", "restarts: 1, stop: (max_iterations: 2)"));
    let rows: String = (0..20_000u64).map(|i| format!("{},{}\n", (i * 7919) % 1000, (i * 104_729) % 997)).collect();
    folder.write("points.csv", format!("x,y\n{rows}"));
    let plain = folder.em(&["fit", "spec.ron", "--json"]);
    let plain: Value = serde_json::from_str(&plain.out).unwrap();
    let reason =
        "it takes about 35 passes over 20000 units, for 17 free coordinates; `--certify` makes it all the same";
    assert_eq!((&plain["certificate"], &plain["certificate_left_out"]), (&Value::Null, &reason.into()));
    let asked: Value = serde_json::from_str(&folder.em(&["fit", "spec.ron", "--json", "--certify"]).out).unwrap();
    assert_eq!(asked["certificate"]["coordinates"], 17);
    assert_eq!(asked["trace"], plain["trace"]);
}

#[test]
fn hard_em_is_certified_when_asked_only() {
    let (folder, plain) = fit("GaussianMixture(components: 2)", "algorithm: HardEm", &[]);
    assert!(plain["certificate_left_out"].as_str().unwrap().contains("classification likelihood"), "{plain}");
    let asked = folder.json(&["fit", "spec.ron", "--certify"]);
    assert_eq!(asked["certificate"]["coordinates"], 11);
}
