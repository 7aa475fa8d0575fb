//! [`PoissonRegressions`]: k regressions of the same counts.

use super::newton::{Newton, NewtonError};
use crate::{Emission, EmissionCoordinates, EmissionOrder, EmissionSample, RegressionData};
use em_core::{MStepError, Part, Prediction, Rng, Warning, scratch};
use nalgebra::DVector;
use rand_distr::{Distribution, Poisson};
use statrs::function::gamma::ln_gamma;
use std::ops::Range;

/// A component that has fewer events than this part of its expected size has a rate on its way to zero.
const VANISHING: f64 = 1e-6;
/// Numbers that the work space of a block should hold.
const BLOCK_NUMBERS: usize = 16_384;

/// Poisson regressions with log link: y_i ~ Poisson(exp(x_i′ b_j + offset_i)) in component j.
///
/// The M-step has no closed form: one `maximize` is a Newton step (McLachlan & Peel 2000, section 5.7; for the
/// equations, McCullagh & Nelder 1989, section 2.5), which the driver repeats and shortens until Q stops rising.
///
/// | symbol | here |
/// |---|---|
/// | x_i | a column of [`RegressionData::design`], p numbers |
/// | y_i | [`RegressionData::response`], a count |
/// | b_j | one of the k parameters, p numbers each |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoissonRegressions;

impl PoissonRegressions {
    /// x_i′ b + offset_i.
    fn predictor(b: &DVector<f64>, data: &RegressionData, unit: usize) -> f64 {
        b.iter().zip(data.row(unit)).map(|(b, x)| b * x).sum::<f64>() + data.offset(unit)
    }
}

impl Emission for PoissonRegressions {
    type Data = RegressionData;
    type Params = Vec<DVector<f64>>;
    type Stats = Vec<Newton>;

    const INNER: bool = true;

    fn components(&self, params: &Self::Params) -> usize {
        params.len()
    }

    fn zero(&self, params: &Self::Params) -> Vec<Newton> {
        params.iter().map(|b| Newton::zero(b.len())).collect()
    }

    /// y η − exp η − ln y!, with η the linear predictor.
    fn log_density(&self, params: &Self::Params, data: &RegressionData, units: Range<usize>, out: &mut [f64]) {
        let m = units.len();
        let Some(y) = data.response() else { return out.fill(f64::NAN) };
        scratch::with(m, |log_factorial| {
            log_factorial.iter_mut().zip(&y[units.clone()]).for_each(|(l, y)| *l = ln_gamma(y + 1.0));
            for (b, out) in params.iter().zip(out.chunks_exact_mut(m.max(1))) {
                for ((out, unit), log_factorial) in out.iter_mut().zip(units.clone()).zip(log_factorial.iter()) {
                    let eta = Self::predictor(b, data, unit);
                    *out = y[unit] * eta - eta.exp() - log_factorial;
                }
            }
        });
    }

    fn accumulate(
        &self,
        params: &Self::Params,
        data: &RegressionData,
        units: Range<usize>,
        r: &[f64],
        stats: &mut Vec<Newton>,
    ) {
        let Some(y) = data.response() else { return };
        for ((b, r), s) in params.iter().zip(r.chunks_exact(units.len().max(1))).zip(stats) {
            // Without weight a mean that overflows must not turn into 0 · ∞.
            for (unit, r) in units.clone().zip(r).filter(|(_, r)| **r > 0.0) {
                s.add(data.row(unit), y[unit], Self::predictor(b, data, unit).exp(), *r);
            }
        }
    }

    fn maximize(&self, stats: &Vec<Newton>, params: &Self::Params) -> Result<Self::Params, MStepError> {
        let one = |(j, (s, b)): (usize, (&Newton, &DVector<f64>))| Ok(b + s.step().map_err(|e| no_step(j, e))?);
        stats.iter().zip(params).enumerate().map(one).collect()
    }

    fn between(&self, from: &Self::Params, to: &Self::Params, by: f64) -> Self::Params {
        from.iter().zip(to).map(|(a, b)| a.lerp(b, by)).collect()
    }

    fn block(&self, data: &RegressionData, components: usize) -> usize {
        (BLOCK_NUMBERS / (data.columns() + components)).clamp(64, 2048)
    }

    fn warnings(&self, _: &Self::Params, stats: &Vec<Newton>, weights: &[f64]) -> Vec<Warning> {
        let all: f64 = stats.iter().map(|s| s.events).sum();
        let vanishing = |(j, s): &(usize, &Newton)| s.events <= VANISHING * weights[*j] * all;
        let warn = |(j, s): (usize, &Newton)| {
            let message = format!(
                "component {j} has next to no events ({:.1e}): its rate runs to 0 and its coefficients to minus infinity, \
                 so they have no finite maximum",
                s.events
            );
            let advice = "read the component as one of zero counts, or use fewer components";
            Warning::new("no_finite_maximum", message, advice).of_component(j)
        };
        stats.iter().enumerate().filter(vanishing).map(warn).collect()
    }

