//! [`DataError`]: what is wrong with a table, and where.

use super::{Place, StoreFault, Table, nearest};

/// What is wrong with a table for the use it was put to.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum DataError {
    /// A column that is asked for is not there.
    #[error("{table}: there is no column {wanted:?}{} (columns: {})", suggestion(nearest), list(known))]
    NoColumn { table: String, wanted: String, nearest: Option<String>, known: Vec<String> },
    /// A column has another number of rows than the table.
    #[error("{table}: column {column:?} has {} where the table has {wanted}", counted(*rows))]
    Ragged { table: String, column: String, rows: usize, wanted: usize },
    /// Two columns have one name, or one is listed twice.
    #[error("{table}: column {column:?} comes twice; give it another name or leave one out")]
    Twice { table: String, column: String },
    /// A cell is no number.
    #[error("{place}: {text:?} is not a number{}", spelling(text))]
    NotANumber { place: Place, text: String },
    /// A cell is a number that is infinite or not a number.
    #[error("{place}: {text} is not a finite number")]
    NotFinite { place: Place, text: String },
    /// A cell is empty.
    #[error("{place}: the value is missing; fill it in, or leave out such rows with `missing: DropRows`")]
    Missing { place: Place },
    /// A number is outside what the model can take.
    #[error("{place}: {value} is not {wanted}")]
    Domain { place: Place, value: f64, wanted: &'static str },
    /// A cell holds a level that was not there when the fit was made.
    #[error("{place}: {level:?} is no level of the rows that were fitted (levels: {})", list(known))]
    UnknownLevel { place: Box<Place>, level: String, known: Vec<String> },
    /// A column of levels begins with a number, but this cell is none.
    #[error(
        "{place}: {text:?} is text below a first cell that reads as a number; write all levels as numbers, or begin each with a letter"
    )]
    MixedLevels { place: Place, text: String },
    /// A column has too few levels, or too many.
    #[error("{table}: column {column:?} has {levels} level{}", match *levels { 0 => "s; it takes two to differ".into(), 1 => "; it takes two to differ, so leave it out".into(), _ => format!("s, more than the {most} that a `Categorical` may have; is it a number?") })]
    Levels { table: String, column: String, levels: usize, most: usize },
    /// There are no columns of numbers.
    #[error("{table}: no column of numbers is left to fit; the columns are {}{}", list(known), delimiter(known))]
    NoNumbers { table: String, known: Vec<String> },
    /// There are more or fewer columns than the model takes.
    #[error("{table}: the model takes {wanted} column{}, but there are {}: {}; name the ones to take with `columns`", if *wanted == 1 { "" } else { "s" }, known.len(), list(known))]
    ColumnCount { table: String, wanted: usize, known: Vec<String> },
    /// There are too few rows.
    #[error("{table}: {} with a weight above 0 {} too few: {why}", counted(*rows), if *rows == 1 { "is" } else { "are" })]
    TooFewRows { table: String, rows: usize, why: String },
    /// All weights are zero.
    #[error("{table}: all weights in column {column:?} are 0, so that no row counts; give some a weight above 0")]
    NoWeight { table: String, column: String },
    /// Two rows of a group weigh something, but not the same.
    #[error(
        "{place}: the weight {weight} differs from {other} in an earlier row of group {group:?}; give the rows of a group one weight, or 0"
    )]
    GroupWeight { place: Place, group: String, weight: f64, other: f64 },
    /// Two rows of a group have different labels: here the first, earlier the second.
    #[error(
        "{place}: the label {:?} differs from {:?} in an earlier row of group {group:?}; the rows of a group start with one label", labels[0], labels[1]
    )]
    GroupLabel { place: Place, group: String, labels: Box<[String; 2]> },
    /// Two rows of a group differ in what the mixing weights of the group depend on.
    #[error(
        "{place}: the value differs from that in an earlier row of group {group:?}; mixing weights are those of a group, so give its rows one value"
    )]
    GroupCovariate { place: Place, group: String },
    /// The model takes every row as a unit of its own.
    #[error(
        "{table}: the groups in column {column:?} have no meaning for the model {model}, to which every row is a unit of its own; leave out `group`, or use a mixture or K-means"
    )]
    NoGroups { table: String, column: String, model: &'static str },
    /// A column does not vary.
    #[error("{table}: column {column:?} is constant ({value} in every row that counts); {advice}")]
    Constant { table: String, column: String, value: f64, advice: String },
    /// Columns determine one another.
    #[error("{table}: the columns {} determine one another{}; {advice}", list(columns), if *repeated { " (one repeats the other)" } else { "" })]
    Dependent { table: String, columns: Vec<String>, repeated: bool, advice: String },
    /// A column spreads so far, or so little, that squares of it overflow or vanish.
    #[error(
        "{table}: the values of column {column:?} spread over {spread:e}, and squares of that cannot be computed with; standardize it, or use another unit"
    )]
    Scale { table: String, column: String, spread: f64 },
    /// The spec asks for something that these data cannot have.
    #[error("{table}: {why}")]
    Unsuited { table: String, why: String },
    /// A column that is not in memory would have to be, and the limit forbids it.
    #[error(
        "{table}: the {rows} numbers of column {column:?} would have to be held in memory here, and with them more numbers of the table than the limit of {limit}; raise it with `--limit cells=N`, or use a model that reads its rows block by block (a Gaussian, Bayesian Gaussian or Bernoulli mixture, K-means)"
    )]
    Held { table: String, column: String, rows: usize, limit: usize },
    /// Numbers that are not in memory cannot be read any more.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// Several things are wrong at once.
    #[error("{}", .0.iter().map(DataError::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<DataError>),
}

