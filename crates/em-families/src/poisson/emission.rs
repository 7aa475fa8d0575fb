//! [`PoissonRegressions`]: k regressions of the same counts.

use super::ascent::{Ascent, Overflow};
use super::log_factorial::log_factorial;
use super::log_means::{guarded_exps, log_mean, log_means, with_block};
use super::newton::Newton;
use super::open_questions::{coinciding, name, without_maximum};
use super::prior::CoefficientPrior;
use crate::plural::count;
use crate::{Emission, EmissionCoordinates, EmissionHeldStep, EmissionOrder, EmissionSample, RegressionData};
use em_core::{MStepError, Part, Prediction, Rng, Warning, scratch};
use nalgebra::DVector;
use rand_distr::{Distribution, Poisson};
use std::ops::Range;

/// Numbers that the work space of a block should hold.
const BLOCK_NUMBERS: usize = 16_384;

/// Poisson regressions with log link: y_i ~ Poisson(exp(x_i′ b_j + offset_i)) in component j.
///
/// The M-step has no closed form: one `maximize` is a safeguarded Newton step (McLachlan & Peel 2000, section 5.7; for the
/// equations, McCullagh & Nelder 1989, section 2.5), which the driver repeats, and shortens where it must, until Q stops
/// rising. Some coefficients may be one number for all components; a normal prior on all of them makes the maximum one of
/// the posterior.
///
/// | symbol | here |
/// |---|---|
/// | x_i | a column of [`RegressionData::design`], p numbers |
/// | y_i | [`RegressionData::response`], a count |
/// | b_j | one of the k parameters, p numbers each |
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoissonRegressions {
    shared: Vec<usize>,
    prior: Option<CoefficientPrior>,
    columns: Vec<String>,
}

impl PoissonRegressions {
    /// The same with one coefficient for all components in these design columns, counted from 0.
    pub fn sharing(mut self, columns: impl IntoIterator<Item = usize>) -> Self {
        self.shared = columns.into_iter().collect();
        self.shared.sort_unstable();
        self.shared.dedup();
        self
    }

    /// The same with a prior on every coefficient, or none; a shared one counts once.
    pub fn with_prior(mut self, prior: Option<CoefficientPrior>) -> Self {
        self.prior = prior;
        self
    }

    /// The same with names of the design columns, which messages then use.
    pub fn naming(mut self, columns: Vec<String>) -> Self {
        self.columns = columns;
        self
    }

    /// The design columns whose coefficients all components share, in ascending order.
    pub fn shared(&self) -> &[usize] {
        &self.shared
    }

    /// The prior on every coefficient, if there is one.
    pub fn prior(&self) -> Option<CoefficientPrior> {
        self.prior
    }

