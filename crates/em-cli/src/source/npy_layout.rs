//! [`NpyLayout`]: which number of an NPY file stands where.

use super::Limits;
use super::npy_error::NpyError;
use super::npy_header::Header;
use super::npy_type::NpyType;

/// An array of n × d numbers of one type.
#[derive(Clone, Copy, Debug)]
pub(super) struct NpyLayout {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Whether the numbers of a column stand side by side.
    pub(super) by_column: bool,
    pub(super) of: NpyType,
}

impl NpyLayout {
    /// The shape within the limits, so that its products cannot overflow.
    pub(super) fn new(header: &Header, limits: Limits) -> Result<Self, NpyError> {
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
        let most = limits.cells.min(usize::MAX / of.size()) as u64;
        let within = rows.checked_mul(columns).filter(|cells| *cells <= most);
        let whole = within.and_then(|_| Some((usize::try_from(rows).ok()?, usize::try_from(columns).ok()?)));
        let (rows, columns) = whole.ok_or(NpyError::TooManyCells { rows, columns, limit: limits.cells })?;
        Ok(NpyLayout { rows, columns, by_column: header.fortran_order, of })
    }

    /// Row and column of the i-th value.
    pub(super) fn place(&self, i: usize) -> (usize, usize) {
        if self.by_column { (i % self.rows, i / self.rows) } else { (i / self.columns, i % self.columns) }
    }

    /// The bytes of all values.
    pub(super) fn bytes(&self) -> usize {
        self.rows * self.columns * self.of.size()
    }

    /// That fewer bytes are there.
    pub(super) fn short(&self, found: u64) -> NpyError {
        let NpyLayout { rows, columns, of, .. } = *self;
        NpyError::Short { rows, columns, size: of.size(), wanted: self.bytes() as u64, found }
    }

    /// That more bytes are there.
    pub(super) fn long(&self) -> NpyError {
        NpyError::Long { rows: self.rows, columns: self.columns, size: self.of.size() }
    }
}
