//! [`ConcomitantWeights`]: mixing weights that depend on covariates, where the data have any.

use super::coefficients::LogitCoefficients;
use super::data::WithCovariates;
use super::mixing_weights::MixingWeights;
use super::open_questions::flat_directions;
use super::stats::LogitStats;
use crate::mixture::{INDEPENDENT, Mixing, MixingParams, PlainWeights, shares};
use crate::plural::count;
use em_core::{Dataset, MStepError, Part, Warning, scratch};
use std::ops::Range;

/// Mixing weights by a multinomial logit model, π_j(z) = exp(a_j′z) / Σ_l exp(a_l′z) with a_0 = 0 (concomitant variables:
/// Dayton & Macready 1988; Grün & Leisch 2008, section 2). Over data without covariates they are [`PlainWeights`].
///
/// The M-step has no closed form: one `maximize` is a Newton step that is no longer than the curvature can be trusted for;
/// the driver repeats it until Q stops rising, whatever the family of the components is.
///
/// | symbol | here |
/// |---|---|
/// | z | [`WithCovariates::design_row`], q numbers |
/// | a_j | [`LogitCoefficients::row`], q numbers |
///
/// ```
/// use em_core::Fit;
/// use em_families::{FullGaussian, Mixture, Rows, WithCovariates};
/// use nalgebra::DMatrix;
/// // Waiting times of two kinds, of which the longer is the more frequent the later in the day.
/// let times = [2.0, 1.8, 4.4, 2.2, 1.7, 4.1, 2.4, 4.6, 4.0, 1.9, 4.3, 4.5];
/// let hours = DMatrix::from_fn(1, 12, |_, i| i as f64);
/// let data = WithCovariates::new(Rows::new(1, times.to_vec())?, hours)?;
/// let model = Mixture::of(2, FullGaussian).concomitant();
/// let fitted = Fit::new(&model, &data).seed(1).run()?;
/// let long = usize::from(fitted.params.components()[1].mean()[0] > 3.0);
/// let a = fitted.params.mixing().concomitant().unwrap();
/// assert!(a.row(long)[1] - a.row(1 - long)[1] > 0.2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConcomitantWeights {
    plain: PlainWeights,
    covariates: Vec<String>,
}

impl From<PlainWeights> for ConcomitantWeights {
    /// Over data without covariates, the plain ones.
    fn from(plain: PlainWeights) -> Self {
        ConcomitantWeights { plain, covariates: Vec::new() }
    }
}

impl ConcomitantWeights {
    /// The same with names of the covariates, which messages then use.
    pub fn naming(mut self, covariates: Vec<String>) -> Self {
        self.covariates = covariates;
        self
    }

    /// A design column in words.
    fn name(&self, column: usize) -> String {
        match column.checked_sub(1) {
            None => "the intercept".into(),
            Some(c) => self.covariates.get(c).map_or_else(|| format!("covariate {c}"), |name| format!("`{name}`")),
        }
    }
}

impl Mixing for ConcomitantWeights {
    type Data<D: Dataset> = WithCovariates<D>;
    type Weights = MixingWeights;
    type Stats = LogitStats;

    const INNER: bool = true;

    fn observations<D: Dataset>(data: &WithCovariates<D>) -> &D {
        data.observations()
    }

    fn with_observations<D: Dataset>(data: &WithCovariates<D>, observations: D) -> WithCovariates<D> {
        data.with_observations(observations)
    }

    fn zero(&self, weights: &MixingWeights) -> LogitStats {
        weights
            .concomitant()
            .map_or_else(|| LogitStats::zero(0, 0), |a| LogitStats::zero(a.components() - 1, a.columns()))
    }

    fn add_log_weights<D: Dataset>(
        &self,
        weights: &MixingWeights,
        data: &WithCovariates<D>,
        units: Range<usize>,
        joint: &mut [f64],
    ) {
        match (weights, data.design()) {
            (MixingWeights::Plain(weights), _) => {
                self.plain.add_log_weights(weights, data.observations(), units, joint);
            }
            (MixingWeights::Concomitant(a), Some(design)) => scratch::with(2 * joint.len(), |buffer| {
                let (shares, log_shares) = buffer.split_at_mut(joint.len());
                a.shares(design, units, shares, log_shares);
                joint.iter_mut().zip(log_shares.iter()).for_each(|(joint, l)| *joint += l);
            }),
            // Weights that depend on what the data have not are unknown.
            (MixingWeights::Concomitant(_), None) => joint.fill(f64::NAN),
        }
    }

