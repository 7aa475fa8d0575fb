//! [`NpyType`]: a type of numbers, and how its bytes become doubles.

use super::npy_error::NpyError;

/// Beyond this not every whole number is a double.
const EXACT: i128 = 1 << 53;

/// A type of numbers as NumPy has them, of 1 to 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NpyType {
    kind: Kind,
    size: usize,
    big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Float,
    Signed,
    Unsigned,
    Bool,
}

/// What a value is that is no number to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoNumber {
    /// A whole number that a double cannot hold.
    Inexact(i128),
    /// A truth value of this byte.
    NoBool(u8),
}

impl NpyType {
    /// The type that NumPy writes as `descr`: byte order, kind and size, `<f8`.
    pub(super) fn parse(descr: &str) -> Result<Self, NpyError> {
        let refused = |kind| NpyError::Type { descr: descr.escape_debug().to_string(), kind };
        let (order, rest) = descr.split_at_checked(1).ok_or(refused(None))?;
        let (kind, size) = rest.split_at_checked(1).ok_or(refused(None))?;
        let (kind, sizes): (_, &[usize]) = match kind {
            "f" => (Kind::Float, &[2, 4, 8]),
            "i" => (Kind::Signed, &[1, 2, 4, 8]),
            "u" => (Kind::Unsigned, &[1, 2, 4, 8]),
            "b" => (Kind::Bool, &[1]),
            other => return Err(refused(name_of(other))),
        };
        let known = sizes.iter().find(|known| size == known.to_string());
        let size = *known.ok_or(refused((kind == Kind::Float).then_some("floats of more than 8 bytes")))?;
        let big_endian = match order {
            "<" => false,
            ">" => true,
            "|" if size == 1 => false,
            _ => return Err(refused(Some("of unknown byte order"))),
        };
        Ok(NpyType { kind, size, big_endian })
    }

    /// Bytes per value.
    pub(super) fn size(self) -> usize {
        self.size
    }

    /// The numbers in `bytes`, [`size`](Self::size) bytes each.
    ///
    /// # Errors
    /// What is no number to be used, and which it is.
    pub(super) fn decode_all(self, bytes: &[u8], out: &mut [f64]) -> Result<(), (usize, NoNumber)> {
        // The types that are read most are left to the compiler's vectors.
        match (self.kind, self.size, self.big_endian) {
            (Kind::Float, 8, false) => fill(bytes, out, f64::from_le_bytes),
            (Kind::Float, 4, false) => fill(bytes, out, |b| f32::from_le_bytes(b).into()),
            (Kind::Unsigned, 1, _) => fill(bytes, out, |b| u8::from_le_bytes(b).into()),
            _ => {
                for (i, (out, bytes)) in out.iter_mut().zip(bytes.chunks_exact(self.size)).enumerate() {
                    *out = self.decode(bytes).map_err(|no| (i, no))?;
                }
            }
        }
        Ok(())
    }

    /// The number in `bytes`, as many as [`size`](Self::size) says.
    pub(super) fn decode(self, bytes: &[u8]) -> Result<f64, NoNumber> {
        let mut little = [0; 8];
        little[..self.size].copy_from_slice(bytes);
        if self.big_endian {
            little[..self.size].reverse();
        }
        let unsigned = u64::from_le_bytes(little);
        let whole = |value: i128| if value.abs() <= EXACT { Ok(value as f64) } else { Err(NoNumber::Inexact(value)) };
        match self.kind {
            Kind::Float => Ok(float(self.size, unsigned)),
            Kind::Unsigned => whole(unsigned.into()),
            // Shifted up and down again, the sign is that of the value.
            Kind::Signed => {
                let unused = 64 - 8 * self.size as u32;
                whole((((unsigned << unused) as i64) >> unused).into())
            }
            Kind::Bool if unsigned <= 1 => Ok(unsigned as f64),
            Kind::Bool => Err(NoNumber::NoBool(unsigned as u8)),
        }
    }
}

fn fill<const N: usize>(bytes: &[u8], out: &mut [f64], number: impl Fn([u8; N]) -> f64) {
    out.iter_mut().zip(bytes.as_chunks::<N>().0).for_each(|(out, bytes)| *out = number(*bytes));
}

fn float(size: usize, bits: u64) -> f64 {
    match size {
        2 => half(bits as u16),
        4 => f32::from_bits(bits as u32).into(),
        _ => f64::from_bits(bits),
    }
}

/// A float of 2 bytes (IEEE 754, binary16): a sign, 5 bits of exponent, 10 of the fraction.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    };
    if bits >> 15 == 0 { size } else { -size }
}

