//! The model that `em new` writes, in the program: what a user begins with must fit, predict and sample.

use em::cli::failure::Status;
use std::ffi::OsString;

#[path = "../crates/em-cli/templates/crate/src/lib.rs"]
mod my_model;

const SPEC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/em-cli/templates/crate/my_model.ron");

fn run(args: &[&str]) -> String {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = em::cli::execute(["em"].iter().chain(args).map(OsString::from), &mut out, &mut err);
    // The spec says what its fit must come to, and a miss would not be done.
    assert_eq!((status, err.as_slice()), (Status::Done, &[][..]), "{args:?}: {}", String::from_utf8_lossy(&err));
    String::from_utf8(out).unwrap()
}

#[test]
fn the_model_of_a_new_crate_has_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let fit = folder.path().join("f.ron").display().to_string();
    assert!(run(&["fit", SPEC, "-o", &fit]).contains("log-likelihood  -111.1956 nats"));
    assert!(run(&["predict", &fit]).starts_with("label,responsibility_0,responsibility_1\n"));
    assert!(run(&["score", &fit]).contains("total,-111.19"));
    let drawn = run(&["sample", &fit, "-n", "400", "--latent"]);
    assert!(drawn.starts_with("count,label\n"), "{drawn}");
    let zeros = drawn.lines().filter(|l| l.starts_with("0,")).count();
    assert!(drawn.lines().filter(|l| l.ends_with(",1")).count() <= zeros && zeros > 80);
    assert!(run(&["bench", SPEC]).lines().any(|l| l.starts_with("Anderson ") && l.contains("-111.1956")));
    let checked = run(&["check", SPEC, "--model"]);
    assert!(checked.contains("ready to fit"), "{checked}");
    let described = run(&["models", "MyModel"]);
    assert!(["Start", "Coordinates", "Predict", "Sample"].iter().all(|c| described.contains(c)), "{described}");
}

#[test]
fn the_model_of_a_new_crate_obeys_the_laws() {
    let data = em::prelude::Weighted::from(vec![0.0, 0.0, 0.0, 0.0, 3.0, 1.0, 4.0, 2.0]);
    em::check!(my_model::MyModel {}, data, my_model::Params { zeros: 0.5, rate: 2.0 }).assert_passes();
}
