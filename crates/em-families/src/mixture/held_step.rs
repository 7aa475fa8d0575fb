//! M-steps of mixtures with some of the parameters held.

use super::mixing::{Mixing, MixingParams};
use super::model::{Mixture, ParamsOf, StatsOf};
use super::params::MixtureParams;
use crate::EmissionHeldStep;
use em_core::{HeldStep, MStepError};

/// Mixing weights and components by themselves: Q has a part for each.
impl<E: EmissionHeldStep, W: Mixing> HeldStep for Mixture<E, W> {
    fn maximize_held(
        &self,
        s: &StatsOf<E, W>,
        p: &ParamsOf<E, W>,
        held: &[bool],
    ) -> Result<ParamsOf<E, W>, MStepError> {
        let (of_weights, of_components) = held.split_at(p.mixing().free());
        let weights = match all(of_weights) {
            true => p.mixing().clone(),
            false => self.mixing().maximize_held(&s.counts, &s.mixing, p.mixing(), of_weights)?,
        };
        let components = match all(of_components) {
            true => p.components().clone(),
            false => self.emission().maximize_held(&s.parts, p.components(), of_components)?,
        };
        Ok(MixtureParams::trusted(weights, components))
    }
}

fn all(held: &[bool]) -> bool {
    !held.is_empty() && held.iter().all(|held| *held)
}
