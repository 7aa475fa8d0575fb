//! [`Quadratic`]: a model of what is to be raised, near the point where it was taken.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Curvature below this fraction of the mean rate is raised to it: what rounding leaves of none at all is some 1e-15,
/// and no direction that events speak of has so little.
const LEAST_CURVATURE: f64 = 1e-10;
/// Halvings of the interval that holds the multiplier of a restricted step; its length need not be exact.
const BISECTIONS: usize = 60;
/// Sweeps of the eigenvalue algorithm per dimension; it takes two or three.
const SWEEPS: usize = 100;

/// g′δ − ½ δ′K δ, where a step δ changes log means, or log odds, by √(Σ D_c δ_c² / W) at most, root mean square and apart from what
/// columns have in common.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quadratic {
    /// g, q numbers.
    pub(crate) gradient: DVector<f64>,
    /// K, q × q and positive semidefinite.
    pub(crate) curvature: DMatrix<f64>,
    /// D, q numbers: Σ r z_c² of each coordinate's covariate z; 0 where it is 0 throughout.
    pub(crate) metric: DVector<f64>,
    /// W = Σ r.
    pub(crate) weight: f64,
    /// The events, seen or expected, whichever are more; where labels are what happens, the observations.
    pub(crate) events: f64,
}

/// The curvature in units of the metric, taken apart: D^−½ K D^−½ = V Λ V′.
pub(crate) struct Spectrum {
    /// D^−½, q numbers; 0 where D is.
    scale: DVector<f64>,
    /// V, one direction per column.
    pub(crate) directions: DMatrix<f64>,
    /// Λ, per observation a rate.
    pub(crate) curvatures: DVector<f64>,
}

impl Quadratic {
    /// 0 in q dimensions.
    pub(crate) fn zero(q: usize) -> Self {
        let (gradient, metric) = (DVector::zeros(q), DVector::zeros(q));
        Quadratic { gradient, curvature: DMatrix::zeros(q, q), metric, weight: 0.0, events: 0.0 }
    }

    /// Adds a model of some of the coordinates: its coordinate i is `coordinate(i)` here.
    pub(crate) fn add(&mut self, part: &Quadratic, coordinate: impl Fn(usize) -> usize) {
        for i in 0..part.gradient.len() {
            let a = coordinate(i);
            self.gradient[a] += part.gradient[i];
            self.metric[a] += part.metric[i];
            (0..part.gradient.len()).for_each(|j| self.curvature[(a, coordinate(j))] += part.curvature[(i, j)]);
        }
        self.weight += part.weight;
        self.events += part.events;
    }

    /// Adds −½ τ (b + t′δ)²: a normal prior of precision τ on a coefficient b that a step changes by t′δ.
    pub(crate) fn add_penalty(&mut self, precision: f64, b: f64, t: &DVector<f64>) {
        self.gradient.axpy(-precision * b, t, 1.0);
        self.curvature.ger(precision, t, t, 1.0);
    }

    /// A step leaves coordinate i where it is.
    pub(crate) fn hold(&mut self, i: usize) {
        self.gradient[i] = 0.0;
        self.metric[i] = 0.0;
        self.curvature.row_mut(i).fill(0.0);
        self.curvature.column_mut(i).fill(0.0);
    }

    /// The coordinates from `level` on, which were level a_0 + a′c and slopes a about a point c, become a_0 and a: a change
    /// of a slope by δ is one of the level by c δ, too. The first number of c is 0.
    pub(crate) fn uncentre(&mut self, level: usize, c: &DVector<f64>) {
        for (l, c) in c.iter().enumerate().skip(1).map(|(l, c)| (level + l, *c)) {
            self.gradient[l] += c * self.gradient[level];
            self.metric[l] += c * c * self.metric[level];
            let row = self.curvature.row(level) * c;
            let mut own = self.curvature.row_mut(l);
            own += row;
            let column = self.curvature.column(level) * c;
            let mut own = self.curvature.column_mut(l);
            own += column;
        }
    }

    /// None where a number overflows.
    pub(crate) fn spectrum(&self) -> Option<Spectrum> {
        let scale = self.metric.map(|d| if d > 0.0 { d.sqrt().recip() } else { 0.0 });
        let mut scaled = self.curvature.clone();
        for (j, mut column) in scaled.column_iter_mut().enumerate() {
            column.component_mul_assign(&scale);
            column *= scale[j];
        }
        if scaled.iter().any(|k| !k.is_finite()) {
            return None;
        }
        let sweeps = SWEEPS * self.metric.len();
        let eigen = SymmetricEigen::try_new(scaled, f64::EPSILON, sweeps)?;
        Some(Spectrum { scale, directions: eigen.eigenvectors, curvatures: eigen.eigenvalues })
    }

