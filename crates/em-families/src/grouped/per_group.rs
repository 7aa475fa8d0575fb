//! [`PerGroup`]: an emission family whose units are groups of rows.

use super::Grouped;
use crate::{
    Emission, EmissionConditionals, EmissionCoordinates, EmissionGradient, EmissionHeldStep, EmissionLikelihood,
    EmissionOrder, EmissionPortrait, EmissionRepair, EmissionSample,
};
use em_core::{Dataset, MStepError, Outline, Prediction, Rng, Warning, scratch};
use std::ops::Range;

/// Any emission family, with one label for all rows of a group: p(group | j) = Π_i p(x_i | j) over its rows, which are
/// independent given the label.
///
/// The rows of a group count with the group's responsibility in the M-step, which is the family's own. Over data without
/// groups it is the family itself, to the bit.
///
/// ```
/// use em_core::Fit;
/// use em_families::{FullGaussian, Grouped, Mixture, PerGroup, Rows};
/// // Four persons of two kinds, three measurements each, which overlap.
/// let x = vec![1.0, 3.0, 5.0, 2.0, 4.0, 0.0, 5.0, 7.0, 9.0, 8.0, 4.0, 6.0];
/// let data = Grouped::new(Rows::new(1, x)?, &["a", "a", "a", "b", "b", "b", "c", "c", "c", "d", "d", "d"])?;
/// let model = Mixture::of(2, PerGroup(FullGaussian));
/// let fitted = Fit::new(&model, &data).run()?;
/// let labels = fitted.predict(&model, &data);
/// let labels = labels.labels().unwrap();
/// assert!(labels[..6].iter().all(|j| *j == labels[0]) && labels[6..].iter().all(|j| *j != labels[0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerGroup<E>(pub E);

impl<E: Emission> PerGroup<E> {
    /// The rows of `units`, a block of the family at a time.
    fn pieces(&self, data: &Grouped<E::Data>, units: Range<usize>, k: usize) -> impl Iterator<Item = Range<usize>> {
        data.pieces(units, self.0.block(data.side_by_side(), k))
    }
}

impl<E: Emission> Emission for PerGroup<E> {
    type Data = Grouped<E::Data>;
    type Params = E::Params;
    type Stats = E::Stats;

    const INNER: bool = E::INNER;

    fn components(&self, params: &E::Params) -> usize {
        self.0.components(params)
    }

    fn zero(&self, params: &E::Params) -> E::Stats {
        self.0.zero(params)
    }

    /// Σ ln p(x_i | j) over the rows of each group.
    fn log_density(&self, params: &E::Params, data: &Self::Data, units: Range<usize>, out: &mut [f64]) {
        if !data.is_grouped() {
            return self.0.log_density(params, data.side_by_side(), units, out);
        }
        let (m, k) = (units.len().max(1), self.components(params));
        out.fill(0.0);
        for piece in self.pieces(data, units.clone(), k) {
            scratch::with(piece.len() * k, |rows| {
                self.0.log_density(params, data.side_by_side(), piece.clone(), rows);
                for (out, rows) in out.chunks_exact_mut(m).zip(rows.chunks_exact(piece.len())) {
                    data.add_up(piece.clone(), rows, units.start, out);
                }
            });
        }
    }

    fn accumulate(
        &self,
        params: &E::Params,
        data: &Self::Data,
        units: Range<usize>,
        responsibilities: &[f64],
        stats: &mut E::Stats,
    ) {
        if !data.is_grouped() {
            return self.0.accumulate(params, data.side_by_side(), units, responsibilities, stats);
        }
        let (m, k) = (units.len().max(1), self.components(params));
        for piece in self.pieces(data, units.clone(), k) {
            scratch::with(piece.len() * k, |rows| {
                for (rows, of_units) in rows.chunks_exact_mut(piece.len()).zip(responsibilities.chunks_exact(m)) {
                    data.spread(piece.clone(), units.start, of_units, rows);
                }
                self.0.accumulate(params, data.side_by_side(), piece.clone(), rows, stats);
            });
        }
    }

    /// The family's own where units are rows; else its two parts, one after the other.
    fn expect(
        &self,
        params: &E::Params,
        data: &Self::Data,
        units: Range<usize>,
        out: &mut [f64],
        stats: &mut E::Stats,
        turn: &mut dyn FnMut(&mut [f64]),
    ) {
        if !data.is_grouped() {
            return self.0.expect(params, data.side_by_side(), units, out, stats, turn);
        }
        self.log_density(params, data, units.clone(), out);
        turn(out);
        self.accumulate(params, data, units, out, stats);
    }

    /// As [`expect`](Emission::expect).
    fn accumulate_and_score(
        &self,
        params: &E::Params,
        data: &Self::Data,
        units: Range<usize>,
        responsibilities: &[f64],
        stats: &mut E::Stats,
        out: &mut [f64],
    ) {
        if !data.is_grouped() {
            return self.0.accumulate_and_score(params, data.side_by_side(), units, responsibilities, stats, out);
        }
        self.accumulate(params, data, units.clone(), responsibilities, stats);
        self.log_density(params, data, units, out);
    }

    fn maximize(&self, stats: &E::Stats, params: &E::Params) -> Result<E::Params, MStepError> {
        self.0.maximize(stats, params)
    }

