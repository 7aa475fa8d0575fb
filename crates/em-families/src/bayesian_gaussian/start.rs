//! Starts: one M-step from clusters or random responsibilities.

use super::model::BayesianGaussianModel;
use super::params::VariationalParams;
use crate::starts::{Spread, certain, responsibilities};
use crate::{Moments, Rows};
use em_core::{Dataset, LabelStart, LatentModel, MStepError, Rng, Start, StartKind};

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
        let (n, block) = (data.units(), self.block(data).max(1));
        let mut seen = vec![Moments::zero(data.features()); k];
        for begin in (0..n).step_by(block) {
            let units = begin..(begin + block).min(n);
            for (j, s) in seen.iter_mut().enumerate() {
                let share: Vec<f64> = units.clone().map(|u| data.weight(u) * r[u * k + j]).collect();
                s.add(data.block(units.clone()), &share);
            }
        }
        self.posterior(&seen).map(VariationalParams::Posterior)
    }
}
