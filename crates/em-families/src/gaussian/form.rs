//! [`Covariance`]: the forms a mixture's covariances may have.

use super::moments::GaussianMoments;
use super::normal::Normal;
use crate::{DiagonalMoments, MixtureParams, Moments};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

/// Which covariances the k components have, in d dimensions.
///
/// | form | Σ_j | free numbers | mclust |
/// |---|---|---|---|
/// | `Full` | Σ_j | k d (d + 1) / 2 | VVV |
/// | `Tied` | Σ | d (d + 1) / 2 | EEE |
/// | `Diagonal` | diag(v_j1, …, v_jd) | k d | VVI |
/// | `TiedDiagonal` | diag(v_1, …, v_d) | d | EEI |
/// | `Spherical` | v_j I | k | VII |
/// | `TiedSpherical` | v I | 1 | EII |
/// | `Fixed(v)` | v I, v given | 0 | |
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Covariance {
    /// Each component its own, without restriction.
    #[default]
    Full,
    /// One for all components, without restriction.
    Tied,
    /// Each component its own variances; features are uncorrelated within a component.
    Diagonal,
    /// One set of variances for all components.
    TiedDiagonal,
    /// Each component one variance for all features.
    Spherical,
    /// One variance for all components and features.
    TiedSpherical,
    /// This variance, above 0, for all components and features: only means and weights are fitted. Towards 0 the fit
    /// becomes K-means.
    Fixed(f64),
}

impl Covariance {
    /// Every form whose covariances are fitted: all but `Fixed`.
    pub const FITTED: [Covariance; 6] = [
        Covariance::Full,
        Covariance::Tied,
        Covariance::Diagonal,
        Covariance::TiedDiagonal,
        Covariance::Spherical,
        Covariance::TiedSpherical,
    ];

    /// As specs write it.
    pub fn name(self) -> &'static str {
        match self {
            Covariance::Full => "Full",
            Covariance::Tied => "Tied",
            Covariance::Diagonal => "Diagonal",
            Covariance::TiedDiagonal => "TiedDiagonal",
            Covariance::Spherical => "Spherical",
            Covariance::TiedSpherical => "TiedSpherical",
            Covariance::Fixed(_) => "Fixed",
        }
    }

    /// Whether features may be correlated within a component.
    pub fn correlates(self) -> bool {
        matches!(self, Covariance::Full | Covariance::Tied)
    }

    /// Whether all components have one covariance.
    pub fn is_tied(self) -> bool {
        use Covariance::{Fixed, Tied, TiedDiagonal, TiedSpherical};
        matches!(self, Tied | TiedDiagonal | TiedSpherical | Fixed(_))
    }

    /// Whether a component has the same variance in all features.
    pub fn is_spherical(self) -> bool {
        matches!(self, Covariance::Spherical | Covariance::TiedSpherical | Covariance::Fixed(_))
    }

    /// The statistic of no rows that this form is estimated from.
    pub(crate) fn zero(self, d: usize) -> GaussianMoments {
        match self.correlates() {
            true => GaussianMoments::Full(Moments::zero(d)),
            false => GaussianMoments::Diagonal(DiagonalMoments::zero(d)),
        }
    }

    /// `gap` · `gap`′ as far as the form needs it: d × d, or its diagonal, d × 1.
    pub(crate) fn outer(self, gap: &DVector<f64>) -> DMatrix<f64> {
        match self.correlates() {
            true => gap * gap.transpose(),
            false => DMatrix::from_iterator(gap.len(), 1, gap.iter().map(|g| g * g)),
        }
    }

    /// Parameters of another form as the nearest of this one; a wider form takes a narrower one's as they are.
    ///
    /// Covariances are first pooled, Σ = Σ_j π_j Σ_j, where this form is tied; then correlations are dropped, and
    /// variances averaged over features, v = tr Σ / d, as far as the form asks. This is the member q of the form that
    /// makes Σ_j π_j KL(N(μ_j, Σ_j) ‖ q_j) least, with the means as they are.
    ///
    /// ```
    /// use em_families::{Covariance, MixtureParams, Normal};
    /// use nalgebra::{DMatrix, DVector};
    /// let full = Normal::new(DVector::zeros(2), DMatrix::from_row_slice(2, 2, &[4.0, 1.0, 1.0, 2.0])).unwrap();
    /// let params = MixtureParams::new(vec![1.0], vec![full]).unwrap();
    /// let spherical = Covariance::Spherical.convert(&params);
    /// assert_eq!(spherical.components()[0].variances().as_slice(), [3.0, 3.0]);
    /// assert_eq!(Covariance::Full.convert(&spherical), spherical);
    /// ```
    pub fn convert(self, params: &MixtureParams<Vec<Normal>>) -> MixtureParams<Vec<Normal>> {
        let components = params.components();
        let pooled = self.is_tied().then(|| pooled(params));
        let one = |n: &Normal| self.nearest(n.mean().clone(), pooled.clone().unwrap_or_else(|| n.covariance()));
        MixtureParams::trusted(params.weights().to_vec(), components.iter().map(one).collect())
    }

    fn nearest(self, mean: DVector<f64>, covariance: DMatrix<f64>) -> Normal {
        let (d, variances) = (mean.len(), covariance.diagonal());
        let made = match self {
            Covariance::Full | Covariance::Tied => Normal::new(mean, covariance),
            Covariance::Diagonal | Covariance::TiedDiagonal => Normal::diagonal(mean, variances),
            Covariance::Spherical | Covariance::TiedSpherical => {
                Normal::diagonal(mean, DVector::from_element(d, variances.mean()))
            }
            Covariance::Fixed(v) => Normal::diagonal(mean, DVector::from_element(d, v)),
        };
        made.expect("averages of positive definite matrices, and their diagonals, are so")
    }
}

