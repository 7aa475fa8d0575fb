//! [`Rows`]: plain numeric data.

use crate::bits::Bits;
use crate::lanes::{self, Block};
use crate::singles::Singles;
use em_core::table::{StoreFault, StoredRows, Table};
use em_core::{DataError, Dataset, NamedColumns, Resample, Tabular, reduce};
use nalgebra::{DMatrix, DMatrixView};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;
use std::ops::{ControlFlow, Range};
use std::sync::{Arc, OnceLock};

/// n observations of d features: held as doubles, each observation a contiguous column of a d × n matrix, or stored
/// elsewhere (single precision, a file) and made doubles a block at a time.
///
/// Models go over the rows block by block, by [`with`](Self::with) and [`sweep`](Self::sweep), and come to the same bits
/// wherever the numbers are.
///
/// ```
/// use em_families::Rows;
/// use em_core::Dataset;
/// let rows = Rows::new(2, vec![1.0, 2.0, 3.0, 4.0]).unwrap(); // two observations of two features
/// assert_eq!((rows.units(), rows.features()), (2, 2));
/// assert_eq!(rows.row(1), [3.0, 4.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Rows {
    numbers: Numbers,
    weights: Option<Vec<f64>>,
}

#[derive(Clone, Debug)]
enum Numbers {
    /// d × n.
    Held(DMatrix<f64>),
    /// Elsewhere; and all of them as doubles, once somebody has asked for the matrix.
    Stored(StoredRows, OnceLock<DMatrix<f64>>),
}

/// Rows in a file are packed if their bits take no more than this.
const MOST_BYTES: usize = 128 << 20;

/// What is wrong with numbers offered as rows.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum RowsError {
    /// The numbers do not fill whole rows.
    #[error("{numbers} numbers are no whole rows of {features} features")]
    Ragged {
        /// How many numbers there are.
        numbers: usize,
        /// d.
        features: usize,
    },
    /// A number is infinite or not a number.
    #[error("row {row}, feature {feature} (both from 0) is {value}, not a finite number")]
    NotFinite {
        /// The row, counted from 0.
        row: usize,
        /// The feature, counted from 0.
        feature: usize,
        /// What stands there.
        value: f64,
    },
    /// There is not one weight per row, or a weight is negative or not finite.
    #[error("weights must be {rows} finite numbers, 0 or above")]
    Weights {
        /// n.
        rows: usize,
    },
}

impl Rows {
    /// From n·d finite numbers, observation after observation.
    ///
    /// # Errors
    /// [`RowsError::Ragged`] and [`RowsError::NotFinite`].
    pub fn new(d: usize, values: Vec<f64>) -> Result<Self, RowsError> {
        if d == 0 || !values.len().is_multiple_of(d) {
            return Err(RowsError::Ragged { numbers: values.len(), features: d });
        }
        if let Some(i) = values.iter().position(|v| !v.is_finite()) {
            return Err(RowsError::NotFinite { row: i / d, feature: i % d, value: values[i] });
        }
        Ok(DMatrix::from_vec(d, values.len() / d, values).into())
    }

    /// From n·d finite numbers of single precision, observation after observation, which are kept as they are.
    ///
    /// ```
    /// let rows = em_families::Rows::of_singles(2, vec![1.5, 2.0, 0.1, 4.0])?;
    /// assert_eq!(rows.with(1..2, |x| x.to_vec()), [f64::from(0.1f32), 4.0]);
    /// # Ok::<(), em_families::RowsError>(())
    /// ```
    ///
    /// # Errors
    /// [`RowsError::Ragged`] and [`RowsError::NotFinite`].
    pub fn of_singles(d: usize, values: Vec<f32>) -> Result<Self, RowsError> {
        if d == 0 || !values.len().is_multiple_of(d) {
            return Err(RowsError::Ragged { numbers: values.len(), features: d });
        }
        if let Some(i) = values.iter().position(|v| !v.is_finite()) {
            return Err(RowsError::NotFinite { row: i / d, feature: i % d, value: values[i].into() });
        }
        Ok(Rows::stored(StoredRows::of(Arc::new(Singles::new(d, values)))))
    }

