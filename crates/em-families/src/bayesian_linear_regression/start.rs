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
        let Squares { design, response, variance } = Squares::about(&origin, data);
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

/// What a start is made of: means over the rows.
struct Squares {
    /// tr(Φ′Φ) / N about an origin.
    design: f64,
    /// t′t / N about an origin.
    response: f64,
    /// Of the response about its mean.
    variance: f64,
}

impl Squares {
    /// Blocks are added along the fixed tree, so that threads change nothing.
    fn about(origin: &[f64], data: &RegressionData) -> Self {
        let (units, n) = (data.units(), data.total_weight());
        let of_block = |block: usize| {
            let begin = block * BLOCK;
            Squares::of(begin..(begin + BLOCK).min(units), origin, data, n)
        };
        reduce(0..units.div_ceil(BLOCK), &of_block, &|earlier, later| {
            earlier.design += later.design;
            earlier.response += later.response;
            earlier.variance += later.variance;
        })
    }

    /// The part of some rows.
    fn of(units: Range<usize>, origin: &[f64], data: &RegressionData, n: f64) -> Self {
        let m = data.columns();
        let mut joint = vec![0.0; m + 1];
        let mut squares = Squares { design: 0.0, response: 0.0, variance: 0.0 };
        for unit in units.filter(|u| data.weight(*u) > 0.0) {
            data.joint(unit, &mut joint);
            let share = data.weight(unit) / n;
            let square = |j: usize| (joint[j] - origin[j]).powi(2);
            squares.design += share * (0..m).map(square).sum::<f64>();
            squares.response += share * square(m);
            squares.variance += share * (joint[m] - data.center()[m]).powi(2);
        }
        squares
    }
}
