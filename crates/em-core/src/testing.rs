//! Small models whose every number is known, for the tests of the loop.

use crate::{Coordinates, Inner, InnerRounds, LatentModel, MStepError, Part, Rng, Start, StartKind, Warning, Weighted};
use rand::RngExt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// A model whose objective follows a script; its parameter counts the M-steps.
#[derive(Default)]
pub(crate) struct Script {
    /// The objective after 0, 1, 2 … M-steps; the last goes on for ever.
    pub(crate) objectives: Vec<f64>,
    /// The M-step that fails.
    pub(crate) fails_at: Option<usize>,
    /// What `finish` adds to the parameter; `warnings` then tells the parameter.
    pub(crate) finish: usize,
}

impl Script {
    pub(crate) fn of(objectives: &[f64]) -> Self {
        Script { objectives: objectives.to_vec(), ..Script::default() }
    }
}

impl LatentModel for Script {
    type Data = [f64];
    type Params = usize;
    type Stats = f64;

    fn zero(&self, _: &usize) -> f64 {
        0.0
    }
    fn expect(&self, p: &usize, _: &[f64], units: Range<usize>, stats: &mut f64) -> f64 {
        *stats += units.len() as f64;
        let last = self.objectives.len() - 1;
        if units.start == 0 { self.objectives[(*p).min(last)] } else { 0.0 }
    }
    fn maximize(&self, _: &f64, p: &usize) -> Result<usize, MStepError> {
        match self.fails_at == Some(p + 1) {
            true => Err(MStepError::new(Part::Component(1), std::fmt::Error, "try something else")),
            false => Ok(p + 1),
        }
    }
    fn finish(&self, p: &usize, _: &f64) -> usize {
        p + self.finish
    }
    fn warnings(&self, p: &usize, stats: &f64) -> Vec<Warning> {
        let message = format!("ended at {p} with {stats} units");
        if self.finish > 0 { vec![Warning::new("script", message, "read on")] } else { Vec::new() }
    }
    fn admit(&self, p: &usize, _: &[f64]) -> Result<usize, String> {
        if *p < 100 { Ok(*p) } else { Err(format!("{p} is not below 100")) }
    }
}

/// Two hills: heights −10 at 1 and −11 at −1. The M-step goes half the way up the nearer one.
pub(crate) struct Hills {
    /// A start farther from 0 than this fails.
    pub(crate) border: f64,
    pub(crate) random: bool,
}

impl LatentModel for Hills {
    type Data = [f64];
    type Params = f64;
    type Stats = f64;

    fn zero(&self, _: &f64) -> f64 {
        0.0
    }
    fn expect(&self, x: &f64, _: &[f64], _: Range<usize>, _: &mut f64) -> f64 {
        if *x > 0.0 { -10.0 - (x - 1.0).powi(2) } else { -11.0 - (x + 1.0).powi(2) }
    }
    fn maximize(&self, _: &f64, x: &f64) -> Result<f64, MStepError> {
        Ok(0.5 * (x + if *x > 0.0 { 1.0 } else { -1.0 }))
    }
}

impl Start for Hills {
    fn start(&self, _: &[f64], rng: &mut Rng) -> Result<f64, MStepError> {
        let x = 4.0 * rng.random::<f64>() - 2.0;
        if x.abs() <= self.border {
            return Ok(x);
        }
        Err(MStepError::new(Part::Whole, format!("{x} is beyond the border"), "draw again"))
    }
    fn is_random(&self, _: Option<StartKind>) -> bool {
        self.random
    }
}

impl Coordinates for Hills {
    fn to_free(&self, x: &f64) -> Vec<f64> {
        vec![*x]
    }
    fn at_free(&self, _: &f64, x: &[f64]) -> Result<f64, MStepError> {
        Ok(x[0])
    }
}

/// The mean of weighted numbers, two to a block.
pub(crate) struct Mean;

impl LatentModel for Mean {
    type Data = Weighted<f64>;
    type Params = f64;
    type Stats = [f64; 2];