    /// The same rows with a bit for each number, where every number is 0 or 1; others as they are.
    ///
    /// Passes over them read less memory: worth it for [`Bernoullis`](crate::Bernoullis) of more rows than the caches hold.
    /// Rows in a file whose bits would take more than 128 MiB stay there.
    ///
    /// ```
    /// let rows = em_families::Rows::new(2, vec![1.0, 0.0, 0.0, 1.0])?;
    /// assert_eq!(rows.clone().packed(), rows);
    /// # Ok::<(), em_families::RowsError>(())
    /// ```
    pub fn packed(self) -> Self {
        let bytes = Bits::bytes(self.features(), self.units());
        if matches!(self.numbers, Numbers::Stored(..)) && bytes > MOST_BYTES {
            return self;
        }
        let mut bits = Bits::with_room(self.features(), self.units());
        let mut fit = true;
        self.sweep(|_, numbers| {
            fit = bits.push(numbers).is_some();
            if fit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        match fit {
            true => Rows { weights: self.weights, ..Rows::stored(StoredRows::of(Arc::new(bits))) },
            false => self,
        }
    }

    /// Of numbers that are stored elsewhere, all finite.
    pub fn stored(numbers: StoredRows) -> Self {
        Rows { numbers: Numbers::Stored(numbers, OnceLock::new()), weights: None }
    }

    /// The same rows with a weight each.
    ///
    /// # Errors
    /// [`RowsError::Weights`].
    pub fn weighted(mut self, weights: Vec<f64>) -> Result<Self, RowsError> {
        if weights.len() != self.units() || weights.iter().any(|w| !w.is_finite() || *w < 0.0) {
            return Err(RowsError::Weights { rows: self.units() });
        }
        self.weights = Some(weights);
        Ok(self)
    }

    /// The numeric columns of a table, and its weights.
    ///
    /// # Errors
    /// [`DataError`] when there are none, or one of them holds something else.
    pub fn from_table_columns(table: &Table) -> Result<Self, DataError> {
        Rows::from_table(table, &em_core::Names::learn(table)?.columns)
    }

    /// The columns `names` of a table, and its weights. Columns that are stored elsewhere stay there.
    ///
    /// # Errors
    /// As [`Table::numbers`].
    pub fn read_from(table: &Table, names: &[String]) -> Result<Self, DataError> {
        match table.stored(names) {
            Some(stored) => Ok(Rows::stored(stored).with_weights_of(table)),
            None => Rows::from_table(table, names),
        }
    }

    /// The columns `names` of a table, which hold zeros and ones, with a bit for each number, and its weights; those in a
    /// file as [`packed`](Self::packed) has them.
    ///
    /// # Errors
    /// As [`Table::numbers`].
    pub(crate) fn bits_of(table: &Table, names: &[String]) -> Result<Self, DataError> {
        if let Some(stored) = table.stored(names) {
            return Ok(Rows::stored(stored).packed().with_weights_of(table));
        }
        let columns: Vec<&[f64]> = names.iter().map(|name| table.numbers(name)).collect::<Result<_, _>>()?;
        Ok(Rows::stored(StoredRows::of(Arc::new(Bits::of_columns(&columns)))).with_weights_of(table))
    }

    /// The columns `names` of a table, which are taken out of it, and its weights. Their memory is given back while the rows
    /// are put together, so that both are never held whole. Columns that are stored elsewhere stay there.
    ///
    /// # Errors
    /// As [`Table::take_numbers`].
    pub fn take_from(table: &mut Table, names: &[String]) -> Result<Self, DataError> {
        if table.stored(names).is_some() {
            return Rows::read_from(table, names);
        }
        let columns = table.take_numbers(names)?;
        let x = DMatrix::from_vec(columns.len(), table.rows(), row_after_row(columns, table.rows()));
        Ok(Rows::from(x).with_weights_of(table))
    }

    /// Refuses the first number of the first column that fails `test`; `wanted` says in words what that is.
    ///
    /// # Errors
    /// [`DataError::Domain`].
    pub(crate) fn check_domain(
        &self,
        table: &Table,
        names: &[String],
        wanted: &'static str,
        test: impl Fn(f64) -> bool,
    ) -> Result<(), DataError> {
        let mut first: Vec<Option<(usize, f64)>> = vec![None; self.features()];
        self.for_each(|row, numbers| {
            let failing = first.iter_mut().zip(numbers).filter(|(first, x)| first.is_none() && !test(**x));
            failing.for_each(|(first, x)| *first = Some((row, *x)));
        });
        match names.iter().zip(first).find_map(|(name, first)| Some((name, first?))) {
            Some((name, (row, value))) => Err(DataError::Domain { place: table.place(name, row), value, wanted }),
            None => Ok(()),
        }
    }

    fn with_weights_of(self, table: &Table) -> Self {
        Rows { weights: table.weights().map(<[f64]>::to_vec), ..self }
    }

    /// d, the number of features.
    pub fn features(&self) -> usize {
        match &self.numbers {
            Numbers::Held(x) => x.nrows(),
            Numbers::Stored(stored, _) => stored.columns(),
        }
    }

    /// Lends the observations `rows`, one after the other, d numbers each.
    pub fn with<R>(&self, rows: Range<usize>, f: impl FnOnce(&[f64]) -> R) -> R {
        match &self.numbers {
            Numbers::Held(x) => f(&x.as_slice()[rows.start * x.nrows()..rows.end * x.nrows()]),
            Numbers::Stored(stored, _) => stored.with(rows, f),
        }
    }

    /// The same as a d × m matrix.
    pub fn with_matrix<R>(&self, rows: Range<usize>, f: impl FnOnce(DMatrixView<f64>) -> R) -> R {
        let (d, m) = (self.features(), rows.len());
        self.with(rows, |x| f(DMatrixView::from_slice(x, d, m)))
    }

    /// The same with their transpose.
    pub(crate) fn with_block<R>(&self, rows: Range<usize>, f: impl FnOnce(Block) -> R) -> R {
        self.with(rows, |x| lanes::with_block(self.features(), x, f))
    }

    /// Shows all observations, as many at a time as is convenient: the number of the first, and d numbers for each. Ends
    /// early when `f` says so.
    pub fn sweep(&self, mut f: impl FnMut(usize, &[f64]) -> ControlFlow<()>) {
        match &self.numbers {
            Numbers::Held(x) => {
                let _ = f(0, x.as_slice());
            }
            Numbers::Stored(stored, _) => stored.sweep(f),
        }
    }

    /// The same, one observation after the other.
    pub fn for_each(&self, mut f: impl FnMut(usize, &[f64])) {
        let d = self.features().max(1);
        self.sweep(|first, numbers| {
            numbers.chunks_exact(d).enumerate().for_each(|(i, row)| f(first + i, row));
            ControlFlow::Continue(())
        });
    }

    /// The least and the greatest number of each feature; ∞ and −∞ where there are no rows.
    pub(crate) fn ranges(&self) -> [Vec<f64>; 2] {
        let (n, d) = (self.units(), self.features());
        // Parts by parts, since tables may be far larger than caches.
        let of_part = |part: usize| {
            let mut ranges = [f64::INFINITY, f64::NEG_INFINITY].map(|none| vec![none; d]);
            self.with((part * SIDE_BY_SIDE).min(n)..n.min((part + 1) * SIDE_BY_SIDE), |rows| {
                rows.chunks_exact(d.max(1)).for_each(|row| widen(&mut ranges, [row, row]));
            });
            ranges
        };
        reduce(0..n.div_ceil(SIDE_BY_SIDE), &of_part, &|all, [least, most]| widen(all, [&least, &most]))
    }

    /// A copy of one observation, d numbers.
    pub fn copy_of(&self, unit: usize) -> Vec<f64> {
        self.with(unit..unit + 1, <[f64]>::to_vec)
    }

    /// All observations as a d × n matrix. Those that are stored elsewhere are read as a whole and held from then on.
    fn matrix(&self) -> &DMatrix<f64> {
        match &self.numbers {
            Numbers::Held(x) => x,
            Numbers::Stored(stored, held) => held.get_or_init(|| {
                let mut x = DMatrix::zeros(stored.columns(), stored.rows());
                stored.read(0..stored.rows(), x.as_mut_slice());
                x
            }),
        }
    }

    /// One observation, d numbers. This and the next two hold all observations as doubles; to go over many that are stored
    /// elsewhere, use [`with`](Self::with).
    pub fn row(&self, unit: usize) -> &[f64] {
        self.values(unit..unit + 1)
    }

    /// The observations `rows`, one after the other, d numbers each.
    pub fn values(&self, rows: Range<usize>) -> &[f64] {
        let (x, d) = (self.matrix(), self.features());
        &x.as_slice()[rows.start * d..rows.end * d]
    }

    /// The observations `rows` as a d × m matrix.
    pub fn block(&self, rows: Range<usize>) -> DMatrixView<'_, f64> {
        self.matrix().columns_range(rows)
    }
}

impl From<DMatrix<f64>> for Rows {
    fn from(x: DMatrix<f64>) -> Self {
        Rows { numbers: Numbers::Held(x), weights: None }
    }
}

/// The same numbers and weights, wherever they are.
impl PartialEq for Rows {
    fn eq(&self, other: &Self) -> bool {
        let mut same =
            (self.features(), self.units()) == (other.features(), other.units()) && self.weights == other.weights;
        if same {
            self.sweep(|first, x| {
                let rows = first..first + x.len() / self.features().max(1);
                same = other.with(rows, |y| x == y);
                if same { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
        }
        same
    }
}

/// Makes ranges as wide as to hold others.
fn widen([least, most]: &mut [Vec<f64>; 2], [low, high]: [&[f64]; 2]) {
    least.iter_mut().zip(low).for_each(|(least, x)| *least = if x < least { *x } else { *least });
    most.iter_mut().zip(high).for_each(|(most, x)| *most = if x > most { *x } else { *most });
}

/// Into so many pieces columns are cut at most: what is put together is held twice for as long as its piece is.
const PIECES: usize = 64;
/// Rows that are worth a piece.
const LEAST_PIECE: usize = 1024;
/// So many of them each core puts together, or looks through, at a time.
const SIDE_BY_SIDE: usize = 1 << 12;

/// The numbers of `columns`, each of n, row after row. From the end, where a column can be cut.
pub(crate) fn row_after_row(mut columns: Vec<Vec<f64>>, n: usize) -> Vec<f64> {
    let d = columns.len();
    // Zeros come from the system as they are asked for.
    let mut values = vec![0.0; n * d];
    let size = n.div_ceil(PIECES).max(LEAST_PIECE);
    for begin in (0..n.div_ceil(size)).rev().map(|piece| piece * size) {
        let end = n.min(begin + size);
        values[begin * d..end * d].par_chunks_mut((SIDE_BY_SIDE * d).max(1)).enumerate().for_each(|(part, values)| {
            let first = begin + part * SIDE_BY_SIDE;
            for (feature, column) in columns.iter().enumerate() {
                let places = values.iter_mut().skip(feature).step_by(d);
                places.zip(&column[first..]).for_each(|(place, value)| *place = *value);
            }
        });
        for column in &mut columns {
            column.truncate(begin);
            column.shrink_to_fit();
        }
    }
    values
}

impl Dataset for Rows {
    fn units(&self) -> usize {
        match &self.numbers {
            Numbers::Held(x) => x.ncols(),
            Numbers::Stored(stored, _) => stored.rows(),
        }
    }
    fn weight(&self, unit: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |w| w[unit])
    }
    fn total_weight(&self) -> f64 {
        self.weights.as_ref().map_or(self.units() as f64, |w| w.iter().sum())
    }
    fn fault(&self) -> Option<StoreFault> {
        match &self.numbers {
            Numbers::Held(_) => None,
            Numbers::Stored(stored, _) => stored.fault(),
        }
    }
}

impl Resample for Rows {
    fn select(&self, units: &[usize]) -> Self {
        let weights = self.weights.as_ref().map(|w| units.iter().map(|&u| w[u]).collect());
        let numbers = match &self.numbers {
            Numbers::Held(x) => Numbers::Held(x.select_columns(units)),
            Numbers::Stored(stored, _) => Numbers::Stored(stored.select(units), OnceLock::new()),
        };
        Rows { numbers, weights }
    }
    fn reweight(&self, by: &[f64]) -> Self {
        let weights = by.iter().enumerate().map(|(u, b)| b * self.weight(u)).collect();
        Rows { numbers: self.numbers.clone(), weights: Some(weights) }
    }
}

impl Tabular for Rows {
    fn from_table(table: &Table, names: &[String]) -> Result<Self, DataError> {
        let columns = names.iter().map(|n| table.numbers(n)).collect::<Result<Vec<_>, _>>()?;
        let x = DMatrix::from_fn(columns.len(), table.rows(), |j, i| columns[j][i]);
        Ok(Rows::from(x).with_weights_of(table))
    }

    fn to_columns(&self, names: &[String]) -> Option<NamedColumns> {
        let mut columns = vec![Vec::with_capacity(self.units()); self.features()];
        self.for_each(|_, row| columns.iter_mut().zip(row).for_each(|(column, x)| column.push(*x)));
        Some(names.iter().cloned().zip(columns).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_and_ones_are_the_same_as_bits_and_other_numbers_stay() {
        for d in [1, 5, 64, 70] {
            let x: Vec<f64> = (0..9 * d).map(|i| f64::from(i * i % 7 < 3)).collect();
            let rows = Rows::new(d, x).unwrap().weighted((0..9).map(f64::from).collect()).unwrap();
            let packed = rows.clone().packed();
            assert!(matches!(packed.numbers, Numbers::Stored(..)) && packed == rows && packed.clone().packed() == rows);
            let some = [8, 0, 0, 3];
            assert_eq!(packed.select(&some), rows.select(&some));
        }
        let other = Rows::new(2, vec![1.0, 0.0, 2.0, 1.0]).unwrap();
        assert!(matches!(other.clone().packed().numbers, Numbers::Held(_)) && other.clone().packed() == other);
    }

    #[test]
    fn ranges_are_those_of_all_rows() {
        let d = 3;
        for n in [0, 1, SIDE_BY_SIDE, 2 * SIDE_BY_SIDE + 1] {
            let x: Vec<f64> = (0..n * d).map(|i| (i * 7919 % 10_007) as f64 - 5000.0).collect();
            let of = |j: usize| x.iter().skip(j).step_by(d).copied();
            let wanted = [
                (0..d).map(|j| of(j).fold(f64::INFINITY, f64::min)).collect::<Vec<_>>(),
                (0..d).map(|j| of(j).fold(f64::NEG_INFINITY, f64::max)).collect(),
            ];
            assert_eq!(Rows::new(d, x.clone()).unwrap().ranges(), wanted, "{n}");
        }
    }

    #[test]
    fn every_error_names_its_numbers() {
        assert_eq!(Rows::new(2, vec![1.0; 3]), Err(RowsError::Ragged { numbers: 3, features: 2 }));
        assert_eq!(Rows::new(0, vec![]), Err(RowsError::Ragged { numbers: 0, features: 0 }));
        let e = Rows::new(2, vec![1.0, 2.0, 3.0, f64::INFINITY]).unwrap_err();
        assert_eq!(e.to_string(), "row 1, feature 1 (both from 0) is inf, not a finite number");
        let rows = Rows::new(1, vec![1.0, 2.0]).unwrap();
        assert_eq!(rows.clone().weighted(vec![1.0]), Err(RowsError::Weights { rows: 2 }));
        assert!(rows.weighted(vec![1.0, -1.0]).is_err());
    }

    #[test]
    fn rows_taken_from_a_table_are_those_of_its_columns() {
        for n in [1, 2, LEAST_PIECE - 1, LEAST_PIECE, LEAST_PIECE + 1, 2 * LEAST_PIECE + 3, 70 * LEAST_PIECE + 5] {
            let column = |by: f64| (0..n).map(|i| i as f64 * by).collect::<Vec<f64>>();
            let columns = [("x", column(1.0)), ("w", vec![0.5; n]), ("y", column(-3.0))];
            let mut table = Table::from_columns("m", columns).unwrap();
            table.take_weights("w").unwrap();
            let names = ["y", "x"].map(String::from);
            let wanted = Rows::from_table(&table, &names).unwrap();
            assert_eq!(Rows::take_from(&mut table, &names).unwrap(), wanted, "{n}");
            assert_eq!(table.names().count(), 0);
            assert!(Rows::take_from(&mut table, &names).is_err());
        }
    }
}
