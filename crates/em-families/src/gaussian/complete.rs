//! Q of Gaussian mixtures, its slope in free coordinates, and its maximisation in parts.

use super::emission::Gaussian;
use super::form::Covariance;
use super::m_step::failure;
use super::normal::Normal;
use super::prior::GaussianPrior;
use super::stats::{GaussianStats, Sum};
use crate::{EmissionConditionals, EmissionCoordinates, EmissionGradient, EmissionLikelihood};
use em_core::{MStepError, Part};
use nalgebra::{DMatrix, DVector};

/// Σ_j (n_j log norm_j − ½ tr Σ_j⁻¹ A_j), with A_j = S_j + n_j (x̄_j − μ_j)(x̄_j − μ_j)′ the scatter about the mean.
impl EmissionLikelihood for Gaussian {
    fn expected_log_likelihood(&self, params: &Vec<Normal>, stats: &GaussianStats) -> f64 {
        let params = self.all_stated(params);
        let one = |(n, s): (&Normal, Sum)| s.count * n.log_norm() - 0.5 * white_scatter(n, s.scatter).trace();
        params.iter().zip(self.about(&params, stats)).map(one).sum()
    }
}

/// L⁻¹ A L⁻ᵀ with Σ = L L′; where A is but a diagonal, only the diagonal is right.
fn white_scatter(normal: &Normal, about: DMatrix<f64>) -> DMatrix<f64> {
    let about = if about.ncols() == 1 { DMatrix::from_diagonal(&about.column(0)) } else { about };
    let half = normal.whiten(about);
    normal.whiten(half.transpose())
}

/// With B = L⁻¹ A L⁻ᵀ:
///
/// | coordinate | slope |
/// |---|---|
/// | μ_j | n_j Σ_j⁻¹ (x̄_j − μ_j) |
/// | l_ab, a > b | (L⁻ᵀ B)_ab |
/// | ln l_aa | l_aa (L⁻ᵀ B)_aa − n |
/// | ½ ln v_a | B_aa − n |
/// | ½ ln v | tr B − n d |
///
/// summed over the components that share a covariance. The slope of a prior is taken by differences.
impl EmissionGradient for Gaussian {
    fn gradient(&self, params: &Vec<Normal>, stats: &GaussianStats) -> Vec<f64> {
        let stated = self.all_stated(params);
        let means = stated.iter().enumerate().flat_map(|(j, n)| {
            let (weight, mean) = stats.of(j);
            mean_slope(n, weight, &mean).as_slice().to_vec()
        });
        let spreads = stated.iter().zip(self.about(&stated, stats)).map(|(n, s)| self.spread_slope(n, s));
        let spreads: Vec<f64> = match self.covariance() {
            Covariance::Fixed(_) => Vec::new(),
            form if form.is_tied() => spreads.reduce(|a, b| a + b).map_or(Vec::new(), |sum| sum.as_slice().to_vec()),
            _ => spreads.flat_map(|s| s.as_slice().to_vec()).collect(),
        };
        let mut slope: Vec<f64> = means.chain(spreads).collect();
        if *self.prior() != GaussianPrior::default() {
            let prior = em_core::difference_gradient(&self.to_free(params), |x| {
                self.at_free(params, x).map_or(f64::NAN, |p| crate::Emission::log_prior(self, &p))
            });
            slope.iter_mut().zip(prior).for_each(|(slope, prior)| *slope += prior);
        }
        slope
    }
}

/// n Σ⁻¹ (x̄ − μ), by L⁻ᵀ (L⁻¹ gap).
fn mean_slope(normal: &Normal, weight: f64, mean: &DVector<f64>) -> DVector<f64> {
    let gap = (mean - normal.mean()) * weight;
    let d = gap.len();
    let white = normal.whiten(DMatrix::from_column_slice(d, 1, gap.as_slice()));
    normal.whiten(DMatrix::identity(d, d)).tr_mul(&white).column(0).into_owned()
}

impl Gaussian {
    /// n_j and A_j of each component, or of all that share a covariance their sums.
    fn about(&self, params: &[Normal], stats: &GaussianStats) -> Vec<Sum> {
        let form = self.covariance();
        stats.sums(|j, weight, mean| Sum { count: weight, scatter: form.outer(&(mean - params[j].mean())) * weight })
    }

    fn spread_slope(&self, normal: &Normal, about: Sum) -> DVector<f64> {
        let (n, b) = (about.count, white_scatter(normal, about.scatter));
        let d = b.nrows();
        if self.covariance().correlates() {
            let slope = normal.whiten(DMatrix::identity(d, d)).tr_mul(&b);
            let l = normal.factor();
            let entry = |i: usize, j: usize| if i == j { l[(i, i)] * slope[(i, i)] - n } else { slope[(i, j)] };
            return DVector::from_iterator(
                d * (d + 1) / 2,
                (0..d).flat_map(|i| (0..=i).map(move |j| (i, j))).map(|(i, j)| entry(i, j)),
            );
        }
        match self.covariance().is_spherical() {
            true => DVector::from_element(1, b.trace() - n * d as f64),
            false => b.diagonal().map(|b| b - n),
        }
    }
}

/// First the means, then the covariances about them.
impl EmissionConditionals for Gaussian {
    fn conditionals(&self) -> usize {
        2
    }

    fn maximize_conditional(
        &self,
        i: usize,
        stats: &GaussianStats,
        params: &Vec<Normal>,
    ) -> Result<Vec<Normal>, MStepError> {
        let shapes = match i {
            0 => params.iter().map(|n| self.stated(n).share_shape()).collect(),
            _ => self.shapes_about(params, stats)?,
        };
        let one = |(j, n): (usize, &Normal)| {
            let (weight, mean) = stats.of(j);
            let mean = if i == 0 { self.mean(weight, &mean, Some(n)) } else { n.mean().clone() };
            let shape = shapes[j.min(shapes.len() - 1)].clone();
            Normal::with_shape(mean, shape).map_err(|e| failure(Part::Component(j), e))
        };
        params.iter().enumerate().map(one).collect()
    }
}
