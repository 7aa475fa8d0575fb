//! The level of the rates: the best intercept in closed form, whatever the other coefficients are.

use super::newton::Newton;

/// A component without events lowers its level by this much at a time: e^−30 is nothing beside any expected count.
const DOWN: f64 = -30.0;
/// Halvings of the interval that holds the level under a prior: from its widest to the rounding of its ends.
const BISECTIONS: usize = 200;

/// Events E, and the logarithm of those expected, M.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Level {
    events: f64,
    log_expected: f64,
}

impl Level {
    /// Of components that have one level together.
    pub(super) fn of<'a>(stats: impl Iterator<Item = &'a Newton> + Clone) -> Self {
        let logs = stats.clone().map(Newton::log_expected_events);
        let largest = logs.clone().fold(f64::NEG_INFINITY, f64::max);
        let events = stats.map(|s| s.events).sum();
        match largest.is_finite() {
            true => Level { events, log_expected: largest + logs.map(|l| (l - largest).exp()).sum::<f64>().ln() },
            false => Level { events, log_expected: largest },
        }
    }

    /// What to add to all log means so that they raise E L − M e^L most: L = ln(E / M).
    pub(super) fn best(self) -> f64 {
        match () {
            () if self.log_expected == f64::NEG_INFINITY => 0.0,
            () if self.events > 0.0 => self.events.ln() - self.log_expected,
            () => DOWN,
        }
    }

    /// The same under a normal prior of precision τ on the coefficient b of a column of constant value a, which L
    /// changes by L / a: the L that raises E L − M e^L − ½ τ (b + L/a)² most.
    pub(super) fn best_under(self, precision: f64, b: f64, a: f64) -> f64 {
        let slope = |l: f64| self.events - (self.log_expected + l).exp() - precision * (b + l / a) / a;
        // The maximum lies between that of the likelihood and that of the prior; without events, not so far below the
        // latter that the prior alone outweighs what is expected there.
        let (likelihood, prior) = (self.best(), -b * a);
        let (mut low, mut high) = (likelihood.min(prior), likelihood.max(prior));
        if self.events == 0.0 {
            low = prior.min(-self.log_expected) - 1.0 - a * a / precision;
            high = prior;
        }
        if !(low.is_finite() && high.is_finite()) {
            return prior;
        }
        for _ in 0..BISECTIONS {
            let middle = 0.5 * low + 0.5 * high;
            if slope(middle) > 0.0 { low = middle } else { high = middle }
        }
        0.5 * low + 0.5 * high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_level_expects_the_events_seen() {
        let level = Level { events: 12.0, log_expected: 3f64.ln() };
        assert!((level.best() - 4f64.ln()).abs() < 1e-15);
        assert!((Level { log_expected: 1e5, ..level }.best() - (12f64.ln() - 1e5)).abs() < 1e-10);
        assert_eq!(Level { events: 0.0, ..level }.best(), DOWN);
        assert_eq!(Level { events: 0.0, log_expected: f64::NEG_INFINITY }.best(), 0.0);
    }

    #[test]
    fn under_a_prior_the_slope_vanishes() {
        for (events, log_expected, precision, b, a) in [
            (12.0, 1.1, 0.5, 2.0, 1.0),
            (12.0, 1e3, 0.01, 1e3, 1.0),
            (0.0, 1.1, 0.01, 2.0, 1.0),
            (0.0, -50.0, 1e-6, -50.0, -2.0),
            (3.0, 2.0, 1e6, 0.3, 0.5),
        ] {
            let l = Level { events, log_expected }.best_under(precision, b, a);
            let (pull, push) = (events - (log_expected + l).exp(), precision * (b + l / a) / a);
            // The level is exact to its own rounding, which the steeper of both terms feels.
            let tolerance = 1e-12 * (1.0 + events + precision / (a * a)) * l.abs().max(1.0);
            assert!((pull - push).abs() < tolerance, "{l}: {pull} {push}");
        }
        let nothing = Level { events: 0.0, log_expected: f64::NEG_INFINITY };
        assert_eq!(nothing.best_under(2.0, 0.7, 1.0), -0.7);
    }
}
