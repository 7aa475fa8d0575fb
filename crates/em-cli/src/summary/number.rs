//! Numbers for people, and what programs read.

/// Digits that a column of numbers shows of its largest.
const DIGITS: i32 = 5;

/// At most this many decimals for the sake of the smallest.
const FINEST: i32 = 6;

/// All digits: reading it gives back the same number.
pub fn exact(x: f64) -> String {
    match format!("{x:?}") {
        whole if whole.ends_with(".0") => whole[..whole.len() - 2].into(),
        other => other,
    }
}

/// A text as a field of CSV.
pub fn csv_field(text: &str) -> String {
    field(text, ',')
}

/// A text as a field of a table with this delimiter: in quotes where it holds what ends a field (RFC 4180, section 2).
pub fn field(text: &str, delimiter: char) -> String {
    match text.contains([delimiter, '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.into(),
    }
}

/// A few digits, for a sentence.
pub(crate) fn short(x: f64) -> String {
    if x == 0.0 || (1e-3..1e6).contains(&x.abs()) { trimmed(&format!("{x:.4}")) } else { format!("{x:.1e}") }
}

/// A number with what it counts.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Four decimals: a log-likelihood.
pub(crate) fn fixed(x: f64) -> String {
    format!("{x:.4}")
}

fn trimmed(x: &str) -> String {
    x.trim_end_matches('0').trim_end_matches('.').into()
}

/// The cells of one column, alike: the same number of decimals, so that few are lost to rounding; those that are, and
/// columns that would be rows of zeros, as powers of ten.
pub(super) fn column(values: &[f64]) -> Vec<String> {
    let largest = values.iter().filter(|v| v.is_finite()).fold(0.0, |m: f64, v| m.max(v.abs()));
    let magnitude = if largest > 0.0 { largest.log10().floor() as i32 } else { 0 };
    if !(-4..7).contains(&magnitude) {
        return values.iter().map(|v| format!("{v:.4e}")).collect();
    }
    let smallest = values.iter().filter(|v| v.is_finite() && **v != 0.0).fold(largest, |m, v| m.min(v.abs()));
    // Five digits of the largest, and where they fit, three of the smallest.
    let fine = if smallest > 0.0 { (2 - smallest.log10().floor() as i32).min(FINEST) } else { 0 };
    let decimals = (DIGITS - 1 - magnitude).max(fine).max(0) as usize;
    let lost = |v: f64| v != 0.0 && v.abs() < 0.5 * 10f64.powi(-(decimals as i32));
    values.iter().map(|v| if lost(*v) { format!("{v:.1e}") } else { format!("{v:.decimals$}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_alike() {
        assert_eq!(column(&[2.03639, 4.28966]), ["2.0364", "4.2897"]);
        assert_eq!(column(&[54.478, -0.5, 0.0]), ["54.478", "-0.500", "0.000"]);
        assert_eq!(column(&[123456.7, 1.0]), ["123456.70", "1.00"]);
        assert_eq!(column(&[1.5e-9, 2e9]), ["1.5000e-9", "2.0000e9"]);
        assert_eq!(column(&[67002.087, -4.2e-9, 0.0]), ["67002.087000", "-4.2e-9", "0.000000"]);
        assert_eq!(column(&[0.0]), ["0.0000"]);
    }

    #[test]
    fn exact_numbers_come_back() {
        for x in [0.1, 1.0, 1e300, -1e-300, f64::MIN_POSITIVE, 1.0 / 3.0] {
            assert_eq!(exact(x).parse::<f64>().unwrap(), x);
        }
        assert_eq!(exact(2.0), "2");
    }

    #[test]
    fn fields_that_would_end_early_are_quoted() {
        assert_eq!([csv_field("a b"), csv_field("a,b"), csv_field("\"a\"")], ["a b", "\"a,b\"", "\"\"\"a\"\"\""]);
    }

    #[test]
    fn a_few_digits() {
        assert_eq!([short(18.0), short(2.5), short(6.1e-11), short(0.0)], ["18", "2.5", "6.1e-11", "0"]);
    }
}
