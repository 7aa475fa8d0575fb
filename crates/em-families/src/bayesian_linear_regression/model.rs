//! [`BayesianLinearModel`]: the latent-variable model.

use super::limits::warnings;
use super::posterior::{Triangle, coefficients};
use super::prior::precision;
use super::products::BLOCK;
use super::spectrum::{Expectations, Spectrum};
use super::{EvidenceError, EvidenceUpdate, InterceptPrior, PrecisionPrior, Precisions, Products};
use crate::RegressionData;
use em_core::{Coordinates, Dataset, LatentModel, MStepError, Predict, Prediction, Warning};
use std::f64::consts::TAU;
use std::ops::Range;

/// Linear regression with Gaussian noise of precision β and coefficients w ~ N(0, I/α).
///
/// All rows share w, so rows only add up to [`Products`], which one pass finds for a whole fit. E-step: the posterior
/// N(m, S) of w, with S⁻¹ = αI + βΦ′Φ and m = βSΦ′t (Bishop 2006, eqs. 3.53 and 3.54). M-step: as [`EvidenceUpdate`] says. The
/// objective is the log evidence (eq. 3.86) plus the log density of the prior on α and β, in nats.
///
/// With [`shrink_intercept`](Self::shrink_intercept)`(false)` the first coefficient has a flat prior of density 1 and is
/// integrated out: the log evidence is that of the other columns and the response about their means with N − 1 in place
/// of N, less ½ ln N. M and γ then count the coefficients that are shrunk, and rows in the M-step count N − 1. A
/// constant added to the response, or to a covariate, moves the intercept and nothing else.
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BayesianLinearModel {
    columns: usize,
    intercept: InterceptPrior,
    update: EvidenceUpdate,
    prior: PrecisionPrior,
}

impl BayesianLinearModel {
    /// With M design columns, the intercept included; by EM, without priors on the precisions.
    pub fn new(columns: usize) -> Self {
        let (intercept, update, prior) = Default::default();
        BayesianLinearModel { columns, intercept, update, prior }
    }

    /// Whether the first coefficient is shrunk like any other, as it is by default. If not, the first design column must
    /// be one of ones, and not the only one.
    ///
    /// ```
    /// use em_core::Fit;
    /// use em_families::{BayesianLinearModel, RegressionData};
    /// use nalgebra::DMatrix;
    /// let x = DMatrix::from_fn(2, 6, |i, j| if i == 0 { 1.0 } else { j as f64 });
    /// let model = BayesianLinearModel::new(2).shrink_intercept(false);
    /// let fit = |shift: f64| -> Result<_, Box<dyn std::error::Error>> {
    ///     let t = [0.1, 0.9, 2.1, 2.9, 4.1, 4.9].map(|t| t + shift).to_vec();
    ///     Ok(Fit::new(&model, &RegressionData::new(x.clone(), Some(t), None, None)?).run()?)
    /// };
    /// let (near, far) = (fit(0.0)?, fit(100.0)?);
    /// assert!((near.params.alpha() / far.params.alpha() - 1.0).abs() < 1e-9);
    /// let intercept = |f: &em_core::Fitted<BayesianLinearModel>| { f.params.coefficients().unwrap().mean[0] };
    /// assert!((intercept(&far) - intercept(&near) - 100.0).abs() < 1e-9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shrink_intercept(self, shrink: bool) -> Self {
        let intercept = if shrink { InterceptPrior::Shrunk } else { InterceptPrior::Flat };
        BayesianLinearModel { intercept, ..self }
    }

    /// By this update.
    pub fn update(self, update: EvidenceUpdate) -> Self {
        BayesianLinearModel { update, ..self }
    }

    /// Under this prior.
    pub fn prior(self, prior: PrecisionPrior) -> Self {
        BayesianLinearModel { prior, ..self }
    }

    /// The number of design columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The priors on α and β.
    pub fn precision_prior(&self) -> PrecisionPrior {
        self.prior
    }

    /// How an iteration changes α and β.
    pub(super) fn chosen_update(&self) -> EvidenceUpdate {
        self.update
    }

    /// What is believed of the first coefficient.
    pub(super) fn intercept(&self) -> InterceptPrior {
        self.intercept
    }

    /// Whether the data have the columns, and a response.
    pub(super) fn fits(&self, data: &RegressionData) -> bool {
        data.columns() == self.columns && data.response().is_some()
    }

    /// Refuses a design without a column of ones to be integrated out, or without any besides.
    pub(super) fn check_intercept(&self, data: &RegressionData) -> Result<(), EvidenceError> {
        match self.intercept {
            InterceptPrior::Shrunk => Ok(()),
            InterceptPrior::Flat if self.columns < 2 => Err(EvidenceError::NothingShrunk),
            InterceptPrior::Flat => match (0..data.units()).find(|unit| data.row(*unit)[0] != 1.0) {
                Some(row) => Err(EvidenceError::NoIntercept { row, value: data.row(row)[0] }),
                None => Ok(()),
            },
        }
    }

    /// Refuses rows of so little weight N that under a flat intercept nothing is left for β, which then has no prior.
    pub(super) fn check_weight(&self, weight: f64) -> Result<(), EvidenceError> {
        let light = self.intercept == InterceptPrior::Flat && weight <= 1.0 && self.prior.beta.is_none();
        if light { Err(EvidenceError::TooLight { weight }) } else { Ok(()) }
    }

    /// Refuses priors under which the objective has no maximum: as α → 0 the evidence falls as α^(rank/2), as
    /// β → 0 it falls as β^(N/2), or β^((N−1)/2) beside a flat intercept, and a density of shape a grows as τ^(a−1).
    fn check_prior(&self, spectrum: &Spectrum) -> Result<(), EvidenceError> {
        let PrecisionPrior { alpha, beta } = self.prior;
        for (name, prior, terms) in [("alpha", alpha, spectrum.rank()), ("beta", beta, spectrum.degrees())] {
            if let Some(prior) = prior.filter(|p| terms + p.pseudo().1 <= 0.0) {
                return Err(EvidenceError::NoMode { name, shape: prior.shape(), terms });
            }
        }
        Ok(())
    }

    /// α = M / (m′m + tr S) and β = N / (|t − Φm|² + tr(Φ′Φ S)), with what the prior adds.
    pub(super) fn em_step(
        &self,
        at: &Expectations,
        of: &Spectrum,
        least_variance: f64,
    ) -> Result<Precisions, EvidenceError> {
        let alpha = precision(self.prior.alpha, of.columns(), at.squares + at.trace);
        let beta = precision(self.prior.beta, of.degrees(), at.residual + at.spread);
        let variance = 1.0 / beta;
        if variance <= least_variance {
            return Err(EvidenceError::ExactFit { variance });
        }
        Ok(Precisions::new(alpha, beta)?)
    }

    /// α = γ / m′m and β = (N − γ) / |t − Φm|², with what the prior adds; none where these are no precisions, or leave
    /// next to no noise.
    pub(super) fn fixed_point_step(&self, at: &Expectations, of: &Spectrum, least_variance: f64) -> Option<Precisions> {
        let gamma = at.effective_parameters;
        let alpha = precision(self.prior.alpha, gamma, at.squares);
        let beta = precision(self.prior.beta, of.degrees() - gamma, at.residual);
        Precisions::new(alpha, beta).ok().filter(|p| 1.0 / p.beta() > least_variance)
    }

    pub(super) fn objective(&self, at: &Precisions, spectrum: &Spectrum) -> f64 {
        spectrum.at(at.alpha(), at.beta()).log_evidence + self.log_prior(at)
    }
}

