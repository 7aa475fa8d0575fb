//! [`Csv`]: a text table in a file.

use super::csv_reader::read;
use super::open::{Opened, open};
use super::{DataSource, Limits, Missing, OptionError, ReadError, Standardize, View};
use em_core::Table;
use serde::{Deserialize, Serialize};
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// A text table in a file, with the names of the columns in its first line.
///
/// In a spec: `Csv(path: "faults.csv", columns: ["length", "faults"], delimiter: ';')`. Only `path` is required.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Csv {
    path: PathBuf,
    delimiter: u8,
    missing: Missing,
    view: View,
}

/// The fields as a spec writes them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename = "Csv", deny_unknown_fields)]
struct Fields {
    path: PathBuf,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    columns: Option<Vec<String>>,
    #[serde(default = "comma")]
    delimiter: char,
    #[serde(default)]
    missing: Missing,
    #[serde(default, skip_serializing_if = "Standardize::is_no")]
    standardize: Standardize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weights: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<String>,
}

fn comma() -> char {
    ','
}

impl Csv {
    /// The file at `path`, with all its columns.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Csv { path: path.into(), delimiter: b',', missing: Missing::Error, view: View::default() }
    }

    /// The same file, with this policy on rows in which a value is missing.
    pub fn missing_values(self, missing: Missing) -> Self {
        Csv { missing, ..self }
    }

    /// A table from any reader, called `name` in messages.
    ///
    /// # Errors
    /// [`ReadError`], with the place.
    pub fn read_from(&self, name: &str, input: impl BufRead + 'static, limits: Limits) -> Result<Table, ReadError> {
        let opened = Opened { name: name.into(), input: Box::new(input) };
        read(opened, self.delimiter, &self.missing, limits)
    }

    /// What has been opened, with commas between its fields.
    pub(super) fn read_opened(opened: Opened, missing: &Missing, limits: Limits) -> Result<Table, ReadError> {
        read(opened, b',', missing, limits)
    }

    fn read_at(&self, path: &Path, folder: &Path, limits: Limits) -> Result<Table, ReadError> {
        read(open(path, folder)?, self.delimiter, &self.missing, limits)
    }
}

#[typetag::serde]
impl DataSource for Csv {
    fn read(&self, folder: &Path, limits: Limits) -> Result<Table, ReadError> {
        self.read_at(&self.path, folder, limits)
    }
    fn read_file(&self, path: &Path, limits: Limits) -> Result<Table, ReadError> {
        self.read_at(path, Path::new(""), limits)
    }
    fn path(&self) -> Option<&Path> {
        Some(&self.path)
    }
    fn view(&self) -> &View {
        &self.view
    }
    fn missing(&self) -> &Missing {
        &self.missing
    }
    fn delimiter(&self) -> char {
        self.delimiter.into()
    }
}

/// Reads a text table with commas between the fields and the names of the columns in its first line; `-` is standard
/// input.
///
/// # Errors
/// [`ReadError`], with the place.
pub fn read_csv(path: impl AsRef<Path>) -> Result<Table, ReadError> {
    Csv::new("").read_file(path.as_ref(), Limits::default())
}

impl TryFrom<Fields> for Csv {
    type Error = OptionError;
    fn try_from(fields: Fields) -> Result<Self, OptionError> {
        let Fields { path, columns, delimiter, missing, standardize, weights, group } = fields;
        if path.as_os_str().is_empty() {
            return Err(OptionError::EmptyPath);
        }
        let view = View { columns, weights, group, standardize };
        view.check()?;
        missing.check()?;
        Ok(Csv { path, delimiter: separator(delimiter)?, missing, view })
    }
}

impl From<Csv> for Fields {
    fn from(csv: Csv) -> Self {
        let View { columns, weights, group, standardize } = csv.view;
        let (path, delimiter, missing) = (csv.path, csv.delimiter.into(), csv.missing);
        Fields { path, columns, delimiter, missing, standardize, weights, group }
    }
}

