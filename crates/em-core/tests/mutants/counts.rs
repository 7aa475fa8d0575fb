//! A Poisson regression with an offset, some of whose counts were not seen: its M-step goes in inner rounds. Sound but
//! for one fault at a time.

use super::Mutation;
use em_core::{Coordinates, Gradient, HeldStep, Inner, InnerRounds, LatentModel, MStepError, Part, Weighted};
use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    None,
    OffsetForgottenInTheGradient,
    OffsetForgottenInTheStep,
    StepDownhill,
    PosteriorNotHeld,
    StepNeverShortened,
    FrozenParametersMove,
}
use Fault::*;

const CAUGHT_BY: [(Fault, &str); 6] = [
    (OffsetForgottenInTheGradient, "fisher"),
    (OffsetForgottenInTheStep, "fixed_point"),
    (StepDownhill, "inner_rounds"),
    (PosteriorNotHeld, "minorant"),
    (StepNeverShortened, "inner_rounds"),
    (FrozenParametersMove, "held"),
];

pub fn mutations() -> Vec<Mutation> {
    CAUGHT_BY.iter().map(|(fault, law)| Mutation::new(fault, law, check)).collect()
}

pub fn check(fault: Fault) -> em_core::check::Check {
    let one = |i: usize| {
        let (x, offset) = ((i % 7) as f64 / 3.0 - 1.0, 0.3 * (i % 4) as f64);
        let y = (1.0 + 0.6 * x + offset).exp().round() + (i % 3) as f64;
        Seen { x, offset, y: (i % 5 != 2).then_some(y) }
    };
    // So far below that Newton's first step overshoots.
    em_core::check!(Regression { fault }, Weighted::from((0..60).map(one).collect::<Vec<_>>()), [-1.5, 0.1])
}

/// A covariate, the logarithm of an exposure, and the count where it was seen.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    x: f64,
    offset: f64,
    y: Option<f64>,
}

pub struct Regression {
    fault: Fault,
}

/// The gradient and the information of intercept and slope.
type Sums = [f64; 5];

impl Regression {
    fn predictor(b: &[f64; 2], seen: &Seen) -> f64 {
        b[0] + b[1] * seen.x + seen.offset
    }
}

fn log_factorial(y: f64) -> f64 {
    (1..=y as u64).map(|i| (i as f64).ln()).sum()
}

impl LatentModel for Regression {
    type Data = Weighted<Seen>;
    type Params = [f64; 2];
    type Stats = Sums;

    fn zero(&self, _: &[f64; 2]) -> Sums {
        [0.0; 5]
    }
    fn expect(&self, b: &[f64; 2], data: &Weighted<Seen>, units: Range<usize>, s: &mut Sums) -> f64 {
        self.expect_fixed(b, b, data, units.clone(), s);
        let one = |u: usize| {
            let (seen, w) = (&data.items[u], data.weights[u]);
            let eta = Regression::predictor(b, seen);
            seen.y.map_or(0.0, |y| w * (y * eta - eta.exp() - log_factorial(y)))
        };
        units.map(one).sum()
    }
    fn maximize(&self, s: &Sums, b: &[f64; 2]) -> Result<[f64; 2], MStepError> {
        let determinant = s[2] * s[4] - s[3] * s[3];
        if determinant <= 1e-12 * s[2] * s[4] {
            return Err(MStepError::new(Part::Whole, "the covariate does not vary", "leave it out"));
        }
        let step = [(s[4] * s[0] - s[3] * s[1]) / determinant, (s[2] * s[1] - s[3] * s[0]) / determinant];
        let sign = if self.fault == StepDownhill { -1.0 } else { 1.0 };
        Ok([b[0] + sign * step[0], b[1] + sign * step[1]])
    }
    fn inner(&self) -> Inner<'_, Self> {
        Some(self)
    }
}

impl InnerRounds for Regression {
    fn expect_fixed(
        &self,
        held: &[f64; 2],
        at: &[f64; 2],
        data: &Weighted<Seen>,
        units: Range<usize>,
        s: &mut Sums,
    ) -> f64 {
        let held = if self.fault == PosteriorNotHeld { at } else { held };
        let mut q = 0.0;
        for u in units {
            let (seen, w) = (&data.items[u], data.weights[u]);
            let eta = Regression::predictor(at, seen);
            let y = seen.y.unwrap_or(Regression::predictor(held, seen).exp());
            let rate = if self.fault == OffsetForgottenInTheStep { (eta - seen.offset).exp() } else { eta.exp() };
            let residual = w * (y - rate);
            let weight = w * rate;
            let row = [residual, residual * seen.x, weight, weight * seen.x, weight * seen.x * seen.x];
            s.iter_mut().zip(row).for_each(|(s, add)| *s += add);
            q += w * (y * eta - eta.exp() - seen.y.map_or(0.0, log_factorial));
        }
        q
    }
    fn between(&self, from: &[f64; 2], to: &[f64; 2], by: f64) -> [f64; 2] {
        let by = if self.fault == StepNeverShortened { 1.0 } else { by };
        [0, 1].map(|i| from[i] + by * (to[i] - from[i]))
    }
}

impl Coordinates for Regression {
    fn to_free(&self, b: &[f64; 2]) -> Vec<f64> {
        b.to_vec()
    }
    fn at_free(&self, _: &[f64; 2], x: &[f64]) -> Result<[f64; 2], MStepError> {
        Ok([x[0], x[1]])
    }
}

impl Gradient for Regression {
    fn gradient(&self, _: &[f64; 2], s: &Sums) -> Vec<f64> {
        let lost = if self.fault == OffsetForgottenInTheGradient { 0.2 * s[2] } else { 0.0 };
        vec![s[0] + lost, s[1]]
    }
}

/// A Newton step along what is left.
impl HeldStep for Regression {
    fn maximize_held(&self, s: &Sums, b: &[f64; 2], held: &[bool]) -> Result<[f64; 2], MStepError> {
        match held {
            _ if self.fault == FrozenParametersMove => self.maximize(s, b),
            [true, true] => Ok(*b),
            [false, true] => Ok([b[0] + s[0] / s[2], b[1]]),
            [true, false] => Ok([b[0], if s[4] > 0.0 { b[1] + s[1] / s[4] } else { b[1] }]),
            _ => self.maximize(s, b),
        }
    }
}
