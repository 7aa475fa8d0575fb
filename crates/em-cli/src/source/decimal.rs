//! Plain decimal numbers, eight digits at a time.

/// Digits that one word holds, a byte each.
const WORD: usize = 8;
/// Every whole number up to here is a double.
const EXACT: u64 = 1 << 53;
/// Powers of ten as far as two words of digits reach, as whole numbers and as doubles, which all of them are.
const POWERS: [(u64, f64); 2 * WORD + 1] = {
    let mut powers = [(1, 1.0); 2 * WORD + 1];
    let mut i = 1;
    while i < powers.len() {
        let power = 10 * powers[i - 1].0;
        powers[i] = (power, power as f64);
        i += 1;
    }
    powers
};
/// What is looked at of a long number: a sign, a word of digits, a point, two words of digits.
const WINDOW: usize = 2 + 3 * WORD;
/// A one, and the highest bit, in each byte of a word.
const ONES: u64 = u64::from_le_bytes([1; WORD]);
const HIGHEST: u64 = ONES << 7;

/// The number that `text[begin..end]` spells; none where it takes a closer look, at another spelling or at more digits. What
/// stands before and behind may be anything; close to the ends of a text less is found.
///
/// Up to 2⁵³ the digits are a double, and so are the powers of ten up to 10²². So one division rounds once, as it should
/// (Clinger 1990, "How to read floating point numbers accurately", section 3).
#[inline]
pub(super) fn decimal(text: &[u8], begin: usize, end: usize) -> Option<f64> {
    let negative = text.get(begin) == Some(&b'-');
    let length = end.checked_sub(begin + usize::from(negative))?;
    let Some(last) = text[..end].last_chunk::<{ WORD + 1 }>() else {
        return long_decimal(&text[begin..], end - begin);
    };
    // The last eight characters, and those that stand one before.
    let (last, before) = (word(last, 1), word(last, 0));
    let decimals = behind_point(last);
    // In front of a point digits are taken from one before, so that none is left in its place.
    let (taken, decimals, digits) = match decimals < length.min(WORD) {
        true => (u64::MAX.unbounded_shl((8 * (WORD - decimals)) as u32), decimals, length - 1),
        false => (u64::MAX, 0, length),
    };
    if !(1..=WORD).contains(&digits) {
        return long_decimal(&text[begin..], end - begin);
    }
    let spelled = (last & taken | before & !taken) & (u64::MAX << (8 * (WORD - digits)));
    let number = (others(spelled) == 0).then(|| number(spelled, WORD))?;
    Some(signed(negative, number, decimals))
}

/// The same of the first `length` bytes of a text, for up to one word of digits in front of the point and two behind it.
#[cold]
fn long_decimal(text: &[u8], length: usize) -> Option<f64> {
    let window: &[u8; WINDOW] = text.first_chunk()?;
    let negative = window[0] == b'-';
    let begin = usize::from(negative);
    let whole = word(window, begin);
    // No digit of whatever stands behind.
    let point = begin + leading_digits(whole).min(length.checked_sub(begin)?);
    let (mantissa, decimals) = if point == length {
        (number(whole, point - begin), 0)
    } else {
        let decimals = length.checked_sub(point + 1).filter(|n| window[point] == b'.' && *n <= 2 * WORD)?;
        let fraction = fraction(window, point + 1, decimals)?;
        (number(whole, point - begin).checked_mul(POWERS[decimals].0)?.checked_add(fraction)?, decimals)
    };
    let has_digits = point - begin + decimals > 0;
    (has_digits && mantissa <= EXACT).then(|| signed(negative, mantissa, decimals))
}

/// ±mantissa / 10^decimals.
fn signed(negative: bool, mantissa: u64, decimals: usize) -> f64 {
    // Of 64-bit numbers the signed ones are converted faster; this one has no sign.
    let size = mantissa as i64 as f64 / POWERS[decimals].1;
    // The sign without a branch: those of data come as they please, and a guess would often be wrong.
    f64::from_bits(size.to_bits() | u64::from(negative) << 63)
}

/// The whole number of `count` digits from `at` on, up to two words of them; none where there are fewer.
fn fraction(window: &[u8; WINDOW], at: usize, count: usize) -> Option<u64> {
    let first = word(window, at);
    if count <= WORD {
        return (leading_digits(first) >= count).then(|| number(first, count));
    }
    let (second, more) = (word(window, at + WORD), count - WORD);
    let whole = leading_digits(first) == WORD && leading_digits(second) >= more;
    whole.then(|| number(first, WORD) * POWERS[more].0 + number(second, more))
}

/// The eight bytes from `at` on, the first the lowest, of which digits have become their values.
fn word(bytes: &[u8], at: usize) -> u64 {
    let bytes = bytes[at..].first_chunk().expect("all words that are looked at are there");
    u64::from_le_bytes(*bytes) ^ (ONES * u64::from(b'0'))
}

/// How many bytes of a word are behind its last point; eight where it has none.
fn behind_point(word: u64) -> usize {
    let points = word ^ (ONES * u64::from(b'.' ^ b'0'));
    // The highest bit of a byte is set where it was 0; nothing is carried from one to another.
    let found = !(((points & !HIGHEST) + !HIGHEST) | points) & HIGHEST;
    found.leading_zeros() as usize / 8
}

/// The highest bit of every byte of a word that is above 9; a carry reaches only bytes behind one that is.
fn others(word: u64) -> u64 {
    (word.wrapping_add(ONES * 0x76) | word) & HIGHEST
}

/// How many of the first bytes of a word are digits.
fn leading_digits(word: u64) -> usize {
    others(word).trailing_zeros() as usize / 8
}

