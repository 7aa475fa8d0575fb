//! The mean of numbers of variance 1 under a standard normal prior, by variational Bayes: q(μ) = N(m, v). The objective
//! is the evidence lower bound. Sound but for a term of the bound.

use super::Mutation;
use super::normals::Pair;
use em_core::{Coordinates, LatentModel, MStepError, Weighted};
use std::f64::consts::TAU;
use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    None,
    EntropyMissing,
    SpreadOfTheMeanMissing,
}
use Fault::*;

const CAUGHT_BY: [(Fault, &str); 2] = [(EntropyMissing, "fixed_point"), (SpreadOfTheMeanMissing, "fixed_point")];

pub fn mutations() -> Vec<Mutation> {
    CAUGHT_BY.iter().map(|(fault, law)| Mutation::new(fault, law, check)).collect()
}

pub fn check(fault: Fault) -> em_core::check::Check {
    let data = (0..30).map(|i| 0.7 + ((i * 13 % 31) as f64 / 9.0 - 1.6)).collect::<Vec<_>>();
    em_core::check!(Mean { fault }, Weighted::from(data), [0.0, 0.5])
}

pub struct Mean {
    fault: Fault,
}

impl LatentModel for Mean {
    type Data = Weighted<f64>;
    type Params = [f64; 2];
    type Stats = Pair;

    fn zero(&self, _: &[f64; 2]) -> Pair {
        Pair { n: 0.0, x: 0.0 }
    }
    /// E ln N(x | μ, 1) under q.
    fn expect(&self, [m, v]: &[f64; 2], data: &Weighted<f64>, units: Range<usize>, s: &mut Pair) -> f64 {
        let spread = if self.fault == SpreadOfTheMeanMissing { 0.0 } else { *v };
        let one = |u: usize| {
            let (x, w) = (data.items[u], data.weights[u]);
            s.n += w;
            s.x += w * x;
            -0.5 * w * (TAU.ln() + (x - m).powi(2) + spread)
        };
        units.map(one).sum()
    }
    /// v = 1 / (1 + n), m = v Σ x.
    fn maximize(&self, s: &Pair, _: &[f64; 2]) -> Result<[f64; 2], MStepError> {
        let v = 1.0 / (1.0 + s.n);
        Ok([v * s.x, v])
    }
    /// −KL(q ‖ p) = (1 + ln v − m² − v) / 2.
    fn log_prior(&self, [m, v]: &[f64; 2]) -> f64 {
        let entropy = if self.fault == EntropyMissing { 0.0 } else { 1.0 + v.ln() };
        0.5 * (entropy - m * m - v)
    }
}

impl Coordinates for Mean {
    fn to_free(&self, [m, v]: &[f64; 2]) -> Vec<f64> {
        vec![*m, v.ln()]
    }
    fn at_free(&self, _: &[f64; 2], x: &[f64]) -> Result<[f64; 2], MStepError> {
        Ok([x[0], x[1].exp()])
    }
}
