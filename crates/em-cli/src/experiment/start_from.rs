//! Where a fit starts: `start: KMeans`, `start: Params(weights: […], …)`, `start: Labels(column: "species")`,
//! `start: Fit("geyser.fit.ron")`.

use super::given::Given;
use crate::spec_text::{ALONE, Name, SpecFault, Whole, read_at};
use em_core::StartKind;
use em_core::registry::{Erased, Params, ReadParams};
use serde::de::value::StrDeserializer;
use serde::de::{self, Deserializer, EnumAccess, IgnoredAny, MapAccess, VariantAccess, Visitor};
use serde::ser::SerializeStructVariant;
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::path::PathBuf;

const KNOWN: &[&str] = &["KMeans", "KMeansPlusPlus", "Rows", "Responsibilities", "Build", "Params", "Fit", "Labels"];

/// Where a fit starts. The parameters themselves are read once the model is known, by [`read_params`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartFrom {
    /// A named start of the model's.
    Kind(StartKind),
    /// Parameters that stand in the spec.
    Params,
    /// The parameters of an earlier fit of the same model; the file, seen from the folder of the spec.
    Fit(PathBuf),
    /// Labels of the rows, in this column.
    Labels(String),
}

impl Serialize for StartFrom {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            StartFrom::Kind(kind) => kind.serialize(s),
            StartFrom::Params => s.serialize_unit_variant("Start", 5, "Params"),
            StartFrom::Fit(file) => s.serialize_newtype_variant("Start", 6, "Fit", file),
            StartFrom::Labels(column) => {
                let mut fields = s.serialize_struct_variant("Start", 7, "Labels", 1)?;
                fields.serialize_field("column", column)?;
                fields.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for StartFrom {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_enum("Start", KNOWN, NameOnly)
    }
}

/// Reads the name and passes over the parameters.
struct NameOnly;

impl<'de> Visitor<'de> for NameOnly {
    type Value = StartFrom;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a start: KMeans, Rows, Params(…), Labels(column: \"…\"), Fit(\"…\")")
    }
    fn visit_enum<A: EnumAccess<'de>>(self, a: A) -> Result<StartFrom, A::Error> {
        let (Name(name), content) = a.variant()?;
        if name == "Params" {
            return content.struct_variant(&[], PassOver).map(|()| StartFrom::Params);
        }
        if name == "Fit" {
            return content.newtype_variant().map(StartFrom::Fit);
        }
        if name == "Labels" {
            return content.struct_variant(&["column"], ColumnOnly).map(StartFrom::Labels);
        }
        if !KNOWN.contains(&name.as_str()) {
            return Err(de::Error::unknown_variant(&name, KNOWN));
        }
        content.unit_variant()?;
        StartKind::deserialize(StrDeserializer::new(&name)).map(StartFrom::Kind)
    }
}

/// Reads the one field of `Labels(column: "…")`.
struct ColumnOnly;

impl<'de> Visitor<'de> for ColumnOnly {
    type Value = String;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("the column with the labels, `column: \"…\"`")
    }
    fn visit_map<A: MapAccess<'de>>(self, a: A) -> Result<String, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Labels {
            column: String,
        }
        Labels::deserialize(de::value::MapAccessDeserializer::new(a)).map(|labels| labels.column)
    }
}

struct PassOver;

impl<'de> Visitor<'de> for PassOver {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("named parameters")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut a: A) -> Result<(), A::Error> {
        while a.next_entry::<Name, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// The parameters in `fit: (start: Params(…))` of a spec, as `model` reads them; none if it says something else.
///
/// # Errors
/// [`SpecFault`] with the place in the spec.
pub fn read_params(text: &Whole, model: &Erased) -> Result<Option<Params>, SpecFault> {
    let mut params = None;
    read_at(text, &["fit", "start"], &mut |d| {
        params = d.deserialize_enum("Start", KNOWN, ReadBy(model))?;
        Ok(())
    })
    .map_err(unnamed)?;
    Ok(params)
}

/// A value without a name where the parameters have names: the word that was put before it is nobody's.
fn unnamed(fault: SpecFault) -> SpecFault {
    match fault.message.strip_prefix(&format!("`{ALONE}` is not known here")) {
        Some(known) => SpecFault { message: format!("a parameter is expected, `name: value`{known}"), ..fault },
        None => fault,
    }
}

/// Lets the model read what stands in `Params(…)`.
struct ReadBy<'a>(&'a Erased);

impl<'de> Visitor<'de> for ReadBy<'_> {
    type Value = Option<Params>;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a start")
    }
    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_enum("Start", KNOWN, self)
    }
    fn visit_enum<A: EnumAccess<'de>>(self, a: A) -> Result<Self::Value, A::Error> {
        let (Name(name), content) = a.variant()?;
        if name != "Params" {
            return content.unit_variant().map(|()| None);
        }
        let mut fields = <dyn erased_serde::Deserializer>::erase(Given(content));
        self.0.read_params(&mut fields).map(Some).map_err(de::Error::custom)
    }
}
