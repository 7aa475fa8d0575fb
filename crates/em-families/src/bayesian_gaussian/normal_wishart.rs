//! [`NormalWishart`]: what is believed of a mean and a precision, before the data or after.

use super::precision::{constant, least_dof, log_gamma, twice_slope};
use crate::{Covariance, GaussianMoments, Normal, NormalError};
use nalgebra::{DMatrix, DVector};
use std::f64::consts::TAU;

/// The distribution p(μ, Λ) = N(μ | m, (β Λ)⁻¹) · W(Λ | W, ν) of a mean μ and a precision Λ in d dimensions, valid by
/// construction (Bishop 2006, eqs. 10.40 and 10.59). Where Λ is restricted to a form, its distribution is a product of
/// Wishart distributions in one dimension, that is of gamma distributions:
///
/// - diagonal forms: λ_i ~ Gamma(shape ν/2, rate (W⁻¹)_ii/2) for each feature;
/// - spherical forms: one λ ~ Gamma(shape d ν/2, rate d s/2) with W⁻¹ = s I.
///
/// In every form ν counts observations and E\[Λ\] = ν W.
///
/// | symbol | here | domain |
/// |---|---|---|
/// | m | [`mean`](Self::mean) | d numbers |
/// | β | [`strength`](Self::strength) | above 0: how many observations the mean is worth |
/// | W⁻¹ | [`scale`](Self::scale) | d × d, symmetric and positive definite, in squared units of the data |
/// | ν | [`dof`](Self::dof) | above d − 1, where Λ is restricted above 0 |
///
/// It serves as prior and as posterior alike: [`updated`](Self::updated) leads from one to the other.
///
/// ```
/// use em_families::{GaussianMoments, Moments, NormalWishart};
/// use nalgebra::{DMatrix, DVector};
/// let prior = NormalWishart::new(DVector::zeros(1), 1.0, DMatrix::from_element(1, 1, 2.0), 1.0)?;
/// let mut seen = Moments::zero(1);
/// seen.add(DMatrix::from_row_slice(1, 2, &[1.0, 5.0]).as_view(), &[1.0, 1.0]); // mean 3, scatter 8
/// let posterior = prior.updated(&GaussianMoments::Full(seen))?;
/// assert_eq!((posterior.mean()[0], posterior.strength(), posterior.dof()), (2.0, 3.0, 3.0));
/// assert!((posterior.scale()[(0, 0)] - (2.0 + 8.0 + 2.0 / 3.0 * 9.0)).abs() < 1e-14);
/// # Ok::<(), em_families::NormalWishartError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NormalWishart {
    covariance: Covariance,
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
    /// ν is not finite and above d − 1, or 0 where Λ is restricted.
    #[error("its dof is {value}; it must be finite and above {least}")]
    Dof {
        /// What stands there.
        value: f64,
        /// What it must be above.
        least: usize,
    },
    /// W⁻¹ has not the form of Λ.
    #[error("its scale {why}, as `covariance: {form}` asks")]
    Form {
        /// What it is not.
        why: &'static str,
        /// The form.
        form: &'static str,
    },
    /// The form fixes Λ.
    #[error("`covariance: Fixed` leaves no precision to learn; use another form, or a GaussianMixture")]
    Fixed,
    /// W⁻¹ is no covariance, or does not fit m.
    #[error("its scale divided by dof is no covariance: {0}")]
    Scale(#[source] NormalError),
}

impl NormalWishart {
    /// From m (d numbers), β, W⁻¹ (d × d) and ν, without restriction of Λ.
    ///
    /// # Errors
    /// [`NormalWishartError`], all but `Form` and `Fixed`.
    pub fn new(mean: DVector<f64>, strength: f64, scale: DMatrix<f64>, dof: f64) -> Result<Self, NormalWishartError> {
        NormalWishart::of(Covariance::Full, mean, strength, scale, dof)
    }

    /// The same with Λ of a form, in which W⁻¹ must be too.
    ///
    /// # Errors
    /// [`NormalWishartError`], every variant.
    pub fn of(
        covariance: Covariance,
        mean: DVector<f64>,
        strength: f64,
        scale: DMatrix<f64>,
        dof: f64,
    ) -> Result<Self, NormalWishartError> {
        if let Covariance::Fixed(_) = covariance {
            return Err(NormalWishartError::Fixed);
        }
        let least = least_dof(covariance, mean.len());
        if !(strength.is_finite() && strength > 0.0) {
            return Err(NormalWishartError::Strength { value: strength });
        }
        if !(dof.is_finite() && dof > least as f64) {
            return Err(NormalWishartError::Dof { value: dof, least });
        }
        let expected = Normal::new(mean, &scale / dof).map_err(NormalWishartError::Scale)?;
        has_form(covariance, &scale)?;
        Ok(NormalWishart { covariance, strength, dof, scale, expected })
    }

