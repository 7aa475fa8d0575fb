//! [`Convergence`]: how fast the objective was still rising, by Aitken's extrapolation.

use serde::{Deserialize, Serialize};

/// Gains below this part of the objective are rounding.
const ROUNDING: f64 = 1e-12;
/// Ratios of gains that differ by more than this share of their distance from 1 have not settled.
const SETTLED: f64 = 0.1;

/// Linear convergence, as plain EM has it: each iteration gains `rate` times what the last one did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Convergence {
    /// The ratio of the last two gains above rounding; of EM the largest share of missing information (Dempster, Laird &
    /// Rubin 1977, section 3).
    pub rate: f64,
    /// What further iterations of the kind would gain in all, in nats: g rate / (1 − rate) after a gain of g (Aitken's
    /// estimate; McLachlan & Krishnan 2008, section 4.9).
    pub remaining: f64,
}

impl Convergence {
    /// From the objective at the start and after every iteration; none where the last ratios of gains do not agree, as
    /// those of accelerated or noisy algorithms hardly ever do.
    ///
    /// ```
    /// // What is left halves: 1, ½, ¼, …
    /// let trace: Vec<f64> = (0..8).map(|t| -0.5f64.powi(t)).collect();
    /// let found = em_core::Convergence::of(&trace).unwrap();
    /// assert!((found.rate - 0.5).abs() < 1e-12 && (found.remaining - 0.5f64.powi(7)).abs() < 1e-12);
    /// ```
    pub fn of(trace: &[f64]) -> Option<Self> {
        let last = *trace.last()?;
        let gains: Vec<f64> = trace.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let counts = |gain: &f64| *gain > ROUNDING * last.abs().max(1.0);
        let end = gains.iter().rposition(counts)? + 1;
        let gains = &gains[end.checked_sub(4)?..end];
        let ratio = |i: usize| gains[i + 1] / gains[i];
        let rate = ratio(2);
        let settled = |i: usize| (ratio(i + 1) - ratio(i)).abs() <= SETTLED * (1.0 - rate);
        if !(gains.iter().all(counts) && rate < 1.0 && settled(0) && settled(1)) {
            return None;
        }
        let since = last - trace[end];
        Some(Convergence { rate, remaining: (gains[3] * rate / (1.0 - rate) - since).max(0.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_converge_linearly_has_no_rate() {
        let of = |gap: &dyn Fn(i32) -> f64| Convergence::of(&(0..9).map(|t| -100.0 - gap(t)).collect::<Vec<_>>());
        assert!(of(&|t| 0.5f64.powi(1 << t.min(5))).is_none(), "quadratic convergence");
        assert!(of(&|t| if t % 2 == 0 { 0.0 } else { 1.0 }).is_none(), "noise");
        assert!(of(&|t| f64::from(t)).is_none(), "a fall");
        assert!(of(&|t| -f64::from(t)).is_none(), "no end in sight");
        assert!(Convergence::of(&[]).is_none() && Convergence::of(&[-3.0, -2.0, -1.5]).is_none());
    }

    #[test]
    fn gains_lost_in_rounding_are_passed_over() {
        let mut trace: Vec<f64> = (0..30).map(|t| -100.0 - 0.1f64.powi(t)).collect();
        trace.extend([-100.0; 5]);
        let found = Convergence::of(&trace).unwrap();
        assert!((found.rate - 0.1).abs() < 1e-2 && found.remaining < 1e-10, "{found:?}");
    }
}
