//! Writing: the struct `Name { .. }` becomes the variant `Name` of an enum.

use crate::Named;
use serde::ser::{Impossible, SerializeStruct, SerializeStructVariant, SerializeTupleStruct, SerializeTupleVariant};
use serde::{Serialize, Serializer};

impl<T: ?Sized + erased_serde::Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        erased_serde::serialize(&*self.0, AsVariant(s))
    }
}

macro_rules! refuse {
    ($($f:ident($($t:ty),*) -> $r:ty;)*) => { $(fn $f(self, $(_: $t),*) -> Result<$r, S::Error> { no() })* };
}
fn no<T, E: serde::ser::Error>() -> Result<T, E> {
    Err(E::custom("a registered type must serialize as a struct with a name"))
}

/// Writes a struct `Name { .. }` as the variant `Name` of an enum.
struct AsVariant<S>(S);
impl<S: Serializer> Serializer for AsVariant<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Impossible<S::Ok, S::Error>;
    type SerializeTuple = Impossible<S::Ok, S::Error>;
    type SerializeTupleStruct = Fields<S::SerializeTupleVariant>;
    type SerializeTupleVariant = Impossible<S::Ok, S::Error>;
    type SerializeMap = Impossible<S::Ok, S::Error>;
    type SerializeStruct = Fields<S::SerializeStructVariant>;
    type SerializeStructVariant = Impossible<S::Ok, S::Error>;
    fn serialize_struct(self, name: &'static str, n: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.0.serialize_struct_variant("Named", 0, name, n).map(Fields)
    }
    fn serialize_tuple_struct(self, name: &'static str, n: usize) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.0.serialize_tuple_variant("Named", 0, name, n).map(Fields)
    }
    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit_variant("Named", 0, name)
    }
    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, name: &'static str, v: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_variant("Named", 0, name, v)
    }
    fn serialize_some<T: ?Sized + Serialize>(self, _: &T) -> Result<S::Ok, S::Error> {
        no()
    }
    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<S::Ok, S::Error> {
        no()
    }
    refuse! { serialize_bool(bool) -> S::Ok; serialize_i8(i8) -> S::Ok; serialize_i16(i16) -> S::Ok;
    serialize_i32(i32) -> S::Ok; serialize_i64(i64) -> S::Ok; serialize_u8(u8) -> S::Ok;
    serialize_u16(u16) -> S::Ok; serialize_u32(u32) -> S::Ok; serialize_u64(u64) -> S::Ok;
    serialize_f32(f32) -> S::Ok; serialize_f64(f64) -> S::Ok; serialize_char(char) -> S::Ok;
    serialize_str(&str) -> S::Ok; serialize_bytes(&[u8]) -> S::Ok; serialize_none() -> S::Ok;
    serialize_unit() -> S::Ok; serialize_unit_variant(&'static str, u32, &'static str) -> S::Ok;
    serialize_seq(Option<usize>) -> Self::SerializeSeq; serialize_tuple(usize) -> Self::SerializeTuple;
    serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
    serialize_map(Option<usize>) -> Self::SerializeMap;
    serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant; }
}
struct Fields<S>(S);
impl<S: SerializeStructVariant> SerializeStruct for Fields<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    fn serialize_field<T: ?Sized + Serialize>(&mut self, k: &'static str, v: &T) -> Result<(), S::Error> {
        self.0.serialize_field(k, v)
    }
    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}
impl<S: SerializeTupleVariant> SerializeTupleStruct for Fields<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    fn serialize_field<T: ?Sized + Serialize>(&mut self, v: &T) -> Result<(), S::Error> {
        self.0.serialize_field(v)
    }
    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}
