//! [`PlainRows`]: rows that end where their line does, read many at a time.
//!
//! Most rows of most tables are such rows. Where they and their fields end can be told without a look at what stands before,
//! so that pieces of a file are read side by side. Whatever is not quite such a row ends a piece, and is left to the strict
//! reader of single rows; so both readers together read what that one would read alone.

use super::Missing;
use super::column::{Column, Reading, reading};
use super::decimal::decimal;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};
use std::ops::Range;

/// Bytes that are read at a time: their numbers fit into the fastest caches of a core.
const PIECE: usize = 1 << 18;

/// What a row must look like.
pub(super) struct Shape<'a> {
    /// Between two fields.
    pub(super) delimiter: u8,
    /// The columns so far, at least one: what they hold says what their fields are read as.
    pub(super) columns: &'a [Column],
    /// What counts as missing.
    pub(super) missing: &'a Missing,
    /// The longest row, in bytes.
    pub(super) longest: usize,
}

/// Rows from the start of a text, up to the first of another kind.
#[derive(Default)]
pub(super) struct PlainRows {
    /// Their cells, column after column.
    pub(super) columns: Vec<Column>,
    /// The number of rows.
    pub(super) rows: usize,
    /// The bytes that they take, line ends included.
    pub(super) bytes: usize,
}

impl PlainRows {
    /// The rows at the start of a text of whole lines, piece after piece, in the room of what was read before.
    pub(super) fn read<'r>(room: &'r mut Vec<PlainRows>, lines: &[u8], shape: &Shape) -> &'r mut [PlainRows] {
        let pieces = pieces(lines);
        room.resize_with(room.len().max(pieces.len()), PlainRows::default);
        let room = &mut room[..pieces.len()];
        room.par_iter_mut().zip(&pieces).for_each(|(rows, piece)| rows.read_piece(piece, shape));
        // Behind another kind of row nothing is known of what follows.
        let last = room.iter().zip(&pieces).position(|(rows, piece)| rows.bytes < piece.len());
        &mut room[..last.map_or(pieces.len(), |last| last + 1)]
    }

    fn read_piece(&mut self, piece: &[u8], shape: &Shape) {
        let rows = self;
        rows.columns.resize_with(shape.columns.len(), || Column::Blank(0));
        rows.columns.iter_mut().zip(shape.columns).for_each(|(column, like)| column.begin_like(like));
        (rows.rows, rows.bytes) = (0, 0);
        let mut separators = Separators::of(piece, shape.delimiter);
        let fields = Fields { missing: shape.missing, quick: !shape.missing.marks_numbers() };
        while let Some(end) = rows.read_row(piece, &mut separators, &fields, shape.longest) {
            if rows.rows == 0 {
                // About as many rows as there will be.
                rows.columns.iter_mut().for_each(|column| column.reserve(piece.len() / end + 1));
            }
            (rows.rows, rows.bytes) = (rows.rows + 1, end);
        }
        rows.columns.iter_mut().for_each(|column| column.truncate(rows.rows));
    }

    /// Reads the row that begins behind the others; where it ends, or none where it is of another kind.
    fn read_row(
        &mut self,
        piece: &[u8],
        separators: &mut Separators,
        fields: &Fields,
        longest: usize,
    ) -> Option<usize> {
        let mut begin = self.bytes;
        let last = self.columns.len() - 1;
        for (position, column) in self.columns.iter_mut().enumerate() {
            let end = separators.next()?;
            let ends_line = piece[end] == b'\n';
            if ends_line != (position == last) {
                return None;
            }
            let field_end = end - usize::from(ends_line && piece[begin..end].ends_with(b"\r"));
            // A blank line is nobody's row.
            if field_end == begin && last == 0 {
                return None;
            }
            fields.add(piece, begin..field_end, column)?;
            begin = end + 1;
        }
        (begin - self.bytes <= longest).then_some(begin)
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

/// How fields are read.
struct Fields<'a> {
    missing: &'a Missing,
    /// Whether every spelling of a number is one, and none a mark of missing values.
    quick: bool,
}

