//! Arrays whose numbers stay in their file, or in memory as they are.

use crate::common::*;
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;

/// An NPY file of version 1.0.
fn npy(descr: &str, fortran: bool, shape: [usize; 2], values: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let (order, [n, d]) = (if fortran { "True" } else { "False" }, shape);
    let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': ({n}, {d}), }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(values.into_iter().flatten());
    bytes
}

const N: usize = 2000;

/// Rows of two covariates in two clouds, zeros and ones, a weight, a group of four rows, and a count.
fn cell(i: usize, j: usize) -> f32 {
    let cloud = (i / 4 % 2) as f32;
    match j {
        0 => 7.5 * cloud + ((i * i % 31) as f32) * 0.25,
        1 => 4.0 * cloud + ((i * 17 % 23) as f32) * 0.5,
        2 => f32::from(i.is_multiple_of(5) == (cloud == 1.0)),
        3 => f32::from(i.is_multiple_of(3)),
        4 => 1.0 + (i / 4 % 3) as f32,
        5 => (i / 4) as f32,
        _ => ((i * 7 % 11) as f32) + 3.0 * cloud,
    }
}
const D: usize = 7;

/// The same numbers in four files.
fn folder() -> Folder {
    let folder = Folder::new();
    let by_row = || (0..N).flat_map(|i| (0..D).map(move |j| cell(i, j)));
    let by_column = || (0..D).flat_map(|j| (0..N).map(move |i| cell(i, j)));
    let double = |x: f32| f64::from(x).to_le_bytes().to_vec();
    folder.write("double.npy", npy("<f8", false, [N, D], by_row().map(double)));
    folder.write("columns.npy", npy("<f8", true, [N, D], by_column().map(double)));
    folder.write("single.npy", npy("<f4", false, [N, D], by_row().map(|x| x.to_le_bytes().to_vec())));
    folder.write("turned.npy", npy(">f4", true, [N, D], by_column().map(|x| x.to_be_bytes().to_vec())));
    folder
}

/// What a fit of a file by this model says, its own name and the time apart.
fn fitted(folder: &Folder, data: &str, model: &str, fit: &str) -> Value {
    folder.write("spec.ron", format!("(data: Npy({data}), model: {model}, fit: ({fit}))"));
    let mut value = folder.json(&["fit", "spec.ron", "--quiet", "-o", "a.fit.ron"]);
    for field in ["spec", "seconds"] {
        value.as_object_mut().unwrap().remove(field);
    }
    value
}

#[test]
fn a_fit_is_the_same_to_the_bit_wherever_its_numbers_are() {
    let folder = folder();
    let gauss = "columns: [\"x1\", \"x0\"]";
    let cases = [
        (gauss, "GaussianMixture(components: 2)", "restarts: 2"),
        (
            "columns: [\"x0\"], standardize: true, weights: \"x4\"",
            "GaussianMixture(components: 2)",
            "start: Rows, restarts: 2",
        ),
        (
            "columns: [\"x0\", \"x1\"], standardize: [\"x1\"], group: \"x5\", weights: \"x4\"",
            "GaussianMixture(components: 2, covariance: Tied)",
            "restarts: 2",
        ),
        (gauss, "GaussianMixture(components: 2, prior: DataScaled)", "restarts: 1"),
        (gauss, "BayesianGaussianMixture(components: 2)", "restarts: 1"),
        ("columns: [\"x2\", \"x3\"]", "BernoulliMixture(components: 2)", "restarts: 2"),
        (gauss, "KMeans(clusters: 3)", "restarts: 2"),
        (gauss, "KMeans(clusters: 3, dissimilarity: Manhattan)", "restarts: 2"),
        (
            "weights: \"x4\"",
            "PoissonRegressionMixture(components: 2, response: \"x6\", terms: [\"x0\"])",
            "restarts: 1",
        ),
        ("", "BayesianLinearRegression(response: \"x6\", terms: [\"x0\", \"x1\"])", ""),
        (gauss, "GaussianMixture(components: 2)", "start: Labels(column: \"x3\")"),
    ];
    for (view, model, fit) in cases {
        let of = |file: &str, rest: &str| fitted(&folder, &format!("path: {file:?}, {view}{rest}"), model, fit);
        let comma = if view.is_empty() { "" } else { ", " };
        let held = of("double.npy", "");
        for (file, rest) in [
            ("single.npy", ""),
            ("double.npy", "on_disk: true"),
            ("columns.npy", "on_disk: true"),
            ("single.npy", "on_disk: true"),
            ("turned.npy", "on_disk: true"),
        ] {
            let rest = if rest.is_empty() { String::new() } else { format!("{comma}{rest}") };
            assert_eq!(of(file, &rest), held, "{model} {file} {rest}");
        }
    }
}

