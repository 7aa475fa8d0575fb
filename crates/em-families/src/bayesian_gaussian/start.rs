//! Starts: one M-step from clusters or random responsibilities.

use super::model::BayesianGaussianModel;
use super::params::VariationalParams;
use crate::Rows;
use crate::starts::{Spread, certain, responsibilities};
use em_core::{LabelStart, MStepError, Rng, Start, StartKind};

impl Start for BayesianGaussianModel {
    fn start(&self, data: &Rows, rng: &mut Rng) -> Result<VariationalParams, MStepError> {
        self.start_by(StartKind::KMeans, data, rng)
    }

    fn kinds(&self) -> &'static [StartKind] {
        &[StartKind::KMeans, StartKind::KMeansPlusPlus, StartKind::Rows, StartKind::Responsibilities]
    }

    fn start_by(&self, kind: StartKind, data: &Rows, rng: &mut Rng) -> Result<VariationalParams, MStepError> {
        let r = responsibilities(kind, self.components(), &Spread::of(data), rng)?;
        self.begin(data, &r)
    }
}

/// One M-step from the labels, component j from those labelled j.
impl LabelStart for BayesianGaussianModel {
    fn labels(&self) -> usize {
        self.components()
    }

    fn labelled(&self, data: &Rows, labels: &[usize]) -> Result<VariationalParams, MStepError> {
        self.begin(data, &certain(labels, self.components()))
    }
}

impl BayesianGaussianModel {
    /// One M-step from responsibilities, n × k unit after unit.
    fn begin(&self, data: &Rows, r: &[f64]) -> Result<VariationalParams, MStepError> {
        let k = self.components();
        let seen = self.likelihood().grouped(data, k, |u, j| r[u * k + j]);
        self.posterior(&seen).map(VariationalParams::Posterior)
    }
}
