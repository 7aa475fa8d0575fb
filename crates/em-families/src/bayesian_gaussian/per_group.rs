//! The variational mixture over groups of rows.

use super::e_step;
use super::model::BayesianGaussianModel;
use super::params::VariationalParams;
use super::units::Units;
use crate::grouped::of_means;
use crate::spread::Spread;
use crate::starts::memberships;
use crate::{FullGaussian, GaussianMoments, Grouped, Memberships, Mixture, MixtureStats, PerGroup, Rows};
use em_core::{
    LabelStart, LabelSymmetry, LatentModel, MStepError, Outline, Portrait, Predict, Prediction, Rng, Sample, Start,
    StartKind,
};
use std::ops::Range;

/// The rows of a group have one label: ln ρ_ij = E\[ln π_j\] + Σ_r E\[ln N(x_r | μ_j, Λ_j⁻¹)\] over the rows r of group i.
///
/// Groups are what the concentrations α count; strengths β and degrees of freedom ν count rows.
impl LatentModel for PerGroup<BayesianGaussianModel> {
    type Data = Grouped<Rows>;
    type Params = VariationalParams;
    type Stats = MixtureStats<Vec<GaussianMoments>>;

    fn zero(&self, p: &VariationalParams) -> Self::Stats {
        self.0.zero(p)
    }

    fn expect(&self, p: &VariationalParams, data: &Grouped<Rows>, units: Range<usize>, s: &mut Self::Stats) -> f64 {
        self.0.resolve(p).map_or(f64::NAN, |q| e_step::expect(&q, data, units, s))
    }

    fn maximize(&self, stats: &Self::Stats, p: &VariationalParams) -> Result<VariationalParams, MStepError> {
        self.0.maximize(stats, p)
    }

    fn log_prior(&self, p: &VariationalParams) -> f64 {
        self.0.log_prior(p)
    }

    fn score(&self, p: &VariationalParams, data: &Grouped<Rows>, units: Range<usize>) -> Vec<f64> {
        self.0.resolve(p).map_or_else(|_| vec![f64::NAN; units.len()], |q| e_step::scores(&q, data, units.clone()))
    }

    fn block(&self, data: &Grouped<Rows>) -> usize {
        data.block_size(self.0.components())
    }

    fn finish(&self, p: &VariationalParams, stats: &Self::Stats) -> VariationalParams {
        self.0.finish(p, stats)
    }

    fn admit(&self, p: &VariationalParams, data: &Grouped<Rows>) -> Result<VariationalParams, String> {
        self.0.admit(p, data.side_by_side())
    }
}

/// Groups are clustered by the means of their rows.
impl Start for PerGroup<BayesianGaussianModel> {
    fn start(&self, data: &Grouped<Rows>, rng: &mut Rng) -> Result<VariationalParams, MStepError> {
        self.start_by(self.0.kinds()[0], data, rng)
    }

    fn kinds(&self) -> &'static [StartKind] {
        self.0.kinds()
    }

    fn start_by(&self, kind: StartKind, data: &Grouped<Rows>, rng: &mut Rng) -> Result<VariationalParams, MStepError> {
        if !data.is_grouped() {
            return self.0.start_by(kind, data.side_by_side(), rng);
        }
        let means = data.averaged();
        let belong = memberships(kind, self.0.components(), &Spread::of(&means), rng).map_err(of_means)?;
        self.0.begin(data, &belong)
    }
}

impl LabelStart for PerGroup<BayesianGaussianModel> {
    fn labels(&self) -> usize {
        self.0.components()
    }

    fn labelled(&self, data: &Grouped<Rows>, labels: &[usize]) -> Result<VariationalParams, MStepError> {
        self.0.begin(data, &Memberships::of_labels(self.0.components(), labels))
    }
}

impl Predict for PerGroup<BayesianGaussianModel> {
    fn predict(&self, p: &VariationalParams, data: &Grouped<Rows>, units: Range<usize>) -> Prediction {
        let Ok(q) = self.0.resolve(p) else { return Prediction::default() };
        let r = e_step::responsibilities(&q, data, units.clone());
        data.predict_rows(units, &Prediction::of_mixture(self.0.components(), r))
    }
}

/// As of plain rows; those of a group are drawn from one component.
impl Sample for PerGroup<BayesianGaussianModel> {
    fn sample(&self, p: &VariationalParams, like: &Grouped<Rows>, rng: &mut Rng) -> (Grouped<Rows>, Prediction) {
        Mixture::of(self.0.components(), PerGroup(FullGaussian)).sample(&p.reported(), like, rng)
    }
}

impl Portrait for PerGroup<BayesianGaussianModel> {
    fn outlines(&self, p: &VariationalParams) -> Vec<Outline> {
        self.0.outlines(p)
    }

    fn marginal_densities(&self, p: &VariationalParams, column: usize, x: f64) -> Option<Vec<f64>> {
        self.0.marginal_densities(p, column, x)
    }
}

impl LabelSymmetry for PerGroup<BayesianGaussianModel> {
    fn parts(&self, p: &VariationalParams) -> usize {
        self.0.parts(p)
    }

    fn permute(&self, p: &VariationalParams, order: &[usize]) -> VariationalParams {
        self.0.permute(p, order)
    }
}
