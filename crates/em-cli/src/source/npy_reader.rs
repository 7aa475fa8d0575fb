//! The strict reader of NPY files: no length is trusted before as many bytes are there.

use super::npy_array::NpyArray;
use super::npy_error::NpyError;
use super::npy_header::Header;
use super::npy_layout::NpyLayout;
use super::open::Opened;
use super::steady_file::SteadyFile;
use super::{Limits, Missing, ReadError};
use em_core::Table;
use em_core::table::{Cells, Lines, Source};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};

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

/// Reads an array of n × d numbers, or of n, as a table of the columns `x0`, `x1`, … Numbers of fewer than 8 bytes stay as
/// they are.
pub(super) fn read(opened: Opened, missing: &Missing, limits: Limits) -> Result<Table, ReadError> {
    let Opened { name, input } = opened;
    let (layout, values) = Reader { input }.array(missing, limits).map_err(|fault| fault.of(&name))?;
    let columns = match values {
        Values::AsTheyAre(bytes) => return NpyArray::held(name, layout, bytes).table(limits),
        Values::Doubles(columns) => columns,
    };
    let mut table = Table::new(Source { name, lines: Lines::Rows }, layout.rows);
    for (j, column) in columns.into_iter().enumerate() {
        table.push(format!("x{j}"), cells(column, missing))?;
    }
    Ok(table)
}

/// The same of a file whose numbers stay there and are read anew in every pass.
pub(super) fn read_on_disk(name: String, file: File, limits: Limits) -> Result<Table, ReadError> {
    let open = || {
        let mut reader = Reader { input: BufReader::new(file) };
        // What is not held in memory has no part in that limit.
        let layout = reader.layout(Limits { cells: usize::MAX, ..limits })?;
        let begin = reader.input.stream_position()?;
        let file = SteadyFile::new(reader.input.into_inner())?;
        Ok(NpyArray::on_disk(name.clone(), layout, file, begin)?)
    };
    open().map_err(|fault: Fault| fault.of(&name))?.table(limits)
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

impl Fault {
    fn of(self, name: &str) -> ReadError {
        let file = name.into();
        match self {
            Fault::Io(source) => ReadError::Io { file, source },
            Fault::Npy(fault) => ReadError::Npy { file, fault: Box::new(fault) },
        }
    }
}

/// The numbers of an array.
enum Values {
    /// In its columns.
    Doubles(Vec<Vec<f64>>),
    /// In the bytes of the file.
    AsTheyAre(Vec<u8>),
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

struct Reader<R> {
    input: R,
}

impl<R: Read> Reader<R> {
    /// What stands where, and the numbers. Where rows with gaps are to be left out, numbers are taken one by one.
    fn array(&mut self, missing: &Missing, limits: Limits) -> Result<(NpyLayout, Values), Fault> {
        let layout = self.layout(limits)?;
        let values = match layout.of.size() < size_of::<f64>() && !missing.drops() {
            true => Values::AsTheyAre(self.bytes(&layout)?),
            false => Values::Doubles(self.values(&layout)?),
        };
        if self.fill(&mut [0])? > 0 {
            return Err(layout.long().into());
        }
        Ok((layout, values))
    }

    fn layout(&mut self, limits: Limits) -> Result<NpyLayout, Fault> {
        Ok(NpyLayout::new(&Header::parse(&self.header()?)?, limits)?)
    }

    /// The bytes of all values, which grow with what is really there.
    fn bytes(&mut self, layout: &NpyLayout) -> Result<Vec<u8>, Fault> {
        let (wanted, mut bytes) = (layout.bytes(), Vec::new());
        while bytes.len() < wanted {
            let (begin, more) = (bytes.len(), (wanted - bytes.len()).min(BLOCK * size_of::<f64>()));
            let no_memory = |_| NpyError::Memory { rows: layout.rows, columns: layout.columns };
            bytes.try_reserve(more).map_err(no_memory)?;
            bytes.resize(begin + more, 0);
            let found = self.fill(&mut bytes[begin..])?;
            if found < more {
                return Err(layout.short((begin + found) as u64).into());
            }
        }
        bytes.shrink_to_fit();
        Ok(bytes)
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
    fn values(&mut self, layout: &NpyLayout) -> Result<Vec<Vec<f64>>, Fault> {
        let NpyLayout { rows, columns, of, .. } = *layout;
        let (size, total) = (of.size(), rows * columns);
        let mut all: Vec<Vec<f64>> = (0..columns).map(|_| Vec::new()).collect();
        let mut block = vec![0; BLOCK * size];
        let mut done = 0;
        while done < total {
            let wanted = BLOCK.min(total - done) * size;
            let found = self.fill(&mut block[..wanted])?;
            for (i, bytes) in block[..found - found % size].chunks_exact(size).enumerate() {
                let (row, column) = layout.place(done + i);
                let value = of.decode(bytes).map_err(|no| NpyError::no_number(no, row, column))?;
                all[column].try_reserve(1).map_err(|_| NpyError::Memory { rows, columns })?;
                all[column].push(value);
            }
            if found < wanted {
                return Err(layout.short((done * size + found) as u64).into());
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

#[cfg(test)]
#[path = "npy_reader_tests.rs"]
mod tests;
