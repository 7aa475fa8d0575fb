//! Binary tables and missing values, end to end.

use crate::common::*;
use serde_json::Value;

const GAUSS: &str = "GaussianMixture(components: 2)";

/// An NPY file of version 1.0 with little-endian doubles, row after row.
fn npy(columns: usize, values: &[f64]) -> Vec<u8> {
    let shape = format!("({}, {columns})", values.len() / columns);
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    bytes
}

fn points() -> Vec<f64> {
    POINTS.lines().skip(1).flat_map(|l| l.split(',')).map(|x| x.parse().unwrap()).collect()
}

fn figures(fit: &Value) -> Vec<&Value> {
    ["log_likelihood", "params", "trace", "bic"].map(|f| &fit[f]).to_vec()
}

#[test]
fn an_array_is_fitted_like_the_text_of_its_numbers() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 3"));
    folder.write("points.npy", npy(2, &points()));
    folder.write(
        "array.ron",
        spec(GAUSS, "restarts: 3").replace("Csv(path: \"points.csv\")", "Npy(path: \"points.npy\")"),
    );
    let (text, array) = (folder.json(&["fit", "spec.ron", "--quiet"]), folder.json(&["fit", "array.ron", "--quiet"]));
    assert_eq!(figures(&text), figures(&array));
    assert_eq!(array["data"]["columns"], serde_json::json!(["x0", "x1"]));
    let (own, other) =
        (folder.json(&["score", "array.fit.ron"]), folder.json(&["score", "array.fit.ron", "--data", "points.npy"]));
    assert_eq!((&own, &own["log_likelihood"]), (&other, &array["log_likelihood"]));
    // Text serves as well, by the names of the columns; standard input too.
    let renamed = POINTS.replace("x,y", "x0,x1");
    folder.write("other.csv", &renamed);
    assert_eq!(folder.json(&["score", "array.fit.ron", "--data", "other.csv"]), own);
    let piped = folder.em_with(&["score", "array.fit.ron", "--data", "-", "--json"], &renamed);
    assert_eq!(document(&piped.out), own);
    let drawn = folder.em(&["sample", "array.fit.ron", "-n", "3"]).out;
    assert!(drawn.starts_with("x0,x1\n") && drawn.lines().count() == 4, "{drawn}");
    let checked = folder.em(&["check", "array.ron"]);
    assert!(checked.out.contains("columns    x0, x1"), "{}", checked.out);
}

#[test]
fn damaged_arrays_are_refused_with_their_place() {
    let folder = Folder::with(&spec(GAUSS, "").replace("Csv(path: \"points.csv\")", "Npy(path: \"points.npy\")"));
    let message = |bytes: Vec<u8>| {
        folder.write("points.npy", bytes);
        refused(&folder, "spec.ron")
    };
    let whole = npy(2, &points());
    let short = message(whole[..whole.len() - 3].to_vec());
    assert_eq!(
        short,
        "points.npy: 8 × 2 values of 8 bytes are 128 bytes, but only 125 are there; the file is cut short"
    );
    assert!(message([&whole[..], &[0]].concat()).starts_with("points.npy: more bytes follow than 8 × 2 values"));
    assert!(message(POINTS.into()).starts_with("points.npy: this is no NPY file; write it with `numpy.save`"));
    let mut gap = points();
    gap[5] = f64::NAN;
    assert_eq!(message(npy(2, &gap)), "points.npy: row 2, column \"x1\": NaN is not a finite number");
    let at = whole.windows(3).position(|w| w == b"<f8").unwrap();
    let mut complex = whole.clone();
    complex[at + 1] = b'c';
    assert!(message(complex).contains("the values are of type '<c8', complex numbers; convert them"));
    folder.write("spec.ron", spec(GAUSS, "").replace("Csv(path: \"points.csv\")", "Npy(path: \"point.npy\")"));
    assert!(refused(&folder, "spec.ron").contains("there is no such file"));
}

