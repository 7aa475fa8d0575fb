//! [`PlainRows`]: rows of nothing but plain numbers, read many at a time.
//!
//! Most rows of most tables are such rows. They need no look at quotes, gaps or text, and where they end can be told line
//! by line, so that pieces of a file are read side by side. Whatever is not quite such a row ends a piece, and is left to
//! the strict reader of single rows; so both readers together read what that one would read alone.

use super::column::{Reading, reading};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Bytes that are read at a time: their numbers fit into the fastest caches of a core.
const PIECE: usize = 1 << 18;
/// A longer spelling is left to the strict reader.
const LONGEST_NUMBER: usize = 32;
/// Digits of a whole number that 64 bits hold for certain.
const DIGITS: usize = 19;
/// Every whole number up to here is a double.
const EXACT: u64 = 1 << 53;
/// The powers of ten that are doubles.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// What a row must look like.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// Between two fields; it is none of the characters that numbers are written with.
    pub(super) delimiter: u8,
    /// Fields of a row, at least one.
    pub(super) columns: usize,
    /// The longest row, in bytes.
    pub(super) longest: usize,
}

/// Rows from the start of a text, up to the first that is none of numbers alone.
pub(super) struct PlainRows {
    /// The numbers, column after column.
    pub(super) columns: Vec<Vec<f64>>,
    /// The bytes that the rows take, line ends included.
    pub(super) bytes: usize,
}

impl PlainRows {
    /// The number of rows.
    pub(super) fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Those at the start of each piece of a text of whole lines, with the length of the piece.
    pub(super) fn read(lines: &[u8], shape: Shape) -> Vec<(PlainRows, usize)> {
        pieces(lines).into_par_iter().map(|piece| (PlainRows::of_piece(piece, shape), piece.len())).collect()
    }

    fn of_piece(piece: &[u8], shape: Shape) -> Self {
        let mut rows = PlainRows { columns: vec![Vec::new(); shape.columns], bytes: 0 };
        let mut row = vec![0.0; shape.columns];
        while let Some(bytes) = read_row(&piece[rows.bytes..], shape, &mut row) {
            if rows.bytes == 0 {
                // About as many rows as there will be.
                rows.columns.iter_mut().for_each(|column| column.reserve(piece.len() / bytes + 1));
            }
            rows.columns.iter_mut().zip(&row).for_each(|(column, value)| column.push(*value));
            rows.bytes += bytes;
        }
        rows
    }
}

/// A text cut at line ends.
fn pieces(mut lines: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while lines.len() > PIECE {
        let end = lines[PIECE..].iter().position(|b| *b == b'\n').map_or(lines.len(), |i| PIECE + i + 1);
        let (piece, rest) = lines.split_at(end);
        pieces.push(piece);
        lines = rest;
    }
    pieces.push(lines);
    pieces
}

/// Reads the row that `text` begins with into `row`; the bytes it takes, or none where it is another kind of row.
fn read_row(text: &[u8], shape: Shape, row: &mut [f64]) -> Option<usize> {
    let mut at = 0;
    let (last, first) = row.split_last_mut()?;
    for value in first {
        let (number, length) = number(&text[at..])?;
        at += length;
        if *text.get(at)? != shape.delimiter {
            return None;
        }
        (*value, at) = (number, at + 1);
    }
    let (number, length) = number(&text[at..])?;
    (*last, at) = (number, at + length);
    at += match text.get(at..)? {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => return None,
    };
    (at <= shape.longest).then_some(at)
}

/// The number that `text` begins with, and its length; none where there is no plain, finite one.
///
/// Up to 2⁵³ the digits are a double, and so are the powers of ten up to 10²². So one division or multiplication rounds
/// once, as it should (Clinger 1990, "How to read floating point numbers accurately", section 3).
fn number(text: &[u8]) -> Option<(f64, usize)> {
    let negative = *text.first()? == b'-';
    let begin = usize::from(negative);
    let (mut mantissa, mut at) = digits(text, begin, 0);
    let (mut count, mut decimals) = (at - begin, 0);
    if text.get(at) == Some(&b'.') {
        let point = at + 1;
        (mantissa, at) = digits(text, point, mantissa);
        decimals = at - point;
        count += decimals;
    }
    let ends = !matches!(text.get(at), Some(b'e' | b'E' | b'+' | b'-' | b'.'));
    if ends && (1..=DIGITS).contains(&count) && mantissa <= EXACT && decimals < POWERS.len() {
        let size = mantissa as f64 / POWERS[decimals];
        return Some((if negative { -size } else { size }, at));
    }
    rare_number(text)
}

