//! [`Newton`]: what a Newton step of one weighted Poisson regression needs.

use crate::moments::show_parts_near;
use crate::{Moments, lanes};
use em_core::{Statistics, scratch};
use nalgebra::{DMatrix, DVector};

/// Expected counts are added as they are where the largest log mean of a block is no further from 0 than this, e^±300;
/// beyond, relative to the largest.
const ORDINARY: f64 = 300.0;

/// What the observations say at coefficients b, with means μ_i = exp(x_i′ b + offset_i) and weights r_i.
///
/// The gradient of Σ r_i (y_i ln μ_i − μ_i) is E ȳ − M m, and minus its second derivative C + M m m′ (McCullagh & Nelder
/// 1989, section 2.5). Both are kept about means, so that covariates far from 0 lose nothing, and M and C relative to
/// e^s, so that no coefficients are too far off for them.
///
/// | symbol | here |
/// |---|---|
/// | E = Σ r_i y_i, the events | `events` |
/// | ȳ = Σ r_i y_i x_i / E, where the events lie | `event_mean` |
/// | M = Σ r_i μ_i, the events expected | e^s times the weight of `expected` |
/// | m = Σ r_i μ_i x_i / M, where they are expected | the mean of `expected` |
/// | C = Σ r_i μ_i (x_i − m)(x_i − m)′ | e^s times the scatter of `expected` |
/// | s | `log_scale` |
#[derive(Clone, Debug, PartialEq)]
pub struct Newton {
    /// Σ r_i.
    pub weight: f64,
    /// Σ r_i times the variance of each design column in the data, p numbers: the scale that steps are measured by.
    pub spread: DVector<f64>,
    /// The events.
    pub events: f64,
    /// The mean covariates of the events, p numbers; zero without events.
    pub event_mean: DVector<f64>,
    /// ln of the unit in which expected events are counted; 0 unless they are beyond measure.
    pub log_scale: f64,
    /// Moments of the covariates under the expected events, p dimensions.
    pub expected: Moments,
}

/// The covariates of m observations about a point amid the data.
pub(super) struct Block<'a> {
    /// x_i, of which the columns are less the center.
    pub(super) rows: lanes::Block<'a>,
    /// The center, p numbers.
    pub(super) center: &'a [f64],
    /// The variance of each column in the data, p numbers.
    pub(super) spread: &'a [f64],
}

impl Newton {
    /// Of no observations, with p columns.
    pub fn zero(p: usize) -> Self {
        Newton {
            weight: 0.0,
            spread: DVector::zeros(p),
            events: 0.0,
            event_mean: DVector::zeros(p),
            log_scale: 0.0,
            expected: Moments::zero(p),
        }
    }

    /// M, the expected events at b.
    pub fn expected_events(&self) -> f64 {
        self.log_expected_events().exp()
    }

    /// ln M; minus infinity where nothing is expected.
    pub(super) fn log_expected_events(&self) -> f64 {
        self.expected.weight.ln() + self.log_scale
    }

    /// Σ r_i (y_i − μ_i) x_i, p numbers.
    pub fn gradient(&self) -> DVector<f64> {
        &self.event_mean * self.events - &self.expected.mean * self.expected_events()
    }

    /// Σ r_i μ_i x_i x_i′, p × p: the information about b.
    pub fn information(&self) -> DMatrix<f64> {
        self.expected.scatter_about(&DVector::zeros(self.spread.len())) * self.log_scale.exp()
    }

    /// Adds m observations of one block, which has no more to say of them than their counts, log means and weights, and
    /// their means where they are known. The log means are used up.
    pub(super) fn add(&mut self, block: &Block, y: &[f64], log_means: &mut [f64], means: Option<&[f64]>, r: &[f64]) {
        let weight = lanes::sum(r);
        if weight <= 0.0 {
            return;
        }
        self.weight += weight;
        self.spread.iter_mut().zip(block.spread).for_each(|(sum, s)| *sum += weight * s);
        self.add_events(block, y, r);
        self.count_by(unit(log_means, r));
        // Without weight a mean that overflows has no part in it.
        match means {
            Some(means) if self.log_scale == 0.0 => {
                let expected = log_means.iter_mut().zip(means.iter().zip(r));
                expected.for_each(|(out, (mean, r))| *out = if *r > 0.0 { mean * r } else { 0.0 });
            }
            _ => lanes::weighted_exps(self.log_scale, r, log_means),
        }
        self.add_expected(block, log_means);
    }

