//! Q of mixtures, its slope, and its maximisation in parts.

use super::mixing::Mixing;
use super::model::{Mixture, MixtureStats, ParamsOf, StatsOf};
use super::params::MixtureParams;
use crate::{EmissionConditionals, EmissionGradient, EmissionLikelihood};
use em_core::{CompleteLikelihood, Conditionals, Gradient, MStepError};

/// Σ_j n_j ln π_j, with n_j the expected size of component j, and the family's own.
impl<E: EmissionLikelihood> CompleteLikelihood for Mixture<E> {
    fn q(&self, p: &MixtureParams<E::Params>, s: &MixtureStats<E::Stats>) -> f64 {
        // 0 ln 0 = 0
        let term = |(n, w): (&f64, &f64)| if *n > 0.0 { n * w.ln() } else { 0.0 };
        let labels: f64 = s.counts.iter().zip(p.weights()).map(term).sum();
        labels + self.emission().expected_log_likelihood(p.components(), &s.parts)
    }
}

/// That of the mixing weights, then the family's own.
impl<E: EmissionGradient, W: Mixing> Gradient for Mixture<E, W> {
    fn gradient(&self, p: &ParamsOf<E, W>, s: &StatsOf<E, W>) -> Vec<f64> {
        let mut gradient = self.mixing().gradient(&s.counts, &s.mixing, p.mixing());
        gradient.extend(self.emission().gradient(p.components(), &s.parts));
        gradient
    }
}

/// First the mixing weights, then the parts of the family one after the other.
impl<E: EmissionConditionals> Conditionals for Mixture<E> {
    fn conditionals(&self) -> usize {
        1 + self.emission().conditionals()
    }

    fn maximize_conditional(
        &self,
        i: usize,
        s: &MixtureStats<E::Stats>,
        p: &MixtureParams<E::Params>,
    ) -> Result<MixtureParams<E::Params>, MStepError> {
        if i == 0 {
            let weights = self.mixing().maximize(&s.counts, &s.mixing, p.mixing())?;
            return Ok(MixtureParams::trusted(weights, p.components().clone()));
        }
        let components = self.emission().maximize_conditional(i - 1, &s.parts, p.components())?;
        Ok(MixtureParams::trusted(p.weights().to_vec(), components))
    }
}
