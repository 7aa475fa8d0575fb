//! [`NpyArray`]: the numbers of an NPY file as they stand there, in memory or on disk.

use super::npy_error::NpyError;
use super::npy_layout::NpyLayout;
use super::npy_type::NoNumber;
use super::steady_file::{SteadyFile, Unsteady};
use super::{Limits, ReadError};
use em_core::table::{Cells, Lines, RowStore, Source, StoreFault, StoredColumn, StoredRows, Table};
use em_core::{DataError, scratch};
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

/// Numbers that are looked at together when an array is opened.
const AT_ONCE: usize = 1 << 15;

/// The numbers of an NPY file as they stand there; they become doubles a block at a time.
#[derive(Debug)]
pub(super) struct NpyArray {
    name: String,
    layout: NpyLayout,
    bytes: Bytes,
}

#[derive(Debug)]
enum Bytes {
    Held(Vec<u8>),
    /// In a file, from this byte on.
    OnDisk(SteadyFile, u64),
}

/// Why some rows could not be read.
enum Fault {
    Store(StoreFault),
    NoNumber { row: usize, column: usize, no: NoNumber },
}

thread_local! {
    /// What a thread reads a file into.
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl NpyArray {
    /// Of bytes in memory, as many as the layout says.
    pub(super) fn held(name: String, layout: NpyLayout, bytes: Vec<u8>) -> Self {
        NpyArray { name, layout, bytes: Bytes::Held(bytes) }
    }

    /// Of a file whose values begin at this byte.
    ///
    /// # Errors
    /// [`NpyError::Short`] and [`NpyError::Long`].
    pub(super) fn on_disk(name: String, layout: NpyLayout, file: SteadyFile, begin: u64) -> Result<Self, NpyError> {
        let found = file.length().saturating_sub(begin);
        match found.cmp(&(layout.bytes() as u64)) {
            std::cmp::Ordering::Less => Err(layout.short(found)),
            std::cmp::Ordering::Greater => Err(layout.long()),
            std::cmp::Ordering::Equal => Ok(NpyArray { name, layout, bytes: Bytes::OnDisk(file, begin) }),
        }
    }

    /// The table of the columns `x0`, `x1`, …, after a first look at every number.
    ///
    /// # Errors
    /// [`ReadError`], with the place.
    pub(super) fn table(self, limits: Limits) -> Result<Table, ReadError> {
        let faults = self.first_look()?;
        let (name, rows) = (self.name.clone(), self.layout.rows);
        let mut table = Table::new(Source { name, lines: Lines::Rows }, rows);
        let columns = StoredColumn::all_of(&StoredRows::of(Arc::new(self)), limits.cells);
        for (j, (column, fault)) in columns.into_iter().zip(faults).enumerate() {
            let cells = match fault {
                Some((row, value)) => Cells::Faulty { row, text: value.to_string() },
                None => Cells::Stored(column),
            };
            table.push(format!("x{j}"), cells)?;
        }
        Ok(table)
    }

    /// Of each column, the first number that is not finite.
    fn first_look(&self) -> Result<Vec<Option<(usize, f64)>>, ReadError> {
        let (n, d) = (self.layout.rows, self.layout.columns);
        let (all, size) = ((0..d).collect::<Vec<_>>(), (AT_ONCE / d).max(1));
        let mut first = vec![None; d];
        let mut numbers = vec![0.0; size.min(n) * d];
        for begin in (0..n).step_by(size) {
            let rows = begin..(begin + size).min(n);
            let numbers = &mut numbers[..rows.len() * d];
            self.decode(rows, &all, numbers).map_err(|fault| self.refusal(fault))?;
            if numbers.iter().all(|x| x.is_finite()) {
                continue;
            }
            for (row, numbers) in numbers.chunks_exact(d).enumerate() {
                let faulty = first.iter_mut().zip(numbers).filter(|(first, x)| first.is_none() && !x.is_finite());
                faulty.for_each(|(first, x)| *first = Some((begin + row, *x)));
            }
        }
        Ok(first)
    }

    fn refusal(&self, fault: Fault) -> ReadError {
        match fault {
            Fault::Store(fault) => DataError::Store(fault).into(),
            Fault::NoNumber { row, column, no } => {
                let fault = Box::new(NpyError::no_number(no, row, column));
                ReadError::Npy { file: self.name.clone(), fault }
            }
        }
    }

    /// Writes the numbers of `rows` in these columns, row after row, into `out`.
    fn decode(&self, rows: Range<usize>, columns: &[usize], out: &mut [f64]) -> Result<(), Fault> {
        let (n, d) = (self.layout.rows, self.layout.columns);
        if self.layout.by_column {
            return scratch::with(rows.len(), |numbers| {
                for (place, column) in columns.iter().enumerate() {
                    let begin = column * n;
                    self.values(begin + rows.start..begin + rows.end, numbers)?;
                    out.iter_mut().skip(place).step_by(columns.len()).zip(&*numbers).for_each(|(out, x)| *out = *x);
                }
                Ok(())
            });
        }
        let values = rows.start * d..rows.end * d;
        if columns.iter().copied().eq(0..d) {
            return self.values(values, out);
        }
        scratch::with(values.len(), |numbers| {
            self.values(values, numbers)?;
            for (out, row) in out.chunks_exact_mut(columns.len().max(1)).zip(numbers.chunks_exact(d)) {
                out.iter_mut().zip(columns).for_each(|(out, column)| *out = row[*column]);
            }
            Ok(())
        })
    }

    /// Some values as they follow one another.
    fn values(&self, values: Range<usize>, out: &mut [f64]) -> Result<(), Fault> {
        let (of, size) = (self.layout.of, self.layout.of.size());
        let decode = |bytes: &[u8], out: &mut [f64]| {
            of.decode_all(bytes, out).map_err(|(i, no)| {
                let (row, column) = self.layout.place(values.start + i);
                Fault::NoNumber { row, column, no }
            })
        };
        match &self.bytes {
            Bytes::Held(bytes) => decode(&bytes[values.start * size..values.end * size], out),
            Bytes::OnDisk(file, begin) => ROOM.with_borrow_mut(|room| {
                let wanted = values.len() * size;
                if room.len() < wanted {
                    room.resize(wanted, 0);
                }
                let room = &mut room[..wanted];
                let read = file.read(begin + (values.start * size) as u64, room);
                read.map_err(|fault| Fault::Store(self.store_fault(fault, values.start)))?;
                decode(room, out)
            }),
        }
    }

    fn store_fault(&self, fault: Unsteady, value: usize) -> StoreFault {
        let (file, (row, _)) = (self.name.clone(), self.layout.place(value));
        match fault {
            Unsteady::Changed => StoreFault::Changed { file },
            Unsteady::Cut => StoreFault::Cut { file },
            Unsteady::System(reason) => StoreFault::System { file, row, reason },
        }
    }
}

impl RowStore for NpyArray {
    fn rows(&self) -> usize {
        self.layout.rows
    }

    fn columns(&self) -> usize {
        self.layout.columns
    }

    /// Numbers that were finite when the array was opened and are not now have been written since.
    fn read(&self, rows: Range<usize>, columns: &[usize], out: &mut [f64]) -> Result<(), StoreFault> {
        let changed = || StoreFault::Changed { file: self.name.clone() };
        match self.decode(rows, columns, out) {
            Ok(()) if out.iter().all(|x| x.is_finite()) => Ok(()),
            Ok(()) | Err(Fault::NoNumber { .. }) => Err(changed()),
            Err(Fault::Store(fault)) => Err(fault),
        }
    }

    fn check(&self) -> Result<(), StoreFault> {
        match &self.bytes {
            Bytes::Held(_) => Ok(()),
            Bytes::OnDisk(file, _) => file.check().map_err(|fault| self.store_fault(fault, 0)),
        }
    }
}
