//! The `expect` part of a spec: what its fit must come to, so that a spec can be a regression test.

use serde::{Deserialize, Deserializer, Serialize, de};

/// What a fit must come to; a miss is said in words and is exit status 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expectation {
    /// The log-likelihood in nats, and how far off it may be.
    #[serde(deserialize_with = "value_and_tolerance", skip_serializing_if = "Option::is_none")]
    pub log_likelihood: Option<(f64, f64)>,
    /// At least so many runs reach the best objective.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicated: Option<usize>,
    /// The smallest mixing weight is at least this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smallest_component: Option<f64>,
}

fn value_and_tolerance<'de, D: Deserializer<'de>>(d: D) -> Result<Option<(f64, f64)>, D::Error> {
    let pair = Option::<(f64, f64)>::deserialize(d)?;
    match pair {
        Some((value, tolerance)) if !(value.is_finite() && tolerance.is_finite() && tolerance >= 0.0) => {
            Err(de::Error::custom(format!(
                "({value}, {tolerance}) is no value with a tolerance: two finite numbers are wanted, the second 0 or above"
            )))
        }
        fine => Ok(fine),
    }
}

/// What a fit came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// In nats.
    pub log_likelihood: f64,
    /// Runs that reached the best objective.
    pub replicated: usize,
    /// The smallest mixing weight; none where the model has no `weights`.
    pub smallest_component: Option<f64>,
}

impl Expectation {
    /// What was missed, one sentence each.
    pub fn missed(&self, got: &Outcome) -> Vec<String> {
        let mut missed = Vec::new();
        if let Some((wanted, tolerance)) = self.log_likelihood
            && (got.log_likelihood - wanted).abs().partial_cmp(&tolerance).is_none_or(|o| o.is_gt())
        {
            let got = got.log_likelihood;
            missed.push(format!("expected log_likelihood {wanted} within {tolerance}, got {got}"));
        }
        if let Some(wanted) = self.replicated
            && got.replicated < wanted
        {
            missed.push(format!("expected {wanted} runs to reach the best objective, got {}", got.replicated));
        }
        if let Some(wanted) = self.smallest_component {
            match got.smallest_component {
                Some(weight) if weight >= wanted => {}
                Some(weight) => {
                    missed.push(format!("expected the smallest component to weigh at least {wanted}, got {weight}"));
                }
                None => missed.push(format!(
                    "expected the smallest component to weigh at least {wanted}, but the model has no `weights`"
                )),
            }
        }
        missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_miss_prints_both_numbers() {
        let wanted =
            Expectation { log_likelihood: Some((-10.0, 0.5)), replicated: Some(3), smallest_component: Some(0.1) };
        let fine = Outcome { log_likelihood: -10.4, replicated: 3, smallest_component: Some(0.1) };
        assert!(wanted.missed(&fine).is_empty());
        let bad = Outcome { log_likelihood: -10.6, replicated: 2, smallest_component: Some(0.05) };
        let missed = wanted.missed(&bad);
        assert_eq!(missed[0], "expected log_likelihood -10 within 0.5, got -10.6");
        assert_eq!(missed.len(), 3);
        assert_eq!(wanted.missed(&Outcome { log_likelihood: f64::NAN, ..fine }).len(), 1);
        assert_eq!(wanted.missed(&Outcome { smallest_component: None, ..fine }).len(), 1);
    }
}