    fn log_prior(&self, params: &E::Params) -> f64 {
        self.0.log_prior(params)
    }

    /// As many units as hold about as many rows as a block of the family.
    fn block(&self, data: &Self::Data, components: usize) -> usize {
        data.units_per_block(self.0.block(data.side_by_side(), components))
    }

    fn between(&self, from: &E::Params, to: &E::Params, by: f64) -> E::Params {
        self.0.between(from, to, by)
    }

    fn finish(&self, params: &E::Params) -> E::Params {
        self.0.finish(params)
    }

    fn warnings(&self, params: &E::Params, stats: &E::Stats, shares: &[f64]) -> Vec<Warning> {
        self.0.warnings(params, stats, shares)
    }

    fn admit(&self, params: &E::Params, data: &Self::Data) -> Result<(), String> {
        self.0.admit(params, data.side_by_side())
    }

    fn observed(&self, data: &Self::Data) -> bool {
        self.0.observed(data.side_by_side())
    }

    /// Every row gets what is predicted of its group, and what the family says of the row, in the order as given.
    fn predict(
        &self,
        params: &E::Params,
        weights: &[f64],
        data: &Self::Data,
        units: Range<usize>,
        prediction: Prediction,
    ) -> Prediction {
        if !data.is_grouped() {
            return self.0.predict(params, weights, data.side_by_side(), units, prediction);
        }
        let places = data.places(units.clone());
        let owners: Vec<usize> = places.clone().map(|place| data.owner(place) - units.start).collect();
        let (shared, k) = (prediction.select(&owners), self.components(params));
        let weights: Vec<f64> = owners.iter().flat_map(|unit| &weights[unit * k..][..k]).copied().collect();
        let of_rows = self.0.predict(params, &weights, data.side_by_side(), places.clone(), shared);
        let given: Vec<usize> = data.places_as_given(units).into_iter().map(|place| place - places.start).collect();
        of_rows.select(&given)
    }
}

/// A component begins anew at the first row of a group.
impl<E: EmissionRepair> EmissionRepair for PerGroup<E> {
    fn reseed(
        &self,
        params: &E::Params,
        component: usize,
        data: &Self::Data,
        unit: usize,
    ) -> Result<E::Params, MStepError> {
        let first = data.members(unit).next().unwrap_or(data.places(unit..unit + 1).start);
        self.0.reseed(params, component, data.side_by_side(), first)
    }

    fn without(&self, params: &E::Params, component: usize) -> E::Params {
        self.0.without(params, component)
    }
}

impl<E: EmissionOrder> EmissionOrder for PerGroup<E> {
    fn permute(&self, params: &E::Params, order: &[usize]) -> E::Params {
        self.0.permute(params, order)
    }
}

/// Columns are those of the rows.
impl<E: EmissionPortrait> EmissionPortrait for PerGroup<E> {
    fn outlines(&self, params: &E::Params) -> Vec<Outline> {
        self.0.outlines(params)
    }

    fn marginals(&self, params: &E::Params, column: usize, x: f64) -> Option<Vec<f64>> {
        self.0.marginals(params, column, x)
    }
}

impl<E: EmissionCoordinates> EmissionCoordinates for PerGroup<E> {
    fn to_free(&self, params: &E::Params) -> Vec<f64> {
        self.0.to_free(params)
    }

    fn at_free(&self, like: &E::Params, x: &[f64]) -> Result<E::Params, MStepError> {
        self.0.at_free(like, x)
    }

    fn coordinate_names(&self, params: &E::Params) -> Vec<String> {
        self.0.coordinate_names(params)
    }
}

impl<E: EmissionHeldStep> EmissionHeldStep for PerGroup<E> {
    fn maximize_held(&self, stats: &E::Stats, params: &E::Params, held: &[bool]) -> Result<E::Params, MStepError> {
        self.0.maximize_held(stats, params, held)
    }
}

impl<E: EmissionLikelihood> EmissionLikelihood for PerGroup<E> {
    fn expected_log_likelihood(&self, params: &E::Params, stats: &E::Stats) -> f64 {
        self.0.expected_log_likelihood(params, stats)
    }
}

impl<E: EmissionGradient> EmissionGradient for PerGroup<E> {
    fn gradient(&self, params: &E::Params, stats: &E::Stats) -> Vec<f64> {
        self.0.gradient(params, stats)
    }
}

impl<E: EmissionConditionals> EmissionConditionals for PerGroup<E> {
    fn conditionals(&self) -> usize {
        self.0.conditionals()
    }

    fn maximize_conditional(&self, i: usize, stats: &E::Stats, params: &E::Params) -> Result<E::Params, MStepError> {
        self.0.maximize_conditional(i, stats, params)
    }
}

/// The rows of a group are drawn from one component.
impl<E: EmissionSample> EmissionSample for PerGroup<E> {
    fn sample(&self, params: &E::Params, like: &Self::Data, labels: &[usize], rng: &mut Rng) -> Self::Data {
        let of_rows: Vec<usize> = (0..like.rows()).map(|place| labels[like.owner(place)]).collect();
        like.with_rows(self.0.sample(params, like.side_by_side(), &of_rows, rng))
    }
}
