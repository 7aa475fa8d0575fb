//! When a run stops, and why it did.

use crate::Progress;
use serde::{Deserialize, Deserializer, Serialize, de};

/// The usual stopping rules; any of them stops. A rule of 0 is off.
///
/// ```
/// use em_core::Stop;
/// let stop = Stop { relative_gain: 1e-8, ..Stop::default() };
/// assert_eq!(stop.max_iterations, 1000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stop {
    /// Converged when an iteration gains at most this, relative to |objective|.
    #[serde(deserialize_with = "tolerance")]
    pub relative_gain: f64,
    /// Converged when an iteration gains at most this, in nats.
    #[serde(deserialize_with = "tolerance")]
    pub absolute_gain: f64,
    /// Converged when no free coordinate changes by more than this, |Δx| / (1 + |x|).
    #[serde(deserialize_with = "tolerance")]
    pub parameter_change: f64,
    /// At most this many iterations.
    pub max_iterations: u64,
    /// At most about this many seconds for all runs together, those before a fit was resumed included.
    #[serde(deserialize_with = "tolerance")]
    pub seconds: f64,
    /// At most about this many passes over the data in a run.
    #[serde(deserialize_with = "tolerance")]
    pub passes: f64,
}

impl Default for Stop {
    fn default() -> Self {
        Stop {
            relative_gain: 1e-10,
            absolute_gain: 0.0,
            parameter_change: 0.0,
            max_iterations: 1000,
            seconds: 0.0,
            passes: 0.0,
        }
    }
}

fn tolerance<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    let value = f64::deserialize(d)?;
    if value.is_finite() && value >= 0.0 {
        return Ok(value);
    }
    Err(de::Error::custom(format!(
        "{value} is no limit: a finite number, 0 or above, is wanted; 0 switches the rule off"
    )))
}

/// A stopping rule; rules combine.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// The gain of an iteration is at most this times |objective|.
    RelativeGain(f64),
    /// The gain of an iteration is at most this many nats.
    AbsoluteGain(f64),
    /// No free coordinate changed by more than this, |Δx| / (1 + |x|).
    ParameterChange(f64),
    /// This many iterations are done.
    MaxIterations(u64),
    /// This many seconds have passed since the fit began.
    Seconds(f64),
    /// This many passes over the data are done.
    Passes(f64),
    /// One of these is met; the first that is gives the reason.
    Any(Vec<Rule>),
    /// All of these are met; the last gives the reason. An empty list is never met.
    All(Vec<Rule>),
}

impl From<Stop> for Rule {
    fn from(s: Stop) -> Rule {
        let rules = [
            (s.relative_gain > 0.0, Rule::RelativeGain(s.relative_gain)),
            (s.absolute_gain > 0.0, Rule::AbsoluteGain(s.absolute_gain)),
            (s.parameter_change > 0.0, Rule::ParameterChange(s.parameter_change)),
            (s.max_iterations > 0, Rule::MaxIterations(s.max_iterations)),
            (s.seconds > 0.0, Rule::Seconds(s.seconds)),
            (s.passes > 0.0, Rule::Passes(s.passes)),
        ];
        Rule::Any(rules.into_iter().filter(|(on, _)| *on).map(|(_, rule)| rule).collect())
    }
}

/// Why a run stopped, with the numbers that decided it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum StopReason {
    /// Converged: the gain was at most `tolerance`·|objective|.
    RelativeGain {
        /// Of the last iteration, relative to |objective|.
        gain: f64,
        /// The limit.
        tolerance: f64,
    },
    /// Converged: the gain was at most `tolerance`.
    AbsoluteGain {
        /// Of the last iteration, in nats.
        gain: f64,
        /// The limit.
        tolerance: f64,
    },
    /// Converged: the parameters changed by at most `tolerance`.
    ParameterChange {
        /// Of the last iteration.
        change: f64,
        /// The limit.
        tolerance: f64,
    },
    /// Stopped early: the limit of iterations was reached.
    MaxIterations {
        /// The limit.
        limit: u64,
    },
    /// Stopped early: the time was up.
    Seconds {
        /// The limit.
        limit: f64,
    },
    /// Stopped early: the passes over the data were used up.
    Passes {
        /// The limit.
        limit: f64,
    },
    /// Stopped early: an observer asked for it.
    Observer {
        /// What it said.
        message: String,
    },
    /// Stopped early: the fit was interrupted.
    Interrupted,
}

impl StopReason {
    /// Whether a rule for convergence was met.
    pub fn converged(&self) -> bool {
        use StopReason::*;
        matches!(self, RelativeGain { .. } | AbsoluteGain { .. } | ParameterChange { .. })
    }

    /// Whether it ends the whole fit, so that no further run is begun.
    pub(crate) fn ends_the_fit(&self) -> bool {
        matches!(self, StopReason::Seconds { .. } | StopReason::Interrupted)
    }
}

impl Rule {
    /// The reason to stop at this point, if there is one.
    ///
    /// Gains are signed: a fall within rounding is a gain below any tolerance. What is not known (the first gain, the
    /// gain of a noisy objective) never stops.
    pub fn met(&self, at: &Progress) -> Option<StopReason> {
        match self {
            Rule::RelativeGain(tolerance) => at.gain.filter(|g| *g <= tolerance * at.objective.abs()).map(|g| {
                let gain = g / at.objective.abs().max(f64::MIN_POSITIVE);
                StopReason::RelativeGain { gain, tolerance: *tolerance }
            }),
            Rule::AbsoluteGain(tolerance) => {
                at.gain.filter(|g| g <= tolerance).map(|gain| StopReason::AbsoluteGain { gain, tolerance: *tolerance })
            }
            Rule::ParameterChange(tolerance) => at
                .change
                .filter(|c| c <= tolerance)
                .map(|change| StopReason::ParameterChange { change, tolerance: *tolerance }),
            Rule::MaxIterations(limit) => {
                (at.iteration >= *limit).then_some(StopReason::MaxIterations { limit: *limit })
            }
            Rule::Seconds(limit) => (at.seconds >= *limit).then_some(StopReason::Seconds { limit: *limit }),
            Rule::Passes(limit) => (at.passes >= *limit).then_some(StopReason::Passes { limit: *limit }),
            Rule::Any(rules) => rules.iter().find_map(|r| r.met(at)),
            Rule::All(rules) => rules.iter().map(|r| r.met(at)).collect::<Option<Vec<_>>>()?.pop(),
        }
    }

