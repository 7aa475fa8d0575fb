//! [`EStepModes`]: posteriors taken otherwise.

use crate::{LatentModel, Rng};
use std::ops::Range;

/// How an E-step treats the posterior.
#[derive(Debug)]
pub enum EStepMode<'a> {
    /// Takes the most probable latent value for certain; the E-step returns the log joint there.
    Hard,
    /// Takes one that is drawn; the E-step returns the log-likelihood.
    Sampled(&'a mut Rng),
    /// Takes the posterior ∝ joint^β, 0 < β ≤ 1; the E-step returns (1/β) ln Σ_z joint^β.
    Tempered(f64),
}

/// E-steps that treat the posterior otherwise: unlocks classification, stochastic, Monte-Carlo and annealed EM.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` does not offer hard, drawn or tempered E-steps",
    label = "this needs `EStepModes`",
    note = "implement `em_core::EStepModes` for `{Self}`, or choose another algorithm"
)]
pub trait EStepModes: LatentModel {
    /// As [`LatentModel::expect`], in a mode.
    fn expect_as(
        &self,
        mode: EStepMode,
        params: &Self::Params,
        data: &Self::Data,
        units: Range<usize>,
        stats: &mut Self::Stats,
    ) -> f64;

    /// As [`InnerRounds::expect_fixed`](crate::InnerRounds::expect_fixed), in a mode; asked of models with inner rounds
    /// only. The latent values are those that [`expect_as`](Self::expect_as) takes with the same random numbers.
    fn expect_fixed_as(
        &self,
        _mode: EStepMode,
        _posterior: &Self::Params,
        _at: &Self::Params,
        _data: &Self::Data,
        _units: Range<usize>,
        _stats: &mut Self::Stats,
    ) -> f64 {
        f64::NAN
    }
}
