//! [`Guard`]: what the CSV parser would swallow in silence, refused line by line.
//!
//! The parser always finds *a* parse. It skips blank lines, lets an open quote run to the end of the file, joins what
//! follows a closing quote to the field, and takes a lone carriage return as the end of a row. The guard stands between
//! the file and the parser, hands on one line at a time, and so always knows on which line a row began.

use super::{Limits, ReadError};
use std::io::{self, BufRead, Read};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Where the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the start of a field.
    Start,
    /// In a field without quotes.
    Bare,
    /// Between quotes.
    Quoted,
    /// Behind a quote that closes the field, or is the first of a doubled one.
    Closed,
}

/// A checked reader of lines.
pub(super) struct Guard {
    input: Box<dyn BufRead>,
    file: String,
    delimiter: u8,
    limits: Limits,
    /// The line being handed on, and how much of it is gone.
    line: Vec<u8>,
    gone: usize,
    /// Its number, counted from 1.
    number: u64,
    /// The line on which the current row began, and its bytes so far.
    row_line: u64,
    row_bytes: usize,
    /// Blank lines above the current row.
    blanks: u64,
    state: State,
    /// The line of the last quote that opened a field.
    opened: u64,
}

impl Guard {
    pub(super) fn new(input: Box<dyn BufRead>, file: String, delimiter: u8, limits: Limits) -> Self {
        Guard {
            input,
            file,
            delimiter,
            limits,
            line: Vec::new(),
            gone: 0,
            number: 0,
            row_line: 1,
            row_bytes: 0,
            blanks: 0,
            state: State::Start,
            opened: 0,
        }
    }

    /// The line on which the row handed on last began.
    pub(super) fn row_line(&self) -> u64 {
        self.row_line
    }

    /// How many blank lines stand above that row.
    pub(super) fn blanks(&self) -> u64 {
        self.blanks
    }

    /// The whole lines of the rows to come, as far as they can be seen without waiting; none amid a row.
    pub(super) fn lines_ahead(&mut self) -> &[u8] {
        let between_rows = self.state == State::Start && self.gone == self.line.len();
        // A fault comes up again when the next line is fetched.
        let seen = if between_rows { self.input.fill_buf().unwrap_or_default() } else { &[] };
        let end = seen.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        &seen[..end]
    }

    /// The number of the first of them.
    pub(super) fn line_ahead(&self) -> u64 {
        self.number + 1
    }

    /// Passes over rows of one line each that were read ahead.
    pub(super) fn pass(&mut self, rows: u64, bytes: usize) {
        self.input.consume(bytes);
        self.number += rows;
        (self.row_line, self.blanks, self.row_bytes) = (self.number, 0, 0);
    }

    /// Makes the next line ready, above which blank lines are left out; `line` stays empty at the end of the file.
    fn next_line(&mut self) -> Result<(), ReadError> {
        let row_goes_on = self.state == State::Quoted;
        if !row_goes_on {
            self.row_bytes = 0;
        }
        self.fetch()?;
        let mut blanks = 0;
        while !row_goes_on && matches!(self.line[..], [b'\n'] | [b'\r', b'\n']) {
            blanks += 1;
            self.fetch()?;
        }
        // The parser looks for the end of the file before it hands over a last row without a line end.
        if !row_goes_on && !self.line.is_empty() {
            (self.row_line, self.blanks) = (self.number, blanks);
        }
        self.row_bytes += self.line.len();
        self.check()
    }

    fn fetch(&mut self) -> Result<(), ReadError> {
        (self.gone, self.number) = (0, self.number + 1);
        self.line.clear();
        let room = (self.limits.row - self.row_bytes.min(self.limits.row)) as u64 + 1;
        let read = (&mut self.input).take(room).read_until(b'\n', &mut self.line);
        read.map_err(|source| ReadError::Io { file: self.file.clone(), source })?;
        while self.number == 1 && self.line.starts_with(BYTE_ORDER_MARK) {
            self.line.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), ReadError> {
        let (file, line) = (|| self.file.clone(), self.number);
        if self.row_bytes > self.limits.row {
            return Err(ReadError::RowTooLong { file: file(), line: self.row_line, limit: self.limits.row });
        }
        if self.line.is_empty() && self.state == State::Quoted {
            return Err(ReadError::OpenQuote { file: file(), line: self.opened });
        }
        if self.line.contains(&0) {
            return Err(ReadError::Nul { file: file(), line });
        }
        if let Err(e) = std::str::from_utf8(&self.line) {
            let byte = self.line.get(e.valid_up_to()).copied().unwrap_or_default();
            return Err(ReadError::NotUtf8 { file: file(), line, byte });
        }
        self.check_quotes()
    }

    /// Follows the quotes over the line, as the parser will.
    fn check_quotes(&mut self) -> Result<(), ReadError> {
        // Most lines hold no quote and no carriage return but at their end, and finding that out is fast.
        let text = self.line.strip_suffix(b"\r\n").unwrap_or(&self.line);
        if self.state != State::Quoted && !text.contains(&b'"') && !text.contains(&b'\r') {
            self.state = State::Start;
            return Ok(());
        }
        let (file, line) = (|| self.file.clone(), self.number);
        for (i, &byte) in self.line.iter().enumerate() {
            self.state = match (self.state, byte) {
                (State::Quoted, b'"') => State::Closed,
                (State::Quoted, _) | (State::Closed, b'"') => State::Quoted,
                (_, b'\n') => State::Start,
                (_, byte) if byte == self.delimiter => State::Start,
                (state, b'\r') if self.line.get(i + 1) == Some(&b'\n') => state,
                (_, b'\r') => return Err(ReadError::LoneReturn { file: file(), line }),
                (State::Closed, _) => return Err(ReadError::AfterQuote { file: file(), line }),
                (State::Start, b'"') => {
                    self.opened = line;
                    State::Quoted
                }
                _ => State::Bare,
            };
        }
        Ok(())
    }
}

impl Read for Guard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.gone == self.line.len() {
            self.next_line().map_err(io::Error::other)?;
        }
        let rest = &self.line[self.gone..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.gone += length;
        Ok(length)
    }
}