impl Fields<'_> {
    /// Adds a field of a text to a column, as the strict reader would; none where that takes more.
    fn add(&self, text: &[u8], field: Range<usize>, column: &mut Column) -> Option<()> {
        if let Column::Numbers(values) = column {
            let quick = if self.quick { decimal(text, field.start, field.end) } else { None };
            values.push(quick.or_else(|| self.number(bare(&text[field])?))?);
            return Some(());
        }
        let cell = bare(&text[field])?;
        let cell = if self.missing.marks(cell) { "" } else { cell };
        match column {
            Column::Text(cells) => cells.push(cell.into()),
            Column::Blank(rows) if reading(cell) == Reading::Missing || self.missing.is_gap(cell) => *rows += 1,
            Column::Blank(_) => return None,
            Column::Faulty { .. } | Column::Numbers(_) => {}
        }
        Some(())
    }

    /// A number with an exponent, a plus or many digits, or one that may be missing and is.
    fn number(&self, cell: &str) -> Option<f64> {
        let cell = if self.missing.marks(cell) { "" } else { cell };
        match reading(cell) {
            Reading::Number(value) => Some(value),
            _ => self.missing.is_gap(cell).then_some(f64::NAN),
        }
    }
}

/// What a field holds: without the quotes around it, within which there are no others. None of what the strict reader
/// refuses.
fn bare(field: &[u8]) -> Option<&str> {
    let inner = match field {
        [b'"', inner @ .., b'"'] if !inner.contains(&b'"') => inner,
        [b'"', ..] => return None,
        bare => bare,
    };
    if inner.iter().any(|b| matches!(b, 0 | b'\r')) { None } else { std::str::from_utf8(inner).ok() }
}

/// Bytes that are searched at a time.
const BLOCK: usize = 64;

/// The places of delimiters and line feeds, one after the other.
struct Separators<'a> {
    text: &'a [u8],
    delimiter: u8,
    /// Where the block begins that is being searched, and the next one.
    block: usize,
    next: usize,
    /// The places in the block that were not told yet, a bit each.
    left: u64,
}

impl<'a> Separators<'a> {
    fn of(text: &'a [u8], delimiter: u8) -> Self {
        Separators { text, delimiter, block: 0, next: 0, left: 0 }
    }

    /// The next place.
    fn next(&mut self) -> Option<usize> {
        while self.left == 0 {
            let rest = self.text.get(self.next..).filter(|rest| !rest.is_empty())?;
            self.left = match rest.first_chunk() {
                Some(block) => separators(block, self.delimiter),
                None => {
                    let mut block = [0; BLOCK];
                    block[..rest.len()].copy_from_slice(rest);
                    separators(&block, self.delimiter)
                }
            };
            (self.block, self.next) = (self.next, self.next + BLOCK);
        }
        let place = self.block + self.left.trailing_zeros() as usize;
        self.left &= self.left - 1;
        Some(place)
    }
}