    /// The posterior after observations whose moments are `seen`, with weight N, mean x̄ and scatter N S:
    ///
    /// β′ = β + N, ν′ = ν + N, m′ = (β m + N x̄) / β′, W′⁻¹ = W⁻¹ + N S + β N / β′ · (x̄ − m)(x̄ − m)′
    /// (Bishop 2006, eqs. 10.60–10.63, where 10.63 has a 1 too many in the early printings).
    ///
    /// Of what is added to W⁻¹, diagonal forms take the diagonal, and spherical ones its average.
    ///
    /// # Errors
    /// [`NormalWishartError::Scale`] when W′⁻¹ is singular in doubles: W⁻¹ is tiny beside the data.
    pub fn updated(&self, seen: &GaussianMoments) -> Result<Self, NormalWishartError> {
        Ok(self.updated_together(std::slice::from_ref(seen))?.remove(0))
    }

    /// The posteriors of k means that share one Λ, after observations of each: m_j and β_j are each one's own as in
    /// [`updated`](Self::updated), ν grows by Σ_j N_j, and W⁻¹ by what all of them add.
    ///
    /// # Errors
    /// As [`updated`](Self::updated).
    pub fn updated_together(&self, seen: &[GaussianMoments]) -> Result<Vec<Self>, NormalWishartError> {
        let dof = self.dof + seen.iter().map(GaussianMoments::weight).sum::<f64>();
        let scale = seen.iter().fold(self.scale.clone(), |sum, s| sum + self.added(s));
        let one = |s: &GaussianMoments| {
            let strength = self.strength + s.weight();
            let mean = self.mean() + (s.mean() - self.mean()) * (s.weight() / strength);
            NormalWishart::of(self.covariance, mean, strength, scale.clone(), dof)
        };
        seen.iter().map(one).collect()
    }

    /// N S + β N / β′ · (x̄ − m)(x̄ − m)′, restricted to the form.
    fn added(&self, seen: &GaussianMoments) -> DMatrix<f64> {
        let gap = seen.mean() - self.mean();
        let between = self.strength * seen.weight() / (self.strength + seen.weight());
        let all = seen.scatter() + self.covariance.outer(&gap) * between;
        if self.covariance.correlates() {
            return 0.5 * (&all + all.transpose());
        }
        let diagonal = if all.is_square() { all.diagonal() } else { all.column(0).into_owned() };
        match self.covariance.is_spherical() {
            true => DMatrix::from_diagonal_element(gap.len(), gap.len(), diagonal.mean()),
            false => DMatrix::from_diagonal(&diagonal),
        }
    }

