//! Work space that is reused per thread, so that a block of an E-step allocates nothing.

use std::cell::RefCell;

thread_local! {
    static POOL: RefCell<Vec<Vec<f64>>> = const { RefCell::new(Vec::new()) };
}

/// Lends `n` numbers of no particular value; calls may be nested.
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
    if buffer.len() < n {
        buffer.resize(n, 0.0);
    }
    let out = f(&mut buffer[..n]);
    POOL.with_borrow_mut(|pool| pool.push(buffer));
    out
}
