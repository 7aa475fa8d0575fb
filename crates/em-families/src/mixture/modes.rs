//! E-steps of mixtures that treat the posterior otherwise: hard, drawn, tempered.

use super::mixing::Mixing;
use super::model::{DataOf, Mixture, ParamsOf, StatsOf};
use super::posterior::responsibilities;
use crate::{Emission, simplex};
use em_core::{EStepMode, EStepModes, Rng};
use std::ops::Range;

impl<E: Emission, W: Mixing> EStepModes for Mixture<E, W> {
    /// A drawn label is that of the whole unit, whatever the unit weighs.
    fn expect_as(
        &self,
        mode: EStepMode,
        p: &ParamsOf<E, W>,
        data: &DataOf<E, W>,
        units: Range<usize>,
        s: &mut StatsOf<E, W>,
    ) -> f64 {
        self.expect_in(Some(mode), p, data, units, s)
    }

    fn expect_fixed_as(
        &self,
        mode: EStepMode,
        posterior: &ParamsOf<E, W>,
        at: &ParamsOf<E, W>,
        data: &DataOf<E, W>,
        units: Range<usize>,
        s: &mut StatsOf<E, W>,
    ) -> f64 {
        self.expect_fixed_in(Some(mode), posterior, at, data, units, s)
    }
}

/// Turns the log joints of m units, m × k, into responsibilities; writes m values of the objective beside them. Without a
/// mode these are the posterior and the log density.
pub(super) fn posterior(mode: Option<EStepMode>, joint: &mut [f64], objective: &mut [f64]) {
    match mode {
        None => responsibilities(joint, objective),
        Some(EStepMode::Hard) => hard(joint, objective),
        Some(EStepMode::Sampled(rng)) => {
            responsibilities(joint, objective);
            drawn(joint, objective.len(), rng);
        }
        Some(EStepMode::Tempered(beta)) => {
            joint.iter_mut().for_each(|l| *l *= beta);
            responsibilities(joint, objective);
            objective.iter_mut().for_each(|l| *l /= beta);
        }
    }
}

/// All responsibility to the largest log joint, the first among equals.
fn hard(joint: &mut [f64], objective: &mut [f64]) {
    let m = objective.len();
    for (i, best) in objective.iter_mut().enumerate() {
        let places = (i..joint.len()).step_by(m);
        let largest = places.clone().fold(i, |largest, at| if joint[at] > joint[largest] { at } else { largest });
        // What is not a number is no label, and must be noticed.
        *best = places.clone().map(|at| joint[at]).find(|l| l.is_nan()).unwrap_or(joint[largest]);
        let possible = *best > f64::NEG_INFINITY;
        places.for_each(|at| joint[at] = if at == largest && possible { 1.0 } else { 0.0 });
    }
}

/// All responsibility to a label drawn by the responsibilities; none where there are none.
fn drawn(responsibilities: &mut [f64], m: usize, rng: &mut Rng) {
    for i in 0..m {
        let places = (i..responsibilities.len()).step_by(m);
        let row: Vec<f64> = places.clone().map(|at| responsibilities[at]).collect();
        if row.iter().any(|r| *r > 0.0) {
            let label = simplex::draw(&row, rng);
            places.enumerate().for_each(|(j, at)| responsibilities[at] = if j == label { 1.0 } else { 0.0 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    /// Two units, two components: posteriors (1/4, 3/4) and (1, 0).
    fn joint() -> [f64; 4] {
        [0.0, -1.0, 3f64.ln(), f64::NEG_INFINITY]
    }

    #[test]
    fn hard_takes_the_largest_and_its_log_joint() {
        let (mut joint, mut objective) = (joint(), [0.0; 2]);
        posterior(Some(EStepMode::Hard), &mut joint, &mut objective);
        assert_eq!((joint, objective), ([0.0, 1.0, 1.0, 0.0], [3f64.ln(), -1.0]));
        let (mut equal, mut objective) = ([2.0, 2.0], [0.0]);
        posterior(Some(EStepMode::Hard), &mut equal, &mut objective);
        assert_eq!((equal, objective), ([1.0, 0.0], [2.0]));
        let (mut unknown, mut objective) = ([2.0, f64::NAN], [0.0]);
        posterior(Some(EStepMode::Hard), &mut unknown, &mut objective);
        assert!(objective[0].is_nan());
    }

    #[test]
    fn draws_come_as_often_as_the_posterior_says() {
        let (mut rng, mut second) = (Rng::seed_from_u64(1), 0.0);
        for _ in 0..4000 {
            let (mut joint, mut objective) = (joint(), [0.0; 2]);
            posterior(Some(EStepMode::Sampled(&mut rng)), &mut joint, &mut objective);
            assert_eq!((joint[0] + joint[2], joint[1], joint[3]), (1.0, 1.0, 0.0));
            assert!((objective[0] - 4f64.ln()).abs() < 1e-15);
            second += joint[2];
        }
        // The standard error of the share is 0.007.
        assert!((second / 4000.0 - 0.75).abs() < 0.03);
    }

    #[test]
    fn tempered_by_hand() {
        let (mut joint, mut objective) = (joint(), [0.0; 2]);
        posterior(Some(EStepMode::Tempered(0.5)), &mut joint, &mut objective);
        // Powers ½ of the joints 1 and 3.
        let (a, b) = (1.0, 3f64.sqrt());
        assert!((joint[0] - a / (a + b)).abs() < 1e-15 && (objective[0] - 2.0 * (a + b).ln()).abs() < 1e-15);
    }
}
