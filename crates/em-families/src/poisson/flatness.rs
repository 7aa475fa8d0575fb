//! What the data leave open: directions in which the likelihood is flat, and components that coincide.

use super::ascent::Ascent;
use super::newton::Newton;
use nalgebra::DVector;

/// A direction is flat where expected events speak of it this much less than of the level of the rates: far below what
/// any count seen there would leave, far above where a rate on its way to 0 is left standing.
const FLAT: f64 = 1e-9;
/// A column takes part in a direction when its share, in units of its own spread, is more than this part of the largest.
const TAKES_PART: f64 = 0.1;
/// Components coincide when their log rates differ by less than this, root mean square over the data.
const SAME: f64 = 1e-4;

/// The design columns that a flat direction of component j is made of, ascending; none where every direction counts.
pub(super) fn flat_direction(at: &Ascent, j: usize) -> Option<Vec<usize>> {
    let here = at.here(j);
    let spectrum = here.spectrum()?;
    // A column that does not vary in the data has no scale to be judged by.
    let judged = |i: &usize| spectrum.directions.column(*i).component_mul(&here.metric).amax() > 0.0;
    let curvature = |i: &usize| spectrum.curvatures[*i];
    let flattest = (0..here.metric.len()).filter(judged).min_by(|a, b| curvature(a).total_cmp(&curvature(b)))?;
    if curvature(&flattest) > FLAT * here.rate() {
        return None;
    }
    let shares = spectrum.directions.column(flattest);
    Some((0..shares.len()).filter(|l| shares[*l].abs() > TAKES_PART * shares.amax()).collect())
}

/// Pairs of components whose log rates agree wherever the data lie.
pub(super) fn coinciding(stats: &[Newton], params: &[DVector<f64>]) -> Vec<(usize, usize)> {
    let apart = |j: usize, l: usize| {
        let (s, gap) = (&stats[j], &params[l] - &params[j]);
        let varies = s.spread.component_mul(&gap).dot(&gap) / s.weight;
        (s.expected.mean.dot(&gap).powi(2) + varies).sqrt()
    };
    let pairs = (0..params.len()).flat_map(|j| (j + 1..params.len()).map(move |l| (j, l)));
    pairs.filter(|(j, l)| apart(*j, *l) < SAME).collect()
}
