//! The usage of the program: options, the list of models, and where outputs may go.

use crate::common::{Folder, POINTS, spec};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

const GAUSS: &str = "GaussianMixture(components: 2)";

#[test]
fn the_example_of_every_model_runs() {
    let folder = Folder::new();
    let models = folder.json(&["models"]);
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/data");
    std::fs::create_dir(folder.path("data")).unwrap();
    for file in std::fs::read_dir(data).unwrap().flatten() {
        std::fs::copy(file.path(), folder.path("data").join(file.file_name())).unwrap();
    }
    let listed = folder.em(&["models"]).out;
    for model in models.as_array().unwrap() {
        let name = model["name"].as_str().unwrap();
        assert!(listed.contains(name));
        let shown = folder.em(&["models", name]).out;
        let example = shown.split("\nExample\n").nth(1).unwrap();
        assert_eq!(example.trim(), model["example"].as_str().unwrap().trim());
        for capability in model["capabilities"].as_array().unwrap() {
            let line = format!("\n  {} ", capability.as_str().unwrap());
            assert!(shown.contains(&line), "{name}: what {capability} unlocks is said");
        }
        folder.write("example.ron", example);
        let ran = folder.em(&["fit", "example.ron"]);
        assert_eq!(ran.status, 0, "{name}: {}", ran.err);
    }
    let ran = folder.em(&["models", "GausianMixture"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    let wanted = "error: there is no model `GausianMixture`; did you mean `GaussianMixture`? (known: ";
    assert!(ran.err.starts_with(wanted), "{}", ran.err);
}

#[test]
fn usage() {
    let folder = Folder::with(&spec(GAUSS, ""));
    let version = folder.em(&["--version"]);
    assert_eq!((version.status, version.out), (0, format!("em {}\n", env!("CARGO_PKG_VERSION"))));
    let help = folder.em(&["--help"]);
    assert!(help.status == 0 && help.out.contains("Exit status: 0 done and converged"), "{}", help.out);
    for args in
        [&[][..], &["fit"], &["fit", "spec.ron", "--sed", "1"], &["fti"], &["fit", "spec.ron", "--threads", "0"]]
    {
        let ran = folder.em(args);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(!ran.err.is_empty());
    }
}

#[test]
fn what_was_mistyped_is_guessed() {
    let folder = Folder::with(&spec(GAUSS, ""));
    let refused = |args: &str| {
        let ran = folder.em(&args.split(' ').collect::<Vec<_>>());
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{args}");
        ran.err
    };
    for (typed, meant) in [("fti", "fit"), ("slect", "select"), ("predcit", "predict"), ("smaple", "sample")] {
        let wanted = format!("tip: a similar subcommand exists: '{meant}'\n");
        assert!(refused(typed).contains(&wanted), "{}", refused(typed));
        assert!(refused(&format!("{typed} spec.ron")).contains(&wanted));
    }
    assert!(!refused("xyzzy").contains("tip:"), "{}", refused("xyzzy"));
    for (typed, meant) in [("--sed 1", "seed"), ("--outptu f", "output"), ("--jsno", "json"), ("--treads 2", "threads")]
    {
        let err = refused(&format!("fit spec.ron {typed}"));
        assert!(err.contains(&format!("tip: a similar argument exists: '--{meant}'\n")), "{err}");
    }
    for (typed, wanted) in [
        ("fit spec.ron --seed -1", "'--seed <N>': a whole number, 0 or above, is wanted"),
        ("fit spec.ron --seed x", "'--seed <N>': a whole number, 0 or above, is wanted"),
        ("fit spec.ron --threads 0", "'--threads <N>': a whole number from 1 to 65535 is wanted"),
        ("sample f.ron -n 3.5", "'-n <N>': a whole number, 1 or above, is wanted"),
        ("sample f.ron -n -3", "'-n <N>': a whole number, 1 or above, is wanted"),
        ("check spec.ron --model --cases 0", "'--cases <N>': a whole number, 1 or above, is wanted"),
        ("fit spec.ron --checkpoint c --checkpoint-every -1", ": a finite number of seconds is wanted, 0 or above"),
    ] {
        let err = refused(typed);
        assert!(err.lines().next().unwrap().ends_with(wanted), "{err}");
    }
    assert_eq!(refused("fit -"), "error: -: a spec is read from a file, not from standard input; name one\n");
    folder.json(&["fit", "spec.ron"]);
    assert_eq!(
        refused("fit spec.fit.ron"),
        "error: spec.fit.ron: this is a fit; name the spec that it was made from\n"
    );
}

#[test]
fn outputs_never_overwrite_inputs() {
    let folder = Folder::with(&spec(GAUSS, ""));
    let refuses = |args: &[&str], input: &str| {
        let before = folder.read(input);
        let ran = folder.em(args);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.contains("the output would overwrite an input; choose another name with -o"), "{}", ran.err);
        assert_eq!(folder.read(input), before);
    };
    refuses(&["fit", "spec.ron", "-o", "spec.ron"], "spec.ron");
    refuses(&["fit", "spec.ron", "-o", "points.csv"], "points.csv");
    refuses(&["fit", "spec.ron", "-o", "./points.csv", "--data", "points.csv"], "points.csv");
    folder.json(&["fit", "spec.ron"]);
    folder.write("other.csv", POINTS);
    refuses(&["predict", "spec.fit.ron", "-o", "spec.fit.ron"], "spec.fit.ron");
    refuses(&["predict", "spec.fit.ron", "-o", "points.csv"], "points.csv");
    refuses(&["predict", "spec.fit.ron", "-o", "other.csv", "--data", "other.csv"], "other.csv");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.path("points.csv"), folder.path("link")).unwrap();
        refuses(&["fit", "spec.ron", "-o", "link"], "points.csv");
    }
    let lost = folder.em(&["fit", "spec.ron", "-o", "no/out.ron"]);
    let wanted = "error: no/out.ron: cannot be written: its folder is not there; create the folder first\n";
    assert_eq!((lost.status, lost.out.as_str(), lost.err.as_str()), (2, "", wanted));
    let inside = folder.em(&["fit", "spec.ron", "-o", "."]);
    assert_eq!((inside.status, inside.err.as_str()), (2, "error: .: this is a folder; name a file in it\n"));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 1"));
    let rows: String = (0..40_000u64).map(|i| format!("{},{}\n", (i * 7919) % 1000, (i * 104_729) % 997)).collect();
    folder.json(&["fit", "spec.ron"]);
    folder.write("many.csv", format!("x,y\n{rows}"));
    let mut command = folder.command(&["predict", "spec.fit.ron", "--data", "many.csv"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("label,"));
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}

#[test]
fn every_command_has_an_example() {
    let folder = Folder::new();
    let help = folder.em(&["--help"]).out;
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands: Vec<&str> =
        listed.lines().filter_map(|l| l.split_whitespace().next()).filter(|c| *c != "help").collect();
    assert!(commands.len() >= 11, "{commands:?}");
    for command in commands {
        let ran = folder.em(&[command, "--help"]);
        assert!(ran.status == 0 && ran.out.contains(&format!(": em {command}")), "{command}: {}", ran.out);
    }
}

#[test]
fn shells_complete_commands_and_options() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = folder.em(&["completions", shell]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell}");
        assert!(ran.out.contains("select") && ran.out.contains("latent"), "{shell}");
    }
    let ran = folder.em(&["completions", "csh"]);
    assert!(ran.status == 2 && ran.out.is_empty() && ran.err.contains("bash"), "{}", ran.err);
}
