//! The M-step of Gaussian mixtures, for every form of covariance and prior.
//!
//! With n_j, x̄_j and S_j the weight, mean and scatter of component j, and the parts of the prior that there are:
//!
//! | | without | with a prior on means | and on covariances |
//! |---|---|---|---|
//! | μ_j | x̄_j | (n_j x̄_j + κ m) / (n_j + κ) | the same |
//! | S*_j | S_j | S_j + n_j κ / (n_j + κ) (x̄_j − m)(x̄_j − m)′ | the same |
//! | c_j | n_j | n_j + 1 | the same |
//! | Σ_j, full | S*_j / c_j | S*_j / c_j | (S*_j + Ψ) / (c_j + ν + d + 1) |
//! | v_ji, diagonal | S*_jii / c_j | S*_jii / c_j | (S*_jii + 2 b_i) / (c_j + 2 a_i + 2) |
//! | v_j, spherical | tr S*_j / (d c_j) | tr S*_j / (d c_j) | (tr S*_j + 2 b) / (d c_j + 2 a + 2) |
//!
//! Tied forms put Σ_j S*_j and Σ_j c_j in place of S*_j and c_j: there are k densities of means, and one of the covariance
//! (McLachlan & Peel 2000, eqs. 3.7, 3.8 and 3.12; Fraley & Raftery 2007, section 3; Gelman et al. 2013, section 3.6).

use super::collapse::collapsed;
use super::emission::Gaussian;
use super::form::Covariance;
use super::moments::GaussianMoments;
use super::normal::Normal;
use super::normal_error::NormalError;
use super::shape::Shape;
use super::stats::{GaussianStats, Sum};
use crate::prior::CovariancePrior;
use em_core::{MStepError, Part};
use nalgebra::{DMatrix, DVector};
use std::sync::Arc;

/// A component's variance below this part of the whole sample's is the square of rounding (1e-16) many times over: the
/// component has collapsed onto one value.
const COLLAPSED: f64 = 1e-20;
/// What to try when a component collapses.
pub(super) const ADVICE: &str = "use fewer components, another start or more restarts, or look for repeated rows";

impl Gaussian {
    /// The mode of likelihood times prior; a component without observations keeps its mean in `old`.
    pub(super) fn estimate(&self, stats: &GaussianStats, old: &[Normal]) -> Result<Vec<Normal>, MStepError> {
        if stats.components() == 0 {
            return Ok(Vec::new());
        }
        let shapes = self.shapes_of(stats.sums(|_, weight, mean| self.added(weight, mean)), &stats.whole())?;
        let one = |j: usize| {
            let ((weight, mean), shape) = (stats.of(j), shapes[j.min(shapes.len() - 1)].clone());
            let mean = self.mean(weight, &mean, old.get(j));
            Normal::with_shape(mean, shape).map_err(|e| failure(Part::Component(j), e))
        };
        (0..stats.components()).map(one).collect()
    }

    /// The same for one group by itself, its spread judged against that of the whole sample.
    pub(super) fn alone(&self, group: &GaussianMoments, whole: &GaussianMoments) -> Result<Normal, MStepError> {
        let (weight, mean) = (group.weight(), group.mean());
        let sum = Sum { count: 0.0, scatter: group.scatter() }.and(self.added(weight, mean));
        let shape = self.shapes_of(vec![sum], whole)?.remove(0);
        Normal::with_shape(self.mean(weight, mean, None), shape).map_err(|e| failure(Part::Whole, e))
    }

    /// μ_j of a group of this weight and mean.
    pub(super) fn mean(&self, weight: f64, mean: &DVector<f64>, old: Option<&Normal>) -> DVector<f64> {
        match (&self.prior().means, old) {
            (Some(prior), _) => prior.pulled(weight, mean),
            (None, Some(old)) if weight <= 0.0 => old.mean().clone(),
            (None, _) => mean.clone(),
        }
    }

    /// c_j, and what a prior on means adds to S_j.
    fn added(&self, weight: f64, mean: &DVector<f64>) -> Sum {
        let form = self.covariance();
        match &self.prior().means {
            None => Sum { count: weight, scatter: form.outer(&DVector::zeros(mean.len())) },
            Some(prior) => {
                let scatter = form.outer(&(mean - prior.center())) * prior.between(weight);
                Sum { count: weight + 1.0, scatter }
            }
        }
    }

