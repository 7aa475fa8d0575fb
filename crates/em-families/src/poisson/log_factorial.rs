//! ln y! of counts.

use statrs::function::gamma::ln_gamma;
use std::sync::LazyLock;

/// Counts below this are looked up: the table is small, and most counts are.
const TABLE: usize = 4096;

static LOG_FACTORIALS: LazyLock<Vec<f64>> = LazyLock::new(|| (0..TABLE).map(|y| ln_gamma(y as f64 + 1.0)).collect());

/// ln y! in nats, for a count y of 0 or above.
pub(super) fn log_factorial(count: f64) -> f64 {
    let whole = count as usize;
    match LOG_FACTORIALS.get(whole) {
        Some(known) if whole as f64 == count => *known,
        _ => ln_gamma(count + 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand_and_beyond_the_table() {
        assert!(log_factorial(0.0).abs() < 1e-15 && log_factorial(1.0).abs() < 1e-15);
        assert!((log_factorial(5.0) - 120f64.ln()).abs() < 1e-14);
        let (at, past) = (log_factorial(4095.0), log_factorial(4096.0));
        assert!((past - at - 4096f64.ln()).abs() < 1e-11 * past);
        // Stirling's series to 1/(12 y), whose next term is far below rounding here.
        let y: f64 = 1e15;
        let series = (y + 0.5) * y.ln() - y + 0.5 * std::f64::consts::TAU.ln() + 1.0 / (12.0 * y);
        assert!((log_factorial(y) / series - 1.0).abs() < 1e-14);
        // No count, but a number between two.
        assert!(log_factorial(1.5) > 0.0 && log_factorial(1.5) < 2f64.ln());
    }
}
