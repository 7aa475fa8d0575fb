//! What a certificate costs.

use super::Derivatives;

/// Passes × units × coordinates that are made without being asked for: as a rule some ten milliseconds.
const CHEAP: f64 = 5e6;

/// # Errors
/// A sentence, where it costs more.
pub(super) fn check(derivatives: Derivatives, p: usize, units: usize) -> Result<(), String> {
    let passes = passes(derivatives, p);
    let work = passes * units as f64 * p as f64;
    if work <= CHEAP {
        return Ok(());
    }
    Err(format!("it takes about {passes} passes over {units} units, for {p} free coordinates"))
}

/// As a rule.
fn passes(derivatives: Derivatives, p: usize) -> f64 {
    let p = p as f64;
    match derivatives {
        Derivatives::Fisher => 2.0 * p + 1.0,
        Derivatives::Differences => p * p + p + 1.0,
    }
}
