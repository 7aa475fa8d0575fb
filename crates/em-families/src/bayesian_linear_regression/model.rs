//! [`BayesianLinearModel`]: the latent-variable model.

use super::posterior::{Posterior, Triangle};
use super::{Precisions, Products};
use crate::RegressionData;
use em_core::{
    Coordinates, Dataset, LatentModel, MStepError, Part, Predict, Prediction, Rng, Start, StartKind, Warning,
};
use std::f64::consts::TAU;
use std::ops::Range;

/// The response is fitted exactly when its noise variance falls below this fraction of its variance: scatter keeps
/// about 15 digits, so that what is left would hold no more than two.
const EXACT: f64 = 1e-13;
/// So far off its natural scale a precision is at its limit, whatever the data.
const LIMIT: f64 = 1e10;
/// Below this fraction of the coefficients, the effective parameters speak of no signal if the evidence agrees.
const NO_SIGNAL: f64 = 0.01;
/// A spread below so many units in the last place of the mean is rounding.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// Linear regression with Gaussian noise of precision β and coefficients w ~ N(0, I/α).
///
/// E-step: the posterior N(m, S) of w, with S⁻¹ = αI + βΦ′Φ and m = βSΦ′t (Bishop 2006, eqs. 3.53 and 3.54). M-step:
/// α = M / (m′m + tr S) (eq. 9.63) and β = N / (|t − Φm|² + tr(Φ′ΦS)) (likewise, exercise 9.21). All rows share w, so rows
/// only add up to [`Products`], and the log evidence (eq. 3.86), in nats, is made from their sum.
///
/// ```
/// use em_core::Fit;
/// use em_families::{BayesianLinearModel, RegressionData};
/// use nalgebra::DMatrix;
/// // An intercept and one covariate.
/// let x = DMatrix::from_fn(2, 6, |i, j| if i == 0 { 1.0 } else { j as f64 });
/// let t = vec![0.1, 0.9, 2.1, 2.9, 4.1, 4.9];
/// let data = RegressionData::new(x, Some(t), None, None)?;
/// let model = BayesianLinearModel::new(2);
/// let fitted = Fit::new(&model, &data).run()?;
/// let coefficients = fitted.params.coefficients().unwrap();
/// assert!((coefficients.mean[1] - 1.0).abs() < 0.05);
/// let prediction = fitted.predict(&model, &data);
/// assert!((prediction.numbers("mean").unwrap()[3] - 3.0).abs() < 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BayesianLinearModel {
    columns: usize,
}

impl BayesianLinearModel {
    /// With M design columns, the intercept included.
    pub fn new(columns: usize) -> Self {
        BayesianLinearModel { columns }
    }

    /// M, the number of design columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    fn fits(&self, data: &RegressionData) -> bool {
        data.columns() == self.columns && data.response().is_some()
    }
}

impl LatentModel for BayesianLinearModel {
    type Data = RegressionData;
    type Params = Precisions;
    type Stats = Products;

    fn zero(&self, _: &Precisions) -> Products {
        Products::zero(self.columns)
    }

    /// Adds the products of the rows; the log evidence comes from their sum.
    fn expect(&self, _: &Precisions, data: &RegressionData, units: Range<usize>, products: &mut Products) -> f64 {
        if !self.fits(data) {
            return f64::NAN;
        }
        products.add(data, units);
        0.0
    }

    fn log_likelihood(&self, params: &Precisions, products: &Products, sum: f64) -> f64 {
        let posterior = Posterior::new(products, params.alpha(), params.beta());
        sum + posterior.map_or(f64::NAN, |p| p.log_evidence())
    }

    fn maximize(&self, products: &Products, params: &Precisions) -> Result<Precisions, MStepError> {
        if products.weight() <= 0.0 {
            return Err(nothing());
        }
        let posterior = Posterior::new(products, params.alpha(), params.beta()).ok_or_else(overflow)?;
        let variance = posterior.next_variance();
        if variance <= least_variance(products) {
            return Err(exact_fit(variance));
        }
        precisions(posterior.next_alpha(), 1.0 / variance)
    }

