//! Work space that is reused per thread, so that a block of an E-step allocates nothing.

use std::cell::RefCell;

thread_local! {
    static POOL: RefCell<Vec<Vec<f64>>> = const { RefCell::new(Vec::new()) };
}

/// Bytes of a line of the cache, and of the widest registers.
const LINE: usize = 64;

/// Lends `n` numbers of no particular value; calls may be nested. The first stands at the begin of a line of the cache, so
/// that no register is filled from two of them.
///
/// ```
/// let sum = em_core::scratch::with(3, |a| {
///     a.fill(1.0);
///     a.iter().sum::<f64>()
/// });
/// assert_eq!(sum, 3.0);
/// ```
pub fn with<R>(n: usize, f: impl FnOnce(&mut [f64]) -> R) -> R {
    let mut buffer = POOL.with_borrow_mut(Vec::pop).unwrap_or_default();
    // Where the begin is not to be found, the numbers stand where they may.
    let spare = LINE / size_of::<f64>();
    if buffer.len() < n + spare {
        buffer.resize(n + spare, 0.0);
    }
    let begin = buffer.as_ptr().align_offset(LINE).min(spare);
    let out = f(&mut buffer[begin..begin + n]);
    POOL.with_borrow_mut(|pool| pool.push(buffer));
    out
}