    /// c_j, and what is added to S_j where it is taken about a given mean μ: n (x̄ − μ)(x̄ − μ)′ + κ (μ − m)(μ − m)′.
    fn added_about(&self, normal: &Normal, weight: f64, mean: &DVector<f64>) -> Sum {
        let form = self.covariance();
        let sum = Sum { count: weight, scatter: form.outer(&(mean - normal.mean())) * weight };
        let Some(prior) = &self.prior().means else { return sum };
        sum.and(Sum { count: 1.0, scatter: form.outer(&(normal.mean() - prior.center())) * prior.strength() })
    }

    /// k covariances, or the one of all components, with the means held where they are.
    pub(super) fn shapes_about(&self, means: &[Normal], stats: &GaussianStats) -> Result<Vec<Arc<Shape>>, MStepError> {
        let sums = stats.sums(|j, weight, mean| self.added_about(&means[j], weight, mean));
        self.shapes_of(sums, &stats.whole())
    }

    fn shapes_of(&self, sums: Vec<Sum>, whole: &GaussianMoments) -> Result<Vec<Arc<Shape>>, MStepError> {
        if let Covariance::Fixed(v) = self.covariance() {
            let shape = Shape::diagonal(DVector::from_element(whole.mean().len(), v));
            return Ok(vec![shape.map_err(|e| failure(Part::Whole, e))?.into()]);
        }
        if self.covariance().is_tied() {
            let sum = sums.into_iter().reduce(Sum::and).expect("there is a component");
            return Ok(vec![self.shape(sum, whole, None)?.into()]);
        }
        sums.into_iter().enumerate().map(|(j, sum)| self.shape(sum, whole, Some(j)).map(Arc::new)).collect()
    }

    /// The covariance of one component, or that of all.
    fn shape(&self, sum: Sum, whole: &GaussianMoments, component: Option<usize>) -> Result<Shape, MStepError> {
        let prior = self.prior().covariances.as_ref();
        if prior.is_none() && (sum.count.is_nan() || sum.count <= 0.0) {
            let (part, cause) = match component {
                Some(j) => (Part::Component(j), "no observation is left in it"),
                None => (Part::Whole, "no observation counts"),
            };
            return Err(MStepError::new(part, cause, ADVICE));
        }
        let spherical = self.covariance().is_spherical();
        let covariance = match prior {
            Some(CovariancePrior::InverseWishart(p)) => (sum.scatter + p.scale()) / (sum.count + p.pseudo_count()),
            Some(CovariancePrior::InverseGamma(p)) if spherical => round(&sum, p.pseudo(0)),
            Some(CovariancePrior::InverseGamma(p)) => {
                let variance = |i: usize, s: f64| (s + p.pseudo(i).0) / (sum.count + p.pseudo(i).1);
                DMatrix::from_fn(sum.scatter.nrows(), 1, |i, _| variance(i, sum.scatter[i]))
            }
            None if spherical => round(&sum, (0.0, 0.0)),
            None => sum.scatter / sum.count,
        };
        let checked = if prior.is_some() { Ok(()) } else { self.spread_is_left(&covariance, whole) };
        let shape = checked.and_then(|()| self.checked(covariance));
        shape.map_err(|e| collapsed(self.covariance(), component, e))
    }

    fn checked(&self, covariance: DMatrix<f64>) -> Result<Shape, NormalError> {
        match self.covariance().correlates() {
            true => Shape::of(0.5 * (&covariance + covariance.transpose())),
            false => Shape::diagonal(covariance.column(0).into_owned()),
        }
    }

    /// Whether a covariance has not collapsed against the whole sample.
    fn spread_is_left(&self, covariance: &DMatrix<f64>, whole: &GaussianMoments) -> Result<(), NormalError> {
        let d = whole.mean().len();
        let all = (0..d).map(|i| whole.square(i)).sum::<f64>() / d as f64;
        for feature in 0..d {
            let variance =
                if self.covariance().correlates() { covariance[(feature, feature)] } else { covariance[feature] };
            let of_whole = if self.covariance().is_spherical() { all } else { whole.square(feature) };
            if variance <= COLLAPSED * of_whole / whole.weight() {
                return Err(NormalError::NoSpread { feature, variance });
            }
        }
        Ok(())
    }
}

/// (tr S* + add) / (d c + numbers), d times.
fn round(sum: &Sum, (add, numbers): (f64, f64)) -> DMatrix<f64> {
    let d = sum.scatter.nrows();
    DMatrix::from_element(d, 1, (sum.scatter.sum() + add) / (d as f64 * sum.count + numbers))
}

pub(super) fn failure(part: Part, cause: NormalError) -> MStepError {
    let feature = cause.feature();
    let error = MStepError::new(part, cause, ADVICE);
    feature.into_iter().fold(error, MStepError::in_feature)
}
