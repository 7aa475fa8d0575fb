//! Reading one field of a text when what it means is known only later.

use super::{Found, Name, SpecFault, Whole, options};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// What is done with the value that is met.
pub(crate) type Then<'a> = dyn FnMut(&mut dyn em_core::registry::Deserializer) -> Result<(), erased_serde::Error> + 'a;

/// Reads the value at `path` (names of fields, outermost first) and passes over everything else. A path that is not
/// there is no error; `then` is not called.
///
/// # Errors
/// [`SpecFault`], with the place in the original text.
pub fn read_at(text: &Whole, path: &[&str], then: &mut Then) -> Result<(), SpecFault> {
    let found = |e: ron::error::SpannedError, path: String| {
        let found = Found { message: e.code.to_string(), path, position: e.span.start };
        SpecFault::new(&found, &text.0)
    };
    let mut d =
        ron::Deserializer::from_str_with_options(text.0.text(), &options()).map_err(|e| found(e, String::new()))?;
    let mut track = serde_path_to_error::Track::new();
    let read = At { path, then }.deserialize(serde_path_to_error::Deserializer::new(&mut d, &mut track));
    read.map_err(|e| found(d.span_error(e), track.path().to_string()))
}

/// Goes down one field, or hands over at the end of the path.
pub(crate) struct At<'a, 'b> {
    pub(crate) path: &'a [&'a str],
    pub(crate) then: &'a mut Then<'b>,
}

impl<'de> DeserializeSeed<'de> for At<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        if self.path.is_empty() {
            let mut erased = <dyn erased_serde::Deserializer>::erase(d);
            return (self.then)(&mut erased).map_err(serde::de::Error::custom);
        }
        d.deserialize_struct("", &[], self)
    }
}

impl<'de> Visitor<'de> for At<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("named fields")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = fields.next_key()? {
            if name == self.path[0] {
                fields.next_value_seed(At { path: &self.path[1..], then: &mut *self.then })?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}