/// The places of delimiters and line feeds in a block, a bit each.
fn separators(block: &[u8; BLOCK], delimiter: u8) -> u64 {
    // Zeros and ones first, which the compiler compares many at a time.
    let mut found = [0; BLOCK];
    found.iter_mut().zip(block).for_each(|(found, b)| *found = u8::from(*b == delimiter) | u8::from(*b == b'\n'));
    let (words, _) = found.as_chunks::<8>();
    // The product has the lowest bits of all eight bytes side by side in its highest byte.
    let bits = |word: &[u8; 8]| u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    words.iter().enumerate().fold(0, |all, (i, word)| all | bits(word) << (8 * i))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(columns: usize) -> Vec<Column> {
        (0..columns).map(|_| Column::Numbers(Vec::new())).collect()
    }

    fn read_as(columns: &[Column], missing: &Missing, text: &str) -> (Vec<Column>, usize) {
        let shape = Shape { delimiter: b',', columns, missing, longest: 100 };
        let mut rows = PlainRows::default();
        rows.read_piece(text.as_bytes(), &shape);
        (rows.columns, rows.bytes)
    }

    fn read(text: &str) -> (Vec<Column>, usize) {
        read_as(&numbers(2), &Missing::Error, text)
    }

    fn both(x: &[f64], y: &[f64]) -> Vec<Column> {
        [x, y].map(|values| Column::Numbers(values.to_vec())).into()
    }

    #[test]
    fn rows_end_at_the_first_other_row() {
        assert_eq!(read("1,2\n3,-4.5\r\n5,6"), (both(&[1.0, 3.0], &[2.0, -4.5]), 12));
        assert_eq!(read("1e3,\"2\"\n"), (both(&[1e3], &[2.0]), 8));
        let others =
            ["\n", "\r\n", "1,2", "1\n", "1,2,3\n", "1,\n", ",2\n", "1,2\r3,4\n", "a,2\n", "1,\"2\n", "1, 2\n"];
        let others = others.iter().chain(&["nan,1\n", "1,inf\n", "1e999,2\n", "1_0,2\n", "--1,2\n", "-,1\n", ".,1\n"]);
        let others = others.chain(&["1.2.3,4\n", "1-2,3\n", "1,2 \n", "1;2\n", "0x1,2\n", "٣,1\n", "1e,2\n", "\0,1\n"]);
        for other in others.chain(&["\"1\"\",2\n", "1,\"2\"3\n", "1,\"\n", "1\r,2\n", "1,2\r\r\n"]) {
            assert_eq!(read(other), (both(&[], &[]), 0), "{other:?}");
            assert_eq!(read(&format!("7,8\n{other}9,9\n")), (both(&[7.0], &[8.0]), 4), "{other:?}");
        }
        let (columns, missing) = (&numbers(2), &Missing::Error);
        let shape = Shape { delimiter: b',', columns, missing, longest: 4 };
        let mut rows = PlainRows::default();
        rows.read_piece(b"1,2\n1,22\n", &shape);
        assert_eq!(rows.rows, 1);
    }

    #[test]
    fn text_and_gaps_are_read_as_their_columns_say() {
        let text = |cells: &[&str]| Column::Text(cells.iter().map(|c| c.to_string()).collect());
        let faulty = || Column::Faulty { row: 0, text: String::new() };
        let columns = [text(&["x"]), Column::Numbers(vec![1.0]), Column::Blank(3), faulty()];
        let missing = Missing::DropRows { markers: vec!["NA".into()] };
        let (found, bytes) = read_as(&columns, &missing, "a,1,,x\n\"é, b\",2,,y\n");
        assert_eq!((found, bytes), (vec![text(&["a"]), Column::Numbers(vec![1.0]), Column::Blank(1), faulty()], 7));
        let (found, bytes) = read_as(&columns, &missing, "NA,NA,nan,\"\"\n,nan,NA,\n5\" pipe,,,x\n1,2,3,4\n");
        let Column::Numbers(values) = &found[1] else { panic!("{found:?}") };
        assert!(values.len() == 3 && values.iter().all(|v| v.is_nan()));
        assert_eq!((&found[0], &found[2], bytes), (&text(&["", "", "5\" pipe"]), &Column::Blank(3), 34));
        for other in ["a\0,1,,\n", "a\r,1,,\n", "\"a\"b,1,,\n", "a,1,,\"b\n", "a,1,,\0\n", "a,b,,\n"] {
            assert_eq!(read_as(&columns, &missing, other).1, 0, "{other:?}");
        }
    }

    #[test]
    fn a_number_may_mark_missing_values() {
        let missing = Missing::DropRows { markers: vec!["-9".into()] };
        let (found, bytes) = read_as(&numbers(1), &missing, &format!("-9\n-9.0\n{}\n", "3".repeat(40)));
        let Column::Numbers(values) = &found[0] else { panic!("{found:?}") };
        assert!(values[0].is_nan() && values[1] == -9.0 && values[2] == "3".repeat(40).parse::<f64>().unwrap());
        assert_eq!(bytes, 49);
    }

    #[test]
    fn separators_are_all_found_in_their_order() {
        for length in [0, 1, 63, 64, 65, 200] {
            let text: Vec<u8> = (0..length).map(|i| b"1,a\n,\xac\x8a\x2b"[i * i % 8]).collect();
            let wanted: Vec<usize> = (0..length).filter(|i| matches!(text[*i], b',' | b'\n')).collect();
            let mut separators = Separators::of(&text, b',');
            let found: Vec<usize> = std::iter::from_fn(|| separators.next()).collect();
            assert_eq!(found, wanted, "{length}");
        }
    }

    #[test]
    fn pieces_are_whole_lines_and_all_of_them() {
        let line = "12345678.5,2\n";
        let text = line.repeat(3 * PIECE / line.len());
        let found = pieces(text.as_bytes());
        assert!(found.len() > 2 && found.iter().all(|p| p.is_empty() || p.ends_with(b"\n")));
        assert_eq!(found.concat(), text.as_bytes());
        let (columns, missing) = (&numbers(2), &Missing::Error);
        let shape = Shape { delimiter: b',', columns, missing, longest: 100 };
        let mut room = Vec::new();
        let mut rows = |text: &str| {
            let read = PlainRows::read(&mut room, text.as_bytes(), &shape);
            read.iter().map(|rows| rows.rows).sum::<usize>()
        };
        assert_eq!(rows(&text), 3 * PIECE / line.len());
        // Nothing is told of what is behind another row, though whole pieces are.
        let mut other = text.clone();
        other.replace_range(..1, "x");
        assert_eq!(rows(&other), 0);
        assert_eq!(rows(line), 1);
    }
}
