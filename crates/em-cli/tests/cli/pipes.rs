//! Commands in pipelines: `-` is standard input or output, and nothing is sent but what was asked for.

use crate::common::{Folder, POINTS, Ran, document, spec};
use std::process::{Command, Stdio};

const GAUSS: &str = "GaussianMixture(components: 2)";

/// A pipeline of the shell, in which `em` is the program; what it sends, which must be all it has to say.
#[cfg(unix)]
fn shell(folder: &Folder, line: &str) -> String {
    let program = format!("em() {{ {} \"$@\"; }}; {line}", env!("CARGO_BIN_EXE_em"));
    let output = Command::new("sh").args(["-c", &program]).current_dir(folder.path("")).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success() && err.is_empty(), "{line}: {err}");
    out
}

fn total(scores: &str) -> f64 {
    scores.lines().last().unwrap().strip_prefix("total,").unwrap().parse().unwrap()
}

#[cfg(unix)]
#[test]
fn every_step_of_a_pipeline_reads_what_the_one_before_writes() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 3"));
    folder.write(
        "swept.ron",
        spec(GAUSS, "restarts: 3").replacen("    fit", "    sweep: (components: [1, 2]),\n    fit", 1),
    );
    folder.json(&["fit", "spec.ron", "--quiet"]);
    let scores = folder.em(&["score", "spec.fit.ron"]).out;
    let labels = folder.em(&["predict", "spec.fit.ron"]).out;
    let sh = |line: &str| shell(&folder, line);
    // A fit goes through a pipe as well as through a file.
    assert_eq!(sh("em fit spec.ron --quiet -o - | em score -"), scores);
    assert_eq!(sh("em fit spec.ron --quiet -o - | em predict - -o -"), labels);
    assert!(sh("em fit spec.ron --quiet -o - | em compare - spec.fit.ron").contains("spec.fit.ron"));
    assert_eq!(sh("cat points.csv | em fit spec.ron --quiet --data - -o - | em score - --data points.csv"), scores);
    // So do data, in both directions.
    assert_eq!(sh("em predict spec.fit.ron --data - < points.csv"), labels);
    let drawn = sh("em sample spec.fit.ron -n 500 --seed 3 | em score spec.fit.ron --data -");
    assert_eq!(drawn.lines().count(), 502);
    let refitted = sh("em sample spec.fit.ron -n 500 --seed 3 | em fit spec.ron --data - --quiet -o - > again.ron; \
                       em sample spec.fit.ron -n 500 --seed 3 | em score again.ron --data -");
    assert!(total(&refitted) > total(&drawn), "the draws are explained best by their own fit");
    // The chosen fit of a sweep is one like any other.
    let chosen = sh("em select swept.ron --quiet -o - | em sample - -n 7 --latent | em predict spec.fit.ron --data -");
    assert_eq!((chosen.lines().count(), chosen.starts_with("label,")), (8, true));
    // All of them in one line: what is chosen is drawn from, and the draws are fitted, labelled and scored.
    let labels = sh("em select swept.ron --quiet -o - | em sample - -n 400 --seed 5 | tee drawn.csv | \
                     em fit spec.ron --data - --quiet -o - | tee again.ron | em predict - --data drawn.csv");
    assert_eq!((labels.lines().count(), labels.starts_with("label,")), (401, true));
    let scores = sh("cat again.ron | em score - --data drawn.csv");
    assert_eq!((scores.lines().count(), total(&scores).is_finite()), (402, true));
    let json = sh("em fit spec.ron --quiet --json --data - < points.csv");
    assert_eq!(document(&json)["data"]["n"], 8);
    assert!(!folder.names().contains(&"-".to_string()), "no file has that name");
}

#[cfg(unix)]
#[test]
fn samples_have_the_delimiter_that_their_fit_reads() {
    let folder = Folder::with(
        &spec(GAUSS, "restarts: 3").replace(".csv\"", ".csv\", delimiter: ';', columns: [\"a;b\", \"y\"]"),
    );
    folder.write("points.csv", POINTS.replace("x,y", "\"a;b\",y").replace(',', ";"));
    folder.json(&["fit", "spec.ron", "--quiet"]);
    let drawn = folder.em(&["sample", "spec.fit.ron", "-n", "3", "--latent"]).out;
    assert!(drawn.starts_with("\"a;b\";y;label\n") && !drawn.contains(','), "{drawn}");
    let scores = shell(&folder, "em sample spec.fit.ron -n 50 | em score spec.fit.ron --data -");
    assert_eq!(scores.lines().count(), 52);
}

#[test]
fn standard_input_and_output_are_each_for_one_thing() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 3"));
    folder.write(
        "swept.ron",
        spec(GAUSS, "restarts: 1").replacen("    fit", "    sweep: (components: [1, 2]),\n    fit", 1),
    );
    folder.json(&["fit", "spec.ron", "--quiet"]);
    let fit = folder.read("spec.fit.ron");
    let refused = |ran: Ran, wanted: &str| {
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{}", ran.err);
        assert_eq!(ran.err, format!("error: {wanted}\n"));
    };
    let both = "the fit and the data cannot both come from standard input; name a file for one of them";
    for command in ["score", "predict", "sample"] {
        refused(folder.em_with(&[command, "-", "--data", "-"], &fit), both);
    }
    let json = "`--json` and `-o -` both want standard output; leave one of them out, or name a file";
    refused(folder.em(&["fit", "spec.ron", "--json", "-o", "-"]), json);
    refused(folder.em(&["select", "swept.ron", "--json", "-o", "-"]), json);
    refused(
        folder.em_with(&["score", "-"], "x,y\n1,2\n"),
        "standard input: this is no fit file; give the file that `em fit` wrote",
    );
    refused(
        folder.em_with(&["score", "-"], &fit[..fit.len() - 1]),
        "standard input: the file was cut short or changed since it was written (its checksum does not match); fit again",
    );
    refused(
        folder.em_with(&["fit", "spec.ron", "--data", "-"], "x,y\n1,2\n3,\"4\n"),
        "standard input: line 3: the quote that opens here is still open at the end of the file; close it",
    );
}

#[test]
fn a_pipe_that_nobody_reads_ends_every_command_quietly() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 3"));
    folder.write(
        "swept.ron",
        spec(GAUSS, "restarts: 1").replacen("    fit", "    sweep: (components: [1, 2]),\n    fit", 1),
    );
    folder.json(&["fit", "spec.ron", "--quiet"]);
    let commands = "fit spec.ron --quiet|fit spec.ron --quiet --json|fit spec.ron --quiet -o -|check spec.ron|check spec.ron --model|\
                    predict spec.fit.ron|score spec.fit.ron|sample spec.fit.ron -n 9|select swept.ron --quiet|compare spec.fit.ron|\
                    models|models KMeans|bench spec.ron|completions bash|--help|fit --help|--version";
    for line in commands.split('|') {
        let args: Vec<&str> = line.split_whitespace().collect();
        let mut child = folder.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let left = child.wait_with_output().unwrap();
        let status = left.status.code().unwrap_or_else(|| panic!("{line} ended by a signal"));
        assert!(status == 0 && left.stderr.is_empty(), "{line}: {status}, {}", String::from_utf8_lossy(&left.stderr));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_standard_output_that_fails_is_told() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 3"));
    folder.json(&["fit", "spec.ron", "--quiet"]);
    for args in [&["score", "spec.fit.ron"][..], &["models"], &["fit", "spec.ron", "--quiet", "--json"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = folder.command(args).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {err}");
        assert!(err.starts_with("error: standard output: No space left on device"), "{err}");
    }
}