    fn ascent<'a>(&'a self, stats: &'a [Newton], params: &'a [DVector<f64>]) -> Ascent<'a> {
        Ascent::new(stats, params, &self.shared, self.prior.map_or(0.0, |prior| prior.precision()))
    }

    /// Every free coefficient: the shared ones, then those of each component.
    fn free<'a>(&'a self, params: &'a [DVector<f64>]) -> impl Iterator<Item = f64> + 'a {
        let shared = self.shared.iter().filter_map(|c| params.first()?.get(*c)).copied();
        let own = |b: &'a DVector<f64>| b.iter().enumerate().filter(|(c, _)| !self.shared.contains(c)).map(|(_, b)| *b);
        shared.chain(params.iter().flat_map(own))
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

    /// y η − exp η − ln y!, with η = x′ b + offset.
    fn log_density(&self, params: &Self::Params, data: &RegressionData, units: Range<usize>, out: &mut [f64]) {
        let m = units.len();
        let Some(counts) = Counts::of(data, units.clone()) else { return out.fill(f64::NAN) };
        with_block(data, units.clone(), |block| {
            scratch::with(3 * m, |room| {
                let (log_factorials, room) = room.split_at_mut(m);
                let (etas, means) = room.split_at_mut(m);
                counts.log_factorials(log_factorials);
                for (b, out) in params.iter().zip(out.chunks_exact_mut(m.max(1))) {
                    log_means(b, block, data, units.clone(), etas);
                    counts.log_densities(etas, means, log_factorials, out);
                }
            });
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
        let m = units.len();
        let Some(y) = data.response().map(|y| &y[units.clone()]) else { return };
        with_block(data, units.clone(), |block| {
            scratch::with(m, |etas| {
                for ((b, r), s) in params.iter().zip(r.chunks_exact(m.max(1))).zip(stats) {
                    log_means(b, block, data, units.clone(), etas);
                    s.add(block, y, etas, None, r);
                }
            });
        });
    }

    /// Log means and means are kept from the one part to the other, for all components.
    fn expect(
        &self,
        params: &Self::Params,
        data: &RegressionData,
        units: Range<usize>,
        out: &mut [f64],
        stats: &mut Vec<Newton>,
        turn: &mut dyn FnMut(&mut [f64]),
    ) {
        let (m, mk) = (units.len().max(1), out.len());
        let Some(counts) = Counts::of(data, units.clone()) else {
            out.fill(f64::NAN);
            return turn(out);
        };
        with_block(data, units.clone(), |block| {
            scratch::with(m + 2 * mk, |room| {
                let (log_factorials, room) = room.split_at_mut(m);
                let (etas, means) = room.split_at_mut(mk);
                counts.log_factorials(log_factorials);
                let each = etas.chunks_exact_mut(m).zip(means.chunks_exact_mut(m));
                for ((b, out), (etas, means)) in params.iter().zip(out.chunks_exact_mut(m)).zip(each) {
                    log_means(b, block, data, units.clone(), etas);
                    counts.log_densities(etas, means, log_factorials, out);
                }
                turn(out);
                let each = etas.chunks_exact_mut(m).zip(means.chunks_exact(m));
                for ((s, r), (etas, means)) in stats.iter_mut().zip(out.chunks_exact(m)).zip(each) {
                    s.add(block, counts.y, etas, Some(means), r);
                }
            });
        });
    }

    /// Log means and means of each component serve both.
    fn accumulate_and_score(
        &self,
        params: &Self::Params,
        data: &RegressionData,
        units: Range<usize>,
        r: &[f64],
        stats: &mut Vec<Newton>,
        out: &mut [f64],
    ) {
        let m = units.len().max(1);
        let Some(counts) = Counts::of(data, units.clone()) else { return out.fill(f64::NAN) };
        with_block(data, units.clone(), |block| {
            scratch::with(3 * m, |room| {
                let (log_factorials, room) = room.split_at_mut(m);
                let (etas, means) = room.split_at_mut(m);
                counts.log_factorials(log_factorials);
                let each = params.iter().zip(out.chunks_exact_mut(m)).zip(r.chunks_exact(m).zip(stats));
                for ((b, out), (r, s)) in each {
                    log_means(b, block, data, units.clone(), etas);
                    counts.log_densities(etas, means, log_factorials, out);
                    s.add(block, counts.y, etas, Some(means), r);
                }
            });
        });
    }

    fn maximize(&self, stats: &Vec<Newton>, params: &Self::Params) -> Result<Self::Params, MStepError> {
        self.ascent(stats, params).step().map_err(failure)
    }

    fn log_prior(&self, params: &Self::Params) -> f64 {
        self.prior.as_ref().map_or(0.0, |prior| prior.log_density(self.free(params)))
    }

    fn between(&self, from: &Self::Params, to: &Self::Params, by: f64) -> Self::Params {
        from.iter().zip(to).map(|(a, b)| a.lerp(b, by)).collect()
    }

    fn block(&self, data: &RegressionData, components: usize) -> usize {
        (BLOCK_NUMBERS / (data.columns() + components)).clamp(64, 2048)
    }

    fn warnings(&self, params: &Self::Params, stats: &Vec<Newton>, shares: &[f64]) -> Vec<Warning> {
        let mut warnings = coinciding(stats, params);
        if self.prior.is_none() {
            warnings.extend(without_maximum(&self.ascent(stats, params), stats, shares, &self.columns));
        }
        warnings
    }

    fn admit(&self, params: &Self::Params, data: &RegressionData) -> Result<(), String> {
        let p = data.columns();
        if let Some(j) = params.iter().position(|b| b.len() != p) {
            let (columns, entries) = (count(p, "column", "columns"), count(params[j].len(), "entry", "entries"));
            return Err(format!("the design has {columns}, but `coefficients` has {entries} in row {j}"));
        }
        if let Some(c) = self.shared.iter().find(|c| **c >= p) {
            return Err(format!("the design has {p} columns, and column {c} of them (from 0) cannot be shared"));
        }
        let Some(first) = params.first() else { return Ok(()) };
        for (c, (j, b)) in self.shared.iter().flat_map(|c| params.iter().enumerate().map(move |row| (*c, row))) {
            if b[c] != first[c] {
                let (name, one, other) = (name(&self.columns, c), first[c], b[c]);
                return Err(format!(
                    "the components share the coefficient of {name}, but `coefficients` has {one} in row 0 and {other} in row {j}"
                ));
            }
        }
        Ok(())
    }

    fn observed(&self, data: &RegressionData) -> bool {
        data.response().is_some()
    }

    /// Adds what is expected of an observation before its count is seen: `mean`, μ̄ = Σ_j π_j μ_j with
    /// μ_j = exp(x′ b_j + offset), and `sd`, the root of the variance Σ_j π_j (μ_j + (μ_j − μ̄)²), which holds the scatter
    /// of counts about their rate and that of the rates about μ̄.
    fn predict(
        &self,
        params: &Self::Params,
        weights: &[f64],
        data: &RegressionData,
        units: Range<usize>,
        prediction: Prediction,
    ) -> Prediction {
        let moments = |(unit, weights): (usize, &[f64])| {
            let rates = || params.iter().map(|b| log_mean(b, data, unit).exp()).zip(weights);
            let mean: f64 = rates().map(|(rate, w)| w * rate).sum();
            let variance: f64 = rates().map(|(rate, w)| w * (rate + (rate - mean) * (rate - mean))).sum();
            (mean, variance.sqrt())
        };
        let (means, sds) = units.zip(weights.chunks_exact(params.len())).map(moments).unzip();
        prediction.with("mean", means).with("sd", sds)
    }
}

/// The counts of some units.
struct Counts<'a> {
    y: &'a [f64],
}

impl<'a> Counts<'a> {
    fn of(data: &'a RegressionData, units: Range<usize>) -> Option<Self> {
        data.response().map(|y| Counts { y: &y[units] })
    }

    /// Writes ln y!.
    fn log_factorials(&self, out: &mut [f64]) {
        out.iter_mut().zip(self.y).for_each(|(out, y)| *out = log_factorial(*y));
    }

    /// Writes y η − exp η − ln y! into `out`, and exp η, which [`guarded_exps`] guards, into `means`.
    fn log_densities(&self, etas: &[f64], means: &mut [f64], log_factorials: &[f64], out: &mut [f64]) {
        means.copy_from_slice(etas);
        guarded_exps(means);
        let terms = self.y.iter().zip(etas).zip(means.iter().zip(log_factorials));
        out.iter_mut().zip(terms).for_each(|(out, ((y, eta), (mean, l)))| *out = y * eta - mean - l);
    }
}

fn failure(overflow: Overflow) -> MStepError {
    let advice = "bring covariates to the scale of one, or try another start";
    MStepError::new(Part::Component(overflow.component), overflow, advice)
}

/// The same Newton step without the coefficients that are held.
impl EmissionHeldStep for PoissonRegressions {
    fn maximize_held(
        &self,
        stats: &Vec<Newton>,
        params: &Self::Params,
        held: &[bool],
    ) -> Result<Self::Params, MStepError> {
        self.ascent(stats, params).holding(held).step().map_err(failure)
    }
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
            // A rate beyond all counts, at covariates far from those fitted, draws none, and says so.
            let rate = log_mean(&params[*j], like, unit).exp();
            Poisson::new(rate).map_or(f64::NAN, |law| law.sample(rng))
        };
        like.with_response(labels.iter().enumerate().map(count).collect())
    }
}