    fn accumulate<D: Dataset>(
        &self,
        weights: &MixingWeights,
        data: &WithCovariates<D>,
        units: Range<usize>,
        responsibilities: &[f64],
        stats: &mut LogitStats,
    ) {
        if let (MixingWeights::Concomitant(a), Some(design)) = (weights, data.design()) {
            stats.add(a, design, units, responsibilities);
        }
    }

    fn maximize(
        &self,
        counts: &[f64],
        stats: &LogitStats,
        weights: &MixingWeights,
    ) -> Result<MixingWeights, MStepError> {
        match weights {
            MixingWeights::Plain(weights) => self.plain.maximize(counts, &[], weights).map(MixingWeights::Plain),
            MixingWeights::Concomitant(a) => {
                // A component without support has no coefficients.
                shares(counts)?;
                stats.step(a).map(MixingWeights::Concomitant).ok_or_else(overflow)
            }
        }
    }

    fn maximize_held(
        &self,
        counts: &[f64],
        stats: &LogitStats,
        weights: &MixingWeights,
        held: &[bool],
    ) -> Result<MixingWeights, MStepError> {
        match weights {
            MixingWeights::Plain(weights) => {
                self.plain.maximize_held(counts, &[], weights, held).map(MixingWeights::Plain)
            }
            MixingWeights::Concomitant(a) => {
                shares(counts)?;
                stats.step_held(a, held).map(MixingWeights::Concomitant).ok_or_else(overflow)
            }
        }
    }

    fn gradient(&self, counts: &[f64], stats: &LogitStats, weights: &MixingWeights) -> Vec<f64> {
        match weights {
            MixingWeights::Plain(weights) => self.plain.gradient(counts, &[], weights),
            MixingWeights::Concomitant(_) => stats.slope(),
        }
    }

    /// There is none on coefficients.
    fn log_prior(&self, weights: &MixingWeights) -> f64 {
        match weights {
            MixingWeights::Plain(weights) => self.plain.log_prior(weights),
            MixingWeights::Concomitant(_) => 0.0,
        }
    }

    fn shares<D: Dataset>(&self, weights: &MixingWeights, data: &WithCovariates<D>, units: Range<usize>) -> Vec<f64> {
        match (weights, data.design()) {
            (MixingWeights::Plain(weights), _) => self.plain.shares(weights, data.observations(), units),
            (MixingWeights::Concomitant(a), Some(design)) => {
                let (m, k) = (units.len(), a.components());
                let (mut shares, mut log_shares) = (vec![0.0; m * k], vec![0.0; m * k]);
                a.shares(design, units, &mut shares, &mut log_shares);
                (0..m).flat_map(|i| (0..k).map(move |j| (i, j))).map(|(i, j)| shares[j * m + i]).collect()
            }
            (MixingWeights::Concomitant(a), None) => vec![f64::NAN; units.len() * a.components()],
        }
    }

    fn start<D: Dataset>(&self, shares: Vec<f64>, data: &WithCovariates<D>) -> MixingWeights {
        match data.design() {
            Some(design) => MixingWeights::Concomitant(LogitCoefficients::of_shares(&shares, design.columns())),
            None => MixingWeights::Plain(shares),
        }
    }

    /// Plain weights over data with covariates become an intercept.
    fn admit<D: Dataset>(
        &self,
        weights: &MixingWeights,
        k: usize,
        data: &WithCovariates<D>,
    ) -> Result<MixingWeights, String> {
        match weights {
            MixingWeights::Plain(weights) => Ok(self.start(self.plain.admit(weights, k, data.observations())?, data)),
            MixingWeights::Concomitant(a) => {
                let Some(design) = data.design() else {
                    return Err(INDEPENDENT.into());
                };
                let (rows, entries, q) = (a.components(), a.columns(), design.columns());
                if rows != k {
                    let (k, rows) = (count(k, "component", "components"), count(rows, "row", "rows"));
                    return Err(format!("the model has {k}, but `concomitant` has {rows}"));
                }
                if entries != q {
                    let (q, entries) = (count(q, "column", "columns"), count(entries, "entry", "entries"));
                    return Err(format!(
                        "the design of the mixing weights has {q}, an intercept first, but `concomitant` has {entries} in each row"
                    ));
                }
                Ok(weights.clone())
            }
        }
    }

    fn warnings(&self, _: &MixingWeights, stats: &LogitStats) -> Vec<Warning> {
        flat_directions(stats).map(|flat| flat.warning(|column| self.name(column))).into_iter().collect()
    }
}

fn overflow() -> MStepError {
    let cause = "its covariates or coefficients are too large: sums of their squares overflow";
    MStepError::new(Part::Parameter("concomitant"), cause, "bring covariates to the scale of one, or try another start")
}
