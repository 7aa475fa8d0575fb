//! Checkpoints of the program: what goes on from them, what is refused, and where they may stand.

use crate::common::{Folder, POINTS, document, spec};
use serde_json::Value;

const GAUSS: &str = "GaussianMixture(components: 2)";

/// What `--json` says, apart from what may differ.
fn lasting(mut fit: Value) -> Value {
    for field in ["seconds", "spec"] {
        fit.as_object_mut().unwrap().remove(field);
    }
    fit
}

/// The fit of a spec, which may end unconverged.
fn fit(folder: &Folder, args: &[&str]) -> Value {
    let all: Vec<&str> = ["fit"].iter().chain(args).copied().chain(["--json"]).collect();
    let ran = folder.em(&all);
    assert!(ran.status <= 1, "{args:?}: {}", ran.err);
    lasting(document(&ran.out))
}

/// A spec with these values in its `fit`, in place of those it has.
fn with(text: &str, values: &[(&str, u64)]) -> String {
    let mut text = text.to_string();
    for (name, value) in values {
        let (before, after) = text.split_once(&format!("{name}: ")).unwrap_or_else(|| panic!("{name}: {text}"));
        let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
        text = format!("{before}{name}: {value}{rest}");
    }
    text
}

/// The same with every one of these values there.
fn complete(text: &str) -> String {
    let add = |text: String, name: &str, behind: &str, value: &str| match text.contains(name) {
        true => text,
        false => text.replacen(behind, &format!("{behind}{value}"), 1),
    };
    let text = add(text.to_string(), "stop: (", "fit: (", "stop: (max_iterations: 1), ");
    let text = add(text, "max_iterations: ", "stop: (", "max_iterations: 1, ");
    add(text, "restarts: ", "fit: (", "restarts: 1, ")
}

#[test]
fn every_model_goes_on_to_the_same_bits() {
    let folder = Folder::new();
    let models = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
    std::fs::create_dir(folder.path("data")).unwrap();
    for file in std::fs::read_dir(format!("{models}/data")).unwrap().flatten() {
        std::fs::copy(file.path(), folder.path("data").join(file.file_name())).unwrap();
    }
    let mut tried = 0;
    for file in std::fs::read_dir(models).unwrap().flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap_or_default();
        // What is no spec, and users' own models, which this program has not.
        if !text.contains("fit: (") || text.contains("TwoCoins") || text.contains("GeometricMixture") {
            continue;
        }
        let text = complete(&text);
        folder.write("short.ron", with(&text, &[("max_iterations", 2), ("restarts", 2)]));
        folder.write("long.ron", with(&text, &[("max_iterations", 60), ("restarts", 3)]));
        fit(&folder, &["short.ron", "--checkpoint", "c", "-o", "f.ron"]);
        let resumed = fit(&folder, &["long.ron", "--resume", "c", "-o", "f.ron"]);
        assert_eq!(resumed, fit(&folder, &["long.ron", "-o", "f.ron"]), "{:?}", file.file_name());
        tried += 1;
    }
    assert!(tried >= 10, "{tried}");
}

#[test]
fn a_fit_that_is_done_is_resumed_to_itself_and_may_get_more_runs() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 2, short_runs: (starts: 3, iterations: 2)"));
    folder.write("more.ron", spec(GAUSS, "restarts: 5, short_runs: (starts: 3, iterations: 2)"));
    let whole = fit(&folder, &["spec.ron", "--checkpoint", "c"]);
    assert_eq!(folder.names(), ["c", "counts.csv", "more.ron", "points.csv", "spec.fit.ron", "spec.ron"]);
    assert_eq!(fit(&folder, &["spec.ron", "--resume", "c"]), whole);
    // The same file may be read and written.
    let more = fit(&folder, &["more.ron", "--resume", "c", "--checkpoint", "c"]);
    assert_eq!(more, fit(&folder, &["more.ron"]));
    assert_eq!(fit(&folder, &["more.ron", "--resume", "c"]), more);
    assert_eq!(more["runs"].as_array().unwrap().len(), 5);
    assert_eq!(more["warnings"], Value::Array(vec![]), "nothing is left out");
}

/// The refusal of `c` as the checkpoint of `spec.ron`.
fn refusal(folder: &Folder, args: &[&str]) -> String {
    let before = folder.names();
    let all: Vec<&str> = ["fit", "spec.ron", "--resume", "c", "-o", "new"].iter().chain(args).copied().collect();
    let ran = folder.em(&all);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{}", ran.err);
    assert_eq!(folder.names(), before, "nothing is written");
    ran.err.strip_prefix("error: c: ").unwrap_or_else(|| panic!("{}", ran.err)).trim_end().into()
}

