//! [`View`]: what is done with a table after reading.

use super::OptionError;
use em_core::{DataError, Table};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Which part of a table is fitted, and how: options that all data sources share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The columns to take, in this order; none for all of them.
    pub columns: Option<Vec<String>>,
    /// The column with the weights of the rows.
    pub weights: Option<String>,
    /// The column with the groups of the rows.
    pub group: Option<String>,
    /// The columns to standardise, which the caller does.
    pub standardize: Standardize,
}

impl View {
    /// Checks the options before any data are read.
    ///
    /// # Errors
    /// [`OptionError::NoColumns`], [`OptionError::Twice`], [`OptionError::EmptyName`] or [`OptionError::GroupIsWeights`].
    pub fn check(&self) -> Result<(), OptionError> {
        if self.columns.as_ref().is_some_and(Vec::is_empty) {
            return Err(OptionError::NoColumns);
        }
        check_names("columns", self.columns.iter().flatten())?;
        check_names("weights", self.weights.iter())?;
        check_names("group", self.group.iter())?;
        if let Some(name) = self.group.clone().filter(|group| self.weights.as_ref() == Some(group)) {
            return Err(OptionError::GroupIsWeights { name });
        }
        match &self.standardize {
            Standardize::Columns(names) => check_names("standardize", names.iter()),
            Standardize::No | Standardize::All => Ok(()),
        }
    }

    /// The table with weights and groups taken out of its columns, then with the listed columns only.
    ///
    /// Standardising is left to the caller, who has to remember centre and scale.
    ///
    /// # Errors
    /// As [`Table::take_weights`], [`Table::take_groups`] and [`Table::select`].
    pub fn apply(&self, mut table: Table) -> Result<Table, DataError> {
        if let Some(weights) = &self.weights {
            table.take_weights(weights)?;
        }
        if let Some(group) = &self.group {
            table.take_groups(group)?;
        }
        let Some(columns) = &self.columns else { return Ok(table) };
        let apart = [&self.weights, &self.group];
        let columns: Vec<String> =
            columns.iter().filter(|c| !apart.iter().any(|a| a.as_ref() == Some(c))).cloned().collect();
        table.select(&columns)
    }
}

/// Refuses empty names and names that come twice.
pub(super) fn check_names<'a>(field: &'static str, names: impl Iterator<Item = &'a String>) -> Result<(), OptionError> {
    let mut seen = std::collections::HashSet::new();
    for name in names {
        if name.is_empty() {
            return Err(OptionError::EmptyName { field });
        }
        if !seen.insert(name) {
            return Err(OptionError::Twice { field, name: name.clone() });
        }
    }
    Ok(())
}

/// Which columns are standardised: `false`, `true` or a list of names in specs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standardize {
    /// None.
    #[default]
    No,
    /// All that are fitted.
    All,
    /// These.
    Columns(Vec<String>),
}

impl Standardize {
    /// Whether nothing is standardised, which specs need not say.
    pub fn is_no(&self) -> bool {
        *self == Standardize::No
    }
}

impl Serialize for Standardize {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Standardize::No => s.serialize_bool(false),
            Standardize::All => s.serialize_bool(true),
            Standardize::Columns(names) => names.serialize(s),
        }
    }
}

impl<'de> Deserialize<'de> for Standardize {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(BoolOrNames)
    }
}

struct BoolOrNames;
impl<'de> Visitor<'de> for BoolOrNames {
    type Value = Standardize;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("false, true or a list of column names")
    }
    fn visit_bool<E: Error>(self, all: bool) -> Result<Standardize, E> {
        Ok(if all { Standardize::All } else { Standardize::No })
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Standardize, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = seq.next_element()? {
            names.push(name);
        }
        Ok(Standardize::Columns(names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table::from_columns("m", [("x", vec![1.0, 2.0]), ("w", vec![1.0, 0.5]), ("y", vec![3.0, 4.0])]).unwrap()
    }
    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| n.to_string()).collect()
    }

    #[test]
    fn weights_are_taken_out_before_columns_are_chosen() {
        let view = View { columns: Some(names(&["y", "w"])), weights: Some("w".into()), ..View::default() };
        let seen = view.apply(table()).unwrap();
        assert_eq!(seen.names().collect::<Vec<_>>(), ["y"]);
        assert_eq!(seen.weights(), Some(&[1.0, 0.5][..]));
        assert_eq!(View::default().apply(table()).unwrap(), table());
        let view = View { columns: Some(names(&["z"])), ..View::default() };
        assert!(matches!(view.apply(table()), Err(DataError::NoColumn { .. })));
    }

    #[test]
    fn groups_are_taken_out_before_columns_are_chosen() {
        let view = View { columns: Some(names(&["y", "w"])), group: Some("w".into()), ..View::default() };
        let seen = view.apply(table()).unwrap();
        assert_eq!(seen.names().collect::<Vec<_>>(), ["y"]);
        assert_eq!(seen.groups().unwrap().names(), ["1", "0.5"]);
    }

    #[test]
    fn senseless_options_are_refused_before_reading() {
        let message = |view: View| view.check().unwrap_err().to_string();
        let columns = |c: &[&str]| View { columns: Some(names(c)), ..View::default() };
        let none =
            "`columns` is empty; name at least one column, or leave the field out to take all columns of numbers";
        assert_eq!(message(columns(&[])), none);
        assert_eq!(message(columns(&["x", "x"])), "`columns` lists \"x\" twice; leave one out");
        let blank = View { weights: Some(String::new()), ..View::default() };
        assert_eq!(message(blank), "`weights` holds an empty name; columns have names of at least one character");
        let both = View { weights: Some("w".into()), group: Some("w".into()), ..View::default() };
        assert_eq!(message(both), "`group` and `weights` both name \"w\"; a column can be but one of them");
        let twice = View { standardize: Standardize::Columns(names(&["a", "a"])), ..View::default() };
        assert_eq!(message(twice), "`standardize` lists \"a\" twice; leave one out");
    }

    #[test]
    fn standardize_is_a_bool_or_a_list() {
        for (text, value) in
            [("false", Standardize::No), ("true", Standardize::All), ("[\"a\"]", Standardize::Columns(names(&["a"])))]
        {
            assert_eq!(ron::from_str::<Standardize>(text).unwrap(), value);
            assert_eq!(ron::to_string(&value).unwrap(), text);
            assert_eq!(serde_json::from_str::<Standardize>(text).unwrap(), value);
        }
        let error = ron::from_str::<Standardize>("7").unwrap_err().to_string();
        assert!(error.contains("false, true or a list of column names"), "{error}");
    }
}