    /// Whether this rule can ever be met: what is not a number limits nothing, and neither does an infinite time.
    /// A run may make so many passes over the data and no more, however long it goes on.
    pub(crate) fn is_on(&self, passes: f64) -> bool {
        match self {
            Rule::RelativeGain(t) | Rule::AbsoluteGain(t) | Rule::ParameterChange(t) => *t >= 0.0,
            Rule::Seconds(limit) => *limit < f64::INFINITY,
            Rule::Passes(limit) => *limit < f64::INFINITY && *limit <= passes,
            Rule::MaxIterations(_) => true,
            Rule::Any(rules) => rules.iter().any(|r| r.is_on(passes)),
            Rule::All(rules) => !rules.is_empty() && rules.iter().all(|r| r.is_on(passes)),
        }
    }

    /// Whether this rule looks at the change of parameters.
    pub fn needs_change(&self) -> bool {
        match self {
            Rule::ParameterChange(_) => true,
            Rule::Any(rules) | Rule::All(rules) => rules.iter().any(Rule::needs_change),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(iteration: u64, gain: Option<f64>) -> Progress {
        Progress { run: 1, iteration, passes: 3.0, objective: -100.0, gain, change: None, seconds: 0.0 }
    }

    #[test]
    fn a_rule_of_zero_is_off() {
        let off = Stop { relative_gain: 0.0, max_iterations: 0, ..Stop::default() };
        assert_eq!(Rule::from(off), Rule::Any(vec![]));
        assert!(!Rule::from(off).is_on(f64::INFINITY));
        assert_eq!(Rule::from(off).met(&at(1, Some(0.0))), None);
    }

    #[test]
    fn what_can_never_be_met_is_off() {
        for off in [Rule::RelativeGain(f64::NAN), Rule::AbsoluteGain(-1.0), Rule::Seconds(f64::INFINITY)] {
            assert!(!off.is_on(f64::INFINITY), "{off:?}");
            assert!(!Rule::All(vec![Rule::MaxIterations(1), off.clone()]).is_on(f64::INFINITY));
            assert!(Rule::Any(vec![Rule::MaxIterations(1), off]).is_on(f64::INFINITY));
        }
        assert!(
            !Rule::All(vec![]).is_on(f64::INFINITY)
                && Rule::RelativeGain(0.0).is_on(f64::INFINITY)
                && Rule::Passes(3.0).is_on(f64::INFINITY)
        );
        assert!(!Rule::Passes(3.0).is_on(1.0) && Rule::Passes(0.5).is_on(1.0));
    }

    #[test]
    fn each_rule_gives_its_numbers() {
        let here = Progress { change: Some(0.25), seconds: 8.0, ..at(4, Some(0.5)) };
        let met = |rule: Rule| rule.met(&here);
        assert_eq!(met(Rule::AbsoluteGain(0.5)), Some(StopReason::AbsoluteGain { gain: 0.5, tolerance: 0.5 }));
        assert_eq!(met(Rule::AbsoluteGain(0.4)), None);
        assert_eq!(met(Rule::ParameterChange(0.3)), Some(StopReason::ParameterChange { change: 0.25, tolerance: 0.3 }));
        assert_eq!(met(Rule::ParameterChange(0.2)), None);
        assert_eq!(met(Rule::MaxIterations(4)), Some(StopReason::MaxIterations { limit: 4 }));
        assert_eq!(met(Rule::MaxIterations(5)), None);
        assert_eq!(met(Rule::Seconds(8.0)), Some(StopReason::Seconds { limit: 8.0 }));
        assert_eq!(met(Rule::Seconds(8.1)), None);
        assert_eq!(met(Rule::Passes(3.5)), None);
        assert_eq!(met(Rule::All(vec![])), None);
    }

    #[test]
    fn gains_are_signed_and_relative_to_the_objective() {
        let rule = Rule::from(Stop { relative_gain: 1e-3, ..Stop::default() });
        assert_eq!(rule.met(&at(1, None)), None);
        assert_eq!(rule.met(&at(1, Some(0.11))), None);
        assert_eq!(rule.met(&at(1, Some(f64::NAN))), None);
        let reason = rule.met(&at(1, Some(-0.05))).unwrap();
        assert_eq!(reason, StopReason::RelativeGain { gain: -0.0005, tolerance: 1e-3 });
        assert!(reason.converged());
        assert!(!rule.met(&at(1000, Some(1.0))).unwrap().converged());
    }

    #[test]
    fn rules_combine() {
        let both = Rule::All(vec![Rule::MaxIterations(5), Rule::AbsoluteGain(0.1)]);
        assert_eq!(both.met(&at(4, Some(0.0))), None);
        assert_eq!(both.met(&at(5, Some(0.2))), None);
        assert!(both.met(&at(5, Some(0.0))).unwrap().converged());
        let either = Rule::Any(vec![both, Rule::Passes(3.0)]);
        assert_eq!(either.met(&at(1, None)), Some(StopReason::Passes { limit: 3.0 }));
    }
}