impl LatentModel for BayesianLinearModel {
    type Data = RegressionData;
    type Params = Precisions;
    type Stats = Products;

    fn zero(&self, _: &Precisions) -> Products {
        Products::zero(self.columns, self.intercept)
    }

    /// Adds the products of the rows; the log evidence comes from their sum.
    fn expect(&self, _: &Precisions, data: &RegressionData, units: Range<usize>, products: &mut Products) -> f64 {
        if !self.fits(data) {
            return f64::NAN;
        }
        products.add(data, units);
        0.0
    }

    fn sufficient(&self) -> bool {
        true
    }

    fn block(&self, _: &RegressionData) -> usize {
        BLOCK
    }

    fn log_likelihood(&self, params: &Precisions, products: &Products, sum: f64) -> f64 {
        let spectrum = products.spectrum();
        sum + spectrum.map_or(f64::NAN, |s| s.at(params.alpha(), params.beta()).log_evidence)
    }

    fn log_prior(&self, params: &Precisions) -> f64 {
        self.prior.log_density(params.alpha(), params.beta())
    }

    fn maximize(&self, products: &Products, params: &Precisions) -> Result<Precisions, MStepError> {
        if products.weight() <= 0.0 {
            return Err(EvidenceError::Nothing.into());
        }
        let spectrum = products.spectrum().ok_or(EvidenceError::Overflow)?;
        self.check_weight(products.weight())?;
        self.check_prior(spectrum)?;
        let (at, least_variance) = (spectrum.at(params.alpha(), params.beta()), products.least_variance());
        let leap = match self.update {
            EvidenceUpdate::Em => None,
            EvidenceUpdate::MacKay => self.fixed_point_step(&at, spectrum, least_variance),
        };
        // Written so that an objective that is not a number is no rise.
        let rises = |to: &Precisions| self.objective(to, spectrum) >= at.log_evidence + self.log_prior(params);
        match leap.filter(rises) {
            Some(leap) => Ok(leap),
            None => Ok(self.em_step(&at, spectrum, least_variance)?),
        }
    }

