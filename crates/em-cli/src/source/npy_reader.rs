//! The strict reader of NPY files: no length is trusted before as many bytes are there.

use super::npy_error::NpyError;
use super::npy_header::Header;
use super::npy_type::{NoNumber, NpyType};
use super::open::Opened;
use super::{Limits, Missing, ReadError};
use em_core::Table;
use em_core::table::{Cells, Lines, Source};
use std::io::{self, Read};

const MAGIC: &[u8] = b"\x93NUMPY";
/// NumPy writes headers of some hundred bytes, and refuses those of more than 10 000 itself.
const LONGEST_HEADER: u64 = 1 << 16;
/// Values that are read at once.
const BLOCK: usize = 1 << 13;

/// Whether the file begins like an NPY file; nothing of it is used up.
pub(super) fn begins_like_one(opened: &mut Opened) -> Result<bool, ReadError> {
    let begin = opened.input.fill_buf().map_err(|source| ReadError::Io { file: opened.name.clone(), source })?;
    Ok(begin.starts_with(MAGIC))
}

/// Reads an array of n × d numbers, or of n, as a table of the columns `x0`, `x1`, …
pub(super) fn read(opened: Opened, missing: &Missing, limits: Limits) -> Result<Table, ReadError> {
    let Opened { name, input } = opened;
    let mut reader = Reader { input };
    let columns = reader.array(limits).map_err(|fault| match fault {
        Fault::Io(source) => ReadError::Io { file: name.clone(), source },
        Fault::Npy(fault) => ReadError::Npy { file: name.clone(), fault: Box::new(fault) },
    })?;
    let rows = columns.first().map_or(0, Vec::len);
    let mut table = Table::new(Source { name, lines: Lines::Rows }, rows);
    for (j, column) in columns.into_iter().enumerate() {
        table.push(format!("x{j}"), cells(column, missing))?;
    }
    Ok(table)
}

/// A column; NaN is a missing value where that is allowed.
fn cells(values: Vec<f64>, missing: &Missing) -> Cells {
    let allowed = |v: &f64| v.is_finite() || (v.is_nan() && missing.drops());
    let fault = values.iter().position(|v| !allowed(v));
    match fault {
        Some(row) => Cells::Faulty { row, text: values[row].to_string() },
        None if values.iter().any(|v| v.is_nan()) => Cells::Gaps(values),
        None => Cells::Numbers(values),
    }
}

enum Fault {
    Io(io::Error),
    Npy(NpyError),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::Io(error)
    }
}

impl From<NpyError> for Fault {
    fn from(error: NpyError) -> Self {
        Fault::Npy(error)
    }
}

/// An array of numbers of one type.
struct Layout {
    rows: usize,
    columns: usize,
    by_column: bool,
    of: NpyType,
}

struct Reader<R> {
    input: R,
}

impl<R: Read> Reader<R> {
    /// The columns of the array.
    fn array(&mut self, limits: Limits) -> Result<Vec<Vec<f64>>, Fault> {
        let header = self.header()?;
        let layout = Layout::new(&Header::parse(&header)?, limits)?;
        let columns = self.values(&layout)?;
        let (rows, columns_there, size) = (layout.rows, layout.columns, layout.of.size());
        if self.fill(&mut [0])? > 0 {
            return Err(NpyError::Long { rows, columns: columns_there, size }.into());
        }
        Ok(columns)
    }

    fn header(&mut self) -> Result<Vec<u8>, Fault> {
        let mut begin = [0; 8];
        let found = self.fill(&mut begin)?;
        if !begin[..found].starts_with(MAGIC) {
            return Err(NpyError::Magic.into());
        }
        let [.., major, minor] = begin;
        let mut length = [0; 4];
        let bytes = match (found, major, minor) {
            (..8, ..) => return Err(NpyError::HeaderCut.into()),
            (_, 1, 0) => 2,
            (_, 2 | 3, 0) => 4,
            _ => return Err(NpyError::Version { major, minor }.into()),
        };
        if self.fill(&mut length[..bytes])? < bytes {
            return Err(NpyError::HeaderCut.into());
        }
        let length = u64::from(u32::from_le_bytes(length));
        if length > LONGEST_HEADER {
            return Err(NpyError::HeaderTooLong { length, limit: LONGEST_HEADER }.into());
        }
        let mut header = Vec::new();
        (&mut self.input).take(length).read_to_end(&mut header)?;
        if (header.len() as u64) < length {
            return Err(NpyError::HeaderCut.into());
        }
        Ok(header)
    }

    /// All values, in columns that grow with what is really there.
    fn values(&mut self, layout: &Layout) -> Result<Vec<Vec<f64>>, Fault> {
        let Layout { rows, columns, of, .. } = *layout;
        let (size, total) = (of.size(), rows * columns);
        let mut all: Vec<Vec<f64>> = (0..columns).map(|_| Vec::new()).collect();
        let mut block = vec![0; BLOCK * size];
        let mut done = 0;
        while done < total {
            let wanted = BLOCK.min(total - done) * size;
            let found = self.fill(&mut block[..wanted])?;
            for (i, bytes) in block[..found - found % size].chunks_exact(size).enumerate() {
                let (row, column) = layout.place(done + i);
                let value = of.decode(bytes).map_err(|no| no_number(no, row, column))?;
                all[column].try_reserve(1).map_err(|_| NpyError::Memory { rows, columns })?;
                all[column].push(value);
            }
            if found < wanted {
                let (wanted, found) = ((total * size) as u64, (done * size + found) as u64);
                return Err(NpyError::Short { rows, columns, size, wanted, found }.into());
            }
            done += wanted / size;
        }
        Ok(all)
    }

    /// Reads until the buffer is full or the file ends; says how much there was.
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut found = 0;
        while found < buffer.len() {
            match self.input.read(&mut buffer[found..]) {
                Ok(0) => break,
                Ok(more) => found += more,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(found)
    }
}

fn no_number(no: NoNumber, row: usize, column: usize) -> NpyError {
    match no {
        NoNumber::Inexact(value) => NpyError::Inexact { row, column, value },
        NoNumber::NoBool(value) => NpyError::NoBool { row, column, value },
    }
}

impl Layout {
    /// The shape within the limits, so that its products cannot overflow.
    fn new(header: &Header, limits: Limits) -> Result<Self, NpyError> {
        let of = NpyType::parse(&header.descr)?;
        let (rows, columns) = match header.shape[..] {
            [rows] => (rows, 1),
            [rows, columns] => (rows, columns),
            _ => return Err(NpyError::Dimensions(header.shape.len())),
        };
        if rows == 0 || columns == 0 {
            return Err(NpyError::Nothing { rows, columns });
        }
        if columns > limits.columns as u64 {
            return Err(NpyError::TooManyColumns { columns, limit: limits.columns });
        }
        let within = rows.checked_mul(columns).filter(|cells| *cells <= limits.cells as u64);
        let whole = within.and_then(|_| Some((usize::try_from(rows).ok()?, usize::try_from(columns).ok()?)));
        let too_many = NpyError::TooManyCells { rows, columns, limit: limits.cells };
        let (rows, columns) = whole.ok_or(too_many)?;
        Ok(Layout { rows, columns, by_column: header.fortran_order, of })
    }

    /// Row and column of the i-th value.
    fn place(&self, i: usize) -> (usize, usize) {
        if self.by_column { (i % self.rows, i / self.rows) } else { (i / self.columns, i % self.columns) }
    }
}

#[cfg(test)]
#[path = "npy_reader_tests.rs"]
mod tests;
