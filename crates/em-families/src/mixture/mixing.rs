//! [`Mixing`]: where the mixing weights of a mixture come from.

use em_core::{Dataset, MStepError, Statistics, Warning};
use std::fmt::Debug;
use std::ops::Range;

/// The mixing weights of a mixture as a part of their own: ln π_j of every unit, what the E-step adds up for them, and
/// their share of the M-step.
///
/// Blocks of m units and buffers of m × k numbers, a component after the other, are as those of
/// [`Emission`](crate::Emission).
pub trait Mixing: Clone + Debug + Send + Sync {
    /// Observations with what the weights depend on.
    type Data<D: Dataset>: Dataset;
    /// The parameters of the weights.
    type Weights: MixingParams;
    /// What the E-step adds up beyond the expected sizes of the components.
    type Stats: Statistics;

    /// Whether `maximize` is one ascent step of a longer M-step.
    const INNER: bool = false;

    /// The observations; they have the same units.
    fn observations<D: Dataset>(data: &Self::Data<D>) -> &D;

    /// Other observations with the same of what the weights depend on.
    fn with_observations<D: Dataset>(data: &Self::Data<D>, observations: D) -> Self::Data<D>;

    /// The statistic of no units, all numbers zero.
    fn zero(&self, weights: &Self::Weights) -> Self::Stats;

    /// Adds ln π_j of `units` in nats to `joint`, m × k.
    fn add_log_weights<D: Dataset>(
        &self,
        weights: &Self::Weights,
        data: &Self::Data<D>,
        units: Range<usize>,
        joint: &mut [f64],
    );

    /// Adds `units` under weighted responsibilities, m × k and not negative.
    fn accumulate<D: Dataset>(
        &self,
        weights: &Self::Weights,
        data: &Self::Data<D>,
        units: Range<usize>,
        responsibilities: &[f64],
        stats: &mut Self::Stats,
    );

    /// The weights that maximise, or with `INNER` raise, Σ_ij w_i r_ij ln π_j plus the log prior, given the expected sizes
    /// of the k components and the statistics taken at `weights`.
    ///
    /// # Errors
    /// [`MStepError`] that names the component without support.
    fn maximize(
        &self,
        counts: &[f64],
        stats: &Self::Stats,
        weights: &Self::Weights,
    ) -> Result<Self::Weights, MStepError>;

    /// The same over the coordinates that are not held, of which there is one at least; `held` has an entry for each.
    ///
    /// # Errors
    /// As [`maximize`](Self::maximize).
    fn maximize_held(
        &self,
        counts: &[f64],
        stats: &Self::Stats,
        weights: &Self::Weights,
        held: &[bool],
    ) -> Result<Self::Weights, MStepError>;

    /// The gradient of what `maximize` raises in the free coordinates of the weights.
    fn gradient(&self, counts: &[f64], stats: &Self::Stats, weights: &Self::Weights) -> Vec<f64>;

    /// The log density of the prior in nats, normalised.
    fn log_prior(&self, weights: &Self::Weights) -> f64;

    /// The π_j of `units`, m × k *unit after unit*, each row summing to one.
    fn shares<D: Dataset>(&self, weights: &Self::Weights, data: &Self::Data<D>, units: Range<usize>) -> Vec<f64>;

    /// To start from: these k weights, summing to one, for every unit.
    fn start<D: Dataset>(&self, shares: Vec<f64>, data: &Self::Data<D>) -> Self::Weights;

    /// Checks given weights of `k` components against the data, and completes them from it.
    ///
    /// # Errors
    /// A sentence that names the shape wanted and got.
    fn admit<D: Dataset>(
        &self,
        weights: &Self::Weights,
        k: usize,
        data: &Self::Data<D>,
    ) -> Result<Self::Weights, String>;

    /// What a user should know of finished weights.
    fn warnings(&self, _weights: &Self::Weights, _stats: &Self::Stats) -> Vec<Warning> {
        Vec::new()
    }
}

/// The parameters of mixing weights of k components as values.
pub trait MixingParams: Clone + Debug + PartialEq + Send + Sync {
    /// k.
    fn components(&self) -> usize;

    /// The point a fraction `by` of the way to another.
    fn between(&self, to: &Self, by: f64) -> Self;

    /// The same where component j is what component `order[j]` was.
    fn permute(&self, order: &[usize]) -> Self;

    /// The same where one component begins anew.
    fn reseed(&self, component: usize) -> Self;

    /// The same without one component of several.
    fn without(&self, component: usize) -> Self;

    /// The free coordinates.
    fn to_free(&self) -> Vec<f64>;

    /// The number of free coordinates.
    fn free(&self) -> usize;

    /// The weights at free coordinates `x`, shaped like these; the same to the bit where `x` are theirs.
    ///
    /// # Errors
    /// [`MStepError`] where the numbers overflow what weights can hold.
    fn at_free(&self, x: &[f64]) -> Result<Self, MStepError>;

    /// The parameter that each free coordinate moves.
    fn coordinate_names(&self) -> Vec<String>;
}
