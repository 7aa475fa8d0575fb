//! [`NormalWishart`]: what is believed of a mean and a precision, before the data or after.

use super::multigamma::{ln_multigamma, multidigamma};
use crate::{Moments, Normal, NormalError};
use nalgebra::{DMatrix, DVector};
use std::f64::consts::TAU;

/// The distribution p(μ, Λ) = N(μ | m, (β Λ)⁻¹) · W(Λ | W, ν) of a mean μ and a precision Λ in d dimensions, valid by
/// construction (Bishop 2006, eqs. 10.40 and 10.59).
///
/// | symbol | here | domain |
/// |---|---|---|
/// | m | [`mean`](Self::mean) | d numbers |
/// | β | [`strength`](Self::strength) | above 0: how many observations the mean is worth |
/// | W⁻¹ | [`scale`](Self::scale) | d × d, symmetric and positive definite, in squared units of the data |
/// | ν | [`dof`](Self::dof) | above d − 1 |
///
/// It serves as prior and as posterior alike: [`updated`](Self::updated) leads from one to the other.
///
/// ```
/// use em_families::{Moments, NormalWishart};
/// use nalgebra::{DMatrix, DVector};
/// let prior = NormalWishart::new(DVector::zeros(1), 1.0, DMatrix::from_element(1, 1, 2.0), 1.0)?;
/// let mut seen = Moments::zero(1);
/// seen.add(DMatrix::from_row_slice(1, 2, &[1.0, 5.0]).as_view(), &[1.0, 1.0]); // mean 3, scatter 8
/// let posterior = prior.updated(&seen)?;
/// assert_eq!((posterior.mean()[0], posterior.strength(), posterior.dof()), (2.0, 3.0, 3.0));
/// assert!((posterior.scale()[(0, 0)] - (2.0 + 8.0 + 2.0 / 3.0 * 9.0)).abs() < 1e-14);
/// # Ok::<(), em_families::NormalWishartError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NormalWishart {
    strength: f64,
    dof: f64,
    scale: DMatrix<f64>,
    /// N(m, W⁻¹/ν): the normal distribution with the expected precision ν W, factored once.
    expected: Normal,
}

/// Why numbers are no normal–Wishart distribution.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NormalWishartError {
    /// β is not finite and above 0.
    #[error("its strength is {value}; it must be finite and above 0")]
    Strength {
        /// What stands there.
        value: f64,
    },
    /// ν is not finite and above d − 1.
    #[error("its dof is {value}; it must be finite and above {least}, the number of features less one")]
    Dof {
        /// What stands there.
        value: f64,
        /// d − 1.
        least: usize,
    },
    /// W⁻¹ is no covariance, or does not fit m.
    #[error("its scale divided by dof is no covariance: {0}")]
    Scale(#[source] NormalError),
}

impl NormalWishart {
    /// From m (d numbers), β, W⁻¹ (d × d) and ν.
    ///
    /// # Errors
    /// [`NormalWishartError`], every variant.
    pub fn new(mean: DVector<f64>, strength: f64, scale: DMatrix<f64>, dof: f64) -> Result<Self, NormalWishartError> {
        let least = mean.len().saturating_sub(1);
        if !(strength.is_finite() && strength > 0.0) {
            return Err(NormalWishartError::Strength { value: strength });
        }
        if !(dof.is_finite() && dof > least as f64) {
            return Err(NormalWishartError::Dof { value: dof, least });
        }
        let expected = Normal::new(mean, &scale / dof).map_err(NormalWishartError::Scale)?;
        Ok(NormalWishart { strength, dof, scale, expected })
    }

    /// The posterior after observations whose moments are `seen`, with weight N, mean x̄ and scatter N S:
    ///
    /// β′ = β + N, ν′ = ν + N, m′ = (β m + N x̄) / β′, W′⁻¹ = W⁻¹ + N S + β N / β′ · (x̄ − m)(x̄ − m)′
    /// (Bishop 2006, eqs. 10.60–10.63, where 10.63 has a 1 too many in the early printings).
    ///
    /// # Errors
    /// [`NormalWishartError::Scale`] when W′⁻¹ is singular in doubles: W⁻¹ is tiny beside the data.
    pub fn updated(&self, seen: &Moments) -> Result<Self, NormalWishartError> {
        if seen.weight <= 0.0 {
            return Ok(self.clone());
        }
        let strength = self.strength + seen.weight;
        let gap = &seen.mean - self.mean();
        let toward = seen.weight / strength;
        let scatter = 0.5 * (&seen.scatter + seen.scatter.transpose());
        let scale = &self.scale + scatter + &gap * gap.transpose() * (self.strength * toward);
        NormalWishart::new(self.mean() + gap * toward, strength, scale, self.dof + seen.weight)
    }

    /// m, d numbers.
    pub fn mean(&self) -> &DVector<f64> {
        self.expected.mean()
    }

    /// β.
    pub fn strength(&self) -> f64 {
        self.strength
    }

    /// W⁻¹, d × d, as it was given.
    pub fn scale(&self) -> &DMatrix<f64> {
        &self.scale
    }

    /// ν.
    pub fn dof(&self) -> f64 {
        self.dof
    }

    /// N(m, W⁻¹/ν): its covariance is the inverse of the expected precision E\[Λ\] = ν W (Bishop 2006, eq. B.80).
    pub fn expected(&self) -> &Normal {
        &self.expected
    }

