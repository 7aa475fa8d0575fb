//! [`StoredRows`]: rows of numbers that are read anew whenever they are needed.

use super::StoreFault;
use std::cell::RefCell;
use std::fmt::Debug;
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Where rows of numbers are that are no columns of doubles in memory: a file, or an array of another type.
pub trait RowStore: Debug + Send + Sync {
    /// n, the number of rows.
    fn rows(&self) -> usize;

    /// The number of columns.
    fn columns(&self) -> usize;

    /// Writes the numbers of `rows` in these columns, row after row, into `out`, which has room for just so many.
    ///
    /// # Errors
    /// [`StoreFault`] when they cannot be read, or are no longer what they were.
    fn read(&self, rows: Range<usize>, columns: &[usize], out: &mut [f64]) -> Result<(), StoreFault>;

    /// Whether what was read before is still what would be read.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn check(&self) -> Result<(), StoreFault> {
        Ok(())
    }
}

/// Some columns of a [`RowStore`], standardised where that is asked for, of all its rows or of some.
///
/// Numbers are converted a block at a time. One that cannot be read is NaN, and the [`fault`](Self::fault) says why: whoever
/// makes a pass looks for it at the end.
///
/// ```
/// use em_table::{RowStore, StoreFault, StoredRows};
/// use std::{ops::Range, sync::Arc};
/// /// The number in row i and column j is 10 i + j.
/// #[derive(Debug)]
/// struct Counted;
/// impl RowStore for Counted {
///     fn rows(&self) -> usize { 4 }
///     fn columns(&self) -> usize { 3 }
///     fn read(&self, rows: Range<usize>, columns: &[usize], out: &mut [f64]) -> Result<(), StoreFault> {
///         let cells = rows.flat_map(|i| columns.iter().map(move |j| (10 * i + j) as f64));
///         out.iter_mut().zip(cells).for_each(|(out, x)| *out = x);
///         Ok(())
///     }
/// }
/// let rows = StoredRows::of(Arc::new(Counted)).select_columns(&[2, 0]);
/// assert_eq!(rows.with(1..3, <[f64]>::to_vec), [12.0, 10.0, 22.0, 20.0]);
/// assert_eq!(rows.select(&[3, 0]).with(0..2, <[f64]>::to_vec), [32.0, 30.0, 2.0, 0.0]);
/// ```
#[derive(Clone, Debug)]
pub struct StoredRows {
    store: Arc<dyn RowStore>,
    columns: Vec<usize>,
    /// What becomes of a number x in each column: (x − center) / scale.
    scales: Vec<Option<[f64; 2]>>,
    /// The rows of the store, where they are not all in their order.
    order: Option<Arc<[usize]>>,
    fault: Arc<OnceLock<StoreFault>>,
    /// No two things that differ have one.
    id: u64,
}

/// Numbers that a sweep over all rows holds at once.
const AT_ONCE: usize = 1 << 15;

/// A number that none had before.
fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The rows that a thread has read last: an E-step asks for the densities of a block and then for its statistics.
#[derive(Default)]
struct Last {
    of: Option<(u64, Range<usize>)>,
    numbers: Vec<f64>,
    /// Those before are left out: what follows begins a line of the cache, so that no register is filled from two of them.
    begin: usize,
}

/// Numbers in a line of the cache.
const LINE: usize = 8;

impl Last {
    /// Room for n numbers.
    fn room(&mut self, n: usize) -> &mut [f64] {
        self.numbers.resize(n + LINE, 0.0);
        self.begin = self.numbers.as_ptr().align_offset(LINE * size_of::<f64>()).min(LINE);
        &mut self.numbers[self.begin..][..n]
    }

    /// The n numbers read.
    fn numbers(&self, n: usize) -> &[f64] {
        &self.numbers[self.begin..][..n]
    }
}

thread_local! {
    static LAST: RefCell<Last> = RefCell::default();
}

impl StoredRows {
    /// All columns of all rows.
    pub fn of(store: Arc<dyn RowStore>) -> Self {
        let columns: Vec<usize> = (0..store.columns()).collect();
        let scales = vec![None; columns.len()];
        StoredRows { store, columns, scales, order: None, fault: Arc::default(), id: next_id() }
    }