    /// ln p(t_u | all units before u) in nats, so that weights times values add up to the log evidence. A unit of
    /// weight w counts as w equal ones, each given those before it, and their average is told; one of weight 0 is
    /// predicted but not taken in. Before the first of them nothing is known of a flat intercept, and one row, whatever
    /// it is, has density 1.
    fn score(&self, params: &Precisions, data: &RegressionData, units: Range<usize>) -> Vec<f64> {
        let scored = self.fits(data) && self.check_intercept(data).is_ok();
        let at = (params.alpha(), params.beta());
        let before = scored.then(|| Products::of(data, units.start));
        let triangle = before.and_then(|products| Triangle::new(products.root()?, at, self.intercept));
        let Some(mut triangle) = triangle else { return vec![f64::NAN; units.len()] };
        units.map(|unit| score_next(&mut triangle, data, unit, params.beta())).collect()
    }

    fn finish(&self, params: &Precisions, products: &Products) -> Precisions {
        let at = (params.alpha(), params.beta());
        let coefficients = products.spectrum().zip(products.root()).and_then(|(spectrum, root)| {
            let gamma = spectrum.at(at.0, at.1).effective_parameters;
            coefficients(root, at, gamma, self.intercept)
        });
        let with = coefficients.and_then(|c| params.clone().with_coefficients(c).ok());
        with.unwrap_or_else(|| params.clone())
    }

    fn warnings(&self, params: &Precisions, products: &Products) -> Vec<Warning> {
        warnings(params, products, &self.prior)
    }

    fn admit(&self, params: &Precisions, data: &RegressionData) -> Result<Precisions, String> {
        let wanted = self.columns;
        let refuse = |e: EvidenceError| format!("{e}; {}", e.advice());
        EvidenceError::check_columns(wanted).map_err(refuse)?;
        match params.coefficients().map(|c| c.mean.len()) {
            _ if data.columns() != wanted => {
                Err(format!("the data have {} design columns where the model has {wanted}", data.columns()))
            }
            Some(m) if m != wanted => Err(format!("mean: {m} numbers where the design has {wanted} columns")),
            _ => self.check_intercept(data).map(|()| params.clone()).map_err(refuse),
        }
    }
}

/// ln p of unit `unit` given what the triangle holds; then takes it in, where it has weight.
///
/// ln ∏ over w copies = ½ (w ln(β/2π) − ln(1 + wβs) − e² / (1/(wβ) + s)) with e = t − φ′m and s = φ′Sφ, divided by w.
/// Where a flat intercept takes up whatever there is, they are alike and no more: ½ ((w − 1) ln(β/2π) − ln w).
fn score_next(triangle: &mut Triangle, data: &RegressionData, unit: usize, beta: f64) -> f64 {
    let t = data.response().map_or(f64::NAN, |y| y[unit] - data.offset(unit));
    let weight = data.weight(unit);
    let copies = if weight > 0.0 { weight } else { 1.0 };
    let log = match triangle.predict(data.row(unit)) {
        Some((mean, s)) => {
            let squares = (t - mean).powi(2) / (1.0 / (copies * beta) + s);
            copies * (beta / TAU).ln() - (copies * beta * s).ln_1p() - squares
        }
        None => (copies - 1.0) * (beta / TAU).ln() - copies.ln(),
    };
    if weight > 0.0 {
        triangle.absorb(data.row(unit), t, weight * beta);
    }
    0.5 * log / copies
}

impl Coordinates for BayesianLinearModel {
    /// ln α and ln β.
    fn to_free(&self, params: &Precisions) -> Vec<f64> {
        vec![params.alpha().ln(), params.beta().ln()]
    }

    fn at_free(&self, like: &Precisions, x: &[f64]) -> Result<Precisions, MStepError> {
        let kept = |precision: f64, x: f64| if precision.ln() == x { precision } else { x.exp() };
        match (kept(like.alpha(), x[0]), kept(like.beta(), x[1])) {
            (alpha, beta) if alpha == like.alpha() && beta == like.beta() => Ok(like.clone()),
            (alpha, beta) => Ok(Precisions::new(alpha, beta).map_err(EvidenceError::from)?),
        }
    }

    fn coordinate_names(&self, _: &Precisions) -> Vec<String> {
        vec!["alpha".into(), "beta".into()]
    }
}

impl Predict for BayesianLinearModel {
    /// `mean` = φ′m + offset and `sd` = √(1/β + φ′Sφ), which includes the noise (Bishop 2006, eqs. 3.58 and 3.59);
    /// before a fit is finished those of the prior, m = 0 and S = I/α; a flat intercept, of which a prior says nothing, is
    /// 0 then.
    fn predict(&self, params: &Precisions, data: &RegressionData, units: Range<usize>) -> Prediction {
        let noise = 1.0 / params.beta();
        let shrunk = self.intercept.first_shrunk();
        let one = |unit: usize| {
            let row = data.block(unit..unit + 1);
            let (mean, variance) = match params.coefficients() {
                Some(c) => (row.dot(&c.mean), (&c.covariance * row).dot(&row)),
                None => (0.0, row.rows_range(shrunk..).norm_squared() / params.alpha()),
            };
            // Rounding may leave φ′Sφ a little below 0.
            (mean + data.offset(unit), (noise + variance.max(0.0)).sqrt())
        };
        let (mean, sd) = units.map(one).unzip();
        Prediction::default().with("mean", mean).with("sd", sd)
    }
}
