//! Starts of K-means: k-means++, random rows, and labels.

use super::centers::Centers;
use super::model::KMeansModel;
use crate::Rows;
use crate::starts::{Spread, plus_plus};
use em_core::{Dataset, LabelStart, LatentModel, MStepError, Part, Rng, Start, StartKind};

impl Start for KMeansModel {
    /// By k-means++.
    fn start(&self, data: &Rows, rng: &mut Rng) -> Result<Centers, MStepError> {
        self.start_by(StartKind::KMeansPlusPlus, data, rng)
    }

    /// `KMeans` is the same as `KMeansPlusPlus` here: the fit itself does the rest.
    fn kinds(&self) -> &'static [StartKind] {
        &[StartKind::KMeansPlusPlus, StartKind::KMeans, StartKind::Rows]
    }

    fn start_by(&self, kind: StartKind, data: &Rows, rng: &mut Rng) -> Result<Centers, MStepError> {
        let (k, dissimilarity) = (self.clusters(), self.dissimilarity());
        let units = match kind {
            StartKind::Rows => Spread::raw(data).different_rows(k, rng)?,
            _ => plus_plus(data, k, |u, v| dissimilarity.between(data.row(u), data.row(v)), rng)?,
        };
        Centers::new(units.into_iter().map(|u| data.row(u).to_vec()).collect())
            .map_err(|e| MStepError::new(Part::Whole, e, "give data with at least one column"))
    }
}

/// The best centers of the labelled rows.
impl LabelStart for KMeansModel {
    fn labels(&self) -> usize {
        self.clusters()
    }

    fn labelled(&self, data: &Rows, labels: &[usize]) -> Result<Centers, MStepError> {
        let counting = || (0..data.units()).filter(|u| data.weight(*u) > 0.0);
        let first = |j: usize| counting().find(|u| labels[*u] == j).map(|u| data.row(u).to_vec());
        let firsts = Centers::new((0..self.clusters()).filter_map(first).collect())
            .map_err(|e| MStepError::new(Part::Whole, e, "give data with at least one column"))?;
        let mut stats = self.zero(&firsts);
        counting().for_each(|u| self.add_to(&mut stats, &firsts, labels[u], data.row(u), data.weight(u)));
        self.maximize(&stats, &firsts)
    }
}
