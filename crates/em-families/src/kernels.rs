//! The kernels of this crate under names that its benches can reach: no part of the interface.
//!
//! Rows are m × d numbers, row after row; their columns, of [`padded`] length each, are what [`with_columns`] lends.

use crate::lanes::{self, Lists};

/// The length of a column of m numbers.
pub fn padded(m: usize) -> usize {
    lanes::padded(m)
}

/// Lends the columns of rows of d numbers.
pub fn with_columns<R>(d: usize, rows: &[f64], f: impl FnOnce(&[f64]) -> R) -> R {
    lanes::with_block(d, rows, |block| f(block.columns))
}

/// Log joints, k × m, become responsibilities; log densities go to the m numbers.
pub fn responsibilities(joint: &mut [f64], log_density: &mut [f64]) {
    lanes::posterior(joint, log_density);
}

/// Each x becomes exp x.
pub fn exponentials(list: &mut [f64]) {
    lanes::guarded_exps(700.0, list);
}

/// ‖x − c‖² of m rows and k points, both as columns, into k × m numbers.
pub fn squared_gaps(k: usize, points: &[f64], x: &[f64], out: &mut [f64]) {
    lanes::squared_gaps(k, points, x, out);
}

/// The same with scales of each point.
pub fn scaled_squared_gaps(k: usize, points: &[f64], scales: &[f64], x: &[f64], out: &mut [f64]) {
    lanes::scaled_squared_gaps(k, points, scales, x, out);
}

/// ‖W (x − μ)‖² with the lower triangle of a d × d matrix W, into as many numbers as a column has.
pub fn whitened_squares(w: &Whitening, mean: &[f64], x: &[f64], out: &mut [f64]) {
    lanes::squared_distances(&w.0, mean, x, out);
}

/// The lower triangle of a d × d matrix, ready for use.
pub struct Whitening(lanes::Whitening);

impl Whitening {
    /// From its columns, one after the other.
    pub fn of(d: usize, w: &[f64]) -> Self {
        Whitening(lanes::Whitening::pack(d, w))
    }
}

/// Adds Σ w g and the lower triangle of Σ w g g′ with g = x − origin.
pub fn outer_products(x: &[f64], origin: &[f64], weights: &[f64], sum: &mut [f64], products: &mut [f64]) {
    crate::moments::add_about(origin, x, weights, sum, products);
}

/// The inner products of lists of n numbers with others, all one after the other.
pub fn products(n: usize, a: &[f64], b: &[f64], out: &mut [f64]) {
    lanes::products(Lists { numbers: a, stride: n }, Lists { numbers: b, stride: n }, n, out);
}

/// Adds Σ_i r_ji x_i of m rows with k × m weights to k × d numbers.
pub fn add_weighted(d: usize, r: &[f64], x: &[f64], out: &mut [f64]) {
    lanes::add_weighted(r, x, d, out);
}

/// The number of the nearest of some centers, for rows as columns; −1 where two are too close to tell.
pub fn nearest(centers: &[Vec<f64>], x: &[f64], labels: &mut [f64]) {
    lanes::with_centers(centers, |centers| centers.label(x, labels));
}

/// Rows of d zeros and ones from their bits, 64 a word.
pub fn unpack(words: &[u64], d: usize, out: &mut [f64]) {
    lanes::unpack(words, d, out);
}

/// Turns two lists in their plane.
pub fn rotate(c: f64, s: f64, x: &mut [f64], y: &mut [f64]) {
    lanes::rotate(c, s, x, y);
}
