//! [`Need`]: memory that is asked for, said before it is taken.

/// Bytes that one kind of thing may take beside the data.
const MOST_BYTES: f64 = 8.0 * GIB;
const GIB: f64 = (1u64 << 30) as f64;
/// Sets of numbers that a fit holds at once: parameters, their factors, statistics on every thread and their merges.
const SETS: f64 = 6.0;

/// Memory that somebody is about to take, and what for. Every family says here what its fits need, and none of them has a
/// limit of its own.
///
/// ```
/// use em_core::Need;
/// let need = |d: f64| Need::of_fit(2.0 * d * d, format!("2 matrices of {d} × {d} numbers"), "use fewer columns");
/// assert_eq!(need(1000.0).refusal(), None);
/// let told = "2 matrices of 30000 × 30000 numbers need about 80.5 GiB of memory, more than the limit of 8 GiB; use fewer columns";
/// assert_eq!(need(30000.0).refusal().as_deref(), Some(told));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Need {
    bytes: f64,
    what: String,
    advice: &'static str,
}

impl Need {
    /// Of parameters and statistics with so many numbers, several sets of which are held at once.
    pub fn of_fit(numbers: f64, what: impl Into<String>, advice: &'static str) -> Self {
        Need::once(SETS * numbers, what, advice)
    }

    /// Of so many numbers that are held once.
    pub fn once(numbers: f64, what: impl Into<String>, advice: &'static str) -> Self {
        Need { bytes: 8.0 * numbers, what: what.into(), advice }
    }

    /// Why so much is refused; none where it is not.
    pub fn refusal(&self) -> Option<String> {
        let Need { bytes, what, advice } = self;
        let (gib, most) = (bytes / GIB, MOST_BYTES / GIB);
        (*bytes > MOST_BYTES).then(|| {
            format!("{what} need about {gib:.1} GiB of memory, more than the limit of {most:.0} GiB; {advice}")
        })
    }
}
