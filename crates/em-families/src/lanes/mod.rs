//! Arithmetic on many rows at a time.
//!
//! A kernel is plain Rust over short arrays, one number per row, which the compiler turns into vector instructions, or where
//! many sums are open at once, work on vectors themselves. It is compiled once for each [level](dispatch) of the processor,
//! and the best that the machine has is chosen at run time.
//! Levels differ in the last bit, since some round a product before it is added and others do not; on one machine the
//! choice is always the same.

#![allow(clippy::needless_range_loop, reason = "one index runs through several arrays, which is how lanes are written")]

mod affine;
mod bits;
mod block;
mod columns;
mod diagonal;
mod dispatch;
mod distances;
mod elementary;
mod exponentials;
mod nearest;
mod outer;
mod posterior;
mod products;
mod rotations;
mod sums;
mod tile;
mod whitened;

pub(crate) use affine::{affine, shift_above};
pub(crate) use bits::{WORD, packed, unpack};
pub(crate) use block::{Block, padded, transpose, whole_columns, with_block, with_block_about};
pub(crate) use columns::{combine, weighted_sums};
pub(crate) use diagonal::{Squares, powers, scaled_squares};
pub(crate) use distances::{scaled_squared_gaps, squared_gaps};
pub(crate) use exponentials::{guarded_exps, weighted_exps};
pub(crate) use nearest::{add_own_gaps, own_squared_distances, with_centers};
pub(crate) use outer::{LEFT, Outer, add_with_outer};
pub(crate) use posterior::posterior;
pub(crate) use products::{Lists, add_weighted, products};
pub(crate) use rotations::{dot, rotate};
pub(crate) use sums::{add_lists, sum, weigh, within};
pub(crate) use whitened::{Whitening, squared_distances, whiten};

#[cfg(test)]
mod tests {
    //! What tests of kernels have in common.

    pub(super) use super::dispatch::at_every_level;
    use std::fmt::Debug;

    /// d, m and k, so that each is a multiple of lanes and tiles at times, one short of it, one more, and 1.
    pub(super) const SHAPES: [(usize, usize, usize); 9] =
        [(1, 1, 1), (1, 17, 2), (2, 16, 3), (3, 5, 4), (4, 33, 5), (5, 31, 1), (8, 64, 8), (15, 15, 9), (17, 100, 7)];

    /// n numbers between −2 and 2 without a pattern, in steps of 2⁻²⁰.
    pub(super) fn numbers(n: usize, seed: u64) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 42) as f64 / 1_048_576.0 - 2.0
        };
        (0..n).map(|_| next()).collect()
    }

    /// Sums of some hundred terms of the size of one differ by their rounding.
    #[track_caller]
    pub(super) fn agree(got: &[f64], wanted: &[f64], of: impl Debug) {
        assert_eq!(got.len(), wanted.len());
        for (i, (got, wanted)) in got.iter().zip(wanted).enumerate() {
            assert!((got - wanted).abs() <= 1e-12 * wanted.abs().max(1.0), "{of:?}: {got} for {wanted} at {i}");
        }
    }
}
