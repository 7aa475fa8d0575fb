//! A certificate in words.

use super::{Certificate, Derivatives, Direction, Verdict};
use crate::Warning;
use std::fmt;

impl Certificate {
    /// What deserves suspicion: `saddle`, `not_identified` or `not_stationary`, with what to try.
    pub fn warnings(&self) -> Vec<Warning> {
        let (code, advice) = match self.verdict {
            Verdict::Saddle => (
                "saddle",
                "start elsewhere: components that begin alike never part; other `start` values or more `restarts` lead away",
            ),
            Verdict::NotIdentified => (
                "not_identified",
                "fix one of these parameters (`fixed`), give it a prior, or leave a component or a term out",
            ),
            Verdict::NotStationary => (
                "not_stationary",
                "raise `max_iterations`, lower `relative_gain`, or use `Squarem` or `Anderson`, which need fewer iterations",
            ),
            Verdict::StrictMaximum | Verdict::AtBorder | Verdict::Unknown => return Vec::new(),
        };
        vec![Warning::new(code, self.sentence(), advice)]
    }

    /// The verdict as a sentence without its end.
    fn sentence(&self) -> String {
        let slope = self.to_gain.unwrap_or_default();
        match self.verdict {
            Verdict::StrictMaximum => {
                "strict local maximum: the slope is 0 and the objective falls in every direction".into()
            }
            Verdict::NotStationary => {
                format!("the objective still rises where the fit ended: about {slope:.2e} nats are to be gained")
            }
            Verdict::Saddle => {
                let gain = self.rising.iter().map(|d| d.gain).fold(0.0, f64::max);
                let way = told(&self.rising[..self.rising.len().min(1)]);
                format!(
                    "the fit ended at a saddle, not a maximum: along {way} the objective rises, by {gain:.3} nats at least"
                )
            }
            Verdict::NotIdentified => {
                let way = told(&self.flat);
                format!("parameters are not identified: nothing tells the objective apart along {way}")
            }
            Verdict::AtBorder => {
                let names = self.border.join(", ");
                format!(
                    "at the border of what can be, where derivatives tell nothing: {names}; a strict maximum in the rest"
                )
            }
            Verdict::Unknown => {
                "no verdict: derivatives cannot be taken where the fit ended, or there are more than 1000 coordinates"
                    .into()
            }
        }
    }
}

fn told(directions: &[Direction]) -> String {
    directions.iter().map(Direction::to_string).collect::<Vec<_>>().join("; and along ")
}

/// The verdict, the figures behind it, and how fast the end was approached, a line each.
impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.sentence())?;
        if let (Some(gain), Some(flattest)) = (self.to_gain, self.eigenvalues.last()) {
            let by = match self.derivatives {
                Derivatives::Fisher => "Fisher's identity",
                Derivatives::Differences => "differences",
            };
            write!(
                f,
                "\nslope leaves {gain:.1e} nats to gain; eigenvalues of the scaled Hessian up to {flattest:.2e} (by {by})"
            )?;
        }
        if let Some(c) = &self.convergence {
            write!(f, "\nrate of convergence {:.4}, by which {:.1e} nats are left", c.rate, c.remaining)?;
        }
        Ok(())
    }
}