    /// The mean rate, which curvatures are compared with.
    pub(crate) fn rate(&self) -> f64 {
        self.events / self.weight
    }

    /// The δ that raises it most among those of length √(Σ D_c δ_c²) up to `radius`; none where a number overflows.
    ///
    /// It solves (K + λ D) δ = g with the least λ ≥ 0 that is short enough (Moré & Sorensen 1983).
    pub(crate) fn step(&self, radius: f64) -> Option<DVector<f64>> {
        let Spectrum { scale, directions, curvatures } = self.spectrum()?;
        let slopes = directions.tr_mul(&self.gradient.component_mul(&scale));
        if slopes.iter().any(|u| !u.is_finite()) {
            return None;
        }
        let least = LEAST_CURVATURE * self.rate();
        let along = |multiplier: f64| {
            // Where nothing slopes, nothing moves, whatever the curvature.
            let one = |u: f64, k: f64| if u == 0.0 { 0.0 } else { u / (k.max(least) + multiplier) };
            slopes.zip_map(&curvatures, one)
        };
        let short_enough = |multiplier: f64| along(multiplier).norm() <= radius;
        let (mut low, mut high) = (0.0, slopes.norm() / radius);
        let multiplier = if short_enough(0.0) {
            0.0
        } else {
            for _ in 0..BISECTIONS {
                let middle = 0.5 * (low + high);
                if short_enough(middle) { high = middle } else { low = middle }
            }
            high
        };
        Some((directions * along(multiplier)).component_mul(&scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn model() -> Quadratic {
        Quadratic {
            gradient: DVector::from_vec(vec![3.0, -1.0]),
            curvature: DMatrix::from_row_slice(2, 2, &[4.0, 1.0, 1.0, 2.0]),
            metric: DVector::from_vec(vec![8.0, 2.0]),
            weight: 2.0,
            events: 3.0,
        }
    }

    #[test]
    fn a_step_that_is_short_enough_is_newtons() {
        // (4 1; 1 2) δ = (3, −1): δ = (1, −1).
        assert_relative_eq!(model().step(10.0).unwrap(), DVector::from_vec(vec![1.0, -1.0]), epsilon = 1e-14);
    }

    #[test]
    fn a_restricted_step_has_the_radius_and_beats_others_as_long() {
        let (q, radius) = (model(), 0.5);
        let value = |d: &DVector<f64>| q.gradient.dot(d) - 0.5 * (d.transpose() * &q.curvature * d)[0];
        let step = q.step(radius).unwrap();
        let length = |d: &DVector<f64>| d.component_mul(d).dot(&q.metric).sqrt();
        assert_relative_eq!(length(&step), radius, max_relative = 1e-12);
        for turn in 0..100 {
            let (sin, cos) = (0.01 * std::f64::consts::TAU * f64::from(turn)).sin_cos();
            let other = DVector::from_vec(vec![radius * cos / 8f64.sqrt(), radius * sin / 2f64.sqrt()]);
            assert!(value(&other) <= value(&step) + 1e-12);
        }
    }

    #[test]
    fn flat_directions_move_by_the_radius_or_not_at_all() {
        let mut q = model();
        q.curvature = DMatrix::from_row_slice(2, 2, &[4.0, 0.0, 0.0, 0.0]);
        let step = q.step(10.0).unwrap();
        // The multiplier is −1 / (2 δ_1); it damps the other direction a little.
        let length = (8.0 * step[0] * step[0] + 2.0 * step[1] * step[1]).sqrt();
        assert_relative_eq!(length, 10.0, max_relative = 1e-12);
        assert_relative_eq!(step[0], 3.0 / (4.0 - 4.0 / step[1]), max_relative = 1e-9);
        q.gradient[1] = 0.0;
        assert_eq!(q.step(10.0).unwrap()[1], 0.0);
        q.metric[1] = 0.0;
        q.gradient[1] = 5.0;
        assert_eq!(q.step(10.0).unwrap()[1], 0.0);
    }

    #[test]
    fn what_overflows_gives_no_step() {
        let mut q = model();
        q.curvature[(0, 0)] = f64::INFINITY;
        assert_eq!(q.step(1.0), None);
        let mut q = model();
        q.gradient[0] = f64::NAN;
        assert_eq!(q.step(1.0), None);
    }
}
