//! A column while its cells stream in.

use super::Missing;
use em_core::table::Cells;
use std::collections::TryReserveError;

/// What a cell reads as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reading {
    /// A finite number in plain decimal spelling.
    Number(f64),
    /// `nan`, `inf`, or digits that overflow to infinity.
    NotFinite,
    /// Nothing at all.
    Missing,
    /// Anything else.
    Text,
}

/// Reads one cell. Nothing is trimmed or guessed.
pub(super) fn reading(cell: &str) -> Reading {
    // Of these characters the standard parser takes decimal spellings only.
    let plain = cell.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    match cell.parse::<f64>() {
        _ if cell.is_empty() => Reading::Missing,
        Ok(value) if plain && value.is_finite() => Reading::Number(value),
        // What else it takes are the spellings of infinity and of not a number.
        Ok(_) => Reading::NotFinite,
        Err(_) => Reading::Text,
    }
}

/// The cells so far. Text is kept only where the column turns out to be text.
#[derive(Debug, PartialEq)]
pub(super) enum Column {
    /// All cells were missing; so many.
    Blank(usize),
    /// All cells were numbers, or NaN where one was missing and that is allowed.
    Numbers(Vec<f64>),
    /// The first cell that is not missing is text.
    Text(Vec<String>),
    /// The first cell that is not missing reads as a number, but some cell is none; the first such cell.
    Faulty { row: usize, text: String },
}

impl Column {
    /// Adds the next cell.
    pub(super) fn push(&mut self, cell: &str, missing: &Missing) -> Result<(), TryReserveError> {
        let cell = if missing.marks(cell) { "" } else { cell };
        match self {
            Column::Numbers(values) => {
                let value = match reading(cell) {
                    Reading::Number(value) => value,
                    _ if missing.is_gap(cell) => f64::NAN,
                    _ => {
                        *self = Column::Faulty { row: values.len(), text: cell.into() };
                        return Ok(());
                    }
                };
                values.try_reserve(1)?;
                values.push(value);
            }
            Column::Text(cells) => {
                cells.try_reserve(1)?;
                cells.push(cell.into());
            }
            Column::Faulty { .. } => {}
            Column::Blank(rows) => *self = begun(*rows, cell, missing)?,
        }
        Ok(())
    }

    /// Begins anew, for cells that are read as those of `other` are; room is kept.
    pub(super) fn begin_like(&mut self, other: &Column) {
        match (&mut *self, other) {
            (Column::Numbers(values), Column::Numbers(_)) => values.clear(),
            (Column::Text(cells), Column::Text(_)) => cells.clear(),
            (_, Column::Blank(_)) => *self = Column::Blank(0),
            (_, Column::Numbers(_)) => *self = Column::Numbers(Vec::new()),
            (_, Column::Text(_)) => *self = Column::Text(Vec::new()),
            (_, Column::Faulty { .. }) => *self = Column::Faulty { row: 0, text: String::new() },
        }
    }

    /// Makes room for so many cells more.
    pub(super) fn reserve(&mut self, cells: usize) {
        match self {
            Column::Numbers(values) => values.reserve(cells),
            Column::Text(texts) => texts.reserve(cells),
            Column::Blank(_) | Column::Faulty { .. } => {}
        }
    }

    /// Leaves out all cells but the first `rows`.
    pub(super) fn truncate(&mut self, rows: usize) {
        match self {
            Column::Blank(blank) => *blank = rows.min(*blank),
            Column::Numbers(values) => values.truncate(rows),
            Column::Text(cells) => cells.truncate(rows),
            Column::Faulty { .. } => {}
        }
    }

    /// Adds the cells of a column that was [begun like](Self::begin_like) this one; of text it keeps none.
    pub(super) fn append(&mut self, more: &mut Column) -> Result<(), TryReserveError> {
        match (self, more) {
            (Column::Blank(rows), Column::Blank(more)) => *rows += *more,
            (Column::Numbers(values), Column::Numbers(more)) => {
                values.try_reserve(more.len())?;
                values.extend_from_slice(more);
            }
            (Column::Text(cells), Column::Text(more)) => {
                cells.try_reserve(more.len())?;
                cells.append(more);
            }
            // Of a faulty column nothing but its first fault is kept.
            _ => {}
        }
        Ok(())
    }

    /// The finished column; one that is empty throughout is text.
    pub(super) fn finish(self, missing: &Missing) -> Cells {
        match self {
            Column::Blank(rows) => Cells::Text(vec![String::new(); rows]),
            // Only where gaps are allowed is it worth a look.
            Column::Numbers(values) if missing.drops() && values.iter().any(|v| v.is_nan()) => Cells::Gaps(values),
            Column::Numbers(values) => Cells::Numbers(values),
            Column::Text(cells) => Cells::Text(cells),
            Column::Faulty { row, text } => Cells::Faulty { row, text },
        }
    }
}