/// The whole number that the first `count` digits of a word spell: pairs of digits, pairs of pairs, and both halves.
fn number(word: u64, count: usize) -> u64 {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    // Zeros in front, and what is behind the digits falls off.
    let digits = word.unbounded_shl((8 * (WORD - count)) as u32);
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let first = (pairs & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let second = (pairs >> 16 & PAIRS).wrapping_mul(1 + (10_000 << 32));
    first.wrapping_add(second) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    /// What is found of a spelling, whatever stands around it: the same by both ways of reading, where both find something.
    fn found(spelling: &str, behind: &str) -> Option<f64> {
        let text = |before: &str| format!("{before}{spelling}{behind}{}", " ".repeat(WINDOW));
        let among = |before: &str| decimal(text(before).as_bytes(), before.len(), before.len() + spelling.len());
        let first = among("1234567.5,");
        assert_eq!(first.map(f64::to_bits), among("          -").map(f64::to_bits), "{spelling:?}");
        let long = long_decimal(text("").as_bytes(), spelling.len());
        assert!(long.is_none() || long.map(f64::to_bits) == first.map(f64::to_bits), "{spelling:?}");
        first
    }

    /// Nothing, or the bits of the standard parser.
    fn agrees(spelling: &str, behind: &str) -> bool {
        let bits = found(spelling, behind).map(f64::to_bits);
        assert!(bits.is_none() || bits == spelling.parse::<f64>().ok().map(f64::to_bits), "{spelling:?}{behind:?}");
        bits.is_some()
    }

    #[test]
    fn usual_spellings_are_read_to_the_bit() {
        let spellings = "0 -0 -0.0 5. .5 -.5 00012.50 7 99999999 -99999999 12345678.12345678 0.1 -273.15 0.000001 \
                         1.000000000000000 0.3000000000000000 9.007199254740992 -12345678.0000000 0.00000000000000";
        for spelling in spellings.split(' ') {
            for behind in [",", "\n", "\r\n", ";1", "9", ".", "-", "é", "\u{7f}"] {
                assert!(agrees(spelling, behind), "{spelling}");
            }
        }
    }

    #[test]
    fn other_spellings_are_left_to_others() {
        let spellings = "- . -. +1 1e5 1E5 1-2 --1 1.2.3 1,5 1_0 123456789 9.007199254740993 1.0000000000000000 99999999.9999999999999999 0.00000000000000000 nan inf x é 1/2 \
                         1..2 ./5 .-5 5.- 1:2 \u{7f} 0x1 ٣ 1\0 \" \"1\"";
        for spelling in spellings.split(' ').chain(["", " ", " 1", "1 ", "-\0"]) {
            assert_eq!(found(spelling, ","), None, "{spelling:?}");
        }
        assert_eq!(decimal(b"1.5,", 0, 3), None, "close to both ends");
        assert_eq!(decimal(b"0123456,1.5", 8, 11), Some(1.5));
    }

    #[test]
    fn random_numbers_are_read_to_the_bit() {
        let mut rng = rand::rngs::SmallRng::seed_from_u64(3);
        let mut read = 0;
        for _ in 0..40_000 {
            let x = (rng.random::<f64>() - 0.5) * 10f64.powi(rng.random_range(-9..12));
            let decimals = rng.random_range(0..18);
            read += usize::from(agrees(&format!("{x:.decimals$}"), ","));
            agrees(&format!("{x:?}"), ",");
            agrees(&format!("{x:e}"), "\n");
        }
        assert!(read > 20_000, "{read}");
    }

    /// Digits at which the last bit turns over, and those beside them.
    #[test]
    fn hard_numbers_are_read_to_the_bit() {
        let mut rng = rand::rngs::SmallRng::seed_from_u64(4);
        for _ in 0..40_000 {
            // Close to the mean of two neighbouring doubles, with as many digits as are looked at, and one more or less.
            let x: f64 = rng.random::<f64>() * 10f64.powi(rng.random_range(0..8));
            let mean = x + (f64::from_bits(x.to_bits() + 1) - x) / 2.0;
            let decimals = rng.random_range(12..18);
            agrees(&format!("{mean:.decimals$}"), ",");
            let mantissa = rng.random_range(EXACT - 50..EXACT + 50).to_string();
            let (whole, fraction) = mantissa.split_at(rng.random_range(0..9));
            agrees(&format!("{whole}.{fraction}"), ",");
        }
    }

    /// Every mixture of the characters that numbers are written with, and of some that they are not.
    #[test]
    fn no_string_of_characters_is_misread() {
        const CHARACTERS: &[u8] = b"0123456789.-+eE,/:\xff\x80\0";
        let (mut rng, mut read) = (rand::rngs::SmallRng::seed_from_u64(5), 0);
        for _ in 0..200_000 {
            let (begin, length) = (rng.random_range(0..14), rng.random_range(0..12));
            let usual = |rng: &mut rand::rngs::SmallRng| if rng.random_bool(0.9) { 11 } else { CHARACTERS.len() };
            let text: Vec<u8> = (0..40)
                .map(|_| {
                    let most = usual(&mut rng);
                    CHARACTERS[rng.random_range(0..most)]
                })
                .collect();
            let wanted = std::str::from_utf8(&text[begin..begin + length]).ok().and_then(|s| s.parse::<f64>().ok());
            if let Some(number) = decimal(&text, begin, begin + length) {
                let spelling = &text[begin..begin + length];
                assert_eq!(Some(number.to_bits()), wanted.map(f64::to_bits), "{spelling:?}");
                read += 1;
            }
        }
        assert!(read > 20_000, "{read}");
    }
}
