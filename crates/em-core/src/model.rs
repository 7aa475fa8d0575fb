//! The contract: [`LatentModel`], with [`InnerRounds`] for M-steps without a closed form and [`DirectStep`] for those
//! that look at the data.

use crate::{Dataset, MStepError, Statistics, Warning};
use std::ops::Range;

/// A model with latent variables, fitted by expectation–maximisation.
///
/// Write *y* for the data, *z* for the latent variables and θ for the parameters. One iteration of EM (Dempster, Laird
/// & Rubin 1977) takes expectations over *z* given *y* and θ, then maximises
///
/// Q(θ′ | θ) = E\[ln p(y, z | θ′) | y, θ\] + ln p(θ′).
///
/// | in the formula | here |
/// |---|---|
/// | y | `data`, cut into independent units |
/// | θ | `params` |
/// | the expectations that Q needs | `stats`, a [`Statistics`] |
/// | ln p(y \| θ) | [`log_likelihood`](Self::log_likelihood), in nats, over all units |
/// | ln p(θ) | [`log_prior`](Self::log_prior), a normalised density |
///
/// Nothing here assumes labels or a responsibility matrix: continuous latent variables, sequences, and one latent
/// variable shared by all units fit as well. The value itself holds settings only and never changes during a fit.
///
/// See the [crate's first page](crate) for a complete model.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no latent-variable model",
    label = "this needs `LatentModel`",
    note = "implement `em_core::LatentModel` for `{Self}`: `zero`, `expect` and `maximize`"
)]
pub trait LatentModel: Send + Sync {
    /// n independent units: rows, groups of rows that share a label, sequences, one experiment.
    type Data: Dataset + ?Sized;
    /// The parameters θ, valid by construction; they carry the dimensions.
    type Params: Clone + Send + Sync;
    /// What the E-step adds up.
    type Stats: Statistics;

    /// The statistic of no data at all, shaped for `params`. All its numbers are zero.
    fn zero(&self, params: &Self::Params) -> Self::Stats;

    /// E-step: adds the expected statistics of `units`, each times its weight, and returns their weighted
    /// log-likelihood at `params` in nats, or a lower bound on it.
    ///
    /// Signals failure by returning a number that is not finite. A unit of weight 0 adds nothing.
    fn expect(&self, params: &Self::Params, data: &Self::Data, units: Range<usize>, stats: &mut Self::Stats) -> f64;

    /// M-step: maximises, or at least raises, Q(θ′ | θ), prior included, given the statistics taken at `params`.
    ///
    /// # Errors
    /// [`MStepError`] when no such parameters exist: a component without support, a singular covariance.
    fn maximize(&self, stats: &Self::Stats, params: &Self::Params) -> Result<Self::Params, MStepError>;

    /// ln p(θ), the log density of the prior in nats, normalised; 0 where there is none.
    fn log_prior(&self, _params: &Self::Params) -> f64 {
        0.0
    }

    /// ln p(y | θ) of all data, given the sum of what [`expect`](Self::expect) returned.
    ///
    /// A model whose latent variable is shared by all units makes it from the merged `stats` instead.
    fn log_likelihood(&self, _params: &Self::Params, _stats: &Self::Stats, sum: f64) -> f64 {
        sum
    }

    /// The log-likelihood of each of `units` by itself in nats, counted once whatever its weight; NaN where that
    /// cannot be told.
    ///
    /// As provided, it takes units one at a time through the E-step. Where all units share one latent variable, give
    /// the density of each unit given those before it, so that the values still add up to the whole.
    fn score(&self, params: &Self::Params, data: &Self::Data, units: Range<usize>) -> Vec<f64> {
        let mut stats = self.zero(params);
        units.map(|u| self.expect(params, data, u..u + 1, &mut stats) / data.weight(u)).collect()
    }

    /// Units per block of an E-step. It may depend on the data and the model's shape (n, d, k), on nothing else: the
    /// blocks decide the rounding of sums, and so the bits of a result.
    fn block(&self, _data: &Self::Data) -> usize {
        512
    }