    /// ln p(t_u | all units before u) in nats, so that weights times values add up to the log evidence. A unit of
    /// weight w counts as w equal ones, each given those before it, and their average is told; one of weight 0 is
    /// predicted but not taken in.
    fn score(&self, params: &Precisions, data: &RegressionData, units: Range<usize>) -> Vec<f64> {
        let before = if self.fits(data) { Products::of(data, units.start).root() } else { None };
        let triangle = before.and_then(|root| Triangle::new(&root, params.alpha(), params.beta()));
        let Some(mut triangle) = triangle else { return vec![f64::NAN; units.len()] };
        units.map(|unit| score_next(&mut triangle, data, unit, params.beta())).collect()
    }

    fn finish(&self, params: &Precisions, products: &Products) -> Precisions {
        let posterior = Posterior::new(products, params.alpha(), params.beta());
        let with = posterior.and_then(|p| params.clone().with_coefficients(p.coefficients()).ok());
        with.unwrap_or_else(|| params.clone())
    }

    fn warnings(&self, params: &Precisions, products: &Products) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if signal_is_lost(params, products) {
            let message = format!("alpha grows without bound ({:.3e}): the terms explain nothing", params.alpha());
            let advice = "the coefficients are practically 0; leave terms out or choose others";
            warnings.push(Warning::new("precision_at_limit", message, advice));
        }
        let variance = products.response_variance();
        if variance > 0.0 && params.beta() * variance > LIMIT {
            let message = format!("beta is very large ({:.3e}): hardly any noise is left", params.beta());
            let advice = "see whether a term determines the response";
            warnings.push(Warning::new("precision_at_limit", message, advice));
        }
        warnings
    }

    fn admit(&self, params: &Precisions, data: &RegressionData) -> Result<Precisions, String> {
        let wanted = self.columns;
        match params.coefficients().map(|c| c.mean.len()) {
            _ if data.columns() != wanted => {
                Err(format!("the data have {} design columns where the model has {wanted}", data.columns()))
            }
            Some(m) if m != wanted => Err(format!("mean: {m} numbers where the design has {wanted} columns")),
            _ => Ok(params.clone()),
        }
    }
}

/// ln p of unit `unit` given what the triangle holds; then takes it in, where it has weight.
///
/// ln ∏ over w copies = ½ (w ln(β/2π) − ln(1 + wβs) − e² / (1/(wβ) + s)) with e = t − φ′m and s = φ′Sφ, divided by w.
fn score_next(triangle: &mut Triangle, data: &RegressionData, unit: usize, beta: f64) -> f64 {
    let t = data.response().map_or(f64::NAN, |y| y[unit] - data.offset(unit));
    let weight = data.weight(unit);
    let copies = if weight > 0.0 { weight } else { 1.0 };
    let (mean, s) = triangle.predict(data.row(unit));
    let error = t - mean;
    let log = copies * (beta / TAU).ln() - (copies * beta * s).ln_1p() - error * error / (1.0 / (copies * beta) + s);
    if weight > 0.0 {
        triangle.absorb(data.row(unit), t, weight * beta);
    }
    0.5 * log / copies
}

/// Below this the noise variance holds nothing but rounding.
fn least_variance(products: &Products) -> f64 {
    let mean = products.mean();
    let rounding = ROUNDING * mean[mean.len() - 1];
    f64::max(EXACT * products.response_variance(), rounding * rounding)
}

