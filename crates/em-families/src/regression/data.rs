//! [`RegressionData`]: a design matrix with its response.

use crate::lanes;
use em_core::{Dataset, Resample, scratch};
use nalgebra::{DMatrix, DMatrixView};
use std::ops::Range;

/// n observations of p design columns, with a response, an offset and weights where there are any.
///
/// ```
/// use em_core::Dataset;
/// use em_families::RegressionData;
/// use nalgebra::DMatrix;
/// // An intercept and one covariate, two observations: one observation per column.
/// let x = DMatrix::from_row_slice(2, 2, &[1.0, 1.0, 0.5, 1.5]);
/// let data = RegressionData::new(x, Some(vec![3.0, 4.0]), None, None)?;
/// assert_eq!((data.units(), data.columns()), (2, 2));
/// # Ok::<(), em_families::RegressionDataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RegressionData {
    x: DMatrix<f64>,
    y: Option<Vec<f64>>,
    offset: Option<Vec<f64>>,
    weights: Option<Vec<f64>>,
    center: Vec<f64>,
    spread: Vec<f64>,
}

/// What is wrong with numbers offered as regression data.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum RegressionDataError {
    /// There is no design column.
    #[error("the design has no column")]
    NoColumns,
    /// A list has not one number per observation.
    #[error("{what}: {got} numbers where the design has {wanted} observations")]
    Length {
        /// Which list.
        what: &'static str,
        /// n.
        wanted: usize,
        /// Its length.
        got: usize,
    },
    /// A number is infinite or not a number, or a weight is negative.
    #[error("{what}: {value} in observation {row} (from 0) is not {}", if *what == "weights" { "a finite number, 0 or above" } else { "a finite number" })]
    Value {
        /// Which list.
        what: &'static str,
        /// The observation, counted from 0.
        row: usize,
        /// What stands there.
        value: f64,
    },
}

impl RegressionData {
    /// From a p × n design (one observation per column) and lists of n finite numbers; weights are not negative.
    ///
    /// Without a response the data serve to predict only.
    ///
    /// # Errors
    /// [`RegressionDataError`] that names the list.
    pub fn new(
        x: DMatrix<f64>,
        response: Option<Vec<f64>>,
        offset: Option<Vec<f64>>,
        weights: Option<Vec<f64>>,
    ) -> Result<Self, RegressionDataError> {
        let (p, n) = x.shape();
        if p == 0 {
            return Err(RegressionDataError::NoColumns);
        }
        if let Some(i) = x.iter().position(|v| !v.is_finite()) {
            return Err(RegressionDataError::Value { what: "design", row: i / p, value: x.as_slice()[i] });
        }
        finite("response", response.as_deref(), n, f64::MIN)?;
        finite("offset", offset.as_deref(), n, f64::MIN)?;
        finite("weights", weights.as_deref(), n, 0.0)?;
        Ok(Self::checked(x, response, offset, weights))
    }

    fn checked(x: DMatrix<f64>, y: Option<Vec<f64>>, offset: Option<Vec<f64>>, weights: Option<Vec<f64>>) -> Self {
        let mut data = RegressionData { x, y, offset, weights, center: Vec::new(), spread: Vec::new() };
        data.center = data.weighted_mean();
        data.spread = data.weighted_variance();
        data
    }

    /// The same covariates, offsets and weights with other responses, n numbers.
    pub(crate) fn with_response(&self, response: Vec<f64>) -> Self {
        Self::checked(self.x.clone(), Some(response), self.offset.clone(), self.weights.clone())
    }

    /// p, the number of design columns.
    pub fn columns(&self) -> usize {
        self.x.nrows()
    }

    /// The design, p × n, one observation per contiguous column.
    pub fn design(&self) -> &DMatrix<f64> {
        &self.x
    }

