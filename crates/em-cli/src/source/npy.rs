//! [`Npy`]: an array of numbers in a file of NumPy's.

use super::npy_reader;
use super::open::{Opened, STANDARD, open, regular, shown};
use super::{Csv, DataSource, Limits, Missing, OptionError, ReadError, Standardize, View};
use em_core::Table;
use serde::{Deserialize, Serialize};
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// An array of numbers as `numpy.save` writes it, n × d or n; its columns are called `x0`, `x1`, …
///
/// In a spec: `Npy(path: "points.npy", columns: ["x0", "x2"])`. Only `path` is required. With `on_disk: true` the numbers
/// stay in the file: a model that goes over rows block by block reads them anew in every pass, so that data may be larger than
/// memory; any other holds the columns that it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Npy {
    path: PathBuf,
    missing: Missing,
    on_disk: bool,
    view: View,
}

/// The fields as a spec writes them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename = "Npy", deny_unknown_fields)]
struct Fields {
    path: PathBuf,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    columns: Option<Vec<String>>,
    #[serde(default)]
    missing: Missing,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    on_disk: bool,
    #[serde(default, skip_serializing_if = "Standardize::is_no")]
    standardize: Standardize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weights: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<String>,
}

impl Npy {
    /// The file at `path`, with all its columns.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Npy { path: path.into(), missing: Missing::Error, on_disk: false, view: View::default() }
    }

    /// The same file, whose numbers stay there and are read anew in every pass.
    ///
    /// # Errors
    /// [`OptionError::OnDiskStandard`] of standard input, [`OptionError::OnDiskWithGaps`] where rows may be left out.
    pub fn on_disk(self) -> Result<Self, OptionError> {
        if self.path.as_os_str() == STANDARD {
            return Err(OptionError::OnDiskStandard);
        }
        if self.missing.drops() {
            return Err(OptionError::OnDiskWithGaps);
        }
        Ok(Npy { on_disk: true, ..self })
    }

    /// An array from any reader, called `name` in messages.
    ///
    /// # Errors
    /// [`ReadError`], with the place.
    pub fn read_from(&self, name: &str, input: impl BufRead + 'static, limits: Limits) -> Result<Table, ReadError> {
        npy_reader::read(Opened { name: name.into(), input: Box::new(input) }, &self.missing, limits)
    }
}

#[typetag::serde]
impl DataSource for Npy {
    fn read(&self, folder: &Path, limits: Limits) -> Result<Table, ReadError> {
        match self.on_disk {
            true => npy_reader::read_on_disk(shown(&self.path), regular(&self.path, folder)?, limits),
            false => npy_reader::read(open(&self.path, folder)?, &self.missing, limits),
        }
    }

    /// Another array, or a text table with commas between its fields: the first bytes tell.
    fn read_file(&self, path: &Path, limits: Limits) -> Result<Table, ReadError> {
        let mut opened = open(path, Path::new(""))?;
        match npy_reader::begins_like_one(&mut opened)? {
            true if self.on_disk && path.as_os_str() != STANDARD => {
                npy_reader::read_on_disk(shown(path), regular(path, Path::new(""))?, limits)
            }
            true => npy_reader::read(opened, &self.missing, limits),
            false => Csv::read_opened(opened, &self.missing, limits),
        }
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
}

impl TryFrom<Fields> for Npy {
    type Error = OptionError;
    fn try_from(fields: Fields) -> Result<Self, OptionError> {
        let Fields { path, columns, missing, on_disk, standardize, weights, group } = fields;
        if path.as_os_str().is_empty() {
            return Err(OptionError::EmptyPath);
        }
        let view = View { columns, weights, group, standardize };
        view.check()?;
        missing.check()?;
        let npy = Npy { missing, view, ..Npy::new(path) };
        if on_disk { npy.on_disk() } else { Ok(npy) }
    }
}

impl From<Npy> for Fields {
    fn from(npy: Npy) -> Self {
        let Npy { path, missing, on_disk, view } = npy;
        let View { columns, weights, group, standardize } = view;
        Fields { path, columns, missing, on_disk, standardize, weights, group }
    }
}

#[cfg(test)]
mod tests {
    use super::super::from_spec::{error_of, source_of, written};
    use super::*;
    use std::fs;

    /// Two rows of three numbers, in NumPy's own bytes.
    fn array() -> Vec<u8> {
        let header = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }\n";
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.bytes());
        bytes.extend((1..=6i16).flat_map(i16::to_le_bytes));
        bytes
    }

    #[test]
    fn a_spec_reads_its_file_and_others_in_either_format() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.npy"), array()).unwrap();
        fs::write(folder.path().join("b.csv"), "x0,x2\n7,8\n").unwrap();
        let source = source_of("Npy(path: \"a.npy\", columns: [\"x2\", \"x0\"], weights: \"x1\")");
        let all = Limits::default();
        let seen = source.view().apply(source.read(folder.path(), all).unwrap()).unwrap();
        assert_eq!(seen.names().collect::<Vec<_>>(), ["x2", "x0"]);
        assert_eq!((seen.numbers("x2").unwrap(), seen.weights().unwrap()), (&[3.0, 6.0][..], &[2.0, 5.0][..]));
        let other = |name: &str| source.read_file(&folder.path().join(name), all).unwrap();
        assert_eq!(other("b.csv").numbers("x2").unwrap(), [8.0]);
        assert_eq!(other("a.npy").numbers("x0").unwrap(), [1.0, 4.0]);
        let error = Npy::new("a.npy").read(folder.path(), Limits { cells: 5, ..all }).unwrap_err().to_string();
        assert_eq!(
            error,
            "a.npy: 2 × 3 values are more than the limit of 5; leave rows or columns out of the file, raise the limit with `--limit cells=N`, or read them block by block with `on_disk: true`"
        );
        let error = Npy::new("b.csv").read(folder.path(), all).unwrap_err().to_string();
        assert!(error.starts_with("b.csv: this is no NPY file"), "{error}");
    }

    #[test]
    fn specs_survive_a_round_trip_and_bad_options_are_refused() {
        let long = "Npy(path:\"a.npy\",columns:Some([\"x0\"]),missing:DropRows(),standardize:true,group:Some(\"x1\"))";
        assert_eq!(written(long), long);
        assert_eq!(written("Npy(path: \"a\")"), "Npy(path:\"a\",missing:Error)");
        assert_eq!(written("Npy(path: \"a\", on_disk: true)"), "Npy(path:\"a\",missing:Error,on_disk:true)");
        assert!(error_of("Npy(path: \"-\", on_disk: true)").contains("name a file"));
        assert!(error_of("Npy(path: \"a\", on_disk: true, missing: DropRows())").contains("leave out `on_disk`"));
        assert!(error_of("Npy(path: \"\")").contains("`path` is empty"));
        assert!(error_of("Npy(path: \"a\", delimiter: ',')").contains("delimiter"));
        assert!(
            error_of("Npy(path: \"a\", missing: DropRows(markers: [\"\"]))").contains("`missing` holds an empty name")
        );
    }
}
