//! [`Name`]: a name as RON and JSON have them.

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::fmt;

/// The name of a field or a variant: a bare word in RON, a string in JSON.
pub(crate) struct Name(pub String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Word;
        impl Visitor<'_> for Word {
            type Value = Name;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<Name, E> {
                Ok(Name(name.into()))
            }
        }
        d.deserialize_identifier(Word)
    }
}
