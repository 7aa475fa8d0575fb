//! What a model may offer beyond the contract. What needs a capability asks for it in its bounds, so that typed users
//! hear of a missing one from the compiler; for models chosen by a spec, [`crate::registry`] finds out at start-up.

use crate::{Dataset, LatentModel, MStepError, Part, Prediction, Rng};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

/// The named ways to start from data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StartKind {
    /// k-means++ centres, then Lloyd's iterations; the clusters are the first responsibilities.
    KMeans,
    /// k-means++ centres; the nearest centre gives the first responsibilities.
    KMeansPlusPlus,
    /// Random rows as means, the spread of the whole sample around each.
    Rows,
    /// Random responsibilities.
    Responsibilities,
    /// One medoid after the other, each the row that helps most.
    Build,
}

impl fmt::Display for StartKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Parameters from data: unlocks restarts and specs that give no start.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` offers no start of its own",
    label = "this needs `Start`",
    note = "begin at parameters of your choice with `Fit::from`, or implement `em_core::Start` for `{Self}`"
)]
pub trait Start: LatentModel {
    /// Parameters to start from, drawn with `rng`; a new draw gives a new start.
    ///
    /// # Errors
    /// [`MStepError`] when the data give none.
    fn start(&self, data: &Self::Data, rng: &mut Rng) -> Result<Self::Params, MStepError>;

    /// The named starts this model has, its default first; none where it has just the one.
    fn kinds(&self) -> &'static [StartKind] {
        &[]
    }

    /// One of the named starts; called with those of [`kinds`](Self::kinds) only.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    fn start_by(&self, _kind: StartKind, data: &Self::Data, rng: &mut Rng) -> Result<Self::Params, MStepError> {
        self.start(data, rng)
    }

    /// Whether a start of this kind, or the default one, depends on `rng`; where it does not, one run is all there is.
    fn is_random(&self, _kind: Option<StartKind>) -> bool {
        true
    }
}

/// Parameters as free, unconstrained numbers.
///
/// Their length is the number of free parameters, as information criteria count them.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` offers no coordinates",
    label = "this needs `Coordinates`",
    note = "implement `em_core::Coordinates` for `{Self}`"
)]
pub trait Coordinates: LatentModel {
    /// The free coordinates of `params`.
    fn to_free(&self, params: &Self::Params) -> Vec<f64>;

    /// The parameters at free coordinates `x`, shaped like `like`.
    ///
    /// # Errors
    /// [`MStepError`] where the numbers overflow what the parameters can hold.
    fn at_free(&self, like: &Self::Params, x: &[f64]) -> Result<Self::Params, MStepError>;
}

/// Q without the prior: unlocks incremental and stepwise EM, and gradients by differences.
///
/// It promises that the statistics depend on θ through the posterior alone, and that the log-likelihood is the sum over
/// units. A model with [`InnerRounds`](crate::InnerRounds), or with a latent variable that all units share, cannot.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` does not offer Q, its expected complete-data log-likelihood",
    label = "this needs `CompleteLikelihood`",
    note = "implement `em_core::CompleteLikelihood` for `{Self}`, or choose another algorithm"
)]
pub trait CompleteLikelihood: LatentModel {
    /// Q(θ; s) = E\[ln p(y, z | θ)\] in nats, given the statistics `stats` of some units, taken at whatever parameters.
    fn q(&self, params: &Self::Params, stats: &Self::Stats) -> f64;
}

/// Conditional maximisations: unlocks ECM.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` offers no conditional maximisations",
    label = "this needs `Conditionals`",
    note = "implement `em_core::Conditionals` for `{Self}`, or choose another algorithm"
)]
pub trait Conditionals: LatentModel {
    /// Their number, at least one; together they move all parameters.
    fn conditionals(&self) -> usize;

    /// Maximises Q(θ′ | θ), prior included, over the i-th part of the parameters, with the others as they are in `params`;
    /// `stats` may have been taken at earlier parameters.
    ///
    /// # Errors
    /// As [`LatentModel::maximize`].
    fn maximize_conditional(
        &self,
        i: usize,
        stats: &Self::Stats,
        params: &Self::Params,
    ) -> Result<Self::Params, MStepError>;
}

/// How an E-step treats the posterior.
#[derive(Debug)]
pub enum EStepMode<'a> {
    /// Takes the most probable latent value for certain; the E-step returns the log joint there.
    Hard,
    /// Takes one that is drawn; the E-step returns the log-likelihood.
    Sampled(&'a mut Rng),
    /// Takes the posterior ∝ joint^β, 0 < β ≤ 1; the E-step returns (1/β) ln Σ_z joint^β.
    Tempered(f64),
}

/// E-steps that treat the posterior otherwise: unlocks classification, stochastic, Monte-Carlo and annealed EM.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` does not offer hard, drawn or tempered E-steps",
    label = "this needs `EStepModes`",
    note = "implement `em_core::EStepModes` for `{Self}`, or choose another algorithm"
)]
pub trait EStepModes: LatentModel {
    /// As [`LatentModel::expect`], in a mode.
    fn expect_as(
        &self,
        mode: EStepMode,
        params: &Self::Params,
        data: &Self::Data,
        units: Range<usize>,
        stats: &mut Self::Stats,
    ) -> f64;

    /// As [`InnerRounds::expect_fixed`](crate::InnerRounds::expect_fixed), in a mode; asked of models with inner rounds
    /// only. The latent values are those that [`expect_as`](Self::expect_as) takes with the same random numbers.
    fn expect_fixed_as(
        &self,
        _mode: EStepMode,
        _posterior: &Self::Params,
        _at: &Self::Params,
        _data: &Self::Data,
        _units: Range<usize>,
        _stats: &mut Self::Stats,
    ) -> f64 {
        f64::NAN
    }
}

