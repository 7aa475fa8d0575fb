//! [`FullGaussian`]: k normal distributions with a covariance of their own each.

use super::normal::{Normal, NormalError};
use crate::{Emission, EmissionCoordinates, Moments, Rows};
use em_core::{MStepError, Part, Statistics, scratch};
use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut, DVector};
use std::ops::Range;

/// Numbers that the work space of a block should hold, so that it stays in a core's second-level cache (256 KiB).
const BLOCK_NUMBERS: usize = 32_768;
/// Up to this dimension a plain loop is faster than a matrix product.
const SMALL: usize = 8;
/// A component's variance below this part of the whole sample's is the square of rounding (1e-16) many times over: the
/// component has collapsed onto one value.
const COLLAPSED: f64 = 1e-20;
/// What to try when a component collapses.
const ADVICE: &str = "use fewer components, another start or more restarts, or look for repeated rows";

/// Normal distributions, each with a full covariance.
///
/// M-step: μ_j = Σ_i r_ij x_i / Σ_i r_ij, Σ_j = Σ_i r_ij (x_i − μ_j)(x_i − μ_j)′ / Σ_i r_ij (McLachlan & Peel 2000,
/// eqs. 3.7 and 3.8). Nothing is added to the diagonal: a component that collapses is an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FullGaussian;

impl Emission for FullGaussian {
    type Data = Rows;
    type Params = Vec<Normal>;
    type Stats = Vec<Moments>;

    fn components(&self, params: &Vec<Normal>) -> usize {
        params.len()
    }

    fn zero(&self, params: &Vec<Normal>) -> Vec<Moments> {
        params.iter().map(|n| Moments::zero(n.mean().len())).collect()
    }

    fn log_density(&self, params: &Vec<Normal>, data: &Rows, units: Range<usize>, out: &mut [f64]) {
        let x = data.block(units);
        for (normal, out) in params.iter().zip(out.chunks_exact_mut(x.ncols().max(1))) {
            squared_distances(normal, x, out);
            out.iter_mut().for_each(|l| *l = normal.log_norm() - 0.5 * *l);
        }
    }

    fn accumulate(&self, _: &Vec<Normal>, data: &Rows, units: Range<usize>, r: &[f64], stats: &mut Vec<Moments>) {
        let x = data.block(units);
        for (s, r) in stats.iter_mut().zip(r.chunks_exact(x.ncols().max(1))) {
            s.add(x, r);
        }
    }

    fn maximize(&self, stats: &Vec<Moments>, _: &Vec<Normal>) -> Result<Vec<Normal>, MStepError> {
        let whole = pooled(stats);
        stats.iter().enumerate().map(|(j, s)| estimate(s, &whole).map_err(|e| collapse(j, e))).collect()
    }

    fn block(&self, data: &Rows, components: usize) -> usize {
        (BLOCK_NUMBERS / (2 * data.features() + components)).clamp(64, 4096)
    }

    fn admit(&self, params: &Vec<Normal>, data: &Rows) -> Result<(), String> {
        let d = data.features();
        match params.iter().position(|n| n.mean().len() != d) {
            None => Ok(()),
            Some(j) => {
                Err(format!("the data have {d} columns, but `means` has {} entries in row {j}", params[j].mean().len()))
            }
        }
    }
}

/// The moments of the whole sample, from those of its components.
pub(super) fn pooled(stats: &[Moments]) -> Moments {
    let mut whole = Moments::zero(stats.first().map_or(0, |s| s.mean.len()));
    stats.iter().for_each(|s| whole.merge(s));
    whole
}

/// The maximum-likelihood distribution of some moments, unless it has collapsed against the whole sample.
pub(super) fn estimate(s: &Moments, whole: &Moments) -> Result<Normal, NormalError> {
    let covariance = &s.scatter / s.weight;
    for feature in 0..s.mean.len() {
        let variance = covariance[(feature, feature)];
        if variance <= COLLAPSED * whole.scatter[(feature, feature)] / whole.weight {
            return Err(NormalError::NoSpread { feature, variance });
        }
    }
    Normal::new(s.mean.clone(), 0.5 * (&covariance + covariance.transpose()))
}

fn collapse(component: usize, cause: NormalError) -> MStepError {
    MStepError::new(Part::Component(component), cause, ADVICE)
}

/// ‖W (x − μ)‖² of each column of `x` (d × m), into m numbers.
pub(crate) fn squared_distances(normal: &Normal, x: DMatrixView<f64>, out: &mut [f64]) {
    let (d, m) = x.shape();
    if d <= SMALL {
        return small_squared_distances(normal, x, out);
    }
    scratch::with(2 * d * m, |buffer| {
        let (centred, white) = buffer.split_at_mut(d * m);
        for (c, x) in centred.chunks_exact_mut(d).zip(x.column_iter()) {
            c.iter_mut().zip(x.iter()).zip(normal.mean()).for_each(|((c, x), mean)| *c = x - mean);
        }
        let centred = DMatrixView::from_slice(centred, d, m);
        DMatrixViewMut::from_slice(white, d, m).gemm(1.0, normal.whitening(), &centred, 0.0);
        for (out, z) in out.iter_mut().zip(white.chunks_exact(d)) {
            *out = z.iter().map(|z| z * z).sum();
        }
    });
}