/// Σ_j π_j Σ_j.
fn pooled(params: &MixtureParams<Vec<Normal>>) -> DMatrix<f64> {
    let terms = params.weights().iter().zip(params.components());
    terms.map(|(w, n)| n.covariance() * *w).reduce(|a, b| a + b).expect("a mixture has a component")
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn params() -> MixtureParams<Vec<Normal>> {
        let normal =
            |m: f64, c: [f64; 4]| Normal::new(DVector::from_element(2, m), DMatrix::from_row_slice(2, 2, &c)).unwrap();
        let both = vec![normal(0.0, [4.0, 1.0, 1.0, 2.0]), normal(1.0, [1.0, -0.5, -0.5, 3.0])];
        MixtureParams::new(vec![0.25, 0.75], both).unwrap()
    }

    #[test]
    fn every_form_by_hand_and_back_again() {
        let cases = [
            (Covariance::Full, [4.0, 1.0, 2.0]),
            (Covariance::Tied, [1.75, -0.125, 2.75]),
            (Covariance::Diagonal, [4.0, 0.0, 2.0]),
            (Covariance::TiedDiagonal, [1.75, 0.0, 2.75]),
            (Covariance::Spherical, [3.0, 0.0, 3.0]),
            (Covariance::TiedSpherical, [2.25, 0.0, 2.25]),
            (Covariance::Fixed(0.5), [0.5, 0.0, 0.5]),
        ];
        for (form, wanted) in cases {
            let narrow = form.convert(&params());
            let c = narrow.components()[0].covariance();
            assert_relative_eq!([c[(0, 0)], c[(0, 1)], c[(1, 1)]][..], wanted[..], epsilon = 1e-15);
            assert_eq!(narrow.components()[1].mean(), params().components()[1].mean());
            assert_eq!(Covariance::Full.convert(&narrow), narrow);
        }
    }

    #[test]
    fn the_nearest_is_the_least_divergent() {
        let p = params();
        let cost = |q: &[Normal]| -> f64 {
            let pairs = p.weights().iter().zip(p.components()).zip(q);
            pairs.map(|((w, p), q)| w * p.divergence(q)).sum()
        };
        for form in [Covariance::TiedDiagonal, Covariance::TiedSpherical] {
            let best = form.convert(&p);
            for by in [0.9, 1.1] {
                let moved = |n: &Normal| Normal::diagonal(n.mean().clone(), n.variances() * by).unwrap();
                let others: Vec<Normal> = best.components().iter().map(moved).collect();
                assert!(cost(best.components()) < cost(&others));
            }
        }
    }
}
