//! [`Interrupt`]: asking a fit to end.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    static CURRENT: RefCell<Option<Interrupt>> = const { RefCell::new(None) };
}

/// A request to end, once raised never lowered; clones share it, so that a signal or another thread can raise it.
///
/// A fit looks at it once per block of data. The iteration under way is then given up as if it had never begun, and the
/// fit ends with the state before it.
///
/// ```
/// let interrupt = em_core::Interrupt::default();
/// let elsewhere = interrupt.clone();
/// elsewhere.raise();
/// assert!(interrupt.is_raised());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asks for an end.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether an end was asked for.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The flag itself, which is true once raised: what a handler of signals can set.
    pub fn flag(&self) -> Arc<AtomicBool> {
        self.0.clone()
    }

    /// That of the fit which this thread works on; one that nobody raises where there is none.
    ///
    /// Long loops of a model's own, in a start or a [`DirectStep`](crate::DirectStep), look at it and break off: whatever
    /// they return then is thrown away.
    pub fn current() -> Interrupt {
        CURRENT.with_borrow(Option::clone).unwrap_or_default()
    }

    /// Does some work of which this is the [`current`](Self::current) one.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        let _back = Back(CURRENT.replace(Some(self.clone())));
        work()
    }
}

/// Brings back what was current before, after a panic too.
struct Back(Option<Interrupt>);

impl Drop for Back {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_one_is_that_of_the_innermost_work() {
        let (outer, inner) = (Interrupt::default(), Interrupt::default());
        inner.raise();
        outer.during(|| {
            assert!(inner.during(|| Interrupt::current().is_raised()));
            let panicked = std::panic::catch_unwind(|| inner.during(|| std::panic::resume_unwind(Box::new(()))));
            assert!(panicked.is_err() && !Interrupt::current().is_raised());
            outer.raise();
            assert!(Interrupt::current().is_raised());
        });
        assert!(!Interrupt::current().is_raised());
    }
}
