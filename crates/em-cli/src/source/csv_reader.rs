//! The strict reader of text tables: rows stream from the parser into columns.

use super::column::{Column, Reading, reading};
use super::guard::Guard;
use super::open::Opened;
use super::plain_rows::{PlainRows, Shape};
use super::{Limits, Missing, ReadError};
use csv::StringRecord;
use em_core::Table;
use em_core::table::{Lines, Source};
use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};
use std::collections::HashMap;

/// Reads a table of fields separated by `delimiter`.
pub(super) fn read(opened: Opened, delimiter: u8, missing: &Missing, limits: Limits) -> Result<Table, ReadError> {
    let file = opened.name;
    let guard = Guard::new(opened.input, file.clone(), delimiter, limits);
    let builder = &mut csv::ReaderBuilder::new();
    // Lengths are checked here, where they can be told in the words of this project.
    let records = builder.has_headers(false).flexible(true).delimiter(delimiter).from_reader(guard);
    let mut reader =
        Reader { file, records, record: StringRecord::new(), delimiter, missing, limits, room: Vec::new() };
    let names = reader.header()?;
    reader.table(names)
}

struct Reader<'a> {
    file: String,
    records: csv::Reader<Guard>,
    record: StringRecord,
    delimiter: u8,
    missing: &'a Missing,
    limits: Limits,
    /// For rows that are read ahead.
    room: Vec<PlainRows>,
}

impl Reader<'_> {
    /// Reads the next row; false at the end.
    fn next(&mut self) -> Result<bool, ReadError> {
        self.records.read_record(&mut self.record).map_err(|e| failed(&self.file, e))
    }

    fn line(&self) -> u64 {
        self.records.get_ref().row_line()
    }

    fn header(&mut self) -> Result<Vec<String>, ReadError> {
        let file = self.file.clone();
        if !self.next()? {
            return Err(ReadError::Empty { file });
        }
        if self.records.get_ref().blanks() > 0 {
            return Err(ReadError::BlankLine { file, line: 1 });
        }
        let (columns, limit) = (self.record.len(), self.limits.columns);
        if columns > limit {
            return Err(ReadError::TooManyColumns { file, columns, limit });
        }
        let mut named = self.record.iter().map(reading).filter(|r| *r != Reading::Missing).peekable();
        if named.peek().is_some() && named.all(|r| r != Reading::Text) {
            return Err(ReadError::HeaderOfNumbers { file });
        }
        check_names(&self.record, self.limits.field, &file)?;
        Ok(self.record.iter().map(String::from).collect())
    }

    fn table(&mut self, names: Vec<String>) -> Result<Table, ReadError> {
        let mut columns: Vec<Column> = names.iter().map(|_| Column::Blank(0)).collect();
        let (mut lines, mut ahead) = (RowLines::default(), Ahead::default());
        loop {
            if ahead.is_due() {
                ahead.tell(self.plain_rows(&mut columns, &mut lines)?);
            }
            if !self.next()? {
                break;
            }
            self.blank_lines(&mut columns, &mut lines)?;
            let line = self.line();
            self.check_row(&names, line)?;
            self.add(&mut columns, &mut lines, line)?;
        }
        if lines.rows == 0 {
            return Err(ReadError::NoRows { file: self.file.clone() });
        }
        let rows = usize::try_from(lines.rows).unwrap_or(usize::MAX);
        let mut table = Table::new(Source { name: self.file.clone(), lines: lines.finish() }, rows);
        for (name, column) in names.into_iter().zip(columns) {
            table.push(name, column.finish(self.missing))?;
        }
        Ok(table)
    }

    /// Reads plain rows, as many as can be seen; how many there were.
    fn plain_rows(&mut self, columns: &mut [Column], lines: &mut RowLines) -> Result<usize, ReadError> {
        let longest = self.limits.row.min(self.limits.field);
        let guard = self.records.get_mut();
        let shape = Shape { delimiter: self.delimiter, columns, missing: self.missing, longest };
        let read = PlainRows::read(&mut self.room, guard.lines_ahead(), &shape);
        // What is beyond the limit is left for the reader of single rows to refuse.
        let most = ((self.limits.cells / columns.len()) as u64).saturating_sub(lines.rows);
        let line = guard.line_ahead();
        let (mut rows, mut bytes) = (0, 0);
        let mut parts: Vec<Vec<&mut Column>> = columns.iter().map(|_| Vec::with_capacity(read.len())).collect();
        for piece in read {
            if (rows + piece.rows) as u64 > most {
                break;
            }
            (rows, bytes) = (rows + piece.rows, bytes + piece.bytes);
            parts.iter_mut().zip(&mut piece.columns).for_each(|(parts, part)| parts.push(part));
        }
        let columns = columns.par_iter_mut().zip(parts);
        let appended = columns.try_for_each(|(column, parts)| parts.into_iter().try_for_each(|p| column.append(p)));
        appended.map_err(|_| ReadError::Memory { file: self.file.clone(), line })?;
        lines.extend(line, rows as u64);
        guard.pass(rows as u64, bytes);
        Ok(rows)
    }

    /// Blank lines above the row: missing values of a table of one column, refused in any other.
    fn blank_lines(&mut self, columns: &mut [Column], lines: &mut RowLines) -> Result<(), ReadError> {
        let blanks = self.records.get_ref().blanks();
        let first = self.line() - blanks;
        if blanks > 0 && columns.len() > 1 {
            return Err(ReadError::BlankLine { file: self.file.clone(), line: first });
        }
        let row = std::mem::replace(&mut self.record, StringRecord::from(vec![""]));
        for line in first..first + blanks {
            self.add(columns, lines, line)?;
        }
        self.record = row;
        Ok(())
    }

    fn check_row(&self, names: &[String], line: u64) -> Result<(), ReadError> {
        let (found, expected, limit) = (self.record.len(), names.len(), self.limits.field);
        if found != expected {
            return Err(ReadError::Ragged { file: self.file.clone(), line, found, expected });
        }
        match self.record.iter().zip(names).find(|(cell, _)| cell.len() > limit) {
            None => Ok(()),
            Some((_, column)) => {
                Err(ReadError::FieldTooLong { file: self.file.clone(), line, column: column.clone(), limit })
            }
        }
    }

    /// Adds the record to the columns.
    fn add(&self, columns: &mut [Column], lines: &mut RowLines, line: u64) -> Result<(), ReadError> {
        let most_rows = self.limits.cells / columns.len().max(1);
        if lines.rows >= most_rows as u64 {
            return Err(ReadError::TooManyCells { file: self.file.clone(), line, limit: self.limits.cells });
        }
        for (column, cell) in columns.iter_mut().zip(&self.record) {
            column.push(cell, self.missing).map_err(|_| ReadError::Memory { file: self.file.clone(), line })?;
        }
        lines.push(line);
        Ok(())
    }
}

