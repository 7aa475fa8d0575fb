//! [`Given`]: what stands in the brackets of `Params(…)`, as the model's parameters read it.

use crate::spec_text::{ALONE, Name};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, VariantAccess, Visitor};
use std::fmt;

/// The content of a variant: named fields for parameters that are a struct, one value for all others.
pub(super) struct Given<A>(pub(super) A);

impl<'de, A: VariantAccess<'de>> Deserializer<'de> for Given<A> {
    type Error = A::Error;
    fn deserialize_any<V: Visitor<'de>>(self, v: V) -> Result<V::Value, A::Error> {
        self.0.struct_variant(&[ALONE], Alone { visitor: v, newtype: false })
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, v: V) -> Result<V::Value, A::Error> {
        self.0.struct_variant(&[ALONE], Alone { visitor: v, newtype: true })
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        v: V,
    ) -> Result<V::Value, A::Error> {
        self.0.struct_variant(fields, v)
    }
    serde::forward_to_deserialize_any! { bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes
    byte_buf option unit unit_struct seq tuple tuple_struct map enum identifier ignored_any }
}

/// Reads the one value, before which the reader of specs has put a name.
struct Alone<V> {
    visitor: V,
    newtype: bool,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Alone<V> {
    type Value = V::Value;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.visitor.expecting(f)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<V::Value, A::Error> {
        match fields.next_key()? {
            Some(Name(name)) if name == ALONE => fields.next_value_seed(self),
            Some(Name(name)) => Err(A::Error::custom(format!(
                "the parameters of this model are one value without a name, found `{name}`; write `Params(…)` around the value alone"
            ))),
            None => Err(A::Error::custom("the parameters are missing; write them in the brackets of `Params(…)`")),
        }
    }
}

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Alone<V> {
    type Value = V::Value;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<V::Value, D::Error> {
        if self.newtype { self.visitor.visit_newtype_struct(d) } else { d.deserialize_any(self.visitor) }
    }
}
