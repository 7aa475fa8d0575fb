//! Numbers as text without the loss of a bit: NaN, infinities and −0 come back as they were, in any format.
//!
//! For `#[serde(with = "em_named::exact")]`. A number is the 16 hexadecimal digits of its bits, shorter than most decimal forms.

use serde::{Deserialize, Deserializer, Serializer, de::Error};
use std::borrow::Cow;
use std::fmt::Write;

/// Digits of a number.
const DIGITS: usize = 16;

/// The digits of a value.
///
/// # Errors
/// Those of the format.
pub fn serialize<T: Exact, S: Serializer>(value: &T, s: S) -> Result<S::Ok, S::Error> {
    let mut text = String::new();
    value.write(&mut text);
    s.serialize_str(&text)
}

/// A value of such digits.
///
/// # Errors
/// Those of the format, and what is no number.
pub fn deserialize<'de, T: Exact, D: Deserializer<'de>>(d: D) -> Result<T, D::Error> {
    let text = Cow::<str>::deserialize(d)?;
    T::read(&text).ok_or_else(|| D::Error::custom("these are not the hexadecimal digits of numbers"))
}

/// What can be written so.
pub trait Exact: Sized {
    /// Its digits, behind what is there.
    fn write(&self, out: &mut String);
    /// The value of such digits; none where they are something else.
    fn read(text: &str) -> Option<Self>;
}

impl Exact for f64 {
    fn write(&self, out: &mut String) {
        // Writing to a string cannot fail.
        let _ = write!(out, "{:016x}", self.to_bits());
    }
    fn read(text: &str) -> Option<f64> {
        let digits = text.len() == DIGITS && text.bytes().all(|b| b.is_ascii_hexdigit());
        digits.then(|| u64::from_str_radix(text, 16).ok().map(f64::from_bits)).flatten()
    }
}

/// Nothing, or the number.
impl Exact for Option<f64> {
    fn write(&self, out: &mut String) {
        self.iter().for_each(|x| x.write(out));
    }
    fn read(text: &str) -> Option<Self> {
        if text.is_empty() { Some(None) } else { f64::read(text).map(Some) }
    }
}

/// One number behind the other.
impl Exact for Vec<f64> {
    fn write(&self, out: &mut String) {
        out.reserve(DIGITS * self.len());
        self.iter().for_each(|x| x.write(out));
    }
    fn read(text: &str) -> Option<Self> {
        let number = |digits: &[u8]| std::str::from_utf8(digits).ok().and_then(f64::read);
        text.as_bytes().chunks(DIGITS).map(number).collect()
    }
}

/// A full stop behind every list, so that no list and an empty one differ.
impl Exact for Vec<Vec<f64>> {
    fn write(&self, out: &mut String) {
        for list in self {
            list.write(out);
            out.push('.');
        }
    }
    fn read(text: &str) -> Option<Self> {
        text.split_inclusive('.').map(|list| Vec::read(list.strip_suffix('.')?)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<T: Exact>(value: &T) -> String {
        let mut out = String::new();
        value.write(&mut out);
        out
    }

    #[test]
    fn every_bit_comes_back() {
        let numbers = vec![1.0, -0.0, f64::NAN, f64::NEG_INFINITY, 5e-324, 0.1, f64::from_bits(0x7ff8_0000_0000_002a)];
        let bits = |numbers: &[f64]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&Vec::<f64>::read(&text(&numbers)).unwrap()), bits(&numbers));
        assert_eq!(text(&1.0), "3ff0000000000000");
        assert_eq!(Option::<f64>::read(&text(&None::<f64>)), Some(None));
        assert_eq!(Option::<f64>::read(&text(&Some(0.5))), Some(Some(0.5)));
        for lists in [vec![], vec![vec![]], vec![vec![], vec![1.0, 2.0], vec![]]] {
            assert_eq!(Vec::<Vec<f64>>::read(&text(&lists)), Some(lists));
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for wrong in ["3", "3ff000000000000g", "+ff0000000000000", "3ff00000000000000", "3ff0000000000000é"] {
            assert_eq!(Vec::<f64>::read(wrong), None, "{wrong}");
        }
        assert_eq!(f64::read(""), None);
        assert_eq!(Vec::<Vec<f64>>::read("3ff0000000000000"), None, "the full stop is missing");
    }
}