/// The column after `missing` missing cells and `cell`.
fn begun(missing: usize, cell: &str, policy: &Missing) -> Result<Column, TryReserveError> {
    Ok(match reading(cell) {
        Reading::Missing => Column::Blank(missing + 1),
        _ if policy.is_gap(cell) => Column::Blank(missing + 1),
        Reading::Number(value) if missing == 0 || policy.drops() => {
            let mut values = Vec::new();
            values.try_reserve(missing + 1)?;
            values.resize(missing, f64::NAN);
            values.push(value);
            Column::Numbers(values)
        }
        Reading::NotFinite if missing == 0 || policy.drops() => Column::Faulty { row: missing, text: cell.into() },
        // A column of numbers whose first fault is the missing cell above.
        Reading::Number(_) | Reading::NotFinite => Column::Faulty { row: 0, text: String::new() },
        Reading::Text => {
            let mut cells = Vec::new();
            cells.try_reserve(missing + 1)?;
            cells.resize(missing, String::new());
            cells.push(cell.into());
            Column::Text(cells)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_decimal_spellings_are_numbers_and_nothing_else_is() {
        for (text, value) in
            [("0", 0.0), ("-1.5", -1.5), ("+2e3", 2000.0), ("1E-2", 0.01), (".5", 0.5), ("5.", 5.0), ("1e-999", 0.0)]
        {
            assert_eq!(reading(text), Reading::Number(value), "{text}");
        }
        let texts = " 1|1 |1,5|1_000|0x10|1e|e5|.|-|+|1-2|2020-01-01|NA|1f|٣|1.2.3|--1|1\u{a0}|nanx|infin";
        for text in texts.split('|') {
            assert_eq!(reading(text), Reading::Text, "{text}");
        }
        for text in ["nan", "NaN", "-nan", "inf", "+Inf", "-Infinity", "1e999", "-1e400"] {
            assert_eq!(reading(text), Reading::NotFinite, "{text}");
        }
        assert_eq!(reading(""), Reading::Missing);
    }

    #[test]
    fn the_first_cell_that_is_not_missing_decides_and_the_first_fault_is_kept() {
        let column = |cells: &[&str]| {
            let mut column = Column::Blank(0);
            cells.iter().for_each(|c| column.push(c, &Missing::Error).unwrap());
            column.finish(&Missing::Error)
        };
        let text = |cells: &[&str]| Cells::Text(cells.iter().map(|c| c.to_string()).collect());
        let faulty = |row, text: &str| Cells::Faulty { row, text: text.into() };
        assert_eq!(column(&["1", "2.5"]), Cells::Numbers(vec![1.0, 2.5]));
        assert_eq!(column(&["1", "a", "b"]), faulty(1, "a"));
        assert_eq!(column(&["1", ""]), faulty(1, ""));
        assert_eq!(column(&["1", "inf"]), faulty(1, "inf"));
        assert_eq!(column(&["", "1"]), faulty(0, ""));
        assert_eq!(column(&["", "nan"]), faulty(0, ""));
        assert_eq!(column(&["nan", "a"]), faulty(0, "nan"));
        assert_eq!(column(&["", "a", "1", ""]), text(&["", "a", "1", ""]));
        assert_eq!(column(&["", ""]), text(&["", ""]));
    }

    #[test]
    fn gaps_are_kept_where_rows_may_be_dropped() {
        let column = |cells: &[&str]| {
            let (mut column, missing) =
                (Column::Blank(0), Missing::DropRows { markers: vec!["NA".into(), "-9".into()] });
            cells.iter().for_each(|c| column.push(c, &missing).unwrap());
            column.finish(&missing)
        };
        let numbers = |cells: &[&str]| match column(cells) {
            Cells::Gaps(values) => values.iter().map(|v| if v.is_nan() { -1.0 } else { *v }).collect(),
            Cells::Numbers(values) => values,
            other => panic!("{other:?}"),
        };
        assert_eq!(numbers(&["1", "", "NaN", "2", "NA", "-9"]), [1.0, -1.0, -1.0, 2.0, -1.0, -1.0]);
        assert_eq!(numbers(&["NA", "nan", "", "5"]), [-1.0, -1.0, -1.0, 5.0]);
        assert_eq!(numbers(&["1", "2"]), [1.0, 2.0]);
        let faulty = |row, text: &str| Cells::Faulty { row, text: text.into() };
        assert_eq!(column(&["1", "", "inf"]), faulty(2, "inf"));
        assert_eq!(column(&["", "inf"]), faulty(1, "inf"));
        assert_eq!(column(&["1", "?"]), faulty(1, "?"));
        assert_eq!(column(&["NA", "a", "NA", "nan"]), Cells::Text(["", "a", "", "nan"].map(String::from).to_vec()));
    }
}