fn check_names(names: &StringRecord, limit: usize, file: &str) -> Result<(), ReadError> {
    let file = || file.to_string();
    let mut seen = HashMap::new();
    for (position, name) in (1..).zip(names) {
        if name.is_empty() {
            return Err(ReadError::EmptyName { file: file(), position });
        }
        if name.len() > limit {
            return Err(ReadError::FieldTooLong { file: file(), line: 1, column: start_of(name), limit });
        }
        if let Some(first) = seen.insert(name, position) {
            return Err(ReadError::SameName { file: file(), name: name.into(), first, second: position });
        }
    }
    Ok(())
}

/// Enough of an endless name to know it by.
fn start_of(name: &str) -> String {
    name.chars().take(20).chain(['…']).collect()
}

/// The guard's faults come back wrapped in the parser's.
fn failed(file: &str, error: csv::Error) -> ReadError {
    let source = match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        // The guard has checked all text, and lengths are free.
        other => std::io::Error::other(format!("{other:?}")),
    };
    source.downcast().unwrap_or_else(|source| ReadError::Io { file: file.into(), source })
}

/// When to look ahead for plain rows: not above the first row, which tells what the columns are; then ever less often where
/// there are few.
struct Ahead {
    /// Rows to read one by one before the next look.
    left: u64,
    /// How many those were last.
    wait: u64,
}

/// Plain rows that are worth a look ahead.
const WORTH_IT: usize = 64;
/// The longest wait, in rows.
const LONGEST_WAIT: u64 = 1 << 12;

impl Default for Ahead {
    fn default() -> Self {
        Ahead { left: 1, wait: 1 }
    }
}

impl Ahead {
    fn is_due(&mut self) -> bool {
        let due = self.left == 0;
        self.left = self.left.saturating_sub(1);
        due
    }

    /// Learns how many rows a look has found.
    fn tell(&mut self, found: usize) {
        self.wait = if found >= WORTH_IT { 1 } else { (2 * self.wait).min(LONGEST_WAIT) };
        self.left = self.wait - 1;
    }
}

/// The lines on which rows begin: listed only from where they no longer follow one another.
#[derive(Default)]
struct RowLines {
    first: u64,
    rows: u64,
    listed: Vec<u64>,
}

impl RowLines {
    fn push(&mut self, line: u64) {
        if self.rows == 0 {
            self.first = line;
        }
        if self.listed.is_empty() && line != self.first + self.rows {
            self.listed = (self.first..self.first + self.rows).collect();
        }
        if !self.listed.is_empty() {
            self.listed.push(line);
        }
        self.rows += 1;
    }

    /// As many rows of one line each, the first on `line`.
    fn extend(&mut self, line: u64, rows: u64) {
        if self.rows == 0 {
            self.first = line;
        }
        if self.listed.is_empty() && line == self.first + self.rows {
            self.rows += rows;
        } else {
            (line..line + rows).for_each(|line| self.push(line));
        }
    }

    fn finish(self) -> Lines {
        if self.listed.is_empty() { Lines::Consecutive { first: self.first } } else { Lines::Listed(self.listed) }
    }
}

#[cfg(test)]
#[path = "csv_reader_tests.rs"]
mod tests;