#[test]
fn what_is_no_whole_checkpoint_is_refused() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 2"));
    fit(&folder, &["spec.ron", "--checkpoint", "c"]);
    let whole = folder.read("c");
    let damaged = "the checkpoint was cut short or changed since it was written (its checksum does not match); fit anew without `--resume`";
    let foreign = "this is no checkpoint; give the file that `em fit --checkpoint FILE` wrote";
    for part in 0..30 {
        folder.write("c", &whole[..whole.len() * part / 30]);
        let found = refusal(&folder, &[]);
        assert!(found == damaged || part == 0 && found == foreign, "{part}: {found}");
    }
    for i in 0..40 {
        let mut changed = whole.clone().into_bytes();
        let at = 40 + (whole.len() - 40) * i / 40;
        changed[at] = if changed[at] == b'1' { b'2' } else { b'1' };
        folder.write("c", changed);
        refusal(&folder, &[]);
    }
    folder.write("c", whole.replacen("version: 1", "version: 2", 1));
    let newer = "the checkpoint has format version 2, but this program reads up to 1; use a newer `em`";
    assert_eq!(refusal(&folder, &[]), newer);
    folder.write("c", &whole);
    let ran = folder.em(&["score", "c"]);
    assert_eq!(ran.err, "error: c: this is no fit file; give the file that `em fit` wrote\n");
    for text in ["", "x,y\n1,2\n", &folder.read("spec.ron"), &folder.read("spec.fit.ron")] {
        folder.write("c", text);
        assert_eq!(refusal(&folder, &[]), foreign);
    }
    std::fs::remove_file(folder.path("c")).unwrap();
    assert_eq!(refusal(&folder, &[]), "there is no such file");
}

#[test]
fn a_checkpoint_of_another_fit_is_refused_and_says_what_differs() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 4, stop: (max_iterations: 50)"));
    fit(&folder, &["spec.ron", "--checkpoint", "c"]);
    let of = |model: &str, fit: &str| {
        folder.write("spec.ron", spec(model, fit));
        refusal(&folder, &[])
    };
    let fitting = "restarts: 4, stop: (max_iterations: 50)";
    let and = |more: &str| of(GAUSS, &format!("{fitting}, {more}"));
    let changed = |had: &str, has: &str| {
        format!(
            "the checkpoint is of a fit with `{had}`, not `{has}`; only limits may change, so put that back, or fit anew without `--resume`"
        )
    };
    assert_eq!(and("algorithm: Anderson(depth: 3)"), changed("algorithm: Em", "algorithm: Anderson(depth: 3)"));
    assert_eq!(and("start: Rows"), changed("start: the default", "start: Rows"));
    assert_eq!(and("seed: 2"), changed("seed: 1", "seed: 2"));
    assert_eq!(and("degenerate: Drop"), changed("degenerate: Fail", "degenerate: Drop"));
    assert_eq!(and("short_runs: ()"), changed("short_runs: nothing", "short_runs: (starts: 10, iterations: 5)"));
    let tolerance = of(GAUSS, "restarts: 4, stop: (max_iterations: 50, relative_gain: 1e-3)");
    assert_eq!(tolerance, changed("stop.relative_gain: 1e-10", "stop.relative_gain: 0.001"));
    let model = of("GaussianMixture(components: 3)", fitting);
    let words = |k: u32| format!("model: GaussianMixture(components: {k}, covariance: Full)");
    assert_eq!(model, changed(&words(2), &words(3)));
    let lowered = |name: &str, had: u32, has: u32| {
        format!(
            "the checkpoint is of a fit with `{name}: {had}`, which may be raised but not lowered to {has}; put it back, or fit anew without `--resume`"
        )
    };
    let low = of(GAUSS, "restarts: 4, stop: (max_iterations: 49)");
    assert_eq!(low, lowered("stop.max_iterations", 50, 49));
    assert_eq!(of(GAUSS, "restarts: 3, stop: (max_iterations: 50)"), lowered("restarts", 4, 3));

    folder.write("spec.ron", spec(GAUSS, fitting));
    assert_eq!(refusal(&folder, &["--seed", "7"]), changed("seed: 1", "seed: 7"));
    folder.write("points.csv", POINTS.replace("12.5", "12.6"));
    let data = "the checkpoint is of a fit to other data; give those, or fit anew without `--resume`";
    assert_eq!(refusal(&folder, &[]), data);
    folder.write("points.csv", POINTS);
    let standardized = spec(GAUSS, fitting).replace("\"points.csv\"", "\"points.csv\", standardize: true");
    folder.write("spec.ron", standardized);
    let learned = "the checkpoint is of a fit whose columns were encoded or standardised otherwise; do as it did, or fit anew without `--resume`";
    assert_eq!(refusal(&folder, &[]), learned);
    // Written otherwise, it is the same fit.
    folder
        .write("spec.ron", spec("GaussianMixture( components:2, covariance: Full() )", &format!("seed: 1, {fitting}")));
    fit(&folder, &["spec.ron", "--resume", "c"]);
}

