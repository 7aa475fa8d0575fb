//! Responsibilities from log joints, in the m × k layout of [`Emission`](crate::Emission).

use crate::lanes;

/// Turns the log joints of m units and k components into responsibilities, in place, and writes each unit's
/// ln p(x) = ln Σ_j exp(log joint) into `log_density`, m numbers in nats.
///
/// The largest of the k is taken out first, so nothing overflows; the responsibilities of a unit sum to one. Where no
/// component can explain a unit, its log density is −∞ and its responsibilities are 0.
pub(crate) fn responsibilities(joint: &mut [f64], log_density: &mut [f64]) {
    lanes::posterior(joint, log_density);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand_and_far_below_the_smallest_exponential() {
        // Two units, two components: unit 0 has log joints (ln 1, ln 3), unit 1 the same minus 2000.
        let mut joint = [0.0, -2000.0, 3f64.ln(), 3f64.ln() - 2000.0];
        let mut log_density = [0.0; 2];
        responsibilities(&mut joint, &mut log_density);
        for (r, truth) in joint.iter().zip([0.25, 0.25, 0.75, 0.75]) {
            assert!((r - truth).abs() < 1e-12);
        }
        assert!((log_density[0] - 4f64.ln()).abs() < 1e-15);
        assert!((log_density[1] - (4f64.ln() - 2000.0)).abs() < 1e-12);
    }

    #[test]
    fn a_unit_that_nothing_explains_is_minus_infinity_and_not_nan() {
        let mut joint = [f64::NEG_INFINITY; 3];
        let mut log_density = [0.0];
        responsibilities(&mut joint, &mut log_density);
        assert_eq!((joint, log_density[0]), ([0.0; 3], f64::NEG_INFINITY));
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        let mut joint = [0.0, f64::NAN];
        let mut log_density = [0.0];
        responsibilities(&mut joint, &mut log_density);
        assert!(log_density[0].is_nan());
    }
}
