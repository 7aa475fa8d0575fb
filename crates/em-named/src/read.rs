//! Reading: typetag asks for a map, the deserializer is asked for an enum.

use crate::Named;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, VariantAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use std::fmt;

impl<'de, T: ?Sized> Deserialize<'de> for Named<T>
where
    Box<T>: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Box::<T>::deserialize(MapIsEnum(d, trait_name::<T>())).map(Named)
    }
}

/// `Model` for `dyn some::path::Model + Send`; shows in RON's errors as the enum's name.
fn trait_name<T: ?Sized>() -> &'static str {
    let n = std::any::type_name::<T>().trim_start_matches("dyn ");
    let n = n.split([' ', '<']).next().unwrap_or(n);
    n.rsplit("::").next().unwrap_or(n)
}

struct MapIsEnum<D>(D, &'static str);
impl<'de, D: Deserializer<'de>> Deserializer<'de> for MapIsEnum<D> {
    type Error = D::Error;
    fn deserialize_any<V: Visitor<'de>>(self, v: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_enum(self.1, &[], EnumIsMap(v))
    }
    forward_to_deserialize_any! { bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str
    string bytes byte_buf option unit unit_struct newtype_struct seq tuple tuple_struct map struct
    enum identifier ignored_any }
}

struct EnumIsMap<V>(V);
impl<'de, V: Visitor<'de>> Visitor<'de> for EnumIsMap<V> {
    type Value = V::Value;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.expecting(f)
    }
    fn visit_enum<A: EnumAccess<'de>>(self, a: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(OneEntry { key: Some(a), value: None })
    }
}

struct OneEntry<'de, A: EnumAccess<'de>> {
    key: Option<A>,
    value: Option<A::Variant>,
}
impl<'de, A: EnumAccess<'de>> MapAccess<'de> for OneEntry<'de, A> {
    type Error = A::Error;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some(a) = self.key.take() else { return Ok(None) };
        let (name, variant) = a.variant_seed(Ident(seed))?;
        self.value = Some(variant);
        Ok(Some(name))
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        seed.deserialize(Variant(self.value.take().expect("key first")))
    }
}

/// Reads the tag as an identifier (`Foo`), not as a string (`"Foo"`).
struct Ident<T>(T);
impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Ident<S> {
    type Value = S::Value;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Ident(d))
    }
}
impl<'de, D: Deserializer<'de>> Deserializer<'de> for Ident<D> {
    type Error = D::Error;
    fn deserialize_any<V: Visitor<'de>>(self, v: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_identifier(v)
    }
    forward_to_deserialize_any! { bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str
    string bytes byte_buf option unit unit_struct newtype_struct seq tuple tuple_struct map struct
    enum identifier ignored_any }
}

/// What follows the tag, offered to the concrete type's own `Deserialize`.
struct Variant<A>(A);
impl<'de, A: VariantAccess<'de>> Deserializer<'de> for Variant<A> {
    type Error = A::Error;
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        v: V,
    ) -> Result<V::Value, A::Error> {
        self.0.struct_variant(fields, v)
    }
    fn deserialize_map<V: Visitor<'de>>(self, v: V) -> Result<V::Value, A::Error> {
        self.0.struct_variant(&[], v) // `#[serde(flatten)]`
    }
    fn deserialize_tuple<V: Visitor<'de>>(self, n: usize, v: V) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(n, v)
    }
    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, n: usize, v: V) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(n, v)
    }
    fn deserialize_unit<V: Visitor<'de>>(self, v: V) -> Result<V::Value, A::Error> {
        self.0.unit_variant()?;
        v.visit_unit()
    }
    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, v: V) -> Result<V::Value, A::Error> {
        self.deserialize_unit(v)
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, v: V) -> Result<V::Value, A::Error> {
        self.0.newtype_variant_seed(Newtype(v))
    }
    fn deserialize_any<V: Visitor<'de>>(self, v: V) -> Result<V::Value, A::Error> {
        self.0.newtype_variant_seed(Any(v))
    }
    forward_to_deserialize_any! { bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str
    string bytes byte_buf option seq enum identifier ignored_any }
}
struct Newtype<V>(V);
impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Newtype<V> {
    type Value = V::Value;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(d)
    }
}
struct Any<V>(V);
impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Any<V> {
    type Value = V::Value;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<V::Value, D::Error> {
        d.deserialize_any(self.0)
    }
}
