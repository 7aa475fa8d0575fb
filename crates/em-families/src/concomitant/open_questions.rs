//! What the data leave open, in words: mixing weights that run to 0 and 1.

use super::stats::LogitStats;
use em_core::Warning;
use nalgebra::DMatrix;

/// A direction of which the data say less than this, in units of squared log odds, is flat: log odds may change by ten
/// there and cost the likelihood less than one.
const LEAST_INFORMATION: f64 = 0.01;
/// A column takes part in a direction when its share, in units of its own spread, is more than this part of the largest.
const TAKES_PART: f64 = 0.1;

/// Coefficients along which the likelihood is flat.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Flat {
    /// The component whose weight changes most.
    component: usize,
    /// The design columns that take part, ascending.
    columns: Vec<usize>,
}

/// The directions of which the data say next to nothing, where there are any.
pub(super) fn flat_directions(stats: &LogitStats) -> Option<Flat> {
    if stats.gradient.is_empty() || stats.weight <= 0.0 {
        return None;
    }
    let spectrum = stats.quadratic().spectrum()?;
    let flat = |i: &usize| spectrum.curvatures[*i] * stats.weight <= LEAST_INFORMATION;
    let directions = (0..spectrum.curvatures.len()).filter(flat).map(|i| spectrum.directions.column(i));
    let q = stats.square.len();
    let squares = directions.map(|d| squares_about_mean(d.as_slice(), q)).reduce(|a, b| a + b)?;
    let size = |j: &usize| squares.column(*j).sum();
    let component = (0..squares.ncols()).max_by(|i, j| size(i).total_cmp(&size(j)))?;
    let own = squares.column(component);
    let columns = (0..q).filter(|c| own[*c] > TAKES_PART * TAKES_PART * own.amax()).collect();
    Some(Flat { component, columns })
}

/// The squares of a direction, q × k, with the reference in it and the mean of all components taken off: none of them is
/// singled out by being the reference.
fn squares_about_mean(direction: &[f64], q: usize) -> DMatrix<f64> {
    let mut all = DMatrix::from_column_slice(q, direction.len() / q, direction).insert_column(0, 0.0);
    let mean = all.column_mean();
    all.column_iter_mut().for_each(|mut column| column -= &mean);
    all.map(|x| x * x)
}

impl Flat {
    /// In words, with the names of the design columns.
    pub(super) fn warning(&self, names: impl Fn(usize) -> String) -> Warning {
        let Flat { component, columns } = self;
        let slopes: Vec<String> = columns.iter().filter(|c| **c > 0).map(|c| names(*c)).collect();
        let of = if slopes.is_empty() { names(0) } else { slopes.join(", ") };
        let message = format!(
            "the data say next to nothing of how the mixing weight of component {component} changes with {of}: along these \
             `concomitant` coefficients the likelihood is flat, with no finite maximum where they tell the component from \
             others without error, and none that is unique where they do not vary by themselves"
        );
        let advice = "read the weights there as 0 and 1, leave the term out, or use fewer components";
        let warning = Warning::new("flat_mixing_weights", message, advice).of_component(*component);
        if let [column] = &slopes[..] { warning.of_column(column.trim_matches('`')) } else { warning }
    }
}
