//! Bernoulli components in drawings: their probabilities, which make a picture where the columns are its cells.

use super::emission::{Bernoullis, Probabilities};
use crate::EmissionPortrait;
use em_core::Outline;

impl EmissionPortrait for Bernoullis {
    fn outlines(&self, probabilities: &Probabilities) -> Vec<Outline> {
        let outline = |p: &nalgebra::DVector<f64>| Outline { center: p.iter().copied().collect(), covariance: None };
        probabilities.rows().iter().map(outline).collect()
    }
}