/// The delimiter as a byte that is no part of numbers, names or line ends.
fn separator(delimiter: char) -> Result<u8, OptionError> {
    let taken = |c: char| c.is_ascii_alphanumeric() || matches!(c, '"' | '\n' | '\r' | '\0' | '+' | '-' | '.');
    match u8::try_from(delimiter) {
        Ok(byte) if byte.is_ascii() && !taken(delimiter) => Ok(byte),
        _ => Err(OptionError::Delimiter(delimiter)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::from_spec::{error_of, source_of, written};
    use super::*;
    use std::fs;

    #[test]
    fn a_spec_reads_its_file_from_its_folder_and_others_with_the_same_options() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.csv"), "x;w;k\n1;2;a\n3;0;b\n").unwrap();
        fs::write(folder.path().join("b.csv"), "x;w\n5;2\n").unwrap();
        let text = "Csv(path: \"a.csv\", columns: [\"x\"], delimiter: ';', standardize: true, weights: \"w\")";
        let source = source_of(text);
        let (table, all) = (source.read(folder.path(), Limits::default()).unwrap(), Limits::default());
        assert_eq!(table.names().collect::<Vec<_>>(), ["x", "w", "k"]);
        let seen = source.view().apply(table).unwrap();
        assert_eq!((seen.numbers("x").unwrap(), seen.weights().unwrap()), (&[1.0, 3.0][..], &[2.0, 0.0][..]));
        assert_eq!(source.view().standardize, Standardize::All);
        assert_eq!(source.path(), Some(Path::new("a.csv")));
        assert_eq!(source.read_file(&folder.path().join("b.csv"), all).unwrap().numbers("x").unwrap(), [5.0]);
        let error = Csv::new("b.csv").read(folder.path(), Limits { columns: 0, ..all }).unwrap_err();
        assert!(
            error.to_string().starts_with("b.csv: line 1: the number of columns is 1, more than the limit of 0"),
            "{error}"
        );
        let table = read_csv(folder.path().join("b.csv")).unwrap();
        assert_eq!(table.names().collect::<Vec<_>>(), ["x;w"]);
    }

    #[test]
    fn specs_survive_a_round_trip() {
        let long = "Csv(path:\"a.csv\",columns:Some([\"x\"]),delimiter:';',missing:Error,standardize:[\"x\"],weights:Some(\"w\"),group:Some(\"g\"))";
        assert_eq!(written(long), long);
        written("Csv(path: \"a\", delimiter: '\\t')");
        assert_eq!(written("Csv(path: \"a\")"), "Csv(path:\"a\",delimiter:',',missing:Error)");
        let json = serde_json::to_string(&Csv::new("a")).unwrap();
        assert_eq!(json, r#"{"path":"a","delimiter":",","missing":"Error"}"#);
        assert_eq!(serde_json::from_str::<Csv>(&json).unwrap(), Csv::new("a"));
        assert_eq!(Csv::new("a").missing(), &Missing::Error);
        written("Csv(path: \"a\", missing: DropRows(markers: [\"NA\"]))");
    }

    #[test]
    fn bad_options_are_refused_by_name() {
        let has = |text: &str, wanted: &str| {
            let error = error_of(text);
            assert!(error.contains(wanted), "{error}");
        };
        has("Csv(path: \"\")", "`path` is empty; name a file, or \"-\" for standard input");
        has("Csv(path: \"a\", columns: [])", "`columns` is empty");
        has("Csv(path: \"a\", columns: [\"x\", \"x\"])", "`columns` lists \"x\" twice");
        has("Csv(path: \"a\", colums: [\"x\"])", "colums");
        has("Csv(columns: [\"x\"])", "path");
        has("Cvs(path: \"a\")", "Cvs");
        for delimiter in ["'\"'", "'\\n'", "'\\r'", "'é'", "'1'", "'.'", "'a'", "'-'", "'€'"] {
            has(&format!("Csv(path: \"a\", delimiter: {delimiter})"), "`delimiter` is ");
        }
        let wanted = "`delimiter` is '€'; it must be one ASCII character such as ',', ';' or '\\t', and no quote, line end, letter, digit, sign or point";
        assert_eq!(OptionError::Delimiter('€').to_string(), wanted);
    }
}