/// The shared coefficients once, then of each component those of its own.
impl EmissionCoordinates for PoissonRegressions {
    fn to_free(&self, params: &Self::Params) -> Vec<f64> {
        self.free(params).collect()
    }

    fn at_free(&self, like: &Self::Params, x: &[f64]) -> Result<Self::Params, MStepError> {
        let (shared, own) = x.split_at(self.shared.len());
        let each = own.len() / like.len().max(1);
        if let Some(i) = x.iter().position(|b| !b.is_finite()) {
            let component = i.saturating_sub(shared.len()).checked_div(each).unwrap_or(0);
            let cause = format!("a coefficient is {}", x[i]);
            return Err(MStepError::new(Part::Component(component), cause, "take a shorter step in the coordinates"));
        }
        let one = |(j, b): (usize, &DVector<f64>)| {
            let (mut shared, mut own) = (shared.iter(), own[j * each..].iter());
            let next = |c: usize| if self.shared.contains(&c) { shared.next() } else { own.next() };
            DVector::from_iterator(b.len(), (0..b.len()).filter_map(next).copied())
        };
        Ok(like.iter().enumerate().map(one).collect())
    }

    fn coordinate_names(&self, params: &Self::Params) -> Vec<String> {
        let shared = self.shared.iter().map(|c| format!("coefficients[..][{c}]"));
        let own = |(j, b): (usize, &DVector<f64>)| {
            let free = (0..b.len()).filter(|c| !self.shared.contains(c));
            free.map(move |c| format!("coefficients[{j}][{c}]"))
        };
        shared.chain(params.iter().enumerate().flat_map(own)).collect()
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
        PoissonRegressions::default().log_density(&vec![b], &data(), 0..4, &mut out);
        for (i, (eta, y)) in [(0.4f64, 0), (0.8, 3), (1.3, 5), (-0.4, 1)].into_iter().enumerate() {
            let truth = Poisson::new(eta.exp()).unwrap().ln_pmf(y);
            assert!((out[i] - truth).abs() < 1e-12, "{} {truth}", out[i]);
        }
    }