    /// E\[ln |Λ|\] = ψ_d(ν/2) + d ln 2 + ln |W| (Bishop 2006, eq. 10.65).
    pub fn expected_log_determinant(&self) -> f64 {
        let d = self.mean().len();
        multidigamma(d, 0.5 * self.dof) + d as f64 * 2f64.ln() - self.log_determinant_of_scale()
    }

    /// E\[ln N(x | μ, Λ⁻¹)\] + ½ ν (x − m)′ W (x − m), which does not depend on x: ½ (E\[ln |Λ|\] − d ln 2π − d/β), in
    /// nats (Bishop 2006, eq. 10.64).
    pub fn expected_log_norm(&self) -> f64 {
        let d = self.mean().len() as f64;
        0.5 * (self.expected_log_determinant() - d * TAU.ln() - d / self.strength)
    }

    /// KL(self ‖ other) in nats, 0 or above.
    ///
    /// The part of μ is ½ (d ln(β/β₀) − d + d β₀/β + β₀ ν (m − m₀)′ W (m − m₀)); that of Λ is
    /// ½ (ν₀ ln(|W⁻¹|/|W₀⁻¹|) + (ν − ν₀) ψ_d(ν/2) − ν d + ν Tr(W₀⁻¹ W)) − ln Γ_d(ν/2) + ln Γ_d(ν₀/2): the difference of
    /// Bishop's (2006) eqs. 10.77 and 10.74, with what cancels taken out. ν₀ with the index is `other`.
    ///
    /// # Panics
    /// When the dimensions differ.
    pub fn divergence(&self, other: &Self) -> f64 {
        let d = self.mean().len();
        let white = self.expected.whiten(DMatrix::identity(d, d));
        // white′ white = ν W, so both quadratic forms hold ν already.
        let gap = (&white * (self.mean() - other.mean())).norm_squared();
        let trace = (&white * &other.scale).dot(&white);
        let ratio = other.strength / self.strength;
        let of_mean = d as f64 * (ratio - 1.0 - ratio.ln()) + other.strength * gap;
        let volume = other.dof * (self.log_determinant_of_scale() - other.log_determinant_of_scale());
        let shape = (self.dof - other.dof) * multidigamma(d, 0.5 * self.dof) - self.dof * d as f64 + trace;
        let gammas = ln_multigamma(d, 0.5 * self.dof) - ln_multigamma(d, 0.5 * other.dof);
        0.5 * (of_mean + volume + shape) - gammas
    }

    /// ln |W⁻¹|.
    pub(super) fn log_determinant_of_scale(&self) -> f64 {
        let d = self.mean().len() as f64;
        // log_norm = −½ (d ln 2π + ln |W⁻¹/ν|)
        d * (self.dof.ln() - TAU.ln()) - 2.0 * self.expected.log_norm()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn new(strength: f64, dof: f64, scale: &[f64]) -> Result<NormalWishart, NormalWishartError> {
        NormalWishart::new(DVector::zeros(2), strength, DMatrix::from_row_slice(2, 2, scale), dof)
    }

    #[test]
    fn every_error() {
        let unit = [1.0, 0.0, 0.0, 1.0];
        assert_eq!(new(0.0, 2.0, &unit), Err(NormalWishartError::Strength { value: 0.0 }));
        assert_eq!(new(1.0, 1.0, &unit), Err(NormalWishartError::Dof { value: 1.0, least: 1 }));
        let e = new(1.0, 2.0, &[1.0, 1.0, 1.0, 1.0]).unwrap_err();
        assert_eq!(e, NormalWishartError::Scale(NormalError::Singular { feature: 1, pivot: 0.0 }));
    }

    #[test]
    fn determinants_by_hand() {
        // |W⁻¹| = 3; with d = 2 and ν = 2: ψ(1) + ψ(½) = −2γ − 2 ln 2.
        let p = new(1.0, 2.0, &[2.0, 1.0, 1.0, 2.0]).unwrap();
        assert_relative_eq!(p.log_determinant_of_scale(), 3f64.ln(), max_relative = 1e-14);
        assert_relative_eq!(
            p.expected_log_determinant(),
            -2.0 * 0.577_215_664_901_532_9 - 3f64.ln(),
            max_relative = 1e-14
        );
    }

    #[test]
    fn divergence_is_zero_from_itself_and_above_otherwise() {
        let all = [(1.0, 2.0), (1.0, 7.5), (4.0, 2.0)].map(|(b, n)| new(b, n, &[2.0, 1.0, 1.0, 2.0]).unwrap());
        for (i, a) in all.iter().enumerate() {
            for (j, b) in all.iter().enumerate() {
                let kl = a.divergence(b);
                assert!(if i == j { kl.abs() < 1e-14 } else { kl > 0.01 }, "{i} {j} {kl}");
            }
        }
    }

    /// In one dimension with β alone different: KL of two normal distributions, given Λ, is ½ (β₀/β − 1 − ln(β₀/β)).
    #[test]
    fn divergence_of_strengths_by_hand() {
        let one = |b| NormalWishart::new(DVector::zeros(1), b, DMatrix::identity(1, 1), 3.0).unwrap();
        assert_relative_eq!(one(2.0).divergence(&one(1.0)), 0.5 * (0.5 - 1.0 + 2f64.ln()), max_relative = 1e-12);
    }
}
