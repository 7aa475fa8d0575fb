//! [`Newton`]: gradient and information of one weighted Poisson regression.

use em_core::statistics;
use nalgebra::{DMatrix, DVector};

/// The least pivot of the information, scaled to unit diagonal, that still holds a correct digit.
const LEAST_PIVOT: f64 = 1e-13;

/// What a Newton step needs, at coefficients b with means μ_i = exp(x_i′ b + offset_i) and weights r_i.
#[derive(Clone, Debug, PartialEq)]
pub struct Newton {
    /// Σ r_i y_i, the events.
    pub events: f64,
    /// Σ r_i μ_i, the events expected at b.
    pub expected: f64,
    /// Σ r_i (y_i − μ_i) x_i, p numbers.
    pub gradient: DVector<f64>,
    /// Σ r_i μ_i x_i x_i′, p × p; the lower triangle only.
    pub information: DMatrix<f64>,
}
statistics!(Newton { events, expected, gradient, information });

/// Why there is no Newton step.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NewtonError {
    /// Every expected count has vanished.
    #[error("no events are left in it: its coefficients run off and have no finite maximum")]
    NoEvents,
    /// The design columns determine one another where this component has weight.
    #[error("column {column} (from 0) of its design is determined by those before it, among the observations it holds")]
    Dependent {
        /// The design column, counted from 0.
        column: usize,
    },
}

impl Newton {
    /// Of no observations, with p columns.
    pub fn zero(p: usize) -> Self {
        Newton { events: 0.0, expected: 0.0, gradient: DVector::zeros(p), information: DMatrix::zeros(p, p) }
    }

    /// Adds one observation with its mean at b and its weight.
    pub(super) fn add(&mut self, x: &[f64], y: f64, mean: f64, weight: f64) {
        self.events += weight * y;
        self.expected += weight * mean;
        let (gap, curvature) = (weight * (y - mean), weight * mean);
        for (j, xj) in x.iter().enumerate() {
            self.gradient[j] += gap * xj;
            let scaled = curvature * xj;
            let below = self.information.column_mut(j);
            below.into_iter().zip(x).skip(j).for_each(|(entry, xi)| *entry += scaled * xi);
        }
    }

    /// The step I⁻¹ g towards the maximum.
    ///
    /// The information is scaled to unit diagonal first, so that a change of units of the covariates changes nothing.
    ///
    /// # Errors
    /// [`NewtonError`] when the information is singular.
    pub(super) fn step(&self) -> Result<DVector<f64>, NewtonError> {
        let p = self.gradient.len();
        let scale = self.information.diagonal().map(|v| 1.0 / v.sqrt());
        if self.expected <= 0.0 || scale.iter().any(|s| !s.is_finite()) {
            return Err(match self.information.diagonal().iter().position(|v| *v <= 0.0) {
                Some(column) if self.expected > 0.0 => NewtonError::Dependent { column },
                _ => NewtonError::NoEvents,
            });
        }
        let mut l = DMatrix::zeros(p, p);
        for j in 0..p {
            let of = |a: usize, b: usize| self.information[(a, b)] * scale[a] * scale[b];
            let pivot = 1.0 - (0..j).map(|c| l[(j, c)] * l[(j, c)]).sum::<f64>();
            if pivot.is_nan() || pivot <= LEAST_PIVOT {
                return Err(NewtonError::Dependent { column: j });
            }
            l[(j, j)] = pivot.sqrt();
            for i in j + 1..p {
                let rest: f64 = (0..j).map(|c| l[(i, c)] * l[(j, c)]).sum();
                l[(i, j)] = (of(i, j) - rest) / l[(j, j)];
            }
        }
        let mut step = self.gradient.component_mul(&scale);
        l.solve_lower_triangular_mut(&mut step);
        l.tr_solve_lower_triangular_mut(&mut step);
        Ok(step.component_mul(&scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_solves_the_equations() {
        let mut n = Newton::zero(2);
        for (x, y, mean) in [([1.0, 0.5], 3.0, 2.0), ([1.0, -1.0], 0.0, 1.0), ([1.0, 400.0], 4.0, 5.0)] {
            n.add(&x, y, mean, 1.5);
        }
        let step = n.step().unwrap();
        let mut whole = n.information.clone();
        whole.fill_upper_triangle_with_lower_triangle();
        assert!((whole * step - &n.gradient).norm() < 1e-9 * n.gradient.norm());
        assert_eq!((n.events, n.expected), (10.5, 12.0));
    }

    #[test]
    fn what_has_no_step_says_why() {
        let mut twice = Newton::zero(2);
        [1.0, 2.0, 3.0].iter().for_each(|x| twice.add(&[*x, 2.0 * x], 1.0, 1.0, 1.0));
        assert_eq!(twice.step(), Err(NewtonError::Dependent { column: 1 }));
        assert_eq!(Newton::zero(1).step(), Err(NewtonError::NoEvents));
        let mut flat = Newton::zero(2);
        flat.add(&[1.0, 0.0], 1.0, 1.0, 1.0);
        assert_eq!(flat.step(), Err(NewtonError::Dependent { column: 1 }));
    }
}