/// Appends the digits from `at` on to `mantissa`; and where they end.
fn digits(text: &[u8], mut at: usize, mut mantissa: u64) -> (u64, usize) {
    while let Some(digit) = text.get(at).map(|b| b.wrapping_sub(b'0')).filter(|d| *d < 10) {
        // Too many digits wrap around, and are seen by their count.
        mantissa = mantissa.wrapping_mul(10).wrapping_add(digit.into());
        at += 1;
    }
    (mantissa, at)
}

/// A number with an exponent, a plus, or more digits, as the strict reader reads it.
fn rare_number(text: &[u8]) -> Option<(f64, usize)> {
    let plain = |b: &&u8| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    let length = text.iter().take(LONGEST_NUMBER + 1).take_while(plain).count();
    let spelling = text.get(..length).filter(|_| length <= LONGEST_NUMBER)?;
    match reading(std::str::from_utf8(spelling).ok()?) {
        Reading::Number(value) => Some((value, length)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    const SHAPE: Shape = Shape { delimiter: b',', columns: 2, longest: 100 };

    fn read(text: &str) -> (Vec<Vec<f64>>, usize) {
        let rows = PlainRows::of_piece(text.as_bytes(), SHAPE);
        (rows.columns, rows.bytes)
    }

    #[test]
    fn rows_end_at_the_first_other_row() {
        assert_eq!(read("1,2\n3,-4.5\r\n5,6"), (vec![vec![1.0, 3.0], vec![2.0, -4.5]], 12));
        let nothing = (vec![vec![], vec![]], 0);
        let others =
            ["\n", "\r\n", "1,2", "1\n", "1,2,3\n", "1,\n", ",2\n", "1,2\r3,4\n", "a,2\n", "1,\"2\"\n", "1, 2\n"];
        let others = others.iter().chain(&["nan,1\n", "1,inf\n", "1e999,2\n", "1_0,2\n", "--1,2\n", "-,1\n", ".,1\n"]);
        let others = others.chain(&["1.2.3,4\n", "1-2,3\n", "1,2 \n", "1;2\n", "0x1,2\n", "٣,1\n", "1e,2\n", "\0,1\n"]);
        for other in others {
            assert_eq!(read(other), nothing, "{other:?}");
            assert_eq!(read(&format!("7,8\n{other}9,9\n")), (vec![vec![7.0], vec![8.0]], 4), "{other:?}");
        }
        let long = format!("1,{}\n", "0".repeat(LONGEST_NUMBER + 1));
        assert_eq!(read(&long), nothing);
        let shape = Shape { longest: 4, ..SHAPE };
        assert_eq!(PlainRows::of_piece(b"1,2\n1,22\n", shape).rows(), 1);
    }

    #[test]
    fn numbers_are_those_of_the_standard_parser_to_the_bit() {
        let check = |text: &str| {
            let wanted: f64 = text.parse().unwrap();
            let (found, length) = number(format!("{text},").as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((found.to_bits(), length), (wanted.to_bits(), text.len()), "{text}");
        };
        let mut spellings =
            vec!["0", "-0", "-0.0", "5.", ".5", "-.5", "+7", "1e5", "1E-7", "9007199254740992", "9007199254740993"];
        spellings.extend([
            "0.1",
            "0.30000000000000004",
            "123456789012345678",
            "1234567890123456789",
            "12345678901234567890",
        ]);
        spellings.extend([
            "0.0000000000000000000001",
            "0.00000000000000000000001",
            "1e-400",
            "4.9e-324",
            "1e22",
            "1e23",
            "00012.50",
        ]);
        spellings.into_iter().for_each(check);
        let mut rng = rand::rngs::SmallRng::seed_from_u64(3);
        for _ in 0..20_000 {
            let x = (rng.random::<f64>() - 0.5) * 10f64.powi(rng.random_range(-9..20));
            let decimals = rng.random_range(0..12);
            check(&format!("{x:.decimals$}"));
            check(&format!("{x:?}"));
            check(&format!("{x:e}"));
        }
    }

    #[test]
    fn pieces_are_whole_lines_and_all_of_them() {
        let line = "12345678.5,2\n";
        let text = line.repeat(3 * PIECE / line.len());
        let found = pieces(text.as_bytes());
        assert!(found.len() > 2 && found.iter().all(|p| p.is_empty() || p.ends_with(b"\n")));
        assert_eq!(found.concat(), text.as_bytes());
        let rows: usize = PlainRows::read(text.as_bytes(), SHAPE).iter().map(|(rows, _)| rows.rows()).sum();
        assert_eq!(rows, 3 * PIECE / line.len());
    }
}