    /// The design of the observations `units`, p × m.
    pub fn block(&self, units: Range<usize>) -> DMatrixView<'_, f64> {
        self.x.columns_range(units)
    }

    /// The p design numbers of one observation.
    pub fn row(&self, unit: usize) -> &[f64] {
        &self.x.as_slice()[unit * self.x.nrows()..][..self.x.nrows()]
    }

    /// The n responses, where they are known.
    pub fn response(&self) -> Option<&[f64]> {
        self.y.as_deref()
    }

    /// What is added to the linear predictor of one observation; 0 without an offset.
    pub fn offset(&self, unit: usize) -> f64 {
        self.offset.as_ref().map_or(0.0, |o| o[unit])
    }

    /// The n offsets, where there are any.
    pub(crate) fn offsets(&self) -> Option<&[f64]> {
        self.offset.as_deref()
    }

    /// The n weights, where there are any.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// A point amid the data, p + 1 numbers: about the weighted means of the design columns and of response − offset
    /// (0 without a response). Sums of what is left after taking it off do not cancel.
    pub(crate) fn center(&self) -> &[f64] {
        &self.center
    }

    /// The weighted variances of the design columns, p numbers: the scale of each covariate, squared.
    pub(crate) fn spread(&self) -> &[f64] {
        &self.spread
    }

    /// Writes the design numbers of one observation and its response − offset (0 without a response) into `joint`.
    pub(crate) fn joint(&self, unit: usize, joint: &mut [f64]) {
        let p = self.columns();
        joint[..p].copy_from_slice(self.row(unit));
        joint[p] = self.joint_response(unit);
    }

    /// The response of one observation less its offset; 0 without a response.
    pub(crate) fn joint_response(&self, unit: usize) -> f64 {
        self.y.as_ref().map_or(0.0, |y| y[unit] - self.offset(unit))
    }

    /// Lends the [`joint`](Self::joint) vectors of some observations, feature after feature, and their weights, all
    /// [`padded`](lanes::padded) with zeros.
    pub(crate) fn with_joint_columns<R>(&self, units: Range<usize>, f: impl FnOnce(&[f64], &[f64]) -> R) -> R {
        let (p, m) = (self.columns(), units.len());
        let stride = lanes::padded(m);
        scratch::with((p + 2) * stride, |buffer| {
            let (columns, weights) = buffer.split_at_mut((p + 1) * stride);
            let (design, response) = columns.split_at_mut(p * stride);
            lanes::transpose(p, &self.x.as_slice()[units.start * p..units.end * p], design);
            response[m..].fill(0.0);
            weights[m..].fill(0.0);
            for ((response, weight), unit) in response.iter_mut().zip(&mut *weights).zip(units) {
                *response = self.joint_response(unit);
                *weight = self.weight(unit);
            }
            f(columns, weights)
        })
    }

    fn weighted_mean(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.columns() + 1];
        let (mut joint, mut total) = (mean.clone(), 0.0);
        for unit in (0..self.units()).filter(|u| self.weight(*u) > 0.0) {
            total += self.weight(unit);
            let toward = self.weight(unit) / total;
            self.joint(unit, &mut joint);
            mean.iter_mut().zip(&joint).for_each(|(mean, x)| *mean += toward * (x - *mean));
        }
        mean
    }

    fn weighted_variance(&self) -> Vec<f64> {
        let (mut variance, mut total) = (vec![0.0; self.columns()], 0.0);
        for unit in (0..self.units()).filter(|u| self.weight(*u) > 0.0) {
            total += self.weight(unit);
            let toward = self.weight(unit) / total;
            let gaps = self.row(unit).iter().zip(&self.center).map(|(x, c)| x - c);
            variance.iter_mut().zip(gaps).for_each(|(v, gap)| *v += toward * (gap * gap - *v));
        }
        variance
    }
}

fn finite(what: &'static str, values: Option<&[f64]>, n: usize, least: f64) -> Result<(), RegressionDataError> {
    let Some(values) = values else { return Ok(()) };
    if values.len() != n {
        return Err(RegressionDataError::Length { what, wanted: n, got: values.len() });
    }
    match values.iter().position(|v| !v.is_finite() || *v < least) {
        Some(row) => Err(RegressionDataError::Value { what, row, value: values[row] }),
        None => Ok(()),
    }
}

impl Dataset for RegressionData {
    fn units(&self) -> usize {
        self.x.ncols()
    }
    fn weight(&self, unit: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |w| w[unit])
    }
    fn total_weight(&self) -> f64 {
        self.weights.as_ref().map_or(self.units() as f64, |w| w.iter().sum())
    }
}

impl Resample for RegressionData {
    fn select(&self, units: &[usize]) -> Self {
        let take = |list: &Option<Vec<f64>>| list.as_ref().map(|l| units.iter().map(|u| l[*u]).collect());
        Self::checked(self.x.select_columns(units), take(&self.y), take(&self.offset), take(&self.weights))
    }
    fn reweight(&self, by: &[f64]) -> Self {
        let weights = by.iter().enumerate().map(|(u, b)| b * self.weight(u)).collect();
        Self::checked(self.x.clone(), self.y.clone(), self.offset.clone(), Some(weights))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn x() -> DMatrix<f64> {
        DMatrix::from_row_slice(2, 3, &[1.0, 1.0, 1.0, 4.0, 5.0, 9.0])
    }

    #[test]
    fn every_error_names_its_list() {
        let fault = |y, o, w| RegressionData::new(x(), y, o, w).unwrap_err().to_string();
        assert_eq!(fault(Some(vec![1.0]), None, None), "response: 1 numbers where the design has 3 observations");
        assert!(fault(None, Some(vec![0.0, f64::NAN, 0.0]), None).starts_with("offset: NaN in observation 1"));
        assert!(fault(None, None, Some(vec![0.0, 1.0, -1.0])).ends_with("is not a finite number, 0 or above"));
        assert_eq!(RegressionData::new(DMatrix::zeros(0, 3), None, None, None), Err(RegressionDataError::NoColumns));
        let e = RegressionData::new(DMatrix::from_element(1, 1, f64::INFINITY), None, None, None).unwrap_err();
        assert_eq!(e.to_string(), "design: inf in observation 0 (from 0) is not a finite number");
        assert!(RegressionData::new(DMatrix::zeros(2, 0), Some(vec![]), None, None).is_ok());
    }

    #[test]
    fn parts_keep_what_belongs_together() {
        let weights = Some(vec![1.0, 0.0, 3.0]);
        let data = RegressionData::new(x(), Some(vec![1.0, 2.0, 3.0]), Some(vec![0.0, 1.0, 1.0]), weights).unwrap();
        assert_eq!(data.center(), [1.0, 7.75, 1.75]);
        // (1 · 3.75² + 3 · 1.25²) / 4
        assert_eq!(data.spread(), [0.0, 4.6875]);
        let part = data.select(&[2, 0, 2]);
        assert_eq!((part.row(0), part.response()), (&[1.0, 9.0][..], Some(&[3.0, 1.0, 3.0][..])));
        assert_eq!((part.offset(2), part.total_weight()), (1.0, 7.0));
        assert_eq!(part.reweight(&[0.0, 2.0, 1.0]).weights(), Some(&[0.0, 2.0, 3.0][..]));
    }
}
