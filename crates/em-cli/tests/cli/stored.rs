//! Files that earlier programs wrote, as they were stored then: they are read, and mean what they meant. Each format
//! version has its folder in `tests/stored`, which is never written again.

use crate::common::{Folder, document};
use serde_json::Value;

const STORED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stored/version_1/");

fn stored(name: &str) -> String {
    format!("{STORED}{name}")
}

/// Within the digits that platforms agree on.
fn close(found: &Value, wanted: f64) {
    let found = found.as_f64().unwrap_or_else(|| panic!("{found} is no number"));
    assert!((found - wanted).abs() <= 1e-9 * wanted.abs().max(1.0), "{found} instead of {wanted}");
}

#[test]
fn a_mixture_of_version_1_scores_and_predicts() {
    let folder = Folder::new();
    for name in ["mixture.fit.ron", "mixture.fit.json"] {
        let score = folder.json(&["score", &stored(name)]);
        close(&score["log_likelihood"], -12.573942315012768);
        close(&score["log_likelihoods"][3], -1.1350439325522723);
        let predicted = folder.json(&["predict", &stored(name)]);
        assert_eq!(predicted["labels"], serde_json::json!([0, 0, 0, 0, 1, 1, 1, 1]));
        close(&predicted["responsibilities"][3][0], 0.9798011679611429);
        // Other rows by the same names, in another order, on the scale of the table.
        let one = folder.em_with(&["predict", &stored(name), "--data", "-", "--json"], "z,y,x\n0,3,4\n");
        close(&document(&one.out)["responsibilities"][0][0], 0.9798011679611429);
    }
}

#[test]
fn a_regression_of_version_1_scores_predicts_and_is_drawn_from() {
    let (folder, file) = (Folder::new(), stored("regression.fit.ron"));
    close(&folder.json(&["score", &file])["log_likelihood"], -7.71150623505592);
    let predicted = folder.em_with(&["predict", &file, "--data", "-", "--json"], "x\n2.5\n");
    let predicted = document(&predicted.out);
    close(&predicted["mean"][0], 2.5722293523285247);
    close(&predicted["sd"][0], 0.4185565163926866);
    assert_eq!(folder.json(&["sample", &file])["n"], 8);
}

#[test]
fn a_checkpoint_of_version_1_is_gone_on_from() {
    let folder = Folder::new();
    // It was left by the third of many iterations.
    let resume = ["fit", &stored("checkpoint.ron"), "-o", "f.ron", "--quiet", "--resume", &stored("checkpoint")];
    let resumed = folder.json(&resume);
    assert_eq!(resumed["converged"], true);
    close(&resumed["log_likelihood"], -32.62198988854691);
    let anew = folder.json(&["fit", &stored("checkpoint.ron"), "-o", "g.ron", "--quiet"]);
    assert_eq!((&resumed["iterations"], &resumed["run"]), (&anew["iterations"], &anew["run"]));
    close(&resumed["params"]["means"][0][1], anew["params"]["means"][0][1].as_f64().unwrap());
}
