//! Squared distances of a block of rows: the work of an E-step.

use super::normal::Normal;
use super::shape::Shape;
use crate::lanes::{self, Block, Whitening};
use em_core::scratch;
use nalgebra::{DMatrix, DVector};

/// ‖W (x − μ)‖² of each row of a block of m, into m numbers.
pub(crate) fn squared_distances(normal: &Normal, block: Block, out: &mut [f64]) {
    match normal.shape() {
        Shape::Diagonal { scales, .. } => diagonal(normal.mean(), scales, block.columns, out),
        Shape::Full { whitening, .. } => full(normal.mean(), whitening, block.columns, out),
        Shape::Unstated { .. } => out.fill(f64::NAN),
    }
}

/// Feature by feature, O(d) a row.
fn diagonal(mean: &DVector<f64>, scales: &DVector<f64>, columns: &[f64], out: &mut [f64]) {
    filled_up(out, |distances| lanes::scaled_squares(scales.as_slice(), mean.as_slice(), columns, distances));
}

/// By the triangular W, O(d²) a row.
fn full(mean: &DVector<f64>, w: &DMatrix<f64>, columns: &[f64], out: &mut [f64]) {
    let d = mean.len();
    scratch::with(Whitening::size(d), |numbers| {
        let w = Whitening::pack(d, |i, j| w[(i, j)], numbers);
        filled_up(out, |distances| lanes::squared_distances(&w, mean.as_slice(), columns, distances));
    });
}

/// Lends room for as many numbers as a column of the block is filled up to, and keeps those of its rows.
fn filled_up(out: &mut [f64], f: impl FnOnce(&mut [f64])) {
    let m = out.len();
    if m == lanes::padded(m) {
        return f(out);
    }
    scratch::with(lanes::padded(m), |room| {
        f(room);
        out.copy_from_slice(&room[..m]);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn every_kernel_agrees_with_the_distance_itself() {
        for d in [1, 2, 3, 4, 8, 9, 20] {
            let a = DMatrix::from_fn(d, d, |i, j| if i == j { 2.0 } else { ((i * 7 + j * 3) % 5) as f64 / 10.0 });
            let mean = DVector::from_fn(d, |i, _| i as f64);
            let full = Normal::new(mean.clone(), &a * a.transpose()).unwrap();
            let diagonal = Normal::diagonal(mean, DVector::from_fn(d, |i, _| 1.0 + i as f64)).unwrap();
            let x = DMatrix::from_fn(d, 7, |i, j| ((i + j * d) * (i + j * d) % 23) as f64 / 3.0);
            for normal in [full, diagonal] {
                let mut out = vec![0.0; 7];
                lanes::with_block(x.as_view(), |block| squared_distances(&normal, block, &mut out));
                for (x, q) in x.column_iter().zip(out) {
                    assert_relative_eq!(q, normal.squared_distance(x.clone_owned().as_slice()), max_relative = 1e-12);
                }
            }
        }
    }
}