    fn admit(&self, params: &Self::Params, data: &RegressionData) -> Result<(), String> {
        let p = data.columns();
        match params.iter().position(|b| b.len() != p) {
            None => Ok(()),
            Some(j) => Err(format!(
                "the design has {p} columns, but `coefficients` has {} entries in row {j}",
                params[j].len()
            )),
        }
    }

    fn observed(&self, data: &RegressionData) -> bool {
        data.response().is_some()
    }

    /// Adds `mean`, Σ_j π_j exp(x′ b_j + offset): what is expected of an observation before its count is seen.
    fn predict(
        &self,
        params: &Self::Params,
        weights: &[f64],
        data: &RegressionData,
        units: Range<usize>,
        prediction: Prediction,
    ) -> Prediction {
        let rate = |unit: usize| {
            let rates = params.iter().map(|b| Self::predictor(b, data, unit).exp());
            rates.zip(weights).map(|(rate, w)| w * rate).sum::<f64>()
        };
        prediction.with("mean", units.map(rate).collect())
    }
}

fn no_step(component: usize, cause: NewtonError) -> MStepError {
    let advice = match cause {
        NewtonError::NoEvents => "use fewer components or another start",
        NewtonError::Dependent { .. } => "leave out a term, use fewer components or another start",
    };
    MStepError::new(Part::Component(component), cause, advice)
}

impl EmissionOrder for PoissonRegressions {
    fn permute(&self, params: &Self::Params, order: &[usize]) -> Self::Params {
        order.iter().map(|j| params[*j].clone()).collect()
    }
}

/// Counts for the covariates and offsets of the data it is given.
impl EmissionSample for PoissonRegressions {
    fn sample(&self, params: &Self::Params, like: &RegressionData, labels: &[usize], rng: &mut Rng) -> RegressionData {
        let count = |(unit, j): (usize, &usize)| {
            // A rate that no count can have draws none; it would not have been fitted.
            let rate = Self::predictor(&params[*j], like, unit).exp();
            Poisson::new(rate).map_or(0.0, |law| law.sample(rng))
        };
        like.with_response(labels.iter().enumerate().map(count).collect())
    }
}

/// Per component, its p coefficients.
impl EmissionCoordinates for PoissonRegressions {
    fn to_free(&self, params: &Self::Params) -> Vec<f64> {
        params.iter().flat_map(|b| b.iter().copied()).collect()
    }

    fn at_free(&self, like: &Self::Params, x: &[f64]) -> Result<Self::Params, MStepError> {
        let p = like.first().map_or(1, DVector::len).max(1);
        if let Some(i) = x.iter().position(|b| !b.is_finite()) {
            let cause = format!("a coefficient is {}", x[i]);
            return Err(MStepError::new(Part::Component(i / p), cause, "take a shorter step in the coordinates"));
        }
        Ok(x.chunks_exact(p).map(DVector::from_row_slice).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    fn data() -> RegressionData {
        let x = DMatrix::from_row_slice(2, 4, &[1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 2.0, -1.0]);
        RegressionData::new(x, Some(vec![0.0, 3.0, 5.0, 1.0]), Some(vec![0.1, 0.0, 0.0, -0.2]), None).unwrap()
    }

    #[test]
    fn the_density_is_that_of_a_poisson_distribution() {
        use statrs::distribution::{Discrete, Poisson};
        let b = DVector::from_vec(vec![0.3, 0.5]);
        let mut out = [0.0; 4];
        PoissonRegressions.log_density(&vec![b], &data(), 0..4, &mut out);
        for (i, (eta, y)) in [(0.4f64, 0), (0.8, 3), (1.3, 5), (-0.4, 1)].into_iter().enumerate() {
            let truth = Poisson::new(eta.exp()).unwrap().ln_pmf(y);
            assert!((out[i] - truth).abs() < 1e-12, "{} {truth}", out[i]);
        }
    }

    #[test]
    fn gradient_and_information_are_the_derivatives_of_q() {
        let (data, b, r) = (data(), vec![DVector::from_vec(vec![0.3, 0.5])], [0.2, 1.0, 0.7, 2.0]);
        let q = |b: &Vec<DVector<f64>>| {
            let mut out = [0.0; 4];
            PoissonRegressions.log_density(b, &data, 0..4, &mut out);
            out.iter().zip(r).map(|(l, r)| l * r).sum::<f64>()
        };
        let at = |b: &Vec<DVector<f64>>| {
            let mut s = PoissonRegressions.zero(b);
            PoissonRegressions.accumulate(b, &data, 0..4, &r, &mut s);
            s.remove(0)
        };
        let (s, h) = (at(&b), 1e-5);
        for j in 0..2 {
            let moved = |by: f64| {
                let mut b = b.clone();
                b[0][j] += by;
                b
            };
            let slope = (q(&moved(h)) - q(&moved(-h))) / (2.0 * h);
            assert!((s.gradient[j] - slope).abs() < 1e-7);
            let bend = (at(&moved(h)).gradient - at(&moved(-h)).gradient) / (2.0 * h);
            for i in j..2 {
                assert!((s.information[(i, j)] + bend[i]).abs() < 1e-7);
            }
        }
    }
}