#[test]
fn what_is_done_with_a_fit_reads_the_file_again() {
    let folder = folder();
    let model = "GaussianMixture(components: 2)";
    let mut answers = Vec::new();
    for on_disk in [false, true] {
        fitted(
            &folder,
            &format!("path: \"single.npy\", columns: [\"x0\", \"x1\"], on_disk: {on_disk}"),
            model,
            "restarts: 1",
        );
        let run = |args: &[&str]| {
            let ran = folder.em(args);
            assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{args:?}");
            ran.out
        };
        assert_eq!(run(&["report", "a.fit.ron", "-o", "page.html"]).lines().count(), 1);
        let commands: [&[&str]; 5] = [
            &["predict", "a.fit.ron"],
            &["predict", "a.fit.ron", "--truth", "x3"],
            &["score", "a.fit.ron"],
            &["score", "a.fit.ron", "--data", "columns.npy"],
            &["sample", "a.fit.ron", "-n", "20"],
        ];
        answers.push(commands.map(run));
    }
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn a_fit_goes_on_from_its_checkpoint() {
    let folder = folder();
    let spec = |most: u64| {
        let data = "Npy(path: \"double.npy\", columns: [\"x0\", \"x1\"], on_disk: true)";
        format!(
            "(data: {data}, model: GaussianMixture(components: 3), fit: (restarts: 2, stop: (relative_gain: 0, max_iterations: {most})))"
        )
    };
    folder.write("spec.ron", spec(25));
    let whole = folder.em(&["fit", "spec.ron", "--json", "-o", "whole.fit.ron"]);
    folder.write("spec.ron", spec(9));
    assert_eq!(folder.em(&["fit", "spec.ron", "--checkpoint", "c", "-o", "part.fit.ron"]).status, 1);
    folder.write("spec.ron", spec(25));
    let resumed = folder.em(&["fit", "spec.ron", "--json", "--resume", "c", "-o", "part.fit.ron"]);
    let params = |ran: &Ran| document(&ran.out)["params"].clone();
    assert_eq!((whole.status, params(&whole)), (1, params(&resumed)));
}

#[test]
fn a_file_that_changes_while_it_is_fitted_ends_the_fit_with_a_message() {
    for cut in [true, false] {
        let folder = folder();
        folder.write(
            "spec.ron",
            "(data: Npy(path: \"double.npy\", columns: [\"x0\", \"x1\"], on_disk: true), model: GaussianMixture(components: 3), \
             fit: (restarts: 1, stop: (relative_gain: 0, max_iterations: 100000000)))",
        );
        let args = ["fit", "spec.ron", "--checkpoint", "c", "--checkpoint-every", "0", "-o", "a.fit.ron"];
        let mut child = folder.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while !folder.path("c").exists() {
            assert!(child.try_wait().unwrap().is_none(), "it ended too early");
            std::thread::sleep(Duration::from_millis(10));
        }
        let file = std::fs::OpenOptions::new().write(true).open(folder.path("double.npy")).unwrap();
        if cut {
            file.set_len(4000).unwrap();
        } else {
            file.set_modified(file.metadata().unwrap().modified().unwrap() + Duration::from_secs(1)).unwrap();
        }
        let begun = std::time::Instant::now();
        while child.try_wait().unwrap().is_none() {
            if begun.elapsed() > Duration::from_secs(60) {
                child.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let output = child.wait_with_output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        let what = if cut { "is shorter than it was when" } else { "has changed since" };
        let wanted = format!("double.npy: the file {what} it was opened; begin again once nobody writes to it\n");
        assert!(message.starts_with("error: spec.ron: run 1, iteration") && message.ends_with(&wanted), "{message}");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
        assert!(!folder.path("a.fit.ron").exists());
    }
}

#[test]
fn damaged_arrays_are_refused_with_their_place() {
    let folder = Folder::new();
    let message = |bytes: Vec<u8>| {
        folder.write("a.npy", bytes);
        refused(&folder, "spec.ron")
    };
    let spec = |columns: &str| {
        format!("(data: Npy(path: \"a.npy\", on_disk: true{columns}), model: GaussianMixture(components: 2))")
    };
    folder.write("spec.ron", spec(""));
    let cells = |x: f32| (0..N).flat_map(move |i| [cell(i, 0), if i == 1500 { x } else { cell(i, 1) }]);
    let array = |x: f32| npy("<f4", false, [N, 2], cells(x).map(|x| x.to_le_bytes().to_vec()));
    let whole = array(0.0);
    let short = "a.npy: 2000 × 2 values of 4 bytes are 16000 bytes, but only 15997 are there; the file is cut short";
    assert_eq!(message(whole[..whole.len() - 3].to_vec()), short);
    assert!(message([&whole[..], &[0]].concat()).starts_with("a.npy: more bytes follow than 2000 × 2 values"));
    assert_eq!(message(array(f32::NAN)), "a.npy: row 1500, column \"x1\": NaN is not a finite number");
    assert_eq!(message(array(f32::INFINITY)), "a.npy: row 1500, column \"x1\": inf is not a finite number");
    // Of a column that is not read, faults do not matter.
    folder.write("spec.ron", spec(", columns: [\"x0\"]"));
    assert_eq!(folder.em(&["check", "spec.ron"]).status, 0);
    let huge = npy("<f8", false, [usize::MAX / 4, 7], []);
    assert!(message(huge).contains("values are more than the limit of"));
}

#[test]
fn the_limit_counts_what_must_be_held() {
    let folder = folder();
    let data = "Npy(path: \"double.npy\", on_disk: true)";
    folder.write("gauss.ron", format!("(data: {data}, model: KMeans(clusters: 2), fit: (restarts: 1))"));
    folder.write("medoids.ron", format!("(data: {data}, model: KMedoids(clusters: 2))"));
    let fit = |spec: &str, limit: &str| folder.em(&["fit", spec, "--quiet", "--limit", limit]);
    assert_eq!(fit("gauss.ron", "cells=100").status, 0);
    assert_eq!(fit("medoids.ron", "cells=14000").status, 0);
    let refused = fit("medoids.ron", "cells=5000");
    let wanted = "error: double.npy: the 2000 numbers of column \"x2\" would have to be held in memory here, and with them more \
                  numbers of the table than the limit of 5000; raise it";
    assert!(refused.status == 2 && refused.err.starts_with(wanted), "{}", refused.err);
    folder.write("gauss.ron", format!("(data: {}, model: KMeans(clusters: 2))", data.replace(", on_disk: true", "")));
    let refused = fit("gauss.ron", "cells=100");
    assert!(refused.status == 2 && refused.err.contains("block by block with `on_disk: true`"), "{}", refused.err);
    assert_eq!(folder.json(&["check", "medoids.ron"])["n"], json!(N));
}
