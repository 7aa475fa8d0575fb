//! [`Law`]: what every right model obeys, and what an attempt at it can come to.

use super::trial::Trial;
use std::sync::Arc;

/// A law that every right model obeys.
pub struct Law {
    /// Its name, by which a [`Report`](super::Report) finds it.
    pub name: &'static str,
    /// What it is about: statistics, the E-step, the M-step, …
    pub about: &'static str,
    /// The law in words.
    pub says: &'static str,
    /// What has usually gone wrong where it is broken.
    pub usually: &'static str,
    pub(super) tried: Tried,
    pub(super) test: fn(&Trial) -> Judged,
}

/// How often a law is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried {
    /// On every random case.
    Always,
    /// On the first two cases: it costs whole runs.
    Twice,
    /// Once, and never on fewer data: it is not about them, or makes its own.
    Once,
}

/// Why a law was not found to hold.
pub(super) enum Stop {
    /// The model does not offer what the law is about.
    Lacks(String),
    /// These data and parameters tell nothing.
    Untold(String),
    /// The law is broken.
    Broken(Breach),
}

/// The law that the start is admitted, which is tried before all others.
pub(super) const ADMITTED: &str = "admitted";

/// What a law came to in one case.
pub(super) type Judged<T = ()> = Result<T, Stop>;

/// A law is broken: what was compared.
#[derive(Clone, Debug)]
pub(super) struct Breach {
    pub what: String,
    pub left: (String, f64),
    pub right: (String, f64),
    pub allowed: f64,
}

/// Nothing can be told of a case.
pub(super) fn untold<T>(why: impl Into<String>) -> Judged<T> {
    Err(Stop::Untold(why.into()))
}

/// The law is broken by something that is no number.
pub(super) fn broken<T>(what: impl Into<String>) -> Judged<T> {
    let nothing = || (String::new(), f64::NAN);
    Err(Stop::Broken(Breach { what: what.into(), left: nothing(), right: nothing(), allowed: 0.0 }))
}

/// The law is broken, and these two numbers show it.
pub(super) fn clash<T>(what: impl Into<String>, left: (&str, f64), right: (&str, f64), allowed: f64) -> Judged<T> {
    let named = |(name, value): (&str, f64)| (name.to_string(), value);
    Err(Stop::Broken(Breach { what: what.into(), left: named(left), right: named(right), allowed }))
}

/// What the model offers, or that it does not.
pub(super) fn offered<'a, C: ?Sized>(capability: &'a Option<Arc<C>>, name: &str) -> Judged<&'a C> {
    capability.as_deref().ok_or_else(|| Stop::Lacks(format!("the model does not offer `{name}`")))
}

/// Two numbers that may differ by `allowed`.
pub(super) fn agree(what: impl Into<String>, left: (&str, f64), right: (&str, f64), allowed: f64) -> Judged {
    let (a, b) = (left.1, right.1);
    if a == b || (a - b).abs() <= allowed || (a.is_nan() && b.is_nan()) {
        return Ok(());
    }
    clash(what, left, right, allowed)
}

/// A number that may be below another by no more than `allowed`.
pub(super) fn not_below(what: impl Into<String>, high: (&str, f64), low: (&str, f64), allowed: f64) -> Judged {
    if high.1 >= low.1 { Ok(()) } else { agree(what, high, low, allowed) }
}

/// Two lists of numbers, each entry to `relative` of its size. An entry is taken to be at least a thousandth of the
/// largest: what is smaller may be what is left of larger terms that cancel.
pub(super) fn agree_all(what: &str, left: (&str, &[f64]), right: (&str, &[f64]), relative: f64) -> Judged {
    let (a, b) = (left.1, right.1);
    let lengths = (a.len() as f64, b.len() as f64);
    agree(format!("how many numbers are in {what}"), (left.0, lengths.0), (right.0, lengths.1), 0.0)?;
    let largest = a.iter().chain(b).filter(|x| x.is_finite()).fold(0.0, |m: f64, x| m.max(x.abs()));
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        let size = a.abs().max(b.abs()).max(1e-3 * largest);
        agree(format!("number {i} of {what}"), (left.0, *a), (right.0, *b), relative * size)?;
    }
    Ok(())
}

/// Two lists of numbers that must be the same to the bit.
pub(super) fn same_bits(what: &str, left: (&str, &[f64]), right: (&str, &[f64])) -> Judged {
    agree_all(what, left, right, 0.0)?;
    // Zeros of two signs are equal and yet not the same; so are two kinds of NaN, which nobody could tell apart.
    let other = left.1.iter().zip(right.1).position(|(a, b)| a.to_bits() != b.to_bits() && !a.is_nan());
    other.map_or(Ok(()), |i| broken(format!("number {i} of {what}: zeros of different sign")))
}
