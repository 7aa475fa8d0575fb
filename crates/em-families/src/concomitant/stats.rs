//! [`LogitStats`]: what a step of the mixing weights' coefficients needs.

use super::coefficients::LogitCoefficients;
use crate::RegressionData;
use crate::mixture::MixingParams;
use crate::quadratic::Quadratic;
use em_core::{scratch, statistics};
use nalgebra::{DMatrix, DVector};
use std::ops::Range;

/// A step may change log odds by this much, root mean square, and by half of what they vary by now: far from the maximum
/// the curvature tells little of what comes.
const RADIUS: f64 = 1.0;

/// What responsibilities r_ij (times the weights of units) say of the coefficients a, with R_i = Σ_j r_ij.
///
/// The gradient of Σ_ij r_ij ln π_j(z_i) in a_j is Σ_i (r_ij − R_i π_ij) z_i, and minus its second derivative in a_j and a_l
/// is Σ_i R_i π_ij (δ_jl − π_il) z_i z_i′ (Böhning 1992, section 2). Both are kept about a point c amid the data, in the
/// coordinates a_j0 + a_j′c, a_j1, …, in which intercepts and slopes hardly disturb each other.
///
/// | symbol | here |
/// |---|---|
/// | Σ_i R_i | `weight` |
/// | c, its first number 0 | `center` / `weight` |
/// | Σ_i R_i (z_i − c)², number by number | `square` |
/// | the gradient, of components 1, …, k − 1 | `gradient`, (k − 1)·q numbers |
/// | minus the second derivative | `information`, (k − 1)·q × (k − 1)·q, of which the blocks with j ≥ l are filled |
#[derive(Clone, Debug, PartialEq)]
pub struct LogitStats {
    /// Σ R_i.
    pub weight: f64,
    /// Σ R_i c, q numbers.
    pub center: DVector<f64>,
    /// Σ R_i (z_i − c)², q numbers: the scale that steps are measured by.
    pub square: DVector<f64>,
    /// The gradient.
    pub gradient: DVector<f64>,
    /// Minus the second derivative.
    pub information: DMatrix<f64>,
}
statistics!(LogitStats { weight, center, square, gradient, information });

impl LogitStats {
    /// Of no units, with q coefficients for each of `free` components.
    pub(super) fn zero(free: usize, q: usize) -> Self {
        let (center, square, gradient) = (DVector::zeros(q), DVector::zeros(q), DVector::zeros(free * q));
        LogitStats { weight: 0.0, center, square, gradient, information: DMatrix::zeros(free * q, free * q) }
    }

    /// Adds `units` under weighted responsibilities, m × k.
    pub(super) fn add(&mut self, a: &LogitCoefficients, design: &RegressionData, units: Range<usize>, r: &[f64]) {
        let (m, k, q) = (units.len(), a.components(), a.columns());
        scratch::with(2 * m * k + q + 2 * k, |buffer| {
            let (shares, buffer) = buffer.split_at_mut(m * k);
            let (log_shares, buffer) = buffer.split_at_mut(m * k);
            let (z, buffer) = buffer.split_at_mut(q);
            let (pi, of_unit) = buffer.split_at_mut(k);
            a.shares(design, units.clone(), shares, log_shares);
            for (i, unit) in units.enumerate() {
                (0..k).for_each(|j| (pi[j], of_unit[j]) = (shares[j * m + i], r[j * m + i]));
                centred(design, unit, z);
                self.add_unit(z, design.center(), pi, of_unit);
            }
        });
    }

    fn add_unit(&mut self, z: &[f64], center: &[f64], pi: &[f64], r: &[f64]) {
        let weight: f64 = r.iter().sum();
        // A unit of weight 0 is absent, even where its covariates are beyond measure.
        if weight <= 0.0 {
            return;
        }
        let q = z.len();
        self.weight += weight;
        for c in 0..q {
            self.center[c] += weight * if c == 0 { 0.0 } else { center[c] };
            self.square[c] += weight * z[c] * z[c];
        }
        for j in 1..pi.len() {
            let surprise = r[j] - weight * pi[j];
            (0..q).for_each(|c| self.gradient[(j - 1) * q + c] += surprise * z[c]);
            for l in 1..=j {
                let curvature = weight * pi[j] * (f64::from(u8::from(j == l)) - pi[l]);
                self.add_block((j - 1) * q, (l - 1) * q, curvature, z);
            }
        }
    }

