//! [`Direction`]: a direction in the space of parameters, in words.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Parameters that take less part than this share of the largest are not told.
const PART: f64 = 0.1;
/// Shares, which are 1 at the most, are no more exact than this.
const ROUNDING: f64 = 1e-6;
/// So many are told at the most.
const TOLD: usize = 6;

/// How much one parameter takes part in a direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Loading {
    /// The parameter, as specs name it.
    pub parameter: String,
    /// Its share, in standard errors: parameters of opposite sign go opposite ways. Of a parameter of several coordinates,
    /// such as a matrix, their length.
    pub share: f64,
}

/// A direction in the space of parameters, by those that take the largest part in it; which way along it is all the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// The largest first.
    pub loadings: Vec<Loading>,
    /// What the objective gains where it was tried, in nats.
    pub gain: f64,
}

impl Direction {
    /// From one number per name.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a String>, shares: impl Iterator<Item = f64>) -> Self {
        let mut loadings: Vec<Loading> = Vec::new();
        for (parameter, share) in names.zip(shares) {
            match loadings.iter_mut().find(|known| known.parameter == *parameter) {
                Some(known) => known.share = known.share.hypot(share),
                None => loadings.push(Loading { parameter: parameter.clone(), share }),
            }
        }
        // Equal shares, rounding apart, stay in the order of the names.
        loadings.sort_by_key(|l| std::cmp::Reverse((l.share.abs() / ROUNDING) as u64));
        let largest = loadings.first().map_or(0.0, |l| l.share);
        loadings.retain(|l| l.share.abs() >= PART * largest.abs());
        loadings.truncate(TOLD);
        loadings.iter_mut().for_each(|l| l.share *= largest.signum());
        Direction { loadings, gain: 0.0 }
    }
}

/// `means[0][1] (+0.71), means[1][1] (−0.71)`, or of one parameter its name alone.
impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if let [only] = &self.loadings[..] {
            return f.write_str(&only.parameter);
        }
        for (i, Loading { parameter, share }) in self.loadings.iter().enumerate() {
            let (comma, sign) = (if i > 0 { ", " } else { "" }, if *share < 0.0 { '−' } else { '+' });
            write!(f, "{comma}{parameter} ({sign}{:.2})", share.abs())?;
        }
        Ok(())
    }
}

/// Another basis of the space that the columns span, each with as few entries as elimination gives: what trades off against
/// what is then told pair by pair.
pub(super) fn plain_basis(mut basis: DMatrix<f64>) -> DMatrix<f64> {
    for column in 0..basis.ncols() {
        let pivot = basis.column(column).iamax();
        let head = basis[(pivot, column)];
        if head == 0.0 {
            continue;
        }
        basis.column_mut(column).scale_mut(head.recip());
        let own = basis.column(column).into_owned();
        for other in (0..basis.ncols()).filter(|other| *other != column) {
            let by = basis[(pivot, other)];
            basis.column_mut(other).axpy(-by, &own, 1.0);
        }
    }
    basis.column_iter_mut().for_each(|mut column| {
        let length = column.norm();
        column.scale_mut(if length > 0.0 { length.recip() } else { 1.0 });
    });
    basis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basis_is_told_pair_by_pair() {
        // The plane of (1, −1, 0, 0) and (0, 0, 1, −1), by a basis that mixes both.
        let mixed = DMatrix::from_column_slice(4, 2, &[0.5, -0.5, 0.5, -0.5, 0.5, -0.5, -0.5, 0.5]);
        let plain = plain_basis(mixed);
        let names = ["a", "b", "c", "d"].map(String::from);
        let told: Vec<String> =
            plain.column_iter().map(|v| Direction::of(names.iter(), v.iter().copied()).to_string()).collect();
        assert_eq!(told, ["a (+0.71), b (−0.71)", "c (+0.71), d (−0.71)"]);
    }

    #[test]
    fn coordinates_of_one_parameter_are_one_and_small_ones_are_left_out() {
        let names = ["covariances[0]", "covariances[0]", "weights"].map(String::from);
        let told = Direction::of(names.iter(), [0.3, -0.4, 0.04].into_iter());
        assert_eq!((told.loadings.len(), told.loadings[0].share), (1, 0.5));
        assert_eq!(told.to_string(), "covariances[0]");
    }
}