    fn add_events(&mut self, block: &Block, y: &[f64], r: &[f64]) {
        let (p, stride) = (block.center.len(), lanes::padded(r.len()));
        scratch::with(p + stride, |buffer| {
            let (mean, events) = buffer.split_at_mut(p);
            events[r.len()..].fill(0.0);
            events.iter_mut().zip(y.iter().zip(r)).for_each(|(events, (y, r))| *events = y * r);
            lanes::weighted_sums(events, block.rows.columns, mean);
            let events = lanes::sum(events);
            mean.iter_mut().zip(block.center).for_each(|(sum, c)| *sum = *sum / events + c);
            self.merge_events(events, mean);
        });
    }

    /// Adds observations by what is expected of each, in units of e^s.
    fn add_expected(&mut self, block: &Block, expected: &[f64]) {
        let p = block.center.len();
        scratch::with(2 * p, |buffer| {
            let (zero, middle) = buffer.split_at_mut(p);
            zero.fill(0.0);
            show_parts_near(zero, block.rows, expected, &mut |weight, mean, scatter| {
                middle.iter_mut().zip(mean.iter().zip(block.center)).for_each(|(out, (m, c))| *out = m + c);
                self.expected.merge_parts(weight, middle, scatter);
            });
        });
    }

    fn merge_events(&mut self, events: f64, mean: &[f64]) {
        if events > 0.0 {
            self.events += events;
            let toward = events / self.events;
            self.event_mean.iter_mut().zip(mean).for_each(|(a, b)| *a += toward * (b - *a));
        }
    }

    /// Counts expected events in units of e^`log_scale` from now on, or of what they were if that is larger.
    fn count_by(&mut self, log_scale: f64) {
        if self.expected.weight == 0.0 {
            self.log_scale = log_scale;
        } else if log_scale > self.log_scale {
            self.expected.scale((self.log_scale - log_scale).exp());
            self.log_scale = log_scale;
        }
    }
}

/// ln of the unit in which to count a block: 1, unless its largest mean is beyond measure.
fn unit(log_means: &[f64], r: &[f64]) -> f64 {
    if lanes::within(ORDINARY, log_means) {
        return 0.0;
    }
    let weighty = log_means.iter().zip(r).filter(|(_, r)| **r > 0.0);
    let largest = weighty.fold(f64::NEG_INFINITY, |largest, (l, _)| largest.max(*l));
    if largest.abs() <= ORDINARY { 0.0 } else { largest }
}

impl Statistics for Newton {
    fn merge(&mut self, other: &Self) {
        assert_eq!(self.spread.len(), other.spread.len(), "statistics of different shape");
        self.weight += other.weight;
        self.spread += &other.spread;
        self.merge_events(other.events, other.event_mean.as_slice());
        if other.expected.weight == 0.0 {
            return;
        }
        self.count_by(other.log_scale);
        if other.log_scale == self.log_scale {
            self.expected.merge(&other.expected);
        } else {
            let mut smaller = other.expected.clone();
            smaller.scale((other.log_scale - self.log_scale).exp());
            self.expected.merge(&smaller);
        }
    }
    fn scale(&mut self, by: f64) {
        if by == 0.0 {
            return self.clear();
        }
        self.weight *= by;
        self.spread *= by;
        self.events *= by;
        self.expected.scale(by);
    }
    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        self.weight.visit(f);
        self.spread.visit(f);
        self.events.visit(f);
        self.event_mean.visit(f);
        self.log_scale.visit(f);
        self.expected.visit(f);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn of(x: &[[f64; 2]], y: &[f64], log_means: &[f64], r: &[f64]) -> Newton {
        let mut n = Newton::zero(2);
        let center = [1.0, 1.0];
        lanes::with_block_about(Some(&center), 2, x.as_flattened(), |rows| {
            let block = Block { rows, center: &center, spread: &[0.0, 1.0] };
            n.add(&block, y, &mut log_means.to_vec(), None, r);
        });
        n
    }

