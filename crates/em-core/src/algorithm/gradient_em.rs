//! Gradient EM.

use super::squarem::at_least;
use super::{Algorithm, Context, Memory, State};
use crate::{Cause, Gradient, MStepError, Part};
use serde::{Deserialize, Serialize};

/// A step is halved at most this often.
const HALVINGS: usize = 60;

/// Gradient EM (Lange 1995): x ← x + η ∇Q(x | x) / W in free coordinates x, with W the weight of all data.
///
/// At θ itself ∇Q is the gradient of the objective (Fisher's identity), so that this is gradient ascent. With the line
/// search, the first rate tried is η and then that of Barzilai & Borwein (1988), ‖Δx‖² / |Δx′Δg|; it is halved until the
/// objective does not fall. Without, the rate stays η, and a step that lowers the objective ends the run with an error
/// ([`Cause::Overshot`]).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GradientEm {
    /// η, above 0.
    pub rate: f64,
    /// Whether a step that lowers the objective is halved.
    pub line_search: bool,
}

impl Default for GradientEm {
    fn default() -> Self {
        GradientEm { rate: 0.1, line_search: true }
    }
}

impl<M: Gradient> Algorithm<M> for GradientEm {
    fn check(&self) -> Result<(), String> {
        let Self { rate, .. } = self;
        match rate.is_finite() && *rate > 0.0 {
            true => Ok(()),
            false => Err(format!("`rate` is {rate}; it must be a finite number above 0")),
        }
    }

    fn fell(&self, old: f64, new: f64) -> Cause {
        match self.line_search {
            true => Cause::Fell { old, new },
            false => Cause::Overshot { old, new, rate: self.rate },
        }
    }

    fn step(&self, cx: &Context<M>, from: &State<M>, memory: &mut Memory) -> Result<State<M>, Cause> {
        let weight = cx.weight(0..cx.blocks());
        let x = cx.model.to_free(&from.params);
        let gradient = cx.gradient(&from.params, &from.stats);
        let slope: Vec<f64> = gradient.iter().map(|g| g / weight).collect();
        let moved = |rate: f64| -> Vec<f64> { x.iter().zip(&slope).map(|(x, g)| x + rate * g).collect() };
        if !self.line_search {
            return Ok(cx.at(cx.model.at_free(&from.params, &moved(self.rate))?));
        }
        let mut rate = self.first_rate(memory, &x, &slope);
        memory.numbers = vec![x.clone(), slope.clone()];
        for _ in 0..HALVINGS {
            if let Some(next) = at_least(cx, from, &moved(rate)) {
                return Ok(next);
            }
            rate *= 0.5;
        }
        standstill(cx, from, &slope)
    }
}

impl GradientEm {
    /// That of Barzilai & Borwein, from the last point and its slope; η where there is none.
    fn first_rate(&self, memory: &Memory, x: &[f64], slope: &[f64]) -> f64 {
        let [last_x, last_slope] = &memory.numbers[..] else { return self.rate };
        if last_x.len() != x.len() {
            return self.rate;
        }
        let dx = || x.iter().zip(last_x).map(|(a, b)| a - b);
        let across: f64 = dx().zip(slope.iter().zip(last_slope)).map(|(dx, (a, b))| dx * (a - b)).sum();
        let rate = dx().map(|d| d * d).sum::<f64>() / across.abs();
        if rate.is_finite() && rate > 0.0 { rate } else { self.rate }
    }
}

/// No step along the gradient rises: the same state where that is rounding, an error where the slope says otherwise.
fn standstill<M: Gradient>(cx: &Context<M>, from: &State<M>, slope: &[f64]) -> Result<State<M>, Cause> {
    let steepness = slope.iter().map(|g| g * g).sum::<f64>().sqrt();
    // At a slope of ε per unit of weight, steps gain ε² of the objective: beyond what doubles resolve.
    if steepness <= 1e-6 {
        return Ok(cx.at(from.params.clone()));
    }
    let cause = format!("no step along its gradient, of length {steepness:.1e} per observation, raises the objective");
    Err(MStepError::new(Part::Whole, cause, "use Em, or check the gradient of the model").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Coordinates, Fit, FitError, Fitted, LatentModel};
    use std::ops::Range;

    /// −1 − θ² for every unit.
    struct Parabola;

    impl LatentModel for Parabola {
        type Data = [f64];
        type Params = f64;
        type Stats = f64;
        fn zero(&self, _: &f64) -> f64 {
            0.0
        }
        fn expect(&self, p: &f64, _: &[f64], units: Range<usize>, units_seen: &mut f64) -> f64 {
            *units_seen += units.len() as f64;
            -(units.len() as f64) * (1.0 + p * p)
        }
        fn maximize(&self, _: &f64, _: &f64) -> Result<f64, MStepError> {
            Ok(0.0)
        }
    }

    impl Coordinates for Parabola {
        fn to_free(&self, p: &f64) -> Vec<f64> {
            vec![*p]
        }
        fn at_free(&self, _: &f64, x: &[f64]) -> Result<f64, MStepError> {
            Ok(x[0])
        }
    }

    impl Gradient for Parabola {
        fn gradient(&self, p: &f64, units: &f64) -> Vec<f64> {
            vec![-2.0 * units * p]
        }
    }

    fn by(algorithm: impl Algorithm<Parabola>) -> Result<Fitted<Parabola>, FitError> {
        Fit::new(&Parabola, &[0.0; 2][..]).algorithm(algorithm).from(1.0)
    }

    #[test]
    fn a_step_that_goes_too_far_names_its_rate() {
        // From 1 to 1 − 2 · 1.5 = −2.
        let error = by(GradientEm { rate: 1.5, line_search: false }).unwrap_err();
        assert!(matches!(error.cause, Cause::Overshot { old: -4.0, new: -10.0, rate: 1.5 }), "{error:?}");
        assert!(error.to_string().ends_with("try rate 0.15, or `line_search: true`"), "{error}");
        assert!(by(GradientEm { rate: 0.15, line_search: false }).unwrap().converged());
        assert!(by(GradientEm { rate: 1.5, line_search: true }).unwrap().converged());
    }

    #[test]
    fn an_algorithm_that_is_chosen_at_run_time_is_the_same() {
        let chosen: Vec<Box<dyn Algorithm<Parabola>>> =
            vec![Box::new(crate::Em), Box::new(GradientEm { rate: 1.5, line_search: false })];
        let ends: Vec<_> = chosen.into_iter().map(by).collect();
        assert_eq!(ends[0].as_ref().unwrap().params, 0.0);
        assert!(matches!(ends[1].as_ref().unwrap_err().cause, Cause::Overshot { .. }));
    }
}
