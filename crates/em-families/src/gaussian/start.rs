//! Starts of Gaussian mixtures.

use super::emission::Gaussian;
use super::moments::GaussianMoments;
use super::normal::Normal;
use super::stats::GaussianStats;
use crate::spread::Spread;
use crate::starts::memberships;
use crate::{Emission, EmissionStart, Memberships, Rows};
use em_core::{Dataset, MStepError, Part, Rng, StartKind};

type Begin = (Vec<f64>, Vec<Normal>);

impl EmissionStart for Gaussian {
    fn kinds(&self) -> &'static [StartKind] {
        &[StartKind::KMeans, StartKind::KMeansPlusPlus, StartKind::Rows, StartKind::Responsibilities]
    }

    fn guess(&self, kind: Option<StartKind>, k: usize, data: &Rows, rng: &mut Rng) -> Result<Memberships, MStepError> {
        memberships(kind.unwrap_or(StartKind::KMeans), k, &Spread::of(data), rng)
    }

    /// A group whose own covariance is singular starts with that of the whole sample: a start is a guess, and this one is
    /// as good as any.
    fn begin(&self, k: usize, data: &Rows, memberships: &Memberships) -> Result<Begin, MStepError> {
        let whole = self.suited_sample(data)?;
        let stats = self.grouped(data, k, memberships);
        if let Some(j) = stats.iter().position(|s| s.weight() <= 0.0) {
            return Err(MStepError::new(Part::Component(j), "its start holds no row", "use fewer components"));
        }
        let total: f64 = stats.iter().map(GaussianMoments::weight).sum();
        let weights = stats.iter().map(|s| s.weight() / total).collect();
        Ok((weights, self.groups(stats, &whole)?))
    }

    fn start(&self, kind: Option<StartKind>, k: usize, data: &Rows, rng: &mut Rng) -> Result<Begin, MStepError> {
        match kind {
            Some(StartKind::Rows) => {
                let whole = self.suited_sample(data)?;
                self.around_rows(data, &Spread::of(data).different_rows(k, rng)?, &whole)
            }
            kind => self.begin(k, data, &self.guess(kind, k, data, rng)?),
        }
    }
}

impl Gaussian {
    /// The moments of all rows, which the prior must suit.
    fn suited_sample(&self, data: &Rows) -> Result<GaussianMoments, MStepError> {
        let unsuited = |e| MStepError::new(Part::Whole, e, "give the prior as many columns as the data have");
        self.prior().check_features(data.features()).map_err(unsuited)?;
        Ok(self.whole_sample(data))
    }

    /// The moments of all rows, as the form needs them.
    pub(crate) fn whole_sample(&self, data: &Rows) -> GaussianMoments {
        let mut whole = self.covariance().zero(data.features());
        for units in self.blocks(data, 1) {
            let weights: Vec<f64> = units.clone().map(|u| data.weight(u)).collect();
            data.with_matrix(units, |x| whole.add(x, &weights));
        }
        whole
    }

    fn blocks(&self, data: &Rows, k: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
        let (n, size) = (data.units(), self.block(data, k));
        (0..n).step_by(size).map(move |begin| begin..(begin + size).min(n))
    }

    /// The moments of k groups, in which a unit counts as far as it belongs to them.
    fn grouped(&self, data: &Rows, k: usize, memberships: &Memberships) -> Vec<GaussianMoments> {
        let mut stats = vec![self.covariance().zero(data.features()); k];
        for units in self.blocks(data, k) {
            data.with_matrix(units.clone(), |x| {
                for (j, s) in stats.iter_mut().enumerate() {
                    let r: Vec<f64> = units.clone().map(|u| data.weight(u) * memberships.share(u, j)).collect();
                    s.add(x, &r);
                }
            });
        }
        stats
    }

    fn groups(&self, stats: Vec<GaussianMoments>, whole: &GaussianMoments) -> Result<Vec<Normal>, MStepError> {
        let around = |j: usize, s: &GaussianMoments| self.whole_spread(j, s.mean().as_slice(), whole);
        if self.covariance().is_tied() {
            let all = || stats.iter().enumerate().map(|(j, s)| around(j, s)).collect();
            return self.estimate(&GaussianStats::Own(stats.clone()), &[]).or_else(|_| all());
        }
        let alone = |(j, s)| self.alone(s, whole).or_else(|_| around(j, s));
        stats.iter().enumerate().map(alone).collect()
    }

    /// These rows as means, each with the covariance of the whole sample and equal weight.
    fn around_rows(&self, data: &Rows, rows: &[usize], whole: &GaussianMoments) -> Result<Begin, MStepError> {
        let one =
            |(j, u): (usize, &usize)| Ok((1.0 / rows.len() as f64, self.whole_spread(j, &data.copy_of(*u), whole)?));
        rows.iter().enumerate().map(one).collect()
    }

    pub(super) fn whole_spread(&self, j: usize, mean: &[f64], whole: &GaussianMoments) -> Result<Normal, MStepError> {
        let advice = "leave out columns that do not vary or that repeat others";
        let unfit = |e: MStepError| MStepError { part: Part::Component(j), advice: advice.into(), ..e };
        let all = self.alone(whole, whole).map_err(unfit)?;
        let moved = Normal::with_shape(mean.to_vec().into(), all.share_shape());
        moved.map_err(|e| MStepError::new(Part::Component(j), e, advice))
    }
}
