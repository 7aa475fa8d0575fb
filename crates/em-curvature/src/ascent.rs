//! Newton's method over some coordinates of a function.

use crate::{Curvature, Landscape, Sight};
use nalgebra::DVector;

/// Newton steps at the most; from a point that is not hopeless it takes three to six.
const ROUNDS: usize = 40;
/// A step is halved at most this often.
const HALVINGS: i32 = 40;
/// What is no gain, relative to max(1, |f|): a thousand times the rounding of a sum.
const ROUNDING: f64 = 1e-13;
/// A slope of this many nats or less over all that a coordinate can be told by is the rounding of 0, whatever the units:
/// between it and a gain above rounding lie seven powers of ten.
const LEVEL: f64 = 1e-12;
/// A curvature below this is taken for it: the step is then no longer than the slope can be trusted.
const LEAST_BEND: f64 = 1e-6;

/// The highest point that is reached from `x`, where `here` was seen, by moving these coordinates only; and whether nothing
/// is left to gain there. What is infinite stays where it is.
pub fn ascend(land: &Landscape, mut x: Vec<f64>, mut here: Sight, movable: &[usize]) -> (Vec<f64>, bool) {
    for _ in 0..ROUNDS {
        let rounding = ROUNDING * here.value.abs().max(1.0);
        let (steep, told) = steep(land, &here, &x, movable, rounding);
        if steep.is_empty() {
            return (x, told);
        }
        let Some((step, gain)) = newton(land, &Curvature::of(land, &here, &x, &steep)) else { return (x, false) };
        if gain <= rounding {
            return (x, true);
        }
        match halved(land, &x, &here, &step) {
            Some((to, there)) => (x, here) = (to, there),
            // The slope is steeper than rounding explains, but no step along it rises.
            None => return (x, gain <= rounding.sqrt()),
        }
    }
    (x, false)
}

/// The coordinates that have something to gain by themselves, and whether of all it can be told.
fn steep(land: &Landscape, here: &Sight, x: &[f64], movable: &[usize], rounding: f64) -> (Vec<usize>, bool) {
    let level = |i: &usize| {
        let slope = here.slope.as_ref().map(|slope| slope[*i] * x[*i].abs().max(1.0) / land.root());
        slope.is_some_and(|slope| slope.abs() <= LEVEL)
    };
    let suspects: Vec<usize> = movable.iter().copied().filter(|i| x[*i].is_finite() && !level(i)).collect();
    let alone = Curvature::along(land, here, x, &suspects);
    let worth = rounding / suspects.len().max(1) as f64;
    let told = alone.len() == suspects.len();
    (alone.into_iter().filter(|(_, slope)| 0.5 * slope * slope > worth).map(|(i, _)| i).collect(), told)
}

/// Newton's step, uphill whatever the curvature and no longer than the function keeps its shape, and what it should gain;
/// none where there is none.
fn newton(land: &Landscape, curvature: &Curvature) -> Option<(Vec<(usize, f64)>, f64)> {
    let spectrum = curvature.spectrum()?;
    let slopes = spectrum.directions.tr_mul(&curvature.slope);
    let step: DVector<f64> = slopes.zip_map(&spectrum.values, |slope, bend| slope / bend.abs().max(LEAST_BEND));
    let shortened = (land.root() / step.norm()).min(1.0);
    let gain = 0.5 * slopes.dot(&step);
    gain.is_finite().then(|| (curvature.moves(&(spectrum.directions * step * shortened)), gain))
}

/// The first of the whole step, half of it, a quarter … that rises.
fn halved(land: &Landscape, x: &[f64], here: &Sight, step: &[(usize, f64)]) -> Option<(Vec<f64>, Sight)> {
    (0..=HALVINGS).find_map(|times| {
        let by: Vec<(usize, f64)> = step.iter().map(|(i, by)| (*i, by * 0.5f64.powi(times))).collect();
        let there = land.moved(x, &by).filter(|there| there.value > here.value)?;
        let mut x = x.to_vec();
        by.iter().for_each(|(i, by)| x[*i] += by);
        Some((x, there))
    })
}
