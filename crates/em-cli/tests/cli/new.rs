//! `em new`: a crate that builds, tests and runs as it is made.

use crate::common::*;
use std::process::Command;

#[test]
fn a_crate_is_made_whole_or_not_at_all() {
    let folder = Folder::new();
    let ran = folder.em(&["new", "zero-inflated"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert!(ran.out.starts_with("created zero-inflated, a crate with the model ZeroInflated\n"), "{}", ran.out);
    assert!(ran.out.ends_with("next: cd zero-inflated && cargo test && cargo run\n"), "{}", ran.out);
    for file in
        ["src/lib.rs", "src/main.rs", "tests/model.rs", "zero_inflated.ron", "data.csv", "Cargo.toml", "README.md"]
    {
        let text = folder.read(&format!("zero-inflated/{file}"));
        assert!(!text.is_empty() && !text.contains("my_model") && !text.contains("MyModel"), "{file}");
    }
    let manifest = folder.read("zero-inflated/Cargo.toml");
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    assert!(manifest.contains(&format!("em = {{ path = \"{}\" }}", root.display())), "{manifest}");
    assert!(folder.read("zero-inflated/Cargo.lock").contains("name = \"em-core\""));

    let refused = |args: &[&str]| {
        let ran = folder.em(args);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{args:?}");
        assert_eq!(folder.names(), ["zero-inflated"], "a refusal leaves nothing behind");
        ran.err
    };
    let wanted = "error: zero-inflated: there is something of this name already; choose another, or remove it\n";
    assert_eq!(refused(&["new", "zero-inflated"]), wanted);
    assert_eq!(refused(&["new", "zero-inflated", "--json"]), wanted);
    assert!(refused(&["new", "gaussian-mixture"]).contains("there is a model `GaussianMixture` already"));
    assert!(refused(&["new", "no/model"]).contains("its folder is not there; create the folder first"));
    assert!(refused(&["new", "other", "--em", "zero-inflated"]).contains("the sources of `em` are not there"));
    assert!(refused(&["new", "1"]).contains("a name for a crate is wanted"));
    let made = folder.json(&["new", "other"]);
    assert_eq!((&made["package"], &made["model"]), (&"other".into(), &"Other".into()));
}

#[test]
#[ignore = "compiles a crate with all its dependencies, which takes minutes"]
fn the_crate_builds_tests_and_runs_offline() {
    let folder = Folder::new();
    assert_eq!(folder.em(&["new", "zero-inflated"]).status, 0);
    let cargo = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(args).current_dir(folder.path("zero-inflated"));
        command.env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/new-crate"));
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        text(&output.stdout) + &text(&output.stderr)
    };
    assert!(cargo(&["test", "--offline"]).contains("6 passed"));
    assert!(cargo(&["run", "--offline"]).contains("written to zero_inflated.fit.ron"));
    assert!(cargo(&["run", "--offline", "--", "models"]).contains("ZeroInflated"));
    assert!(cargo(&["run", "--offline", "--", "sample", "zero_inflated.fit.ron", "-n", "3"]).contains("count\n"));
    assert!(cargo(&["run", "--offline", "--", "bench", "zero_inflated.ron"]).contains("Squarem"));
    assert!(!cargo(&["build", "--offline"]).contains("warning"));
}
