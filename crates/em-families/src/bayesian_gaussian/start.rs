//! Starts: one M-step from clusters or random responsibilities.

use super::e_step::{add, blocks};
use super::model::BayesianGaussianModel;
use super::params::VariationalParams;
use super::units::Units;
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
    pub(super) fn begin(&self, data: &impl Units, r: &[f64]) -> Result<VariationalParams, MStepError> {
        let (k, mut seen) = (self.components(), self.nothing_seen());
        for units in blocks(data, 0..data.units(), k) {
            let of_components: Vec<f64> = (0..k).flat_map(|j| units.clone().map(move |u| r[u * k + j])).collect();
            add(data, units, &of_components, &mut seen);
        }
        self.posterior(&seen).map(VariationalParams::Posterior)
    }
}
