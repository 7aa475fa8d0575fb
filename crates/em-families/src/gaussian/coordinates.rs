//! Free coordinates of Gaussian mixtures.

use super::emission::Gaussian;
use super::form::Covariance;
use super::normal::Normal;
use super::normal_error::NormalError;
use super::shape::Shape;
use crate::EmissionCoordinates;
use em_core::{MStepError, Part};
use nalgebra::{DMatrix, DVector};

/// The means of all components, then the covariances that differ: rows of the lower Cholesky factor with logs on the
/// diagonal, or logs of standard deviations.
impl EmissionCoordinates for Gaussian {
    fn to_free(&self, params: &Vec<Normal>) -> Vec<f64> {
        let means = params.iter().flat_map(|n| n.mean().iter().copied());
        let different = params.iter().take(self.different(params.len()));
        means.chain(different.flat_map(|n| self.spread(n))).collect()
    }

    fn at_free(&self, like: &Vec<Normal>, x: &[f64]) -> Result<Vec<Normal>, MStepError> {
        let Some(d) = like.first().map(|n| n.mean().len()) else { return Ok(Vec::new()) };
        let (means, spreads) = x.split_at((like.len() * d).min(x.len()));
        let each = spreads.len() / self.different(like.len()).max(1);
        let far = |j: usize, e| MStepError::new(Part::Component(j), e, "take a shorter step in the coordinates");
        let one = |(j, mean): (usize, &[f64])| {
            let from = if self.covariance().is_tied() { 0 } else { j * each };
            let shape = self.shape_at(&like[j], &spreads[from..from + each]).map_err(|e| far(j, e))?;
            Normal::with_shape(DVector::from_row_slice(mean), shape).map_err(|e| far(j, e))
        };
        means.chunks_exact(d).enumerate().map(one).collect()
    }

    /// Entries of a Cholesky factor move all of their matrix; a variance of its own has a name of its own.
    fn coordinate_names(&self, params: &Vec<Normal>) -> Vec<String> {
        let (k, d) = (params.len(), params.first().map_or(0, |n| n.mean().len()));
        let means = (0..k).flat_map(|j| (0..d).map(move |i| format!("means[{j}][{i}]")));
        let form = self.covariance();
        let spread = |j: usize| -> Vec<String> {
            let of = if form.is_tied() { String::new() } else { format!("[{j}]") };
            let variance = |i| format!("covariances{}[{i}][{i}]", if form.is_tied() { "[..]" } else { &of });
            match form {
                Covariance::Diagonal | Covariance::TiedDiagonal => (0..d).map(variance).collect(),
                Covariance::Spherical | Covariance::TiedSpherical => vec![format!("covariances{of}")],
                _ => vec![format!("covariances{of}"); d * (d + 1) / 2],
            }
        };
        means.chain((0..self.different(k)).flat_map(spread)).collect()
    }
}

impl Gaussian {
    /// How many covariances are free.
    fn different(&self, k: usize) -> usize {
        match self.covariance() {
            Covariance::Fixed(_) => 0,
            form if form.is_tied() => k.min(1),
            _ => k,
        }
    }

    fn spread(&self, n: &Normal) -> Vec<f64> {
        if self.covariance().correlates() {
            let l = n.factor();
            let row = |i: usize| (0..i).map(|j| l[(i, j)]).chain([l[(i, i)].ln()]).collect::<Vec<_>>();
            return (0..l.nrows()).flat_map(row).collect();
        }
        let different = if self.covariance().is_spherical() { 1 } else { n.mean().len() };
        n.variances().iter().take(different).map(|v| 0.5 * v.ln()).collect()
    }

    /// The covariance at `x`; that of `like`, to the bit, where `x` are its own coordinates.
    fn shape_at(&self, like: &Normal, x: &[f64]) -> Result<Shape, NormalError> {
        if matches!(self.covariance(), Covariance::Fixed(_)) || self.spread(like) == x {
            return Ok(like.shape().clone());
        }
        self.at(like.mean().len(), x)
    }

    fn at(&self, d: usize, x: &[f64]) -> Result<Shape, NormalError> {
        let variance = |log: f64| (2.0 * log).exp();
        match self.covariance() {
            Covariance::Full | Covariance::Tied => {
                let mut l = DMatrix::zeros(d, d);
                let places = (0..d).flat_map(|i| (0..=i).map(move |j| (i, j)));
                places.zip(x).for_each(|((i, j), x)| l[(i, j)] = if i == j { x.exp() } else { *x });
                Shape::of(&l * l.transpose())
            }
            Covariance::Diagonal | Covariance::TiedDiagonal => {
                Shape::diagonal(DVector::from_iterator(d, x.iter().map(|x| variance(*x))))
            }
            Covariance::Spherical | Covariance::TiedSpherical => {
                Shape::diagonal(DVector::from_element(d, variance(x[0])))
            }
            Covariance::Fixed(v) => Shape::diagonal(DVector::from_element(d, v)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Mixture, MixtureParams};
    use approx::assert_relative_eq;
    use em_core::Coordinates;

    #[test]
    fn coordinates_come_back_and_count_the_free_parameters() {
        let (k, d) = (2, 3);
        let a = |s: f64| DMatrix::from_fn(d, d, |i, j| if i == j { s } else { ((i * 7 + j * 3) % 5) as f64 / 10.0 });
        let normal = |s: f64| Normal::new(DVector::from_fn(d, |i, _| s + i as f64), a(s) * a(s).transpose()).unwrap();
        let params = MixtureParams::new(vec![0.3, 0.7], vec![normal(2.0), normal(1.5)]).unwrap();
        let forms = [
            (Covariance::Full, k * 6),
            (Covariance::Tied, 6),
            (Covariance::Diagonal, k * d),
            (Covariance::TiedDiagonal, d),
            (Covariance::Spherical, k),
            (Covariance::TiedSpherical, 1),
            (Covariance::Fixed(0.7), 0),
        ];
        for (form, free) in forms {
            let model = Mixture::of(k, Gaussian::new(form).unwrap());
            let params = form.convert(&params);
            let x = model.to_free(&params);
            assert_eq!(x.len(), k - 1 + k * d + free, "{form:?}");
            let back = model.at_free(&params, &x).unwrap();
            assert_relative_eq!(back.weights()[0], 0.3, epsilon = 1e-15);
            for (a, b) in back.components().iter().zip(params.components()) {
                assert_eq!(a.mean(), b.mean());
                assert_relative_eq!(a.covariance(), b.covariance(), epsilon = 1e-12);
            }
            assert!(form == Covariance::Fixed(0.7) || model.at_free(&params, &vec![1e4; x.len()]).is_err());
        }
    }
}