    /// n.
    pub fn rows(&self) -> usize {
        self.order.as_ref().map_or_else(|| self.store.rows(), |order| order.len())
    }

    /// d.
    pub fn columns(&self) -> usize {
        self.columns.len()
    }

    /// Why numbers could not be read, if some could not: the first fault that was met.
    pub fn fault(&self) -> Option<StoreFault> {
        self.fault.get().cloned()
    }

    /// These columns, by their place among those that there are.
    pub fn select_columns(&self, columns: &[usize]) -> Self {
        let (of, scales) = columns.iter().map(|c| (self.columns[*c], self.scales[*c])).unzip();
        StoredRows { columns: of, scales, id: next_id(), ..self.clone() }
    }

    /// These rows, in this order; one that is listed twice comes twice.
    pub fn select(&self, rows: &[usize]) -> Self {
        let order = rows.iter().map(|row| self.order.as_ref().map_or(*row, |order| order[*row])).collect();
        StoredRows { order: Some(order), id: next_id(), ..self.clone() }
    }

    /// The same with (x − center) / scale for every number x of a column.
    pub(super) fn standardized(mut self, column: usize, center: f64, scale: f64) -> Self {
        self.scales[column] = Some([center, scale]);
        StoredRows { id: next_id(), ..self }
    }

