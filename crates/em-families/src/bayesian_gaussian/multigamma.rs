//! The gamma function of d × d matrices, and its logarithmic derivative.

use statrs::function::gamma::{digamma, ln_gamma};
use std::f64::consts::PI;

/// The d arguments a, a − ½, …, a − (d − 1)/2.
fn arguments(d: usize, a: f64) -> impl Iterator<Item = f64> {
    (0..d).map(move |i| a - 0.5 * i as f64)
}

/// ln Γ_d(a) = d(d − 1)/4 · ln π + Σ_i ln Γ(a + (1 − i)/2) over i = 1, …, d, for a > (d − 1)/2 (Bishop 2006, eq. B.79).
pub(super) fn ln_multigamma(d: usize, a: f64) -> f64 {
    (d * (d - 1)) as f64 / 4.0 * PI.ln() + arguments(d, a).map(ln_gamma).sum::<f64>()
}

/// ψ_d(a) = d ln Γ_d(a) / da = Σ_i ψ(a + (1 − i)/2) over i = 1, …, d (Bishop 2006, eq. B.81).
pub(super) fn multidigamma(d: usize, a: f64) -> f64 {
    arguments(d, a).map(digamma).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn by_hand() {
        // Γ_1(a) = Γ(a); Γ_2(2) = √π Γ(2) Γ(3/2) = π/2; ψ(1) = −γ.
        assert_relative_eq!(ln_multigamma(1, 5.0), 24f64.ln(), max_relative = 1e-14);
        assert_relative_eq!(ln_multigamma(2, 2.0), (PI / 2.0).ln(), max_relative = 1e-14);
        assert_relative_eq!(multidigamma(1, 1.0), -0.577_215_664_901_532_9, max_relative = 1e-14);
    }

    #[test]
    fn one_is_the_derivative_of_the_other() {
        for (d, a) in [(1, 0.7), (2, 0.9), (3, 17.3), (5, 400.0)] {
            let h = 1e-5 * a;
            let slope = (ln_multigamma(d, a + h) - ln_multigamma(d, a - h)) / (2.0 * h);
            // The rounding of ln Γ over 2h, and h² times the third derivative.
            assert_relative_eq!(slope, multidigamma(d, a), max_relative = 1e-7);
        }
    }
}