    /// Adds `curvature` z z′ to the block that begins at `row` and `column`.
    fn add_block(&mut self, row: usize, column: usize, curvature: f64, z: &[f64]) {
        for (d, zd) in z.iter().enumerate() {
            let by = curvature * zd;
            let mut entries = self.information.column_mut(column + d);
            z.iter().enumerate().for_each(|(c, zc)| entries[row + c] += by * zc);
        }
    }

    /// c, whose first number is 0.
    fn center(&self) -> DVector<f64> {
        if self.weight > 0.0 { &self.center / self.weight } else { self.center.clone() }
    }

    /// The gradient in the coefficients themselves.
    pub(super) fn slope(&self) -> Vec<f64> {
        let (mut slope, center) = (self.gradient.clone(), self.center());
        for of_component in slope.as_mut_slice().chunks_exact_mut(center.len()) {
            let intercept = of_component[0];
            of_component.iter_mut().zip(&center).for_each(|(g, c)| *g += c * intercept);
        }
        slope.as_slice().to_vec()
    }

    /// A model of what is to be raised about c.
    pub(super) fn quadratic(&self) -> Quadratic {
        let mut curvature = self.information.clone();
        curvature.fill_upper_triangle_with_lower_triangle();
        let free = self.gradient.len() / self.square.len();
        let metric = DVector::from_vec(self.square.as_slice().repeat(free));
        Quadratic { gradient: self.gradient.clone(), curvature, metric, weight: self.weight, events: self.weight }
    }

    /// The coefficients after a Newton step that is no longer than the curvature can be trusted for; the same where there
    /// is nothing to step along, and none where a number overflows.
    pub(super) fn step(&self, from: &LogitCoefficients) -> Option<LogitCoefficients> {
        self.step_held(from, &vec![false; self.gradient.len()])
    }

    /// The same with some of the coefficients held. Where that is an intercept, log odds cannot be set at c, and the step is
    /// one of the coefficients as they are.
    pub(super) fn step_held(&self, from: &LogitCoefficients, held: &[bool]) -> Option<LogitCoefficients> {
        if self.gradient.is_empty() || self.weight <= 0.0 {
            return Some(from.clone());
        }
        let center = self.center();
        let variance = |a: &[f64]| a.iter().zip(&self.square).skip(1).map(|(a, s)| a * a * s).sum::<f64>();
        let varies: f64 = (1..from.components()).map(|j| variance(from.row(j))).sum();
        let (mut quadratic, q) = (self.quadratic(), center.len());
        let levels: Vec<usize> = (0..held.len()).step_by(q).collect();
        levels.iter().filter(|level| held[**level]).for_each(|level| quadratic.uncentre(*level, &center));
        (0..held.len()).filter(|i| held[*i]).for_each(|i| quadratic.hold(i));
        let mut step = quadratic.step(RADIUS * self.weight.sqrt() + 0.5 * varies.sqrt())?;
        for level in levels.into_iter().filter(|level| !held[*level]) {
            let of_component = &mut step.as_mut_slice()[level..level + q];
            of_component[0] -= of_component.iter().zip(&center).map(|(a, c)| a * c).sum::<f64>();
        }
        from.moved(step.as_slice())
    }
}

/// Writes a unit's z less c, but for the 1 of the intercept.
fn centred(design: &RegressionData, unit: usize, z: &mut [f64]) {
    z.iter_mut().zip(design.row(unit)).zip(design.center()).for_each(|((out, z), c)| *out = z - c);
    z[0] = 1.0;
}
