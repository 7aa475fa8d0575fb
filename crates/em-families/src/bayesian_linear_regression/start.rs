//! Precisions to begin at.

use super::products::least_variance;
use super::{BayesianLinearModel, EvidenceError, InterceptPrior, Precisions};
use crate::RegressionData;
use em_core::{Dataset, MStepError, Rng, Start, StartKind, reduce};
use std::ops::Range;

/// Rows of which the squares are summed one after the other.
const BLOCK: usize = 4096;

impl Start for BayesianLinearModel {
    /// β = 1 / v with v the variance of the response (its mean square, where it does not vary), and α such that the
    /// prior gives Φw the mean square of the response: α = tr(Φ′Φ) / t′t. Beside a flat intercept both are taken about
    /// their means. Nothing is drawn.
    fn start(&self, data: &RegressionData, _: &mut Rng) -> Result<Precisions, MStepError> {
        EvidenceError::check_columns(self.columns())?;
        if !self.fits(data) || data.total_weight() <= 0.0 {
            return Err(EvidenceError::Nothing.into());
        }
        self.check_intercept(data)?;
        self.check_weight(data.total_weight())?;
        let origin = match self.intercept() {
            InterceptPrior::Shrunk => vec![0.0; self.columns() + 1],
            InterceptPrior::Flat => data.center().to_vec(),
        };
        // tr(Φ′Φ) / N.
        let columns = data.spread().iter().zip(data.center()).zip(&origin);
        let design: f64 = columns.map(|((variance, mean), origin)| variance + (mean - origin).powi(2)).sum();
        let Squares { response, variance } = Squares::about(origin[self.columns()], data);
        if ![design, response, variance].iter().all(|s| s.is_finite()) {
            return Err(EvidenceError::Overflow.into());
        }
        let varies = variance > least_variance(data.center()[self.columns()], variance);
        if response == 0.0 || (self.intercept() == InterceptPrior::Flat && !varies) {
            return Err(EvidenceError::ExactFit { variance: response }.into());
        }
        let noise = if varies { variance } else { response };
        let alpha = if design > 0.0 { design / response } else { 1.0 };
        Ok(Precisions::new(alpha, 1.0 / noise).map_err(EvidenceError::from)?)
    }

    fn is_random(&self, _: Option<StartKind>) -> bool {
        false
    }
}

/// Of the response, means over the rows.
struct Squares {
    /// t′t / N about an origin.
    response: f64,
    /// About its mean.
    variance: f64,
}

impl Squares {
    /// Blocks are added along the fixed tree, so that threads change nothing.
    fn about(origin: f64, data: &RegressionData) -> Self {
        let (units, n) = (data.units(), data.total_weight());
        let of_block = |block: usize| {
            let begin = block * BLOCK;
            Squares::of(begin..(begin + BLOCK).min(units), origin, data, n)
        };
        reduce(0..units.div_ceil(BLOCK), &of_block, &|earlier, later| {
            earlier.response += later.response;
            earlier.variance += later.variance;
        })
    }

    /// The part of some rows.
    fn of(units: Range<usize>, origin: f64, data: &RegressionData, n: f64) -> Self {
        let mean = data.center()[data.columns()];
        let mut squares = Squares { response: 0.0, variance: 0.0 };
        for unit in units.filter(|u| data.weight(*u) > 0.0) {
            let (share, t) = (data.weight(unit) / n, data.joint_response(unit));
            squares.response += share * (t - origin).powi(2);
            squares.variance += share * (t - mean).powi(2);
        }
        squares
    }
}
