//! [`Inline`]: a table that stands in the spec itself.

use super::view::check_names;
use super::{Csv, DataSource, Limits, OptionError, ReadError, Standardize, View};
use em_core::Table;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashSet;
use std::fmt;
use std::path::Path;

/// What messages call the table.
const NAME: &str = "inline data";

/// A table that stands in the spec itself: `Inline(columns: {"x": [1, 2], "y": [3, 4]})`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Inline {
    columns: Columns,
    table: Table,
    view: View,
}

/// The fields as a spec writes them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename = "Inline", deny_unknown_fields)]
struct Fields {
    columns: Columns,
    #[serde(default, skip_serializing_if = "Standardize::is_no")]
    standardize: Standardize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weights: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<String>,
}

#[typetag::serde]
impl DataSource for Inline {
    fn read(&self, _: &Path, _: Limits) -> Result<Table, ReadError> {
        Ok(self.table.clone())
    }
    fn read_file(&self, path: &Path, limits: Limits) -> Result<Table, ReadError> {
        Csv::new("").read_file(path, limits)
    }
    fn path(&self) -> Option<&Path> {
        None
    }
    fn view(&self) -> &View {
        &self.view
    }
}

impl TryFrom<Fields> for Inline {
    type Error = OptionError;
    fn try_from(fields: Fields) -> Result<Self, OptionError> {
        let Fields { columns, standardize, weights, group } = fields;
        let view = View { columns: None, weights, group, standardize };
        view.check()?;
        check_names("columns", columns.0.iter().map(|(name, _)| name))?;
        if columns.0.is_empty() {
            return Err(OptionError::NoInline);
        }
        let table = Table::from_columns(NAME, columns.0.clone())?;
        if table.rows() == 0 {
            return Err(OptionError::NoRows);
        }
        Ok(Inline { columns, table, view })
    }
}

impl From<Inline> for Fields {
    fn from(inline: Inline) -> Self {
        let View { weights, group, standardize, .. } = inline.view;
        Fields { columns: inline.columns, standardize, weights, group }
    }
}

/// Names and numbers in the order written, which a map type would lose.
#[derive(Clone, Debug, PartialEq)]
struct Columns(Vec<(String, Vec<f64>)>);

impl Serialize for Columns {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(self.0.iter().map(|(name, values)| (name, values)))
    }
}

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_map(InOrder)
    }
}

struct InOrder;
impl<'de> Visitor<'de> for InOrder {
    type Value = Columns;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a map from names to lists of numbers, {\"x\": [1, 2]},")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Columns, A::Error> {
        let (mut columns, mut seen) = (Vec::new(), HashSet::new());
        // Found here and not when the whole is checked, an error can point at the name.
        while let Some(name) = map.next_key::<String>()? {
            if !seen.insert(name.clone()) {
                return Err(A::Error::custom(OptionError::Twice { field: "columns", name }));
            }
            columns.push((name, map.next_value()?));
        }
        Ok(Columns(columns))
    }
}

#[cfg(test)]
mod tests {
    use super::super::from_spec::{error_of, source_of, written};
    use super::*;

    #[test]
    fn columns_keep_their_order_and_survive_a_round_trip() {
        let text = "Inline(columns:{\"z\":[1.0,2.5],\"a\":[3.0,4.0]},standardize:[\"z\"],weights:Some(\"a\"))";
        assert_eq!(written(text), text);
        let source = source_of("Inline(columns: {\"z\": [1, 2], \"a\": [3, 4], \"m\": [-1, 1e3]})");
        let table = source.read(Path::new("nowhere"), Limits::default()).unwrap();
        assert_eq!(table.names().collect::<Vec<_>>(), ["z", "a", "m"]);
        assert_eq!(table.numbers("m").unwrap(), [-1.0, 1000.0]);
        assert_eq!((source.path(), source.view()), (None, &View::default()));
    }

    #[test]
    fn what_makes_no_table_is_refused_by_name() {
        let has = |text: &str, wanted: &str| {
            let error = error_of(text);
            assert!(error.contains(wanted), "{error}");
        };
        has("Inline(columns: {\"x\": [1], \"x\": [2]})", "`columns` lists \"x\" twice; leave one out");
        has("Inline(columns: {})", "`columns` is empty");
        has("Inline(columns: {\"x\": []})", "`columns` has no rows; give every column at least one number");
        has("Inline(columns: {\"\": [1]})", "`columns` holds an empty name");
        let ragged = "`columns`: inline data: column \"y\" has 1 row where the table has 2";
        has("Inline(columns: {\"x\": [1, 2], \"y\": [1]})", ragged);
        let infinite = "`columns`: inline data: row 1, column \"x\": inf is not a finite number";
        has("Inline(columns: {\"x\": [1, inf]})", infinite);
        has("Inline(columns: [1])", "");
        has("Inline(columns: {\"x\": [1]}, weight: \"x\")", "weight");
    }

    #[test]
    fn another_file_is_read_as_plain_csv() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        std::fs::write(&path, "x\n7\n").unwrap();
        let table = source_of("Inline(columns: {\"x\": [1]})").read_file(&path, Limits::default()).unwrap();
        assert_eq!(table.numbers("x").unwrap(), [7.0]);
    }

    #[test]
    fn the_registry_knows_the_sources_and_their_fields() {
        let mut names = em_core::registry::names::<dyn DataSource>().to_vec();
        names.sort();
        assert!(names.contains(&"Csv") && names.contains(&"Inline"), "{names:?}");
        assert_eq!(
            em_core::registry::fields::<dyn DataSource>("Inline"),
            ["columns", "standardize", "weights", "group"]
        );
    }
}