    /// The columns of several of these side by side, where they are of one store and have the same rows.
    pub(super) fn beside<'a>(mut parts: impl Iterator<Item = &'a StoredRows>) -> Option<Self> {
        let mut all = parts.next()?.clone();
        for part in parts {
            let same_order = match (&all.order, &part.order) {
                (None, None) => true,
                (Some(a), Some(b)) => Arc::ptr_eq(a, b),
                _ => false,
            };
            if !(Arc::ptr_eq(&all.store, &part.store) && same_order) {
                return None;
            }
            all.columns.extend(&part.columns);
            all.scales.extend(&part.scales);
        }
        Some(StoredRows { id: next_id(), ..all })
    }

    /// Whether the same numbers are read, as far as that can be told without reading them.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let same_order = self.order == other.order;
        Arc::ptr_eq(&self.store, &other.store)
            && same_order
            && self.columns == other.columns
            && self.scales == other.scales
    }

    /// Writes the numbers of `rows`, row after row, into `out`.
    pub fn read(&self, rows: Range<usize>, out: &mut [f64]) {
        let read = match &self.order {
            None => self.store.read(rows, &self.columns, out),
            Some(order) => self.gather(&order[rows], out),
        };
        if let Err(fault) = read {
            self.fault.get_or_init(|| fault);
            return out.fill(f64::NAN);
        }
        for (column, scale) in self.scales.iter().enumerate() {
            if let Some([center, scale]) = scale {
                let numbers = out.iter_mut().skip(column).step_by(self.columns.len());
                numbers.for_each(|x| *x = (*x - center) / scale);
            }
        }
    }

    /// The rows listed; those that follow one another in the store are read together.
    fn gather(&self, listed: &[usize], out: &mut [f64]) -> Result<(), StoreFault> {
        let (d, mut at) = (self.columns.len(), 0);
        for run in listed.chunk_by(|a, b| a + 1 == *b) {
            let rows = run[0]..run[0] + run.len();
            self.store.read(rows, &self.columns, &mut out[at * d..][..run.len() * d])?;
            at += run.len();
        }
        Ok(())
    }

    /// Lends the numbers of `rows`, row after row. Those that a thread has read last need not be read again.
    pub fn with<R>(&self, rows: Range<usize>, f: impl FnOnce(&[f64]) -> R) -> R {
        let mut last = LAST.take();
        let wanted = Some((self.id, rows.clone()));
        let n = rows.len() * self.columns.len();
        if last.of != wanted || self.store.check().is_err() {
            self.read(rows, last.room(n));
            last.of = wanted;
        }
        let out = f(last.numbers(n));
        LAST.set(last);
        out
    }

    /// Shows all rows, some at a time: the first of them, and their numbers, row after row. Ends early when `f` says so.
    pub fn sweep(&self, mut f: impl FnMut(usize, &[f64]) -> ControlFlow<()>) {
        let (n, d) = (self.rows(), self.columns.len());
        let size = (AT_ONCE / d.max(1)).max(1);
        let mut numbers = vec![0.0; size.min(n) * d];
        for begin in (0..n).step_by(size) {
            let rows = begin..(begin + size).min(n);
            let some = &mut numbers[..rows.len() * d];
            self.read(rows, some);
            if f(begin, some).is_break() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    /// Number 100 i + j, until the fault.
    #[derive(Debug)]
    struct Counted {
        reads: AtomicUsize,
        readable: usize,
    }

    impl RowStore for Counted {
        fn rows(&self) -> usize {
            1000
        }
        fn columns(&self) -> usize {
            3
        }
        fn read(&self, rows: Range<usize>, columns: &[usize], out: &mut [f64]) -> Result<(), StoreFault> {
            self.reads.fetch_add(1, Ordering::Relaxed);
            if rows.end > self.readable {
                return Err(StoreFault::Cut { file: "f".into() });
            }
            let cells = rows.flat_map(|i| columns.iter().map(move |j| (100 * i + j) as f64));
            out.iter_mut().zip(cells).for_each(|(out, x)| *out = x);
            Ok(())
        }
    }

    fn counted(readable: usize) -> (Arc<Counted>, StoredRows) {
        let store = Arc::new(Counted { reads: AtomicUsize::new(0), readable });
        (store.clone(), StoredRows::of(store))
    }

    #[test]
    fn columns_rows_and_scales_can_be_chosen() {
        let (_, all) = counted(1000);
        let part = all.select_columns(&[2, 0]).standardized(0, 2.0, 10.0).select(&[5, 6, 7, 2, 2]);
        assert_eq!((part.rows(), part.columns()), (5, 2));
        let wanted = [50.0, 500.0, 60.0, 600.0, 70.0, 700.0, 20.0, 200.0, 20.0, 200.0];
        assert_eq!(part.with(0..5, <[f64]>::to_vec), wanted);
        assert_eq!(part.select(&[3, 0]).with(0..2, <[f64]>::to_vec), [20.0, 200.0, 50.0, 500.0]);
        let both = StoredRows::beside([&all.select_columns(&[1]), &all.select_columns(&[0])].into_iter()).unwrap();
        assert_eq!(both.with(3..4, <[f64]>::to_vec), [301.0, 300.0]);
        assert!(StoredRows::beside([&all, &part].into_iter()).is_none());
        assert!(StoredRows::beside([&all, &counted(1000).1].into_iter()).is_none());
    }

    #[test]
    fn the_block_read_last_is_not_read_again() {
        let (store, all) = counted(1000);
        let reads = || store.reads.load(Ordering::Relaxed);
        assert_eq!(all.with(7..9, |x| x[3]), 800.0);
        assert_eq!((all.with(7..9, |x| x[3]), reads()), (800.0, 1));
        // Neither other rows nor other columns are taken for these, also from within.
        let inner = all.with(7..9, |x| all.with(0..1, |y| y[1]) + x[0]);
        assert_eq!((inner, all.select_columns(&[1]).with(0..1, |x| x[0])), (701.0, 1.0));
        assert_eq!(all.with(7..9, |x| x[0]), 700.0);
    }

    #[test]
    fn a_fault_is_kept_and_its_numbers_are_none() {
        let (_, all) = counted(10);
        let other = all.clone();
        assert_eq!((all.with(0..10, |x| x[29]), all.fault()), (902.0, None));
        assert!(all.with(9..11, |x| x.iter().all(|x| x.is_nan())));
        assert_eq!(other.fault(), Some(StoreFault::Cut { file: "f".into() }));
        let mut seen = Vec::new();
        counted(1000).1.sweep(|first, numbers| {
            seen.push((first, numbers[0]));
            ControlFlow::Continue(())
        });
        assert_eq!(seen, [(0, 0.0)]);
    }
}
