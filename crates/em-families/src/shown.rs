//! A number in a sentence.

/// A few digits of a number: as people write it, or by a power of ten where that would be a row of zeros.
pub(crate) fn shown(x: f64) -> String {
    if x == 0.0 {
        return "0".into();
    }
    let rounded: f64 = format!("{x:.3e}").parse().unwrap_or(x);
    if (1e-4..1e6).contains(&x.abs()) { rounded.to_string() } else { format!("{rounded:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let numbers = [0.0, -0.0, -1.0, 0.1 + 0.2, 12_345.678, 1.25e-16, -3.0e9, f64::INFINITY];
        let wanted = ["0", "0", "-1", "0.3", "12350", "1.25e-16", "-3e9", "inf"];
        assert_eq!(numbers.map(shown), wanted);
    }
}
