//! [`Units`]: what the E-step needs of its data, be they rows or groups of rows.

use super::params::GaussianPosterior;
use crate::gaussian::squared_distances;
use crate::{Emission, FullGaussian, GaussianMoments, Grouped, Rows};
use em_core::{Dataset, scratch};
use std::ops::Range;

/// Units of one row or of several, which share one label.
pub(super) trait Units: Dataset {
    /// Writes ln ρ of m units into `out`, m × k, component after component: E\[ln π_j\] + Σ_r E\[ln N(x_r | μ_j, Λ_j⁻¹)\] over
    /// the rows r of each unit (Bishop 2006, eq. 10.46).
    fn log_rho(&self, q: &GaussianPosterior, units: Range<usize>, out: &mut [f64]);

    /// Adds the rows of `units`, each with the share of its unit.
    fn add_to(&self, moments: &mut GaussianMoments, units: Range<usize>, shares: &[f64]);

    /// Units per block of an E-step with k components.
    fn block_size(&self, k: usize) -> usize;
}

impl Units for Rows {
    fn log_rho(&self, q: &GaussianPosterior, units: Range<usize>, out: &mut [f64]) {
        self.with_block(units, |block| {
            let components = q.components().iter().zip(q.log_norms());
            for ((component, log_norm), out) in components.zip(out.chunks_exact_mut(block.len().max(1))) {
                squared_distances(component.expected(), block, out);
                out.iter_mut().for_each(|l| *l = log_norm - 0.5 * *l);
            }
        });
    }

    fn add_to(&self, moments: &mut GaussianMoments, units: Range<usize>, shares: &[f64]) {
        self.with_matrix(units, |x| moments.add(x, shares));
    }

    fn block_size(&self, k: usize) -> usize {
        // The same for every form.
        FullGaussian.block(self, k)
    }
}

impl Units for Grouped<Rows> {
    fn log_rho(&self, q: &GaussianPosterior, units: Range<usize>, out: &mut [f64]) {
        let rows = self.side_by_side();
        if !self.is_grouped() {
            return rows.log_rho(q, units, out);
        }
        let components = q.components().iter().zip(q.log_weights());
        for ((component, log_weight), out) in components.zip(out.chunks_exact_mut(units.len().max(1))) {
            let log_norm = component.expected_log_norm();
            out.fill(*log_weight);
            for piece in self.pieces(units.clone(), rows.block_size(1)) {
                scratch::with(piece.len(), |of_rows| {
                    rows.with_block(piece.clone(), |block| squared_distances(component.expected(), block, of_rows));
                    of_rows.iter_mut().for_each(|l| *l = log_norm - 0.5 * *l);
                    self.add_up(piece, of_rows, units.start, out);
                });
            }
        }
    }

    fn add_to(&self, moments: &mut GaussianMoments, units: Range<usize>, shares: &[f64]) {
        let rows = self.side_by_side();
        if !self.is_grouped() {
            return rows.add_to(moments, units, shares);
        }
        for piece in self.pieces(units.clone(), rows.block_size(1)) {
            scratch::with(piece.len(), |of_rows| {
                self.spread(piece.clone(), units.start, shares, of_rows);
                rows.add_to(moments, piece, of_rows);
            });
        }
    }

    /// As many as hold about as many rows as a block of rows.
    fn block_size(&self, k: usize) -> usize {
        self.units_per_block(self.side_by_side().block_size(k))
    }
}