    fn zero(&self, _: &f64) -> [f64; 2] {
        [0.0; 2]
    }
    fn expect(&self, m: &f64, data: &Weighted<f64>, units: Range<usize>, s: &mut [f64; 2]) -> f64 {
        let counting = units.filter(|u| data.weights[*u] > 0.0);
        counting
            .map(|u| {
                s[0] += data.weights[u];
                s[1] += data.weights[u] * data.items[u];
                -0.5 * data.weights[u] * (data.items[u] - m).powi(2)
            })
            .sum()
    }
    fn maximize(&self, s: &[f64; 2], _: &f64) -> Result<f64, MStepError> {
        Ok(s[1] / s[0])
    }
    fn block(&self, _: &Weighted<f64>) -> usize {
        2
    }
}

/// The precision of numbers about 0, two to a block, from their number and their squares alone. An M-step goes half the
/// way up.
#[derive(Default)]
pub(crate) struct Squares {
    /// Blocks that were looked at.
    pub(crate) looks: AtomicU64,
}

impl LatentModel for Squares {
    type Data = [f64];
    type Params = f64;
    type Stats = [f64; 2]; // n, Σ x²

    fn zero(&self, _: &f64) -> [f64; 2] {
        [0.0; 2]
    }
    fn expect(&self, _: &f64, data: &[f64], units: Range<usize>, s: &mut [f64; 2]) -> f64 {
        self.looks.fetch_add(1, Ordering::Relaxed);
        s[0] += units.len() as f64;
        s[1] += data[units].iter().map(|x| x * x).sum::<f64>();
        0.0
    }
    fn log_likelihood(&self, precision: &f64, s: &[f64; 2], _: f64) -> f64 {
        0.5 * (s[0] * precision.ln() - precision * s[1])
    }
    fn maximize(&self, s: &[f64; 2], precision: &f64) -> Result<f64, MStepError> {
        Ok(0.5 * (precision + s[0] / s[1]))
    }
    fn block(&self, _: &[f64]) -> usize {
        2
    }
    fn sufficient(&self) -> bool {
        true
    }
}

/// Poisson counts, some of them unseen, of one log rate b. The M-step is one Newton step, which overshoots from below.
///
/// Q(b | a) = Σ seen (y b − e^b) + Σ unseen (e^a b − e^b), without ln y!; the maximum is the log of the seen mean.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) sweeps: AtomicU64,
    /// Steps go the wrong way.
    pub(crate) backwards: bool,
}

impl Counts {
    pub(crate) fn q(held: f64, at: f64, data: &[Option<f64>]) -> f64 {
        data.iter().map(|y| y.unwrap_or(held.exp()) * at - at.exp()).sum()
    }
}

impl LatentModel for Counts {
    type Data = [Option<f64>];
    type Params = f64;
    type Stats = [f64; 2]; // gradient, information

    fn zero(&self, _: &f64) -> [f64; 2] {
        [0.0; 2]
    }
    fn expect(&self, b: &f64, data: &[Option<f64>], units: Range<usize>, s: &mut [f64; 2]) -> f64 {
        self.expect_fixed(b, b, data, units.clone(), s);
        data[units].iter().flatten().map(|y| y * b - b.exp()).sum()
    }
    fn maximize(&self, s: &[f64; 2], b: &f64) -> Result<f64, MStepError> {
        Ok(if self.backwards { b - s[0] / s[1] } else { b + s[0] / s[1] })
    }
    fn inner(&self) -> Inner<'_, Self> {
        Some(self)
    }
}

impl InnerRounds for Counts {
    fn expect_fixed(&self, held: &f64, at: &f64, data: &[Option<f64>], units: Range<usize>, s: &mut [f64; 2]) -> f64 {
        self.sweeps.fetch_add(1, Ordering::Relaxed);
        let part = &data[units];
        s[0] += part.iter().map(|y| y.unwrap_or(held.exp()) - at.exp()).sum::<f64>();
        s[1] += part.len() as f64 * at.exp();
        Counts::q(*held, *at, part)
    }
    fn between(&self, from: &f64, to: &f64, by: f64) -> f64 {
        from + by * (to - from)
    }
}