/// Whether α is on its way to infinity: next to nothing is determined by the data, and towards α → ∞ the evidence still
/// rises.
///
/// There d ln p / d ln α → (β tr Φ′Φ − β²|Φ′t|²) / 2α, from the first order of Bishop (2006), eq. 3.86, in 1/α.
fn signal_is_lost(params: &Precisions, products: &Products) -> bool {
    let posterior = Posterior::new(products, params.alpha(), params.beta());
    let (Some(posterior), Some(root)) = (posterior, products.root()) else { return false };
    let m = root.ncols() - 1;
    let (x, t) = (root.columns(0, m), root.column(m));
    let determined = posterior.effective_parameters() / posterior.columns();
    let rising = params.beta() * x.tr_mul(&t).norm_squared() < x.norm_squared();
    determined < 1.0 / LIMIT || (determined < NO_SIGNAL && rising)
}

fn precisions(alpha: f64, beta: f64) -> Result<Precisions, MStepError> {
    let advice = "standardise the columns and the response, or leave terms out";
    Precisions::new(alpha, beta).map_err(|e| MStepError::new(Part::Whole, e, advice))
}

fn nothing() -> MStepError {
    let advice = "give a response and at least one row with a weight above 0";
    MStepError::new(Part::Whole, "there is nothing to learn from", advice)
}

fn overflow() -> MStepError {
    let cause =
        "sums of squares of the columns or the response are too large for a number, or the precisions too far apart";
    MStepError::new(Part::Whole, cause, "standardise the columns and the response")
}

fn exact_fit(variance: f64) -> MStepError {
    let cause = format!("the response is fitted exactly (noise variance {variance:.3e}), so that beta has no maximum");
    let advice = "leave out the term that determines the response, or see whether it varies at all";
    MStepError::new(Part::Parameter("beta"), cause, advice)
}

impl Start for BayesianLinearModel {
    /// β = 1 / v with v the variance of the response (its mean square, where it does not vary), and α such that the
    /// prior gives Φw the mean square of the response: α = tr(Φ′Φ) / t′t. Nothing is drawn.
    fn start(&self, data: &RegressionData, _: &mut Rng) -> Result<Precisions, MStepError> {
        if !self.fits(data) || data.total_weight() <= 0.0 {
            return Err(nothing());
        }
        let products = Products::of(data, data.units());
        let squares = products.root().ok_or_else(overflow)?.column_iter().map(|c| c.norm_squared()).collect::<Vec<_>>();
        let (t, x) = (squares[self.columns], squares[..self.columns].iter().sum::<f64>());
        if t == 0.0 {
            return Err(exact_fit(0.0));
        }
        let variance = products.response_variance();
        let varies = variance > least_variance(&products);
        let alpha = if x > 0.0 { x / t } else { 1.0 };
        precisions(alpha, 1.0 / if varies { variance } else { t / products.weight() })
    }

    fn is_random(&self, _: Option<StartKind>) -> bool {
        false
    }
}

impl Coordinates for BayesianLinearModel {
    /// ln α and ln β.
    fn to_free(&self, params: &Precisions) -> Vec<f64> {
        vec![params.alpha().ln(), params.beta().ln()]
    }

    fn at_free(&self, _: &Precisions, x: &[f64]) -> Result<Precisions, MStepError> {
        precisions(x[0].exp(), x[1].exp())
    }
}

impl Predict for BayesianLinearModel {
    /// `mean` = φ′m + offset and `sd` = √(1/β + φ′Sφ), which includes the noise (Bishop 2006, eqs. 3.58 and 3.59);
    /// before a fit is finished those of the prior, m = 0 and S = I/α.
    fn predict(&self, params: &Precisions, data: &RegressionData, units: Range<usize>) -> Prediction {
        let noise = 1.0 / params.beta();
        let one = |unit: usize| {
            let row = data.block(unit..unit + 1);
            let (mean, variance) = match params.coefficients() {
                Some(c) => (row.dot(&c.mean), (&c.covariance * row).dot(&row)),
                None => (0.0, row.norm_squared() / params.alpha()),
            };
            // Rounding may leave φ′Sφ a little below 0.
            (mean + data.offset(unit), (noise + variance.max(0.0)).sqrt())
        };
        let (mean, sd) = units.map(one).unzip();
        Prediction::default().with("mean", mean).with("sd", sd)
    }
}
