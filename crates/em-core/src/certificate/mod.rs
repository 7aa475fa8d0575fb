//! [`Certificate`]: what the point is where a fit ended.

mod convergence;
mod cost;
mod direction;
mod judge;
mod probe;
#[cfg(test)]
mod tests;
mod words;

pub use convergence::Convergence;
pub use direction::{Direction, Loading};

use crate::algorithm::Context;
use crate::capability::Slope;
use crate::{Coordinates, Dataset, Fitted, Gradient, Local, Streams};
use em_curvature::{Landscape, Sight};
use judge::Place;
use serde::{Deserialize, Serialize};

/// What the point is where a fit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The slope is 0 and the objective falls in every direction.
    StrictMaximum,
    /// The objective still rises along its slope, by more than a thousandth of a nat.
    NotStationary,
    /// The slope is 0, but there is a direction in which the objective rises on both sides, or farther out.
    Saddle,
    /// The slope is 0 and the objective falls nowhere near along some direction: the data do not tell its parameters apart.
    NotIdentified,
    /// Some parameters are at the border of what they can be, or on their way to infinity, where derivatives tell nothing; in
    /// the others it is a strict maximum.
    AtBorder,
    /// The derivatives cannot be taken.
    Unknown,
}

/// Where derivatives come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Derivatives {
    /// The slope is that of Q, by Fisher's identity; second derivatives are differences of it.
    Fisher,
    /// Both are differences of the objective.
    Differences,
}

/// What the point is where a fit ended: slope and Hessian of log-likelihood + log prior in free coordinates, and what they
/// say.
///
/// A fit that stopped because gains became small may be at a maximum, at a saddle (components that began identical never
/// part), in a plain where parameters trade off against one another, or merely slow. The Hessian is scaled to a diagonal of
/// −1 before its eigenvalues are judged, and steps of differences are measured by what they do to the objective, so that no
/// verdict depends on units. Parameters held fixed are left out.
///
/// ```
/// use em_core::{Certificate, Coordinates, Fit, LatentModel, MStepError, Stop, Verdict};
/// use std::ops::Range;
///
/// /// Numbers of mean a + b: two parameters where the data tell one.
/// struct Sum;
/// impl LatentModel for Sum {
///     type Data = [f64];
///     type Params = [f64; 2];
///     type Stats = [f64; 2];
///     fn zero(&self, _: &[f64; 2]) -> [f64; 2] { [0.0; 2] }
///     fn expect(&self, [a, b]: &[f64; 2], x: &[f64], units: Range<usize>, s: &mut [f64; 2]) -> f64 {
///         x[units].iter().map(|x| { s[0] += 1.0; s[1] += x; -0.5 * (x - a - b).powi(2) }).sum()
///     }
///     fn maximize(&self, s: &[f64; 2], [a, _]: &[f64; 2]) -> Result<[f64; 2], MStepError> { Ok([*a, s[1] / s[0] - a]) }
/// }
/// impl Coordinates for Sum {
///     fn to_free(&self, p: &[f64; 2]) -> Vec<f64> { p.to_vec() }
///     fn at_free(&self, _: &[f64; 2], x: &[f64]) -> Result<[f64; 2], MStepError> { Ok([x[0], x[1]]) }
///     fn coordinate_names(&self, _: &[f64; 2]) -> Vec<String> { vec!["a".into(), "b".into()] }
/// }
/// let data = [1.0, 2.0, 6.0];
/// let fitted = Fit::new(&Sum, &data[..]).from([1.0, 1.0])?;
/// let certificate = Certificate::of(&Sum, &data[..], &fitted);
/// assert_eq!(certificate.verdict, Verdict::NotIdentified);
/// assert_eq!(certificate.flat[0].to_string(), "a (+0.71), b (−0.71)");
/// # Ok::<(), em_core::FitError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// What the point is.
    pub verdict: Verdict,
    /// How that was found.
    pub derivatives: Derivatives,
    /// p, the coordinates that were judged: the free ones, less those at the border.
    pub coordinates: usize,
    /// The length of the slope in free coordinates.
    pub gradient_norm: Option<f64>,
    /// ½ g′(−H)⁻¹g in the directions that bend downwards: what is still to gain, in nats, if the objective is as its
    /// derivatives say; half the squared distance to the maximum in standard errors.
    pub to_gain: Option<f64>,
    /// The p eigenvalues of the Hessian scaled to a diagonal of ±1, ascending: all below 0 at a strict maximum.
    pub eigenvalues: Vec<f64>,
    /// An eigenvalue this near to 0 may be 0: the error of the differences, and what a slope that is not 0 makes uncertain.
    pub tolerance: f64,
    /// Directions in which the objective rises, the steepest first; three at the most.
    pub rising: Vec<Direction>,
    /// Directions in which it does not change.
    pub flat: Vec<Direction>,
    /// Parameters at the border of what they can be, or on their way to infinity.
    pub border: Vec<String>,
    /// How fast the objective was rising at the end, where that can be told.
    pub convergence: Option<Convergence>,
    /// Passes over the data that this took.
    pub passes: f64,
}

impl Certificate {
    /// Of a fit of `model` to `data`, by differences of the objective: p² + p + 1 passes over the data, a few more where
    /// steps must be sought or a suspicion is looked into. It heeds the [current](crate::Interrupt::current) interrupt, and
    /// knows nothing then.
    pub fn of<M: Coordinates>(model: &M, data: &M::Data, fitted: &Fitted<M>) -> Self {
        certify(model, data, fitted, None)
    }

    /// The same by Fisher's identity, more exact and in 2 p + 1 passes.
    pub fn by_gradient<M: Gradient>(model: &M, data: &M::Data, fitted: &Fitted<M>) -> Self {
        certify(model, data, fitted, Some(M::gradient))
    }

    /// Whether a certificate adds little to a fit: passes × units × free coordinates are no more than five millions, some ten
    /// milliseconds' work. If not, a sentence that says so.
    ///
    /// # Errors
    /// That sentence.
    pub fn is_cheap<M: Coordinates>(
        model: &M,
        data: &M::Data,
        fitted: &Fitted<M>,
        by: Derivatives,
    ) -> Result<(), String> {
        let units = if model.sufficient() { 1 } else { data.units() };
        cost::check(by, fitted.n_free(model), units)
    }
}

fn certify<M: Coordinates>(model: &M, data: &M::Data, fitted: &Fitted<M>, slope: Option<Slope<M>>) -> Certificate {
    let local = Local::new(model, data);
    let cx = Context::new(model, &local, Streams { seed: 0, run: 0 });
    let look = |x: &[f64]| {
        if cx.is_interrupted() {
            return None;
        }
        let state = cx.at(model.at_free(&fitted.params, x).ok()?);
        let sight =
            Sight { value: state.objective(), slope: slope.map(|slope| slope(model, &state.params, &state.stats)) };
        cx.recycle(state.stats);
        Some(sight)
    };
    let (x, mut names) = (model.to_free(&fitted.params), model.coordinate_names(&fitted.params));
    names.resize(x.len(), "?".into());
    let place = Place { x, fixed: fitted.fixed.mask(&names), names };
    let landscape = Landscape { look: &look, weight: data.total_weight() };
    let derivatives = if slope.is_some() { Derivatives::Fisher } else { Derivatives::Differences };
    let judged = judge::judge(&place, &landscape, derivatives);
    // Blocks may have been passed over, so that nothing of this can be trusted.
    let judged = if cx.is_interrupted() { judge::unknown(derivatives) } else { judged };
    Certificate { convergence: Convergence::of(&fitted.trace), passes: cx.passes(), ..judged }
}
