//! Starts: one M-step from clusters or random responsibilities.

use super::model::BayesianGaussianModel;
use super::params::VariationalParams;
use crate::starts::{Spread, responsibilities};
use crate::{Moments, Rows};
use em_core::{Dataset, LatentModel, MStepError, Rng, Start, StartKind};

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
