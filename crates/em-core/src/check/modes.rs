//! The law of E-steps that treat the posterior otherwise.

use super::law::{Judged, Law, Tried, agree, offered, untold};
use super::trial::Trial;
use crate::registry::{Data, Params, Stats};
use crate::{EStepMode, EStepModes, LatentModel, Rng};

/// Some operations on logarithms.
const ROUNDING: f64 = 1e-9;

pub(super) static LAWS: &[Law] = &[Law {
    name: "modes",
    about: "E-step",
    says: "hard, drawn and tempered E-steps return what the responsibilities say",
    usually: "a mode returns the plain log-likelihood, or a power is taken of one factor of the joint only",
    tried: Tried::Always,
    test: modes,
}];

fn modes(t: &Trial) -> Judged {
    let modes = offered(&t.model.modes, "EStepModes")?;
    let (all, mut rng) = (t.responsibilities(&t.at(t.params)?)?, t.rng(9));
    for (unit, weight) in t.counting() {
        let log_density = t.part(t.data, unit..unit + 1).1 / weight;
        let of_unit = Unit { trial: t, modes, unit, weight, responsibilities: &all[unit], log_density };
        of_unit.tempered()?;
        of_unit.hard()?;
        of_unit.drawn(&mut rng)?;
    }
    if t.counting().next().is_none() { untold("no unit counts") } else { Ok(()) }
}

/// A unit, whose log joint with label j is its log density plus ln r_j.
struct Unit<'a> {
    trial: &'a Trial<'a>,
    modes: &'a dyn EStepModes<Data = Data, Params = Params, Stats = Stats>,
    unit: usize,
    weight: f64,
    responsibilities: &'a [f64],
    log_density: f64,
}

impl Unit<'_> {
    /// What a mode returns for a unit of weight 1, and its statistics.
    fn in_mode(&self, mode: EStepMode) -> (f64, Stats) {
        let (t, units) = (self.trial, self.unit..self.unit + 1);
        let mut stats = t.model.zero(t.params);
        let value = self.modes.expect_as(mode, t.params, t.data, units, &mut stats);
        (value / self.weight, stats)
    }

    fn agree(&self, what: &str, found: (&str, f64), wanted: (&str, f64)) -> Judged {
        let what = format!("{what}, of unit {}", self.unit);
        agree(what, found, wanted, ROUNDING * (1.0 + self.log_density.abs()))
    }

    /// (1/β) ln Σ_j joint_j^β = ln p + (1/β) ln Σ_j r_j^β.
    fn tempered(&self) -> Judged {
        for beta in [1.0, 0.3] {
            let powers: f64 = self.responsibilities.iter().map(|r| r.powf(beta)).sum();
            let found = self.in_mode(EStepMode::Tempered(beta)).0;
            let wanted = self.log_density + powers.ln() / beta;
            self.agree(&format!("the power {beta}"), ("returned", found), ("by the responsibilities", wanted))?;
        }
        Ok(())
    }

    fn hard(&self) -> Judged {
        let (found, stats) = self.in_mode(EStepMode::Hard);
        let largest = self.responsibilities.iter().fold(0.0, |m: f64, r| m.max(*r));
        let wanted = ("log joint of the likeliest label", self.log_density + largest.ln());
        self.agree("the hard E-step", ("returned", found), wanted)?;
        self.q(&stats).map_or(Ok(()), |q| self.agree("the hard E-step", ("Q", q), wanted))
    }

    fn drawn(&self, rng: &mut Rng) -> Judged {
        let (found, stats) = self.in_mode(EStepMode::Sampled(rng));
        self.agree("the drawn E-step", ("returned", found), ("log-likelihood", self.log_density))?;
        let Some(q) = self.q(&stats) else { return Ok(()) };
        let joints = self.responsibilities.iter().map(|r| self.log_density + r.ln());
        let nearest = joints.min_by(|a, b| (a - q).abs().total_cmp(&(b - q).abs())).unwrap_or(f64::NAN);
        self.agree("the drawn E-step", ("Q", q), ("nearest log joint of a label", nearest))
    }

    /// Q of a unit of weight 1 at these statistics, where the model offers it in that form.
    fn q(&self, stats: &Stats) -> Option<f64> {
        let likelihood = self.trial.model.likelihood.as_ref().filter(|_| self.trial.model.inner().is_none())?;
        Some(likelihood.q(self.trial.params, stats) / self.weight)
    }
}