    #[test]
    fn gradient_and_information_are_the_derivatives_of_q() {
        let (family, data) = (PoissonRegressions::default(), data());
        let (b, r) = (vec![DVector::from_vec(vec![0.3, 0.5])], [0.2, 1.0, 0.7, 2.0]);
        let q = |b: &Vec<DVector<f64>>| {
            let mut out = [0.0; 4];
            family.log_density(b, &data, 0..4, &mut out);
            out.iter().zip(r).map(|(l, r)| l * r).sum::<f64>()
        };
        let at = |b: &Vec<DVector<f64>>| {
            let mut s = family.zero(b);
            family.accumulate(b, &data, 0..4, &r, &mut s);
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
            assert!((s.gradient()[j] - slope).abs() < 1e-7);
            let bend = (at(&moved(h)).gradient() - at(&moved(-h)).gradient()) / (2.0 * h);
            assert!((s.information().column(j) + bend).amax() < 1e-7);
        }
    }

    #[test]
    fn hopeless_log_means_stay_finite_and_in_order() {
        let mut out = [0.0; 4];
        let density = |b: f64, out: &mut [f64]| {
            PoissonRegressions::default().log_density(&vec![DVector::from_vec(vec![b, 0.0])], &data(), 0..4, out);
        };
        density(1e5, &mut out);
        let far = out;
        density(1e6, &mut out);
        assert!(out.iter().zip(far).all(|(further, far)| further.is_finite() && *further < far));
    }

    #[test]
    fn shared_coefficients_are_free_once() {
        let family = PoissonRegressions::default().sharing([1]);
        let params = [[1.0, 5.0, 2.0], [3.0, 5.0, 4.0]].map(|b| DVector::from_row_slice(&b)).to_vec();
        let x = family.to_free(&params);
        assert_eq!(x, [5.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(family.at_free(&params, &x).unwrap(), params);
        let bad = |i: usize| {
            let mut x = x.clone();
            x[i] = f64::NAN;
            family.at_free(&params, &x).unwrap_err().part
        };
        assert_eq!([bad(0), bad(2), bad(4)], [0, 0, 1].map(Part::Component));
        let all = PoissonRegressions::default().sharing([0, 1, 2]);
        assert_eq!(all.at_free(&params, &[7.0, 8.0, 9.0]).unwrap(), vec![DVector::from_vec(vec![7.0, 8.0, 9.0]); 2]);
    }

    #[test]
    fn shared_coefficients_that_differ_are_refused_with_both_numbers() {
        let family = PoissonRegressions::default().sharing([1]).naming(vec!["intercept".into(), "x".into()]);
        let params = |b: f64| vec![DVector::from_vec(vec![1.0, 0.25]), DVector::from_vec(vec![2.0, b])];
        assert_eq!(family.admit(&params(0.25), &data()), Ok(()));
        let wanted =
            "the components share the coefficient of `x`, but `coefficients` has 0.25 in row 0 and 0.5 in row 1";
        assert_eq!(family.admit(&params(0.5), &data()).unwrap_err(), wanted);
        let beyond = PoissonRegressions::default().sharing([2]).admit(&params(0.25), &data()).unwrap_err();
        assert!(beyond.starts_with("the design has 2 columns"), "{beyond}");
    }

    /// The variance of a mixture of Poisson distributions by adding up its probabilities.
    #[test]
    fn mean_and_spread_are_those_of_the_mixture() {
        let params = [[0.3, 0.5], [1.5, -0.2]].map(|b| DVector::from_row_slice(&b)).to_vec();
        // Mixing weights may differ from one observation to the next.
        let (all, data) = ([0.3, 0.7, 0.9, 0.1], data());
        let predicted = PoissonRegressions::default().predict(&params, &all, &data, 1..3, Prediction::default());
        for (i, (unit, weights)) in (1..3).zip(all.chunks(2)).enumerate() {
            let probability = |y: f64| {
                let one = |(b, w): (&DVector<f64>, &f64)| {
                    let eta = log_mean(b, &data, unit);
                    w * (y * eta - eta.exp() - log_factorial(y)).exp()
                };
                params.iter().zip(weights).map(one).sum::<f64>()
            };
            let moment = |e: i32| (0..100).map(|y| f64::from(y).powi(e) * probability(f64::from(y))).sum::<f64>();
            let (mean, sd) = (moment(1), (moment(2) - moment(1) * moment(1)).sqrt());
            assert!((predicted.numbers("mean").unwrap()[i] - mean).abs() < 1e-12);
            assert!((predicted.numbers("sd").unwrap()[i] - sd).abs() < 1e-12);
        }
    }
}
