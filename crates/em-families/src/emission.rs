//! [`Emission`]: k distributions of an observation, for mixtures of any kind.

use crate::Memberships;
use em_core::{Dataset, MStepError, Outline, Prediction, Rng, StartKind, Statistics, Warning};
use std::ops::Range;

/// A family of k distributions over the same observations, the components of a mixture.
///
/// It works on blocks of m units and buffers of m × k numbers, *a component after the other*: the entry of unit i and
/// component j stands at `j·m + i`. Parameters may be shared between components. It never reads the weights of units:
/// the responsibilities it is given hold them already.
pub trait Emission: Send + Sync {
    /// The observations.
    type Data: Dataset;
    /// The parameters of all k components.
    type Params: Clone + Send + Sync;
    /// The statistics of all k components.
    type Stats: Statistics;

    /// Whether `accumulate` depends on the parameters and `maximize` is one ascent step of a longer M-step.
    const INNER: bool = false;

    /// k.
    fn components(&self, params: &Self::Params) -> usize;

    /// The statistic of no units, all numbers zero.
    fn zero(&self, params: &Self::Params) -> Self::Stats;

    /// Writes ln p(x_i | component j) of `units` in nats into `out`, m × k.
    fn log_density(&self, params: &Self::Params, data: &Self::Data, units: Range<usize>, out: &mut [f64]);

    /// Adds `units` under weighted responsibilities, m × k and not negative.
    fn accumulate(
        &self,
        params: &Self::Params,
        data: &Self::Data,
        units: Range<usize>,
        responsibilities: &[f64],
        stats: &mut Self::Stats,
    );

    /// An E-step over `units`: [`log_density`](Self::log_density) into `out`, m × k; then `turn` makes weighted
    /// responsibilities of it; and [`accumulate`](Self::accumulate) adds the units under these. A family whose two parts have
    /// work in common does it once.
    fn expect(
        &self,
        params: &Self::Params,
        data: &Self::Data,
        units: Range<usize>,
        out: &mut [f64],
        stats: &mut Self::Stats,
        turn: &mut dyn FnMut(&mut [f64]),
    ) {
        self.log_density(params, data, units.clone(), out);
        turn(out);
        self.accumulate(params, data, units, out, stats);
    }

    /// [`accumulate`](Self::accumulate), and the [`log_density`](Self::log_density) of the same units into `out`, m × k: what
    /// an inner round asks for, under responsibilities that are held.
    fn accumulate_and_score(
        &self,
        params: &Self::Params,
        data: &Self::Data,
        units: Range<usize>,
        responsibilities: &[f64],
        stats: &mut Self::Stats,
        out: &mut [f64],
    ) {
        self.accumulate(params, data, units.clone(), responsibilities, stats);
        self.log_density(params, data, units, out);
    }

    /// The parameters that maximise, or with `INNER` raise, the expected log-likelihood plus the log prior.
    ///
    /// # Errors
    /// [`MStepError`] that names the component.
    fn maximize(&self, stats: &Self::Stats, params: &Self::Params) -> Result<Self::Params, MStepError>;

    /// The log density of the prior in nats, normalised.
    fn log_prior(&self, _params: &Self::Params) -> f64 {
        0.0
    }

    /// Units per block; see [`LatentModel::block`](em_core::LatentModel::block).
    fn block(&self, _data: &Self::Data, _components: usize) -> usize {
        512
    }

    /// A point a fraction `by` of the way between two; asked for with `INNER` only.
    fn between(&self, _from: &Self::Params, to: &Self::Params, _by: f64) -> Self::Params {
        to.clone()
    }

    /// The parameters at the end of a fit, with what the model knows beyond them.
    fn finish(&self, params: &Self::Params) -> Self::Params {
        params.clone()
    }

    /// What a user should know of finished parameters; `shares` are the k parts of the data that the components answer for,
    /// summing to one.
    fn warnings(&self, _params: &Self::Params, _stats: &Self::Stats, _shares: &[f64]) -> Vec<Warning> {
        Vec::new()
    }

    /// Checks given parameters against the data.
    ///
    /// # Errors
    /// A sentence that names the shape wanted and got.
    fn admit(&self, _params: &Self::Params, _data: &Self::Data) -> Result<(), String> {
        Ok(())
    }

    /// Whether the data hold what a density is of; false where a regression is to predict without responses.
    fn observed(&self, _data: &Self::Data) -> bool {
        true
    }

    /// Adds the family's own columns to a prediction; `weights` are the mixing weights of `units`, m × k *unit after unit*.
    fn predict(
        &self,
        _params: &Self::Params,
        _weights: &[f64],
        _data: &Self::Data,
        _units: Range<usize>,
        prediction: Prediction,
    ) -> Prediction {
        prediction
    }
}

/// Starts of an emission family: unlocks [`Start`](em_core::Start) for its mixtures.
pub trait EmissionStart: Emission {
    /// The named starts there are.
    fn kinds(&self) -> &'static [StartKind];

    /// To which of `k` components units belong at the start: by one of the named starts, or by the default.
    ///
    /// # Errors
    /// [`MStepError`] when the data give none.
    fn guess(
        &self,
        kind: Option<StartKind>,
        k: usize,
        data: &Self::Data,
        rng: &mut Rng,
    ) -> Result<Memberships, MStepError>;