/// What NumPy calls a kind of values that are no plain numbers.
fn name_of(kind: &str) -> Option<&'static str> {
    match kind {
        "c" => Some("complex numbers"),
        "O" => Some("Python objects"),
        "S" | "a" | "U" => Some("text"),
        "V" => Some("records"),
        "M" | "m" => Some("times"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(descr: &str, bytes: &[u8]) -> f64 {
        let found = NpyType::parse(descr).unwrap();
        assert_eq!(found.size(), bytes.len());
        found.decode(bytes).unwrap()
    }

    #[test]
    fn every_type_in_both_byte_orders() {
        let both = |kind: &str, little: Vec<u8>, value: f64| {
            assert_eq!(number(&format!("<{kind}"), &little), value, "{kind}");
            let big: Vec<u8> = little.into_iter().rev().collect();
            assert_eq!(number(&format!(">{kind}"), &big), value, "{kind}");
        };
        both("f8", (-0.1f64).to_le_bytes().to_vec(), -0.1);
        both("f4", 1.5e-40f32.to_le_bytes().to_vec(), 1.5e-40f32.into());
        both("i2", (-2i16).to_le_bytes().to_vec(), -2.0);
        both("i4", i32::MIN.to_le_bytes().to_vec(), i32::MIN.into());
        both("i8", (-(1i64 << 53)).to_le_bytes().to_vec(), -9007199254740992.0);
        both("u2", u16::MAX.to_le_bytes().to_vec(), 65535.0);
        both("u4", u32::MAX.to_le_bytes().to_vec(), 4294967295.0);
        both("u8", (1u64 << 53).to_le_bytes().to_vec(), 9007199254740992.0);
        assert_eq!((number("|i1", &[0xff]), number("|u1", &[0xff]), number("|b1", &[1])), (-1.0, 255.0, 1.0));
    }

    #[test]
    fn many_are_decoded_as_each_of_them() {
        let bytes: Vec<u8> = (0..240u32).map(|i| (i * 37 % 251) as u8).collect();
        for descr in ["<f8", ">f8", "<f4", ">f4", "<f2", "|u1", "|i1", "<i2", ">u2", "<i4"] {
            let of = NpyType::parse(descr).unwrap();
            let each: Vec<f64> = bytes.chunks_exact(of.size()).map(|b| of.decode(b).unwrap()).collect();
            let mut all = vec![0.0; each.len()];
            of.decode_all(&bytes, &mut all).unwrap();
            assert!(all.iter().zip(&each).all(|(a, b)| a.to_bits() == b.to_bits()), "{descr}");
        }
        let mut out = [0.0; 3];
        assert_eq!(NpyType::parse("|b1").unwrap().decode_all(&[1, 0, 7], &mut out), Err((2, NoNumber::NoBool(7))));
    }

    #[test]
    fn halves_by_the_standard() {
        let half = |bits: u16| number("<f2", &bits.to_le_bytes());
        // IEEE 754-2019, table 3.5: largest, smallest normal, smallest subnormal, one third.
        assert_eq!([half(0x7bff), half(0x0400), half(0x0001)], [65504.0, 2f64.powi(-14), 2f64.powi(-24)]);
        assert_eq!((half(0x3555), half(0xc000), half(0x7c00)), (0.333251953125, -2.0, f64::INFINITY));
        assert!(half(0x7e00).is_nan() && half(0x8000) == 0.0 && number(">f2", &[0x3c, 0x00]) == 1.0);
    }

    #[test]
    fn what_is_no_plain_number_is_refused_by_name() {
        let big = NpyType::parse("<i8").unwrap().decode(&((1i64 << 53) + 1).to_le_bytes());
        assert_eq!(big, Err(NoNumber::Inexact(9007199254740993)));
        let huge = NpyType::parse(">u8").unwrap().decode(&[0xff; 8]);
        assert_eq!(huge, Err(NoNumber::Inexact(u64::MAX.into())));
        assert_eq!(NpyType::parse("|b1").unwrap().decode(&[2]), Err(NoNumber::NoBool(2)));
        let fault = |descr: &str| NpyType::parse(descr).unwrap_err().to_string();
        for (descr, kind) in [
            ("<c16", "complex numbers"),
            ("|O", "Python objects"),
            ("<U5", "text"),
            ("|S3", "text"),
            ("|V8", "records"),
        ] {
            let wanted = format!(
                "the values are of type '{descr}', {kind}; convert them to plain numbers, `array.astype('float64')`"
            );
            assert_eq!(fault(descr), wanted);
        }
        assert!(fault("<f16").contains("floats of more than 8 bytes") && fault("<M8[ns]").contains("times"));
        assert!(fault("|f8").contains("of unknown byte order") && fault("=f8").contains("of unknown byte order"));
        for descr in ["", "<", "<f", "<f08", "<i3", "é8", "<x4", "<b8"] {
            assert!(fault(descr).starts_with("the values are of type '"), "{descr}");
        }
    }
}
