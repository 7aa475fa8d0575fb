//! What K-means offers beyond the contract: labels, clusters that begin anew or are left out, clusters in another order.
//!
//! It draws no samples. K-means states no distribution of the rows: mixtures of spherical normal distributions become it
//! only as their variance goes to 0, where every row of a cluster would lie on its center. Fit a
//! [`GaussianMixture`](crate::GaussianMixture) with `covariance: TiedSpherical` to draw from clusters of one spread.

use super::centers::Centers;
use super::model::KMeansModel;
use super::stats::KMeansStats;
use crate::Rows;
use em_core::{LabelSymmetry, MStepError, Outline, Part, Portrait, Predict, Prediction, Repair};
use std::ops::Range;

/// What to try about a cluster without rows.
pub(super) const ADVICE: &str = "use fewer clusters, or another start";

impl Predict for KMeansModel {
    fn predict(&self, centers: &Centers, data: &Rows, units: Range<usize>) -> Prediction {
        let mut labels = Vec::with_capacity(units.len());
        self.label(centers, data, units, |_, _, j, _| labels.push(j));
        Prediction::of_labels(labels)
    }
}

impl Portrait for KMeansModel {
    fn outlines(&self, centers: &Centers) -> Vec<Outline> {
        centers.rows().iter().map(|center| Outline { center: center.clone(), covariance: None }).collect()
    }
}

/// An empty cluster begins anew at the row farthest from its center, or is left out. Neither raises the inertia: no row
/// loses the center it had.
impl Repair for KMeansModel {
    fn reseed(&self, centers: &Centers, part: usize, data: &Rows, unit: usize) -> Result<Centers, MStepError> {
        let row = data.copy_of(unit);
        let away = self.nearest(centers, &row).1;
        begun_anew(centers, part, row, away)
    }

    fn without(&self, centers: &Centers, part: usize) -> Option<Centers> {
        let mut rows = centers.rows().to_vec();
        rows.remove(part);
        Centers::new(rows).ok()
    }

    /// The first empty cluster.
    fn idle(&self, _: &Centers, stats: &KMeansStats) -> Option<MStepError> {
        let empty = stats.weights.iter().position(|w| *w == 0.0)?;
        Some(MStepError::new(Part::Component(empty), "no row is nearest to its center", ADVICE))
    }
}

/// The centers with that of `part` at another place, if what it is to explain is away from the other centers.
pub(super) fn begun_anew(centers: &Centers, part: usize, at: Vec<f64>, away: f64) -> Result<Centers, MStepError> {
    let fault = |cause: &str| MStepError::new(Part::Component(part), cause, ADVICE);
    if away == 0.0 {
        return Err(fault("every row lies on the center of another cluster"));
    }
    let mut rows = centers.rows().to_vec();
    rows[part] = at;
    Centers::new(rows).map_err(|e| fault(&e.to_string()))
}

/// Ties apart: a row as near to two centers goes to the first.
impl LabelSymmetry for KMeansModel {
    fn parts(&self, centers: &Centers) -> usize {
        centers.rows().len()
    }

    fn permute(&self, centers: &Centers, order: &[usize]) -> Centers {
        centers.permuted(order)
    }
}
