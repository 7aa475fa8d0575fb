//! [`InverseWishart`]: a prior on covariances.

use super::CovariancePriorError;
use crate::Normal;
use nalgebra::{DMatrix, DVector};
use statrs::function::gamma::ln_gamma;
use std::f64::consts::{LN_2, PI};

/// Σ ~ IW(Ψ, ν) in d dimensions, with ν > d − 1 and Ψ symmetric and positive definite:
///
/// p(Σ) = |Ψ|^(ν/2) / (2^(νd/2) Γ_d(ν/2)) · |Σ|^(−(ν+d+1)/2) · exp(−½ tr(Ψ Σ⁻¹))
///
/// (Gelman et al. 2013, appendix A). Its mode is Ψ / (ν + d + 1); to an M-step it adds the scatter Ψ and ν + d + 1
/// observations.
///
/// ```
/// use em_families::{InverseGamma, InverseWishart};
/// // In one dimension it is an inverse gamma distribution of shape ν/2 and scale Ψ/2.
/// let wishart = InverseWishart::new(vec![vec![3.0]], 5.0)?;
/// let gamma = InverseGamma::new(2.5.into(), 1.5.into())?;
/// let normal = em_families::Normal::diagonal(vec![0.0].into(), vec![0.8].into()).unwrap();
/// assert!((wishart.log_density(&normal) - gamma.log_density(0, 0.8)).abs() < 1e-14);
/// # Ok::<(), em_families::prior::CovariancePriorError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct InverseWishart {
    scale: DMatrix<f64>,
    dof: f64,
    /// L of Ψ = L L′.
    factor: DMatrix<f64>,
    log_norm: f64,
}

impl InverseWishart {
    /// IW(scale, dof), from d rows of d numbers.
    ///
    /// # Errors
    /// [`CovariancePriorError::Scale`] and [`CovariancePriorError::Dof`].
    pub fn new(scale: Vec<Vec<f64>>, dof: f64) -> Result<Self, CovariancePriorError> {
        let d = scale.len();
        if let Some(row) = scale.iter().find(|row| row.len() != d) {
            let cause = crate::NormalError::Shape { rows: d, columns: row.len(), wanted: d };
            return Err(CovariancePriorError::Scale { cause });
        }
        InverseWishart::of(DMatrix::from_fn(d, d, |i, j| scale[i][j]), dof)
    }

    /// IW(scale, dof), from d × d numbers.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of(scale: DMatrix<f64>, dof: f64) -> Result<Self, CovariancePriorError> {
        let d = scale.nrows();
        // A scale is what a covariance is, and a normal distribution knows how to check one.
        let normal = Normal::new(DVector::zeros(d), scale).map_err(|cause| CovariancePriorError::Scale { cause })?;
        if !(dof.is_finite() && dof > d as f64 - 1.0) {
            return Err(CovariancePriorError::Dof { dof, d });
        }
        // ln |Ψ| from ln of the density's own constant: −2 log_norm = d ln 2π + ln |Ψ|.
        let log_det = -2.0 * normal.log_norm() - d as f64 * (2.0 * PI).ln();
        let log_norm = 0.5 * dof * (log_det - d as f64 * LN_2) - ln_gamma_of(d, 0.5 * dof);
        Ok(InverseWishart { scale: normal.covariance(), dof, factor: normal.factor(), log_norm })
    }

    /// d.
    pub fn features(&self) -> usize {
        self.scale.nrows()
    }

    /// Ψ, d × d: the scatter that the prior adds.
    pub fn scale(&self) -> &DMatrix<f64> {
        &self.scale
    }

    /// ν.
    pub fn dof(&self) -> f64 {
        self.dof
    }

    /// ν + d + 1: the observations that the prior adds.
    pub fn pseudo_count(&self) -> f64 {
        self.dof + self.features() as f64 + 1.0
    }

    /// ln p(Σ) in nats of the covariance of `normal`, which has d dimensions.
    pub fn log_density(&self, normal: &Normal) -> f64 {
        let d = self.features();
        let log_det = -2.0 * normal.log_norm() - d as f64 * (2.0 * PI).ln();
        // tr(Ψ Σ⁻¹) = ‖W L‖² with Σ⁻¹ = W′ W.
        let trace = normal.whiten(self.factor.clone()).norm_squared();
        self.log_norm - 0.5 * self.pseudo_count() * log_det - 0.5 * trace
    }
}

/// ln Γ_d(a) = d (d − 1)/4 ln π + Σ_{i<d} ln Γ(a − i/2).
fn ln_gamma_of(d: usize, a: f64) -> f64 {
    let size = d as f64;
    0.25 * size * (size - 1.0) * PI.ln() + (0..d).map(|i| ln_gamma(a - 0.5 * i as f64)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ∫ p(Σ) dΣ over 2 × 2 matrices, in coordinates ln a, ln b, r of Σ = [a r√(ab); r√(ab) b], Jacobian a b √(ab).
    #[test]
    fn it_integrates_to_one_in_two_dimensions() {
        let prior = InverseWishart::new(vec![vec![1.0, 0.3], vec![0.3, 0.5]], 6.5).unwrap();
        let (steps, low, high) = (60, -5.0, 6.0);
        let log = |i: usize| low + (high - low) * (i as f64 + 0.5) / steps as f64;
        let mut sum = 0.0;
        for (i, j, l) in (0..steps).flat_map(|i| (0..steps).flat_map(move |j| (0..steps).map(move |l| (i, j, l)))) {
            let (a, b, r) = (log(i).exp(), log(j).exp(), -1.0 + 2.0 * (l as f64 + 0.5) / steps as f64);
            let c = r * (a * b).sqrt();
            let normal = Normal::new(DVector::zeros(2), DMatrix::from_row_slice(2, 2, &[a, c, c, b])).unwrap();
            sum += prior.log_density(&normal).exp() * (a * b).powf(1.5);
        }
        let cell = ((high - low) / steps as f64).powi(2) * 2.0 / steps as f64;
        // The midpoint rule on a smooth density that falls off at every border.
        assert!((sum * cell - 1.0).abs() < 1e-3, "{}", sum * cell);
    }

    #[test]
    fn every_error() {
        let new = |scale: &[&[f64]], dof| InverseWishart::new(scale.iter().map(|r| r.to_vec()).collect(), dof);
        let say = |scale: &[&[f64]], dof| new(scale, dof).unwrap_err().to_string();
        assert_eq!(say(&[&[1.0]], 0.0), "InverseWishart: dof is 0; in 1 dimension it must be above 0, and finite");
        assert!(say(&[&[1.0, 0.0], &[0.0, 1.0]], 1.0).ends_with("in 2 dimensions it must be above 1, and finite"));
        assert!(say(&[&[1.0, 2.0], &[2.0, 1.0]], 5.0).contains("not positive definite"));
        assert!(say(&[&[1.0, 2.0]], 5.0).starts_with("InverseWishart: scale: "));
        assert!(say(&[], 5.0).starts_with("InverseWishart: scale: "));
    }
}
