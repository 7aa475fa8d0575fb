//! Panics of a model, caught and kept quiet.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
    static SAID: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What `work` gives, or where it panicked and what it said. The panic is printed nowhere.
pub(super) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| if QUIET.get() { note(info) } else { before(info) }));
    });
    let outer = QUIET.replace(true);
    // What a broken model leaves behind is not looked at again.
    let ended = panic::catch_unwind(AssertUnwindSafe(work));
    QUIET.set(outer);
    ended.map_err(|_| SAID.take().unwrap_or_else(|| "on another thread".into()))
}

fn note(info: &PanicHookInfo) {
    let payload = info.payload();
    let text = || payload.downcast_ref::<String>().map(String::as_str);
    let message = payload.downcast_ref::<&str>().copied().or_else(text).unwrap_or("no message");
    let place = info.location().map(|at| format!("{}:{}: ", at.file(), at.line())).unwrap_or_default();
    SAID.set(Some(format!("{place}{message}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_with_its_place() {
        assert_eq!(caught(|| 3), Ok(3));
        let said = caught(|| panic!("no such {}", "thing")).unwrap_err();
        assert!(said.contains("caught.rs:") && said.ends_with("no such thing"), "{said}");
    }
}
