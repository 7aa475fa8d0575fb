//! Starts of K-means: k-means++, random rows, and labels.

use super::centers::Centers;
use super::model::KMeansModel;
use crate::Rows;
use crate::spread::Spread;
use crate::starts::plus_plus;
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
        let rows = match kind {
            StartKind::Rows => Spread::raw(data).different_rows(k, rng)?.into_iter().map(|u| data.copy_of(u)).collect(),
            _ => plus_plus(data, k, |row, center| dissimilarity.between(row, center), rng)?,
        };
        Centers::new(rows).map_err(|e| MStepError::new(Part::Whole, e, "give data with at least one column"))
    }
}

/// The best centers of the labelled rows.
impl LabelStart for KMeansModel {
    fn labels(&self) -> usize {
        self.clusters()
    }

    fn labelled(&self, data: &Rows, labels: &[usize]) -> Result<Centers, MStepError> {
        let counting = || (0..data.units()).filter(|u| data.weight(*u) > 0.0);
        let first = |j: usize| counting().find(|u| labels[*u] == j).map(|u| data.copy_of(u));
        let firsts = Centers::new((0..self.clusters()).filter_map(first).collect())
            .map_err(|e| MStepError::new(Part::Whole, e, "give data with at least one column"))?;
        let mut stats = self.zero(&firsts);
        data.for_each(|u, row| {
            if data.weight(u) > 0.0 {
                self.add_to(&mut stats, &firsts, labels[u], row, data.weight(u));
            }
        });
        self.maximize(&stats, &firsts)
    }
}
