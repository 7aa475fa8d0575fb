//! Starts of grouped data: groups are clustered by the means of their rows.

use super::{Averaged, Grouped, PerGroup};
use crate::{EmissionStart, Memberships};
use em_core::{Dataset, MStepError, Rng, StartKind};

impl<E: EmissionStart<Data: Averaged>> EmissionStart for PerGroup<E> {
    fn kinds(&self) -> &'static [StartKind] {
        self.0.kinds()
    }

    /// The family's own, of groups that are each seen as the mean of their rows.
    fn guess(
        &self,
        kind: Option<StartKind>,
        k: usize,
        data: &Self::Data,
        rng: &mut Rng,
    ) -> Result<Memberships, MStepError> {
        if !data.is_grouped() {
            return self.0.guess(kind, k, data.side_by_side(), rng);
        }
        self.0.guess(kind, k, &data.averaged(), rng).map_err(of_means)
    }

    fn begin(
        &self,
        k: usize,
        data: &Self::Data,
        memberships: &Memberships,
    ) -> Result<(Vec<f64>, E::Params), MStepError> {
        if !data.is_grouped() {
            return self.0.begin(k, data.side_by_side(), memberships);
        }
        let of_rows = memberships.select((0..data.rows()).map(|place| data.owner(place)));
        let (weights, params) = self.0.begin(k, data.side_by_side(), &of_rows)?;
        Ok((shares(k, data, memberships).unwrap_or(weights), params))
    }

    fn start(
        &self,
        kind: Option<StartKind>,
        k: usize,
        data: &Self::Data,
        rng: &mut Rng,
    ) -> Result<(Vec<f64>, E::Params), MStepError> {
        if !data.is_grouped() {
            return self.0.start(kind, k, data.side_by_side(), rng);
        }
        self.begin(k, data, &self.guess(kind, k, data, rng)?)
    }
}

/// A fault in the means of groups, which says that they are.
pub(crate) fn of_means(e: MStepError) -> MStepError {
    let cause = format!("{} (where each group is seen as the mean of its rows)", e.cause);
    MStepError { cause: std::sync::Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(cause)), ..e }
}

/// The share of each component in the units, which may differ from that in the rows; none where one has no unit.
fn shares<D: Dataset>(k: usize, data: &Grouped<D>, memberships: &Memberships) -> Option<Vec<f64>> {
    let total = data.total_weight();
    let share = |j: usize| (0..data.units()).map(|u| data.weight(u) * memberships.share(u, j)).sum::<f64>() / total;
    let shares: Vec<f64> = (0..k).map(share).collect();
    shares.iter().all(|share| *share > 0.0).then_some(shares)
}