#[test]
fn rows_with_gaps_are_dropped_and_counted() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 3"));
    let whole = folder.json(&["fit", "spec.ron", "--quiet", "-o", "whole.ron"]);
    // The same points with two rows between them that miss a value; a third column, which nobody reads, misses many.
    let mut rows: Vec<String> = POINTS.lines().skip(1).map(|l| format!("{l},")).collect();
    rows.insert(3, ",5,1".into());
    rows.insert(7, "4,NA,".into());
    folder.write("points.csv", format!("x,y,z\n{}\n", rows.join("\n")));
    let drop = |missing: &str| {
        let columns = format!("points.csv\", columns: [\"x\", \"y\"], missing: {missing}");
        folder.write("spec.ron", spec(GAUSS, "restarts: 3").replace("points.csv\"", &columns));
    };
    drop("Error");
    assert_eq!(
        refused(&folder, "spec.ron"),
        "points.csv: line 5, column \"x\": the value is missing; fill it in, or leave out such rows with `missing: DropRows`"
    );
    drop("DropRows");
    assert_eq!(
        refused(&folder, "spec.ron"),
        "points.csv: line 9, column \"y\": \"NA\" is not a number; if it marks a missing value, say `missing: DropRows(markers: [\"NA\"])`"
    );
    drop("DropRows(markers: [\"NA\"])");
    let ran = folder.em(&["fit", "spec.ron", "--json"]);
    let warning = "warning: points.csv: 2 of 10 rows were dropped, since a value is missing (column \"x\": 1, column \"y\": 1); fill the values in, or leave out columns that miss many\n";
    assert!(ran.err.contains(warning), "{}", ran.err);
    let fit = document(&ran.out);
    assert_eq!(figures(&fit), figures(&whole));
    assert_eq!((&fit["data"]["n"], &fit["warnings"][0]["code"]), (&8.into(), &"rows_dropped".into()));
    assert!(folder.em(&["check", "spec.ron"]).err.contains("2 of 10 rows were dropped"));

    // Later uses read the same rows, and say so too.
    let scored = folder.em(&["score", "spec.fit.ron", "--json"]);
    assert!(scored.err.contains("2 of 10 rows were dropped"), "{}", scored.err);
    assert_eq!(document(&scored.out)["log_likelihood"], fit["log_likelihood"]);
    folder.write("new.csv", "y,x\n1,2\n,3\n");
    let predicted = folder.em(&["predict", "spec.fit.ron", "--data", "new.csv"]);
    assert_eq!((predicted.status, predicted.out.lines().count()), (0, 2), "{}", predicted.err);
    assert!(predicted.err.contains("new.csv: 1 of 2 rows were dropped"), "{}", predicted.err);
    folder.write("empty.csv", "y,x\n1,\n,3\n");
    let none = folder.em(&["score", "spec.fit.ron", "--data", "empty.csv"]);
    assert_eq!((none.status, none.out.as_str()), (2, ""));
    assert!(
        none.err.contains("in each of 2 rows a value is missing (column \"x\": 1, column \"y\": 1)"),
        "{}",
        none.err
    );
}

#[test]
fn gaps_in_arrays_weights_levels_and_labels() {
    let folder = Folder::with("");
    let mut gaps = points();
    gaps.extend([f64::NAN, 3.0]);
    folder.write("points.npy", npy(2, &gaps));
    folder.write(
        "spec.ron",
        format!("(data: Npy(path: \"points.npy\", missing: DropRows), model: {GAUSS}, fit: (restarts: 3))"),
    );
    let fit = document(&folder.em(&["fit", "spec.ron", "--json", "--quiet"]).out);
    assert_eq!(fit["data"]["n"], 8);
    // Below a dropped row, rows keep the numbers they have in the file.
    let mut bad = vec![f64::NAN, 1.0];
    bad.extend([1.0, f64::INFINITY]);
    folder.write("points.npy", npy(2, &bad));
    assert_eq!(refused(&folder, "spec.ron"), "points.npy: row 1, column \"x1\": inf is not a finite number");

    let rows: String = (0..20).map(|i| format!("{},k{},{},{}\n", i * i % 17, i % 2, 1 + i % 3, i % 5)).collect();
    folder.write("rows.csv", format!("n,kind,w,unused\n{rows},k0,1,\n3,,1,\n4,k1,,\n5,k1,nan,\n6,k0,2,\n"));
    let model = "PoissonRegressionMixture(components: 1, response: \"n\", terms: [Categorical(\"kind\")])";
    folder.write(
        "levels.ron",
        format!("(data: Csv(path: \"rows.csv\", weights: \"w\", missing: DropRows), model: {model})"),
    );
    let ran = folder.em(&["fit", "levels.ron", "--json"]);
    let fit = document(&ran.out);
    assert_eq!(fit["data"]["n"], 21);
    let counts =
        "4 of 25 rows were dropped, since a value is missing (column \"kind\": 1, column \"n\": 1, column \"w\": 2)";
    assert!(ran.err.contains(counts), "{}", ran.err);
}

#[test]
fn a_column_of_numbers_in_another_spelling_is_not_left_out_in_silence() {
    let folder = Folder::new();
    folder.write("t.csv", "a;b;c\n1;2,5;x1\n2;3,5;x2\n4;1,25;x3\n8;0,5;x4\n");
    let spec = |more: &str| {
        format!("(data: Csv(path: \"t.csv\", delimiter: ';'{more}), model: GaussianMixture(components: 1))")
    };
    folder.write("spec.ron", spec(""));
    let told = "warning: column \"b\" holds text such as \"2,5\" and is left out; write numbers with a point and nothing between their digits, or name the columns to fit in `columns`\n";
    for command in ["check", "fit"] {
        let ran = folder.em(&[command, "spec.ron"]);
        assert!(ran.status == 0 && ran.err.contains(told), "{}", ran.err);
    }
    let ran = folder.em(&["check", "spec.ron", "--json"]);
    assert_eq!(document(&ran.out)["warnings"][0]["column"], "b");
    folder.write("spec.ron", spec(", columns: [\"a\"]"));
    let ran = folder.em(&["check", "spec.ron"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
}