    #[test]
    fn by_hand() {
        // Means 2, 1, 5 and weights 1, 2, 0.5.
        let log_means = [2f64.ln(), 0.0, 5f64.ln()];
        let n = of(&[[1.0, 0.5], [1.0, -1.0], [1.0, 4.0]], &[3.0, 0.0, 4.0], &log_means, &[1.0, 2.0, 0.5]);
        assert_eq!((n.weight, n.events, n.log_scale), (3.5, 5.0, 0.0));
        assert_relative_eq!(n.expected_events(), 6.5, max_relative = 1e-15);
        assert_eq!(n.spread.as_slice(), [0.0, 3.5]);
        // 1 (3 − 2) + 2 (0 − 1) + ½ (4 − 5), and the same times the covariate.
        assert_relative_eq!(n.gradient(), DVector::from_vec(vec![-1.5, 0.5 + 2.0 - 2.0]), epsilon = 1e-14);
        let information = DMatrix::from_row_slice(2, 2, &[6.5, 1.0 - 2.0 + 10.0, 9.0, 0.5 + 2.0 + 40.0]);
        assert_relative_eq!(n.information(), information, epsilon = 1e-13);
    }

    #[test]
    fn means_beyond_measure_keep_their_proportions() {
        let x = [[1.0, 0.0], [1.0, 1.0], [1.0, 3.0]];
        let near = of(&x, &[1.0, 2.0, 0.0], &[0.0, 1.0, 2.0], &[1.0; 3]);
        for by in [-1e5, 400.0, 1e5] {
            let far = of(&x, &[1.0, 2.0, 0.0], &[by, 1.0 + by, 2.0 + by], &[1.0; 3]);
            assert_relative_eq!(far.log_expected_events(), near.log_expected_events() + by, max_relative = 1e-14);
            assert_relative_eq!(far.expected.mean, near.expected.mean, max_relative = 1e-11);
            // What is far larger swallows the rest, in either order.
            let (mut a, mut b) = (near.clone(), far.clone());
            a.merge(&far);
            b.merge(&near);
            let top = if by > 0.0 { &far } else { &near };
            assert_eq!((&a.expected, &b.expected, a.log_scale), (&top.expected, &top.expected, top.log_scale));
            assert_eq!((a.weight, a.events), (6.0, 6.0));
        }
    }

    #[test]
    fn parts_merge_into_the_whole_and_scale() {
        let x = [[1.0, 1e7], [1.0, 1e7 + 1.0], [1.0, 1e7 + 3.0], [1.0, 1e7 - 2.0]];
        let (y, log_means, r) = ([1.0, 0.0, 4.0, 2.0], [0.1, -0.4, 1.2, 0.6], [1.0, 0.5, 0.0, 2.0]);
        let whole = of(&x, &y, &log_means, &r);
        let mut parts = of(&x[..1], &y[..1], &log_means[..1], &r[..1]);
        parts.merge(&of(&x[1..], &y[1..], &log_means[1..], &r[1..]));
        assert_relative_eq!(parts.expected.scatter, whole.expected.scatter, max_relative = 1e-8);
        assert_relative_eq!(parts.event_mean, whole.event_mean, max_relative = 1e-15);
        parts.scale(2.0);
        assert_relative_eq!(parts.expected_events(), 2.0 * whole.expected_events(), max_relative = 1e-14);
        parts.scale(0.0);
        assert_eq!(parts, Newton::zero(2));
        parts.merge(&whole);
        assert_eq!(parts, whole);
    }
}