    /// Mixing weights and parameters of `k` components from where units belong, to which the weights of the units are yet
    /// to be applied: a first M-step, made safe where a component has hardly a unit.
    ///
    /// # Errors
    /// [`MStepError`] when they give none.
    fn begin(
        &self,
        k: usize,
        data: &Self::Data,
        memberships: &Memberships,
    ) -> Result<(Vec<f64>, Self::Params), MStepError>;

    /// Mixing weights and parameters of `k` components to start from: one of the named starts, or the default.
    ///
    /// # Errors
    /// As [`guess`](Self::guess) and [`begin`](Self::begin).
    fn start(
        &self,
        kind: Option<StartKind>,
        k: usize,
        data: &Self::Data,
        rng: &mut Rng,
    ) -> Result<(Vec<f64>, Self::Params), MStepError> {
        self.begin(k, data, &self.guess(kind, k, data, rng)?)
    }
}

/// Components that can be begun anew or left out: unlocks [`Repair`](em_core::Repair) for mixtures.
pub trait EmissionRepair: Emission {
    /// The parameters with one component begun anew at an observation.
    ///
    /// # Errors
    /// [`MStepError`] when that gives no valid parameters.
    fn reseed(
        &self,
        params: &Self::Params,
        component: usize,
        data: &Self::Data,
        unit: usize,
    ) -> Result<Self::Params, MStepError>;

    /// The parameters without one component; called with more than one.
    fn without(&self, params: &Self::Params, component: usize) -> Self::Params;
}

/// Components that can be taken in another order: unlocks [`LabelSymmetry`](em_core::LabelSymmetry) for mixtures.
pub trait EmissionOrder: Emission {
    /// The parameters in which component j is what component `order[j]` was.
    fn permute(&self, params: &Self::Params, order: &[usize]) -> Self::Params;
}

/// Draws of an emission family: unlocks [`Sample`](em_core::Sample) for mixtures.
pub trait EmissionSample: Emission {
    /// One observation for each label, the j-th with the covariates of the j-th unit of `like`.
    fn sample(&self, params: &Self::Params, like: &Self::Data, labels: &[usize], rng: &mut Rng) -> Self::Data;
}

/// The places of components among columns: unlocks [`Portrait`](em_core::Portrait) for mixtures of plain weights.
pub trait EmissionPortrait: Emission {
    /// One for each component.
    fn outlines(&self, params: &Self::Params) -> Vec<Outline>;

    /// The marginal density of `column`, counted from 0, at x in each component; none where there is no density.
    fn marginals(&self, _params: &Self::Params, _column: usize, _x: f64) -> Option<Vec<f64>> {
        None
    }
}

/// Free coordinates of an emission family: unlocks [`Coordinates`](em_core::Coordinates) for its mixtures.
pub trait EmissionCoordinates: Emission {
    /// The free coordinates of all components.
    fn to_free(&self, params: &Self::Params) -> Vec<f64>;

    /// The parameters at `x`, shaped like `like`; what has the coordinates of `like` is kept as it is there.
    ///
    /// # Errors
    /// [`MStepError`] where the numbers overflow what the parameters can hold.
    fn at_free(&self, like: &Self::Params, x: &[f64]) -> Result<Self::Params, MStepError>;

    /// The parameter that each coordinate moves; see [`Coordinates::coordinate_names`](em_core::Coordinates::coordinate_names).
    /// As provided, they are only numbered.
    fn coordinate_names(&self, params: &Self::Params) -> Vec<String> {
        (0..self.to_free(params).len()).map(|i| format!("x[{i}]")).collect()
    }
}

/// M-steps of an emission family over some of its coordinates: unlocks [`HeldStep`](em_core::HeldStep) for its mixtures.
pub trait EmissionHeldStep: EmissionCoordinates {
    /// As [`Emission::maximize`], over the coordinates that are not held, `held` having an entry for each.
    ///
    /// # Errors
    /// As `maximize`.
    fn maximize_held(
        &self,
        stats: &Self::Stats,
        params: &Self::Params,
        held: &[bool],
    ) -> Result<Self::Params, MStepError>;
}

/// The expected log-likelihood of an emission family: unlocks [`CompleteLikelihood`](em_core::CompleteLikelihood) for its
/// mixtures. It promises that the statistics do not depend on the parameters.
pub trait EmissionLikelihood: Emission {
    /// Σ_ij r_ij ln p(x_i | component j) in nats, given the statistics.
    fn expected_log_likelihood(&self, params: &Self::Params, stats: &Self::Stats) -> f64;
}

/// The slope of an emission family: unlocks [`Gradient`](em_core::Gradient) for its mixtures.
pub trait EmissionGradient: EmissionCoordinates {
    /// The gradient of Σ_ij r_ij ln p(x_i | component j) + the log prior in the free coordinates, given the statistics taken
    /// at `params`.
    fn gradient(&self, params: &Self::Params, stats: &Self::Stats) -> Vec<f64>;
}

/// Maximisation part by part: unlocks [`Conditionals`](em_core::Conditionals), and with it ECM, for mixtures.
pub trait EmissionConditionals: Emission {
    /// The number of parts, at least one.
    fn conditionals(&self) -> usize;

    /// The parameters with the i-th part where Σ_ij r_ij ln p(x_i | component j) + the log prior is largest, given the others.
    ///
    /// # Errors
    /// As [`Emission::maximize`].
    fn maximize_conditional(
        &self,
        i: usize,
        stats: &Self::Stats,
        params: &Self::Params,
    ) -> Result<Self::Params, MStepError>;
}
