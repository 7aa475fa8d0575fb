//! The E-step under q: responsibilities, and what units add up to under them.

use super::params::GaussianPosterior;
use super::units::Units;
use crate::mixture::responsibilities as normalise;
use crate::{GaussianMoments, MixtureStats};
use em_core::scratch;
use std::ops::Range;

/// Adds `units` under their responsibilities; returns Σ_i w_i ln Σ_j ρ_ij.
pub(super) fn expect(
    q: &GaussianPosterior,
    data: &impl Units,
    units: Range<usize>,
    stats: &mut MixtureStats<Vec<GaussianMoments>>,
) -> f64 {
    let mut sum = 0.0;
    by_blocks(q, data, units, |units, r, log_norm| {
        add(data, units.clone(), r, stats);
        // A unit of weight 0 is absent, here and in the statistics, even where its distance overflows.
        let terms = units.map(|u| data.weight(u)).zip(log_norm).filter(|(w, _)| *w > 0.0);
        sum += terms.map(|(w, l)| w * l).sum::<f64>();
    });
    sum
}

/// ln Σ_j ρ_ij of each of `units`.
pub(super) fn scores(q: &GaussianPosterior, data: &impl Units, units: Range<usize>) -> Vec<f64> {
    let mut out = Vec::with_capacity(units.len());
    by_blocks(q, data, units, |_, _, log_norm| out.extend_from_slice(log_norm));
    out
}

/// The responsibilities of `units`, n × k, unit after unit.
pub(super) fn responsibilities(q: &GaussianPosterior, data: &impl Units, units: Range<usize>) -> Vec<f64> {
    let k = q.components().len();
    let mut out = Vec::with_capacity(units.len() * k);
    by_blocks(q, data, units, |units, r, _| {
        let m = units.len();
        out.extend((0..m).flat_map(|i| (0..k).map(move |j| r[j * m + i])));
    });
    out
}

/// Adds m units under their responsibilities, m × k component after component, and their weights: the counts are of
/// units, the moments of rows.
pub(super) fn add(data: &impl Units, units: Range<usize>, r: &[f64], stats: &mut MixtureStats<Vec<GaussianMoments>>) {
    let components = stats.counts.iter_mut().zip(&mut stats.parts);
    scratch::with(units.len(), |shares| {
        for ((count, moments), r) in components.zip(r.chunks_exact(units.len())) {
            for ((share, r), unit) in shares.iter_mut().zip(r).zip(units.clone()) {
                let weight = data.weight(unit);
                *share = if weight > 0.0 { weight * r } else { 0.0 };
            }
            *count += shares.iter().sum::<f64>();
            data.add_to(moments, units.clone(), shares);
        }
    });
}

/// `units` block after block, for k components.
pub(super) fn blocks(data: &impl Units, units: Range<usize>, k: usize) -> impl Iterator<Item = Range<usize>> {
    let (size, end) = (data.block_size(k).max(1), units.end);
    units.step_by(size).map(move |begin| begin..(begin + size).min(end))
}

/// Shows one block after another: its units, their responsibilities (m × k, component after component) and their log
/// normalisers.
fn by_blocks(
    q: &GaussianPosterior,
    data: &impl Units,
    units: Range<usize>,
    mut show: impl FnMut(Range<usize>, &[f64], &[f64]),
) {
    let k = q.components().len();
    for units in blocks(data, units, k) {
        let m = units.len();
        scratch::with(m * (k + 1), |buffer| {
            let (joint, log_norm) = buffer.split_at_mut(m * k);
            data.log_rho(q, units.clone(), joint);
            normalise(joint, log_norm);
            show(units, joint, log_norm);
        });
    }
}