/// The same by forward products, row by row of the triangular W.
fn small_squared_distances(normal: &Normal, x: DMatrixView<f64>, out: &mut [f64]) {
    let (w, mean, d) = (normal.whitening(), normal.mean(), x.nrows());
    for (out, x) in out.iter_mut().zip(x.column_iter()) {
        let mut gap = [0.0; SMALL];
        gap.iter_mut().zip(x.iter()).zip(mean).for_each(|((g, x), m)| *g = x - m);
        let white = |i: usize| (0..=i).map(|j| w[(i, j)] * gap[j]).sum::<f64>();
        *out = (0..d).map(white).map(|z| z * z).sum();
    }
}

/// Per component: the mean, then the rows of the lower Cholesky factor of its covariance, with logs on the diagonal.
impl EmissionCoordinates for FullGaussian {
    fn to_free(&self, params: &Vec<Normal>) -> Vec<f64> {
        let mut x = Vec::new();
        for normal in params {
            x.extend(normal.mean());
            let l = normal.factor();
            for i in 0..l.nrows() {
                x.extend((0..i).map(|j| l[(i, j)]));
                x.push(l[(i, i)].ln());
            }
        }
        x
    }

    fn at_free(&self, like: &Vec<Normal>, x: &[f64]) -> Result<Vec<Normal>, MStepError> {
        let mut rest = x.iter().copied();
        let mut next = || rest.next().unwrap_or(f64::NAN);
        let mut one = |(j, like): (usize, &Normal)| {
            let d = like.mean().len();
            let mean = DVector::from_fn(d, |_, _| next());
            let mut l = DMatrix::zeros(d, d);
            for i in 0..d {
                (0..i).for_each(|j| l[(i, j)] = next());
                l[(i, i)] = next().exp();
            }
            let covariance = &l * l.transpose();
            Normal::new(mean, covariance)
                .map_err(|e| MStepError::new(Part::Component(j), e, "take a shorter step in the coordinates"))
        };
        like.iter().enumerate().map(&mut one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mixture;
    use approx::assert_relative_eq;
    use em_core::Coordinates;

    fn normal(d: usize) -> Normal {
        let a = DMatrix::from_fn(d, d, |i, j| if i == j { 2.0 } else { ((i * 7 + j * 3) % 5) as f64 / 10.0 });
        Normal::new(DVector::from_fn(d, |i, _| i as f64), &a * a.transpose()).unwrap()
    }

    #[test]
    fn both_kernels_agree_with_the_density_itself() {
        for d in [1, 2, SMALL, SMALL + 1, 20] {
            let n = normal(d);
            let rows = Rows::new(d, (0..7 * d).map(|i| (i * i % 23) as f64 / 3.0).collect()).unwrap();
            let mut out = vec![0.0; 7];
            FullGaussian.log_density(&vec![n.clone()], &rows, 0..7, &mut out);
            for (u, l) in out.iter().enumerate() {
                assert_relative_eq!(*l, n.log_density(rows.row(u)), max_relative = 1e-12);
            }
        }
    }

    #[test]
    fn the_estimate_by_hand() {
        let mut s = Moments::zero(1);
        s.add(DMatrix::from_row_slice(1, 3, &[1.0, 2.0, 6.0]).as_view(), &[1.0, 1.0, 2.0]);
        let n = &FullGaussian.maximize(&vec![s], &vec![]).unwrap()[0];
        // Mean 15/4; Σ w x² / W − mean² = 77/4 − 225/16.
        assert_relative_eq!(n.mean()[0], 3.75);
        assert_relative_eq!(n.covariance()[(0, 0)], 77.0 / 4.0 - 225.0 / 16.0, epsilon = 1e-14);
    }

    #[test]
    fn coordinates_come_back_and_count_the_free_parameters() {
        let model = Mixture::of(2, FullGaussian);
        let params = crate::MixtureParams::new(vec![0.3, 0.7], vec![normal(3), normal(3)]).unwrap();
        let x = model.to_free(&params);
        assert_eq!(x.len(), 1 + 2 * (3 + 6));
        let back = model.at_free(&params, &x).unwrap();
        assert_relative_eq!(back.weights()[0], 0.3, epsilon = 1e-15);
        assert_relative_eq!(back.components()[1].covariance(), params.components()[1].covariance(), epsilon = 1e-12);
    }

    #[test]
    fn a_component_on_one_value_has_collapsed() {
        let of = |values: &[f64]| {
            let mut s = Moments::zero(1);
            s.add(DMatrix::from_row_slice(1, values.len(), values).as_view(), &vec![1.0; values.len()]);
            s
        };
        let e = FullGaussian.maximize(&vec![of(&[1.0, 2.0]), of(&[5.0, 5.0])], &vec![]).unwrap_err();
        assert_eq!(e.part, Part::Component(1));
        assert_eq!(
            e.to_string(),
            format!("component 1: the variance of feature 0 (from 0) is 0e0; it must be above 0; {ADVICE}")
        );
    }
}
