//! Squared distances of a block of rows: the work of an E-step.

use super::normal::Normal;
use super::shape::Shape;
use em_core::scratch;
use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut, DVector};

/// Up to this dimension a plain loop is faster than a matrix product.
pub(super) const SMALL: usize = 8;

/// ‖W (x − μ)‖² of each column of `x` (d × m), into m numbers.
pub(crate) fn squared_distances(normal: &Normal, x: DMatrixView<f64>, out: &mut [f64]) {
    match normal.shape() {
        Shape::Diagonal { scales, .. } => diagonal(normal.mean(), scales, x, out),
        Shape::Full { whitening, .. } if x.nrows() <= SMALL => small(normal.mean(), whitening, x, out),
        Shape::Full { whitening, .. } => product(normal.mean(), whitening, x, out),
        Shape::Unstated { .. } => out.fill(f64::NAN),
    }
}

/// Feature by feature, O(d) a row.
fn diagonal(mean: &DVector<f64>, scales: &DVector<f64>, x: DMatrixView<f64>, out: &mut [f64]) {
    for (out, x) in out.iter_mut().zip(x.column_iter()) {
        let squares = x.iter().zip(mean).zip(scales).map(|((x, m), s)| ((x - m) * s).powi(2));
        *out = squares.sum();
    }
}

/// By one matrix product of the block.
fn product(mean: &DVector<f64>, w: &DMatrix<f64>, x: DMatrixView<f64>, out: &mut [f64]) {
    let (d, m) = x.shape();
    scratch::with(2 * d * m, |buffer| {
        let (centred, white) = buffer.split_at_mut(d * m);
        for (c, x) in centred.chunks_exact_mut(d).zip(x.column_iter()) {
            c.iter_mut().zip(x.iter()).zip(mean).for_each(|((c, x), mean)| *c = x - mean);
        }
        let centred = DMatrixView::from_slice(centred, d, m);
        DMatrixViewMut::from_slice(white, d, m).gemm(1.0, w, &centred, 0.0);
        for (out, z) in out.iter_mut().zip(white.chunks_exact(d)) {
            *out = z.iter().map(|z| z * z).sum();
        }
    });
}

/// By forward products, row by row of the triangular W.
fn small(mean: &DVector<f64>, w: &DMatrix<f64>, x: DMatrixView<f64>, out: &mut [f64]) {
    let d = x.nrows();
    for (out, x) in out.iter_mut().zip(x.column_iter()) {
        let mut gap = [0.0; SMALL];
        gap.iter_mut().zip(x.iter()).zip(mean).for_each(|((g, x), m)| *g = x - m);
        let white = |i: usize| (0..=i).map(|j| w[(i, j)] * gap[j]).sum::<f64>();
        *out = (0..d).map(white).map(|z| z * z).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn every_kernel_agrees_with_the_distance_itself() {
        for d in [1, 2, SMALL, SMALL + 1, 20] {
            let a = DMatrix::from_fn(d, d, |i, j| if i == j { 2.0 } else { ((i * 7 + j * 3) % 5) as f64 / 10.0 });
            let mean = DVector::from_fn(d, |i, _| i as f64);
            let full = Normal::new(mean.clone(), &a * a.transpose()).unwrap();
            let diagonal = Normal::diagonal(mean, DVector::from_fn(d, |i, _| 1.0 + i as f64)).unwrap();
            let x = DMatrix::from_fn(d, 7, |i, j| ((i + j * d) * (i + j * d) % 23) as f64 / 3.0);
            for normal in [full, diagonal] {
                let mut out = vec![0.0; 7];
                squared_distances(&normal, x.as_view(), &mut out);
                for (x, q) in x.column_iter().zip(out) {
                    assert_relative_eq!(q, normal.squared_distance(x.clone_owned().as_slice()), max_relative = 1e-12);
                }
            }
        }
    }
}
