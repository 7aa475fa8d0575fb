//! Starts: one M-step from clusters or random responsibilities.

use super::e_step::{add, blocks};
use super::model::BayesianGaussianModel;
use super::params::VariationalParams;
use super::units::Units;
use crate::spread::Spread;
use crate::starts::memberships;
use crate::{Memberships, Rows};
use em_core::{LabelStart, MStepError, Rng, Start, StartKind};

impl Start for BayesianGaussianModel {
    fn start(&self, data: &Rows, rng: &mut Rng) -> Result<VariationalParams, MStepError> {
        self.start_by(StartKind::KMeans, data, rng)
    }

    fn kinds(&self) -> &'static [StartKind] {
        &[StartKind::KMeans, StartKind::KMeansPlusPlus, StartKind::Rows, StartKind::Responsibilities]
    }

    fn start_by(&self, kind: StartKind, data: &Rows, rng: &mut Rng) -> Result<VariationalParams, MStepError> {
        self.begin(data, &memberships(kind, self.components(), &Spread::of(data), rng)?)
    }
}

/// One M-step from the labels, component j from those labelled j.
impl LabelStart for BayesianGaussianModel {
    fn labels(&self) -> usize {
        self.components()
    }

    fn labelled(&self, data: &Rows, labels: &[usize]) -> Result<VariationalParams, MStepError> {
        self.begin(data, &Memberships::of_labels(self.components(), labels))
    }
}

impl BayesianGaussianModel {
    /// One M-step from where units belong.
    pub(super) fn begin(&self, data: &impl Units, memberships: &Memberships) -> Result<VariationalParams, MStepError> {
        let (k, mut seen) = (self.components(), self.nothing_seen());
        for units in blocks(data, 0..data.units(), k) {
            let of_components: Vec<f64> =
                (0..k).flat_map(|j| units.clone().map(move |u| memberships.share(u, j))).collect();
            add(data, units, &of_components, &mut seen);
        }
        self.posterior(&seen).map(VariationalParams::Posterior)
    }
}
