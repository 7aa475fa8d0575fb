//! Moments of k components without correlations, all at once.

use super::moments::GaussianMoments;
use super::normal::Normal;
use super::pooled_moments::amid;
use crate::diagonal_moments::move_to_mean;
use crate::lanes::{self, Block, Lists};
use em_core::scratch;

/// Adds the rows of a block, with k × m weights, to moments that are all diagonal; rows should weigh most in the components
/// whose distributions they are near.
///
/// Σ_i w_ij g_i and Σ_i w_ij g_i² of all components are one product of the weights with the columns of g and g², g = x − o
/// with one origin o amid the means. Moved to its own mean, a component loses digits where that is many deviations away;
/// where it would lose more than three, its moments are taken about its own mean.
pub(super) fn add_squares(each: &mut [GaussianMoments], normals: &[Normal], block: Block, weights: &[f64]) {
    let (k, d, m) = (normals.len(), block.features, block.len());
    if m == 0 {
        return;
    }
    scratch::with(k + d + 2 * block.columns.len() + 2 * k * d, |buffer| {
        let (totals, buffer) = buffer.split_at_mut(k);
        let (origin, buffer) = buffer.split_at_mut(d);
        let (powers, sums) = buffer.split_at_mut(2 * block.columns.len());
        totals.iter_mut().zip(weights.chunks_exact(m)).for_each(|(total, list)| *total = lanes::sum(list));
        if totals.iter().all(|total| *total <= 0.0) {
            return;
        }
        amid(normals, totals, origin);
        lanes::powers(origin, block.columns, powers);
        let powers = Lists { numbers: powers, stride: lanes::padded(m) };
        lanes::products(Lists { numbers: weights, stride: m }, powers, m, sums);
        for (j, (stats, sums)) in each.iter_mut().zip(sums.chunks_exact_mut(2 * d)).enumerate() {
            let (sum, squares) = sums.split_at_mut(d);
            match stats {
                _ if totals[j] <= 0.0 => {}
                GaussianMoments::Diagonal(s) if move_to_mean(totals[j], origin, sum, squares) => {
                    s.merge_parts(totals[j], sum, squares);
                }
                _ => stats.add_near(normals[j].mean().as_slice(), block, &weights[j * m..][..m]),
            }
        }
    });
}
