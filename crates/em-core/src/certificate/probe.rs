//! [`Probe`]: what the objective does along a direction, farther out than its derivatives tell.

use em_curvature::{Curvature, Landscape, Sight};
use nalgebra::DVector;

/// Lengths that are tried, in units of √n standard errors, on which the objective changes shape.
const LENGTHS: [f64; 7] = [0.001, 0.004, 0.016, 0.06, 0.25, 1.0, 4.0];
/// What is no change of the objective, relative to its size: the rounding of a long sum.
const ROUNDING: f64 = 1e-11;

/// What was found along a direction and against it.
pub(super) struct Probe {
    /// The most that was gained, in nats; 0 where nothing was.
    pub gain: f64,
    /// The least that a side fell to, at its worst; 0 where a side neither rose nor fell.
    falls: [f64; 2],
}

impl Probe {
    /// From `x`, where `here` was seen.
    pub fn along(land: &Landscape, here: &Sight, x: &[f64], curvature: &Curvature, direction: &DVector<f64>) -> Self {
        let mut probe = Probe { gain: 0.0, falls: [0.0; 2] };
        let still = ROUNDING * here.value.abs().max(1.0);
        for (side, sign) in [1.0, -1.0].into_iter().enumerate() {
            for length in LENGTHS {
                let moves = curvature.moves(&(direction * (sign * length * land.root())));
                let Some(there) = land.moved(x, &moves) else { break };
                let change = there.value - here.value;
                probe.gain = probe.gain.max(change);
                probe.falls[side] = probe.falls[side].max(if change < -still { -change } else { 0.0 });
            }
        }
        probe
    }

    /// Whether the objective falls on one side and stays as it is on the other, however far: a parameter on its way to
    /// infinity.
    pub fn is_one_sided(&self) -> bool {
        (self.falls[0] > 0.0) != (self.falls[1] > 0.0)
    }
}