    /// The form of Λ. Where it is tied, [`GaussianPosterior`](super::GaussianPosterior) counts one Λ for all components.
    pub fn covariance(&self) -> Covariance {
        self.covariance
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

    /// E\[ln |Λ|\]: ψ_d(ν/2) + d ln 2 + ln |W| (Bishop 2006, eq. 10.65), in diagonal forms d ψ(ν/2) + d ln 2 + ln |W|, in
    /// spherical ones d ψ(d ν/2) + d ln (2/d) + ln |W|.
    pub fn expected_log_determinant(&self) -> f64 {
        let d = self.mean().len();
        twice_slope(self.covariance, d, self.dof) + constant(self.covariance, d) - self.log_determinant_of_scale()
    }

    /// E\[ln N(x | μ, Λ⁻¹)\] + ½ ν (x − m)′ W (x − m), which does not depend on x: ½ (E\[ln |Λ|\] − d ln 2π − d/β), in
    /// nats (Bishop 2006, eq. 10.64).
    pub fn expected_log_norm(&self) -> f64 {
        let d = self.mean().len() as f64;
        0.5 * (self.expected_log_determinant() - d * TAU.ln() - d / self.strength)
    }

    /// KL(self ‖ other) in nats, 0 or above: the parts of μ and of Λ together, the difference of Bishop's (2006)
    /// eqs. 10.77 and 10.74 with what cancels taken out.
    ///
    /// # Panics
    /// When the dimensions differ.
    pub fn divergence(&self, other: &Self) -> f64 {
        self.divergence_of_mean(other) + self.divergence_of_precision(other)
    }

    /// E\[KL(q(μ | Λ) ‖ p(μ | Λ))\] over q(Λ): ½ (d ln(β/β₀) − d + d β₀/β + β₀ ν (m − m₀)′ W (m − m₀)), where what has the
    /// index is `other`.
    pub(super) fn divergence_of_mean(&self, other: &Self) -> f64 {
        let ratio = other.strength / self.strength;
        // The expected precision is ν W.
        let gap = self.expected.squared_distance(other.mean().as_slice());
        0.5 * (self.mean().len() as f64 * (ratio - 1.0 - ratio.ln()) + other.strength * gap)
    }

    /// KL(q(Λ) ‖ p(Λ)): ½ (ν₀ ln(|W⁻¹|/|W₀⁻¹|) + 2 (ν − ν₀) G′(ν) − ν d + ν tr(W₀⁻¹ W)) − G(ν) + G(ν₀), where G is the log of
    /// the form's gamma function, ln Γ_d(ν/2) of a Wishart distribution, and what has the index is `other`.
    pub(super) fn divergence_of_precision(&self, other: &Self) -> f64 {
        let (form, d) = (self.covariance, self.mean().len());
        // white′ white = ν W.
        let white = self.expected.whiten(DMatrix::identity(d, d));
        let trace = (&white * &other.scale).dot(&white);
        let volume = other.dof * (self.log_determinant_of_scale() - other.log_determinant_of_scale());
        let shape = (self.dof - other.dof) * twice_slope(form, d, self.dof) - self.dof * d as f64 + trace;
        0.5 * (volume + shape) - (log_gamma(form, d, self.dof) - log_gamma(form, d, other.dof))
    }

    /// ln |W⁻¹|.
    pub(super) fn log_determinant_of_scale(&self) -> f64 {
        let d = self.mean().len() as f64;
        // log_norm = −½ (d ln 2π + ln |W⁻¹/ν|)
        d * (self.dof.ln() - TAU.ln()) - 2.0 * self.expected.log_norm()
    }
}

fn has_form(covariance: Covariance, scale: &DMatrix<f64>) -> Result<(), NormalWishartError> {
    let refuse = |why| Err(NormalWishartError::Form { why, form: covariance.name() });
    let cells = || (0..scale.nrows()).flat_map(|i| (0..i).flat_map(move |j| [(i, j), (j, i)]));
    if !covariance.correlates() && cells().any(|at| scale[at] != 0.0) {
        return refuse("is not diagonal, with exactly 0 off the diagonal");
    }
    if covariance.is_spherical() && (1..scale.nrows()).any(|i| scale[(i, i)] != scale[(0, 0)]) {
        return refuse("has not one value for all columns");
    }
    Ok(())
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
        let of = |form, scale: &[f64], dof| {
            let scale = DMatrix::from_row_slice(2, 2, scale);
            NormalWishart::of(form, DVector::zeros(2), 1.0, scale, dof).map(|_| ()).map_err(|e| e.to_string())
        };
        assert_eq!(of(Covariance::Diagonal, &[1.0, 0.0, 0.0, 2.0], 0.1), Ok(()));
        assert_eq!(of(Covariance::Spherical, &unit, 0.1), Ok(()));
        let e = of(Covariance::Diagonal, &[1.0, 0.1, 0.1, 2.0], 3.0).unwrap_err();
        assert_eq!(e, "its scale is not diagonal, with exactly 0 off the diagonal, as `covariance: Diagonal` asks");
        let e = of(Covariance::TiedSpherical, &[1.0, 0.0, 0.0, 2.0], 3.0).unwrap_err();
        assert_eq!(e, "its scale has not one value for all columns, as `covariance: TiedSpherical` asks");
        assert!(of(Covariance::Spherical, &unit, 0.0).unwrap_err().ends_with("it must be finite and above 0"));
        assert!(of(Covariance::Fixed(1.0), &unit, 3.0).unwrap_err().contains("leaves no precision to learn"));
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
        let scales = [[2.0, 1.0, 1.0, 2.0], [2.0, 0.0, 0.0, 3.0], [2.0, 0.0, 0.0, 2.0]];
        let forms = [Covariance::Full, Covariance::Diagonal, Covariance::Spherical];
        for (form, scale) in forms.into_iter().zip(scales) {
            let one = |(b, nu, by)| {
                let scale = DMatrix::from_row_slice(2, 2, &scale) * by;
                NormalWishart::of(form, DVector::zeros(2), b, scale, nu).unwrap()
            };
            let all = [(1.0, 2.0, 1.0), (1.0, 7.5, 1.0), (4.0, 2.0, 1.0), (1.0, 2.0, 3.0)].map(one);
            for (i, a) in all.iter().enumerate() {
                for (j, b) in all.iter().enumerate() {
                    let kl = a.divergence(b);
                    assert!(if i == j { kl.abs() < 1e-14 } else { kl > 0.01 }, "{form:?} {i} {j} {kl}");
                }
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