    /// Whether [`expect`](Self::expect) adds numbers of the data alone, the same at any parameters: sufficient
    /// statistics.
    ///
    /// One pass then serves a whole run. Every later E-step takes the statistics of that pass again, cloned, so that an
    /// iteration costs what [`log_likelihood`](Self::log_likelihood) and [`maximize`](Self::maximize) do, whatever n
    /// is; the passes that a fit reports are those that were really made.
    fn sufficient(&self) -> bool {
        false
    }

    /// `Some(self)` where [`maximize`](Self::maximize) is one ascent step of a longer M-step.
    fn inner(&self) -> Inner<'_, Self> {
        None
    }

    /// `Some(self)` where the M-step looks at the data themselves and [`maximize`](Self::maximize) is never asked.
    fn direct(&self) -> Direct<'_, Self> {
        None
    }

    /// The parameters at the end of a fit, with what the last E-step knows beyond them: a posterior, say.
    fn finish(&self, params: &Self::Params, _stats: &Self::Stats) -> Self::Params {
        params.clone()
    }

    /// What a user should know about a finished fit: a rate on its way to zero, an almost empty component.
    fn warnings(&self, _params: &Self::Params, _stats: &Self::Stats) -> Vec<Warning> {
        Vec::new()
    }

    /// Checks parameters that a user gave against the data, for shapes above all, and completes them with what follows
    /// from the data; a run begins at what this returns.
    ///
    /// # Errors
    /// A sentence that names the shape wanted and got.
    fn admit(&self, params: &Self::Params, _data: &Self::Data) -> Result<Self::Params, String> {
        Ok(params.clone())
    }
}

/// An M-step without a closed form (Poisson or logistic regressions): [`maximize`](LatentModel::maximize) is then one
/// ascent step from the point where the statistics were taken.
///
/// The posterior is held at one set of parameters while the point moves, so that Q(at | posterior) rises from round
/// to round. Such statistics depend on the point through more than the posterior.
pub trait InnerRounds: LatentModel {
    /// Adds the statistics of `units` at the point `at` under the posterior at `posterior`; returns their part of
    /// Q(at | posterior) in nats, without the prior.
    fn expect_fixed(
        &self,
        posterior: &Self::Params,
        at: &Self::Params,
        data: &Self::Data,
        units: Range<usize>,
        stats: &mut Self::Stats,
    ) -> f64;

    /// The point a fraction `by` (from 0 to 1) of the way between two, in coordinates of the model's choice; used to
    /// shorten a step that lowers Q.
    fn between(&self, from: &Self::Params, to: &Self::Params, by: f64) -> Self::Params;
}

/// The inner rounds of a model, where it has any.
pub type Inner<'a, M> = Option<
    &'a dyn InnerRounds<
        Data = <M as LatentModel>::Data,
        Params = <M as LatentModel>::Params,
        Stats = <M as LatentModel>::Stats,
    >,
>;

/// An M-step that looks at the data themselves, because no sum over units says enough: a search for medoids, say, which
/// compares rows with one another.
///
/// The data must be where the step is done, so such a model is fitted on one machine.
pub trait DirectStep: LatentModel {
    /// M-step: maximises, or at least raises, Q(θ′ | θ), prior included, given the data and the statistics taken at
    /// `params`. Where nothing is left to raise, it returns `params`.
    ///
    /// # Errors
    /// [`MStepError`] when no such parameters exist.
    fn maximize_over(
        &self,
        data: &Self::Data,
        stats: &Self::Stats,
        params: &Self::Params,
    ) -> Result<Self::Params, MStepError>;
}

/// The direct M-step of a model, where it has one.
pub type Direct<'a, M> = Option<
    &'a dyn DirectStep<
        Data = <M as LatentModel>::Data,
        Params = <M as LatentModel>::Params,
        Stats = <M as LatentModel>::Stats,
    >,
>;
