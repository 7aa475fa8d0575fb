//! What is registered, and which fields it asks for, found by reading with a deserializer that only listens.

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use std::fmt;

/// Names registered for `dyn T`, taken from the "unknown variant" error of the registry.
pub fn names<T: ?Sized>() -> &'static [&'static str]
where
    Box<T>: Deserialize<'static>,
{
    match Box::<T>::deserialize(Probe { key: "", fields: None }) {
        Err(Found(names)) => names,
        Ok(_) => &[],
    }
}
/// Field names the registered type `name` asks for.
pub fn fields<T: ?Sized>(name: &str) -> &'static [&'static str]
where
    Box<T>: for<'a> Deserialize<'a>,
{
    let seen = std::cell::Cell::new(&[][..]);
    let _ = Box::<T>::deserialize(Probe { key: name, fields: Some(&seen) });
    seen.get()
}

#[derive(Debug)]
struct Found(&'static [&'static str]);
impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("probe")
    }
}
impl std::error::Error for Found {}
impl de::Error for Found {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Found(&[])
    }
    fn unknown_variant(_: &str, names: &'static [&'static str]) -> Self {
        Found(names)
    }
}
struct Probe<'a> {
    key: &'a str,
    fields: Option<&'a std::cell::Cell<&'static [&'static str]>>,
}
impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Found;
    fn deserialize_any<V: Visitor<'de>>(self, v: V) -> Result<V::Value, Found> {
        v.visit_map(ProbeMap(self))
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        f: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Found> {
        if let Some(c) = self.fields {
            c.set(f)
        }
        Err(Found(&[]))
    }
    forward_to_deserialize_any! { bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str
    string bytes byte_buf option unit unit_struct newtype_struct seq tuple tuple_struct map
    enum identifier ignored_any }
}
struct ProbeMap<'a>(Probe<'a>);
impl<'de> MapAccess<'de> for ProbeMap<'_> {
    type Error = Found;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Found> {
        seed.deserialize(de::value::StrDeserializer::new(self.0.key)).map(Some)
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Found> {
        seed.deserialize(Probe { key: "", fields: self.0.fields })
    }
}
