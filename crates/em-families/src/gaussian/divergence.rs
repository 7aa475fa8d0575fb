//! Entropy, divergence and sums of normal distributions, in closed form.

use super::normal::Normal;
use super::normal_error::NormalError;
use super::shape::Shape;
use std::f64::consts::TAU;

impl Normal {
    /// The differential entropy −∫ p ln p in nats: ½ (d (1 + ln 2π) + ln |Σ|) (Cover & Thomas 2006, theorem 8.4.1).
    pub fn entropy(&self) -> f64 {
        0.5 * (self.mean().len() as f64 * (1.0 + TAU.ln()) + self.shape().log_det())
    }

    /// The Kullback–Leibler divergence KL(p ‖ q) = ∫ p ln (p / q) of this distribution p from `q` in nats, 0 or above:
    ///
    /// KL = ½ (tr(Σ_q⁻¹ Σ_p) + (μ_q − μ_p)′ Σ_q⁻¹ (μ_q − μ_p) − d + ln (|Σ_q| / |Σ_p|))
    ///
    /// (Kullback 1959, chapter 9, eq. 1.2). Where both covariances are diagonal this is
    /// ½ Σ_i (r_i − 1 − ln r_i + (μ_qi − μ_pi)² / v_qi) with r_i = v_pi / v_qi, and costs O(d).
    ///
    /// # Panics
    /// When `q` has another number of dimensions.
    pub fn divergence(&self, q: &Normal) -> f64 {
        let d = self.mean().len();
        assert_eq!(d, q.mean().len(), "distributions of different dimension");
        let gap = q.squared_distance(self.mean().as_slice());
        if let (Shape::Diagonal { variances: p, .. }, Shape::Diagonal { variances: v, .. }) = (self.shape(), q.shape())
        {
            // Term by term, so that near-equal distributions lose few digits.
            let term = |(p, v): (&f64, &f64)| {
                let over = (p - v) / v;
                over - over.ln_1p()
            };
            return 0.5 * (p.iter().zip(v).map(term).sum::<f64>() + gap);
        }
        let trace = q.shape().whiten(self.factor()).norm_squared();
        let divergence = 0.5 * (trace - d as f64 + q.shape().log_det() - self.shape().log_det() + gap);
        // It is 0 or above; rounding may say otherwise.
        if divergence < 0.0 { 0.0 } else { divergence }
    }

    /// The distribution of X + Y for independent X of this distribution and Y of `other`:
    /// N(μ_X + μ_Y, Σ_X + Σ_Y).
    ///
    /// # Errors
    /// [`NormalError::Shape`] when `other` has another number of dimensions; [`NormalError::Mean`] and
    /// [`NormalError::NotFinite`] when a sum overflows.
    pub fn sum(&self, other: &Normal) -> Result<Normal, NormalError> {
        let (d, wanted) = (other.mean().len(), self.mean().len());
        if d != wanted {
            return Err(NormalError::Shape { rows: d, columns: d, wanted });
        }
        let mean = self.mean() + other.mean();
        match (self.shape(), other.shape()) {
            (Shape::Diagonal { variances: a, .. }, Shape::Diagonal { variances: b, .. }) => {
                Normal::diagonal(mean, a + b)
            }
            (a, b) => Normal::new(mean, a.covariance() + b.covariance()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use em_core::Rng;
    use nalgebra::{DMatrix, DVector};
    use rand::{RngExt, SeedableRng};

    fn full(mean: [f64; 2], c: [f64; 4]) -> Normal {
        Normal::new(DVector::from_row_slice(&mean), DMatrix::from_row_slice(2, 2, &c)).unwrap()
    }

    /// A draw by μ + L z, with z by Box & Muller (1958).
    fn draw(n: &Normal, rng: &mut Rng) -> Vec<f64> {
        let z = |rng: &mut Rng| (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt() * (TAU * rng.random::<f64>()).cos();
        let z = DVector::from_fn(n.mean().len(), |_, _| z(rng));
        (n.mean() + n.factor() * z).as_slice().to_vec()
    }

    #[test]
    fn entropy_and_divergence_are_the_means_they_stand_for() {
        let (p, q) = (full([0.0, 1.0], [2.0, 0.7, 0.7, 1.0]), full([0.5, 0.0], [1.5, -0.3, -0.3, 2.0]));
        let (n, mut rng) = (200_000, Rng::seed_from_u64(3));
        let draws: Vec<Vec<f64>> = (0..n).map(|_| draw(&p, &mut rng)).collect();
        let mean = |f: &dyn Fn(&[f64]) -> f64| draws.iter().map(|x| f(x)).sum::<f64>() / n as f64;
        // Standard deviations are about 1: a standard error of 0.002.
        assert!((mean(&|x| -p.log_density(x)) - p.entropy()).abs() < 0.01);
        assert!((mean(&|x| p.log_density(x) - q.log_density(x)) - p.divergence(&q)).abs() < 0.01);
    }

    #[test]
    fn divergence_by_hand() {
        // One dimension: ln (s_q / s_p) + (v_p + gap²) / (2 v_q) − ½.
        let one = |m: f64, v: f64| Normal::diagonal(DVector::from_element(1, m), DVector::from_element(1, v)).unwrap();
        let wanted = 0.5 * (4.0f64 / 2.0).ln() + (2.0 + 9.0) / 8.0 - 0.5;
        assert_relative_eq!(one(1.0, 2.0).divergence(&one(4.0, 4.0)), wanted, max_relative = 1e-14);
        let p = full([1.0, 2.0], [2.0, 0.5, 0.5, 1.0]);
        assert!(p.divergence(&p) < 1e-15);
    }

    #[test]
    fn the_diagonal_form_agrees_with_the_full_one() {
        let diagonal = |m: [f64; 2], v: [f64; 2]| {
            Normal::diagonal(DVector::from_row_slice(&m), DVector::from_row_slice(&v)).unwrap()
        };
        let (p, q) = (diagonal([0.0, 1.0], [2.0, 3.0]), diagonal([1.0, -1.0], [0.5, 4.0]));
        // A covariance of 1e-9 takes the other way and changes the value by about its square.
        let nearly = full([1.0, -1.0], [0.5, 1e-9, 1e-9, 4.0]);
        assert_relative_eq!(p.divergence(&q), p.divergence(&nearly), max_relative = 1e-8);
        let close = diagonal([0.0, 1.0], [2.0 * (1.0 + 1e-9), 3.0]);
        // ¼ ε² to second order.
        assert_relative_eq!(close.divergence(&p), 0.25e-18, max_relative = 1e-6);
    }

    #[test]
    fn sums() {
        let s = full([1.0, 2.0], [2.0, 0.5, 0.5, 1.0]).sum(&full([1.0, -2.0], [1.0, -0.5, -0.5, 1.0])).unwrap();
        assert_eq!((s.mean().as_slice(), s.is_diagonal()), (&[2.0, 0.0][..], true));
        assert_eq!(s.variances().as_slice(), [3.0, 2.0]);
        let one = Normal::diagonal(DVector::zeros(1), DVector::from_element(1, 1.0)).unwrap();
        assert!(matches!(s.sum(&one), Err(NormalError::Shape { .. })));
        assert_eq!(one.sum(&one).unwrap().variances()[0], 2.0);
    }
}
