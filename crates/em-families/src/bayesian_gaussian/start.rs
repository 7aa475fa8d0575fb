//! Starts: one M-step from clusters or random responsibilities.

use super::model::BayesianGaussianModel;
use super::params::VariationalParams;
use crate::Rows;
use crate::starts::{Spread, responsibilities};
use em_core::{MStepError, Rng, Start, StartKind};

impl Start for BayesianGaussianModel {
    fn start(&self, data: &Rows, rng: &mut Rng) -> Result<VariationalParams, MStepError> {
        self.start_by(StartKind::KMeans, data, rng)
    }

    fn kinds(&self) -> &'static [StartKind] {
        &[StartKind::KMeans, StartKind::KMeansPlusPlus, StartKind::Rows, StartKind::Responsibilities]
    }

    fn start_by(&self, kind: StartKind, data: &Rows, rng: &mut Rng) -> Result<VariationalParams, MStepError> {
        let k = self.components();
        let r = responsibilities(kind, k, &Spread::of(data), rng)?;
        let seen = self.likelihood().grouped(data, k, |u, j| r[u * k + j]);
        self.posterior(&seen).map(VariationalParams::Posterior)
    }
}