impl DataError {
    pub(crate) fn no_column(table: &Table, wanted: &str) -> Self {
        let known: Vec<String> = table.names().map(String::from).collect();
        let nearest = nearest(wanted, known.iter().map(String::as_str)).map(String::from);
        DataError::NoColumn { table: table.source().name.clone(), wanted: wanted.into(), nearest, known }
    }
}

/// What may have been meant by a cell that is no number.
fn spelling(text: &str) -> String {
    let is_number = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite);
    let marks_gaps = ["na", "n/a", "#n/a", "null", "none", "nil", "?", ".", "-", "--"];
    match text.trim() {
        inner if inner != text && is_number(inner) => "; take away the blanks around it".into(),
        inner if inner.matches(',').count() == 1 && is_number(&inner.replace(',', ".")) => {
            "; write a point, not a comma, before the decimals".into()
        }
        inner if marks_gaps.contains(&inner.to_lowercase().as_str()) => {
            format!("; if it marks a missing value, say `missing: DropRows(markers: [{text:?}])`")
        }
        _ => String::new(),
    }
}

/// What may be wrong where all that is found is one column of text.
fn delimiter(names: &[String]) -> String {
    let [only] = names else { return String::new() };
    let found = [';', '\t', '|', ','].into_iter().find(|c| only.contains(*c));
    found.map(|c| format!("; if {c:?} stands between columns, say `delimiter: {c:?}`")).unwrap_or_default()
}

fn counted(rows: usize) -> String {
    format!("{rows} row{}", if rows == 1 { "" } else { "s" })
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|n| format!("; did you mean {n:?}?")).unwrap_or_default()
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("{n:?}")).collect();
    if quoted.is_empty() { "none".into() } else { quoted.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_is_no_number_is_told_what_was_meant() {
        for (text, wanted) in [
            ("3 ", "; take away the blanks around it"),
            ("1,5", "; write a point, not a comma, before the decimals"),
            ("NA", "; if it marks a missing value, say `missing: DropRows(markers: [\"NA\"])`"),
            (" ?", "; if it marks a missing value, say `missing: DropRows(markers: [\" ?\"])`"),
            ("1,500,2", ""),
            ("inf ", ""),
            ("seven", ""),
        ] {
            assert_eq!(spelling(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_single_column_of_text_may_be_several() {
        let message = |names: &[&str]| {
            let known = names.iter().map(|n| n.to_string()).collect();
            DataError::NoNumbers { table: "t".into(), known }.to_string()
        };
        assert!(
            message(&["x;y"]).ends_with("the columns are \"x;y\"; if ';' stands between columns, say `delimiter: ';'`")
        );
        assert!(message(&["x\ty"]).ends_with("say `delimiter: '\\t'`"));
        assert!(message(&["x;y", "z"]).ends_with("the columns are \"x;y\", \"z\""));
        assert!(message(&["k"]).ends_with("the columns are \"k\""));
    }

    #[test]
    fn one_row_is_one_row() {
        let few = |rows| DataError::TooFewRows { table: "t".into(), rows, why: "w".into() }.to_string();
        assert_eq!(few(1), "t: 1 row with a weight above 0 is too few: w");
        assert_eq!(few(2), "t: 2 rows with a weight above 0 are too few: w");
    }
}