#[test]
fn no_checkpoint_overwrites_an_input_or_the_fit() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 2"));
    fit(&folder, &["spec.ron", "--checkpoint", "c"]);
    let refusal = |args: &[&str]| {
        let before: Vec<String> = folder.names().iter().map(|name| folder.read(name)).collect();
        let ran = folder.em(&["fit", "spec.ron"].iter().chain(args).copied().collect::<Vec<_>>());
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{}", ran.err);
        assert_eq!(folder.names().iter().map(|name| folder.read(name)).collect::<Vec<_>>(), before);
        ran.err
    };
    let input = "the output would overwrite an input; choose another name with";
    for name in ["spec.ron", "points.csv", "./points.csv"] {
        let shown = name.trim_start_matches("./");
        assert_eq!(refusal(&["--checkpoint", name]), format!("error: {shown}: {input} --checkpoint\n"));
    }
    assert_eq!(refusal(&["--resume", "c", "-o", "c"]), format!("error: c: {input} -o\n"));
    for (name, args) in [("new", &["-o", "new"][..]), ("spec.fit.ron", &[])] {
        let args = [args, &["--checkpoint", name]].concat();
        let wanted = "the checkpoint would overwrite the fit; choose another name with --checkpoint";
        assert_eq!(refusal(&args), format!("error: {name}: {wanted}\n"));
    }
    let lost = "error: no/c: cannot be written: its folder is not there; create the folder first\n";
    assert_eq!(refusal(&["--checkpoint", "no/c"]), lost);
    assert!(refusal(&["--checkpoint-every", "3"]).contains("--checkpoint <FILE>"));
    for wrong in ["-1", "soon", "NaN", "1e30"] {
        let told = refusal(&["--checkpoint", "d", &format!("--checkpoint-every={wrong}")]);
        assert!(told.contains("number of seconds"), "{told}");
    }
}

#[test]
fn short_runs_want_a_random_start() {
    let refusal = |model: &str, start: &str| {
        let folder = Folder::with(&spec(model, &format!("{start}short_runs: (starts: 3, iterations: 2)")));
        crate::common::refused(&folder, "spec.ron")
    };
    let told = "`fit.short_runs`: short runs are tried from random starts, and this start is not; leave them out, or start by a random one such as `Rows`";
    for (model, start) in [("KMedoids(clusters: 2)", ""), ("KMedoids(clusters: 2)", "start: Params(medoids: [0, 1]), ")]
    {
        let found = refusal(model, start);
        assert!(found.starts_with("spec.ron: line 4, column ") && found.ends_with(told), "{found}");
    }
    let none = Folder::with(&spec(GAUSS, "short_runs: (starts: 0)"));
    let found = crate::common::refused(&none, "spec.ron");
    assert!(found.contains("`fit.short_runs.starts`"), "{found}");
    let folder = Folder::with(&spec(GAUSS, "restarts: 2, start: Rows, short_runs: (starts: 3, iterations: 2)"));
    let plain = Folder::with(&spec(GAUSS, "restarts: 2, start: Rows"));
    let passes = |folder: &Folder| fit(folder, &["spec.ron"])["passes"].as_f64().unwrap();
    assert!(passes(&folder) > 9.0 && passes(&plain) > 1.0);
}

#[test]
fn a_start_is_an_input_too() {
    let folder = Folder::with(&spec(GAUSS, "start: Fit(\"a.fit.ron\")"));
    folder.write("first.ron", spec(GAUSS, "restarts: 2"));
    fit(&folder, &["first.ron", "-o", "a.fit.ron"]);
    let before = folder.read("a.fit.ron");
    for option in ["-o", "--checkpoint"] {
        let ran = folder.em(&["fit", "spec.ron", option, "a.fit.ron"]);
        let wanted =
            format!("error: a.fit.ron: the output would overwrite an input; choose another name with {option}\n");
        assert_eq!((ran.status, ran.err), (2, wanted));
    }
    assert_eq!(folder.read("a.fit.ron"), before);
    let whole = fit(&folder, &["spec.ron", "--checkpoint", "c"]);
    assert_eq!(fit(&folder, &["spec.ron", "--resume", "c"]), whole);
}
