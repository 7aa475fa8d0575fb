//! Data that cannot be fitted: each fault is named with its file, its line and its column.

use crate::common::{Folder, POINTS, refused, spec};

const GAUSS: &str = "GaussianMixture(components: 2)";
const POISSON: &str = "PoissonRegressionMixture(components: 1, response: \"y\", terms: [\"x\"])";

/// The first line of the refusal of these data by this model; `options` go to the data source.
fn refusal(data: impl AsRef<[u8]>, model: &str, options: &str) -> String {
    let text = spec(model, "").replace("points.csv\"", &format!("d.csv\"{options}"));
    let folder = Folder::with(&text);
    folder.write("d.csv", data);
    refused(&folder, "spec.ron")
}

fn refuses(data: &str, model: &str, options: &str, wanted: &str) {
    assert_eq!(refusal(data, model, options), format!("d.csv: {wanted}"), "{data}");
}

fn points_and(row: &str) -> String {
    format!("{POINTS}{row}\n")
}

#[test]
fn files_and_columns_that_are_not_there() {
    let folder = Folder::with(&spec(GAUSS, "").replace("points", "pionts"));
    let found = refused(&folder, "spec.ron");
    assert!(found.ends_with("pionts.csv: there is no such file; did you mean \"points.csv\"?"), "{found}");
    let columns = "(columns: \"x\", \"y\")";
    refuses(POINTS, GAUSS, ", columns: [\"x\", \"z\"]", &format!("there is no column \"z\" {columns}"));
    for (model, options) in [(GAUSS, ", weights: \"w\""), (GAUSS, ", standardize: [\"w\"]")] {
        refuses(POINTS, model, options, &format!("there is no column \"w\" {columns}"));
    }
    let other = POISSON.replace("\"y\"", "\"yy\"");
    let found = refusal(POINTS, &other, "");
    assert!(found.starts_with("d.csv: there is no column \"yy\"; did you mean \"y\"?"), "{found}");
}

#[test]
fn cells_that_are_no_finite_numbers() {
    let columns = ", columns: [\"x\", \"y\"]";
    for options in ["", columns] {
        refuses(&points_and("seven,3"), GAUSS, options, "line 10, column \"x\": \"seven\" is not a number");
        refuses(&points_and("nan,3"), GAUSS, options, "line 10, column \"x\": nan is not a finite number");
        refuses(&points_and("3,-inf"), GAUSS, options, "line 10, column \"y\": -inf is not a finite number");
        refuses(&points_and("3,1e999"), GAUSS, options, "line 10, column \"y\": 1e999 is not a finite number");
        refuses(
            &points_and(",3"),
            GAUSS,
            options,
            "line 10, column \"x\": the value is missing; fill it in, or leave out such rows with `missing: DropRows`",
        );
    }
    // A column of text that is asked for is not left out in silence.
    let text = "x,y\nseven,3\n1,2\n";
    refuses(text, GAUSS, columns, "line 2, column \"x\": \"seven\" is not a number");
    let numberless = "no column of numbers is left to fit; the columns are \"k\"";
    refuses("k\na\nb\n", GAUSS, "", numberless);
}

#[test]
fn files_that_are_no_tables() {
    let empty = "the file is empty; it needs a line with the names of the columns, and rows below it";
    refuses("", GAUSS, "", empty);
    refuses(
        "x,y\n",
        GAUSS,
        "",
        "there are no rows below the header; add at least one, or check that this is the right file and a whole one",
    );
    let ragged =
        "the number of fields is 1, but 2 in the header; a field that contains the delimiter must stand in quotes";
    refuses(&points_and("1"), GAUSS, "", &format!("line 10: {ragged}"));
    refuses("x,x\n1,2\n", GAUSS, "", "line 1: columns 1 and 2 are both called \"x\"; rename one of them");
    let quote = "line 10: the quote that opens here is still open at the end of the file; close it";
    refuses(&points_and("\"1,3\n1,2"), GAUSS, "", quote);
    let numbers = refusal("1,2\n3,4\n", GAUSS, "");
    assert!(numbers.starts_with("d.csv: line 1: the first line holds only numbers"), "{numbers}");
    for junk in [b"\x89PNG\r\n\x1a\n".as_slice(), b"x,y\n\0,2\n", b"x,y\n1,\xe9\n", b"\xff\xfex\0,\0"] {
        let found = refusal(junk, GAUSS, "");
        assert!(found.starts_with("d.csv: line ") && found.ends_with("save the file as UTF-8 text"), "{found}");
    }
}