/// The slope of Q in free coordinates: unlocks gradient EM, and certificates by Fisher's identity.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` does not offer the gradient of Q",
    label = "this needs `Gradient`",
    note = "implement `em_core::Gradient` for `{Self}`; where it offers `CompleteLikelihood`, `em_core::gradient_of_q` does it"
)]
pub trait Gradient: Coordinates {
    /// ∇\[Q(θ′ | θ) + ln p(θ′)\] at θ′ = θ in the coordinates of [`to_free`](Coordinates::to_free), given the statistics
    /// taken at `params`. By Fisher's identity this is the gradient of the objective.
    fn gradient(&self, params: &Self::Params, stats: &Self::Stats) -> Vec<f64>;
}

/// The gradient of Q + ln p by central differences in free coordinates, two evaluations of Q for each; no pass over the
/// data. An entry is NaN where the parameters cannot be moved.
pub fn gradient_of_q<M: CompleteLikelihood + Coordinates>(model: &M, params: &M::Params, stats: &M::Stats) -> Vec<f64> {
    difference_gradient(&model.to_free(params), |x| {
        model.at_free(params, x).map_or(f64::NAN, |p| model.q(&p, stats) + model.log_prior(&p))
    })
}

/// The gradient of `f` at `x` by central differences, two evaluations for each coordinate.
///
/// ```
/// let g = em_core::difference_gradient(&[3.0, 1.0], |x| x[0] * x[0] * x[1]);
/// assert!((g[0] - 6.0).abs() < 1e-8 && (g[1] - 9.0).abs() < 1e-8);
/// ```
pub fn difference_gradient(x: &[f64], f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let at = |i: usize, by: f64| {
        let mut x = x.to_vec();
        x[i] += by;
        f(&x)
    };
    // The cube root of the rounding unit balances rounding and truncation of a central difference.
    let step = |x: f64| f64::EPSILON.cbrt() * x.abs().max(1.0);
    (0..x.len()).map(|i| (at(i, step(x[i])) - at(i, -step(x[i]))) / (2.0 * step(x[i]))).collect()
}

/// Parameters from known labels: unlocks starts at a grouping that is given.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` cannot start from labels",
    label = "this needs `LabelStart`",
    note = "begin at parameters of your choice with `Fit::from`, or implement `em_core::LabelStart` for `{Self}`"
)]
pub trait LabelStart: LatentModel {
    /// k, the number of labels it takes.
    fn labels(&self) -> usize;

    /// Parameters to start from, given a label below k for each unit, each of which occurs among the units that count;
    /// called by [`start_from_labels`](Self::start_from_labels), which has checked that.
    ///
    /// # Errors
    /// [`MStepError`] when the units of one label give none.
    fn labelled(&self, data: &Self::Data, labels: &[usize]) -> Result<Self::Params, MStepError>;

    /// Parameters to start from where the label of every unit is given, from 0 to k − 1.
    ///
    /// # Errors
    /// [`MStepError`] when there is not one label per unit, a label is not below k or is that of no unit that counts, or
    /// the units of one label give no parameters.
    fn start_from_labels(&self, data: &Self::Data, labels: &[usize]) -> Result<Self::Params, MStepError> {
        let (k, units) = (self.labels(), data.units());
        if labels.len() != units {
            let cause = format!("there are {} labels for {units} units", labels.len());
            return Err(MStepError::new(Part::Whole, cause, "give each unit one label"));
        }
        if let Some(unit) = labels.iter().position(|label| *label >= k) {
            let cause = format!("the label of unit {unit} is {}, but the model has {k} labels", labels[unit]);
            return Err(MStepError::new(Part::Whole, cause, "count them from 0"));
        }
        let occurs = |label: usize| labels.iter().enumerate().any(|(u, l)| *l == label && data.weight(u) > 0.0);
        match (0..k).find(|label| !occurs(*label)) {
            Some(label) => {
                let cause = "no observation that counts has its label";
                Err(MStepError::new(Part::Component(label), cause, "use fewer components, or other labels"))
            }
            None => self.labelled(data, labels),
        }
    }
}

/// What the model says of each row: labels, responsibilities, means, spreads.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` makes no predictions",
    label = "this needs `Predict`",
    note = "implement `em_core::Predict` for `{Self}`"
)]
pub trait Predict: LatentModel {
    /// Named columns over the rows of `units`, at parameters that a fit has finished. Where a unit is a group of rows,
    /// there is an entry for each of them, in the order in which the rows were given.
    fn predict(&self, params: &Self::Params, data: &Self::Data, units: Range<usize>) -> Prediction;
}

/// New data by the model's own law.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` draws no samples",
    label = "this needs `Sample`",
    note = "implement `em_core::Sample` for `{Self}`"
)]
pub trait Sample: LatentModel<Data: Sized> {
    /// As many units as `like` has, with its covariates, offsets and weights where the model has such; and their latent
    /// values, as columns over the same rows.
    fn sample(&self, params: &Self::Params, like: &Self::Data, rng: &mut Rng) -> (Self::Data, Prediction);
}

/// Parts that may be renamed without changing the model: the components of a mixture.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` names no parts that could be exchanged",
    label = "this needs `LabelSymmetry`",
    note = "implement `em_core::LabelSymmetry` for `{Self}`"
)]
pub trait LabelSymmetry: LatentModel {
    /// k, the number of such parts.
    fn parts(&self, params: &Self::Params) -> usize;

    /// The parameters in which part j is what part `order[j]` was; `order` is a permutation of 0, …, k − 1.
    fn permute(&self, params: &Self::Params, order: &[usize]) -> Self::Params;
}