#[test]
fn columns_that_say_too_little() {
    let rows = |row: &dyn Fn(usize) -> String| (0..9).map(|i| row(i) + "\n").collect::<String>();
    let few = "8 rows with a weight above 0 are too few: the model has 20 components and needs at least as many rows";
    refuses(POINTS, "GaussianMixture(components: 20)", "", few);
    let constant = format!("x,y\n{}", rows(&|i| format!("{i},5")));
    let singular = "a full covariance would be singular: leave one out";
    let is_constant = "column \"y\" is constant (5 in every row that counts)";
    refuses(&constant, GAUSS, "", &format!("{is_constant}; a full covariance would be singular: leave it out"));
    let standardised = format!("{is_constant}; it cannot be standardised; leave it out");
    refuses(&constant, GAUSS, ", standardize: true", &standardised);
    let repeated = format!("x,y\n{}", rows(&|i| format!("{0},{0}", i * i)));
    let repeats = "the columns \"x\", \"y\" determine one another (one repeats the other)";
    refuses(&repeated, GAUSS, "", &format!("{repeats}; {singular}"));
    let combined = format!("x,y,z\n{}", rows(&|i| format!("{},{i},{}", i * i, i * i + 2 * i)));
    let all = "the columns \"x\", \"y\", \"z\" determine one another";
    refuses(&combined, GAUSS, "", &format!("{all}; {singular}"));
}

#[test]
fn numbers_outside_the_domain() {
    let count = "is not a count: whole, not negative and below 2^53";
    refuses(&points_and("3,-1"), POISSON, "", &format!("line 10, column \"y\": -1 {count}"));
    refuses(&points_and("3,1.5"), POISSON, "", &format!("line 10, column \"y\": 1.5 {count}"));
    let log = "is not above 0, as `Log` needs";
    let offset = POISSON.replace("[\"x\"]", "[\"x\"], offset: Log(\"x\")");
    refuses(&points_and("0,3"), &offset, "", &format!("line 10, column \"x\": 0 {log}"));
    let term = POISSON.replace("\"x\"", "Log(\"x\")");
    refuses(&points_and("-2,3"), &term, "", &format!("line 10, column \"x\": -2 {log}"));
}

#[test]
fn weights_that_are_none() {
    let weighted = |last: &str| format!("x,y,w\n1,2,1\n2,1,1\n3.5,5,1\n4,3,1\n7,8,{last}\n");
    let weights = ", weights: \"w\"";
    refuses(&weighted("-1"), GAUSS, weights, "line 6, column \"w\": -1 is not a weight: 0 or above");
    refuses(&weighted("a"), GAUSS, weights, "line 6, column \"w\": \"a\" is not a number");
    let zero = "all weights in column \"w\" are 0, so that no row counts; give some a weight above 0";
    refuses("x,w\n1,0\n2,0\n", GAUSS, weights, zero);
}

#[test]
fn other_data_are_checked_alike() {
    let folder = Folder::with(&spec(GAUSS, "seed: 1"));
    folder.write("other.csv", "x,z\n1,2\n");
    assert_eq!(folder.em(&["fit", "spec.ron"]).status, 0);
    for command in ["predict", "score"] {
        let ran = folder.em(&[command, "spec.fit.ron", "--data", "other.csv", "--json"]);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""));
        assert!(ran.err.starts_with("error: other.csv: there is no column \"y\""), "{}", ran.err);
        let ran = folder.em_with(&[command, "spec.fit.ron", "--data", "-"], "x,y\n1,b\n");
        let wanted = "error: standard input: line 2, column \"y\": \"b\" is not a number\n";
        assert_eq!((ran.status, ran.err.as_str()), (2, wanted));
    }
}
