//! [`Levels`]: the distinct values of each column, on which medians and modes are counted.

use crate::Rows;
use em_core::Dataset;

/// The distinct values of each column, in ascending order.
///
/// Medians and modes need the values themselves; counts over a fixed list of them are a statistic of fixed size that
/// adds up. A statistic of k clusters holds k numbers per level: for columns of measurements without ties that is k·n·d,
/// as much as k copies of the data.
///
/// ```
/// use em_families::{Levels, Rows};
/// let levels = Levels::of(&Rows::new(2, vec![3.0, 0.0, 1.0, 0.0, 3.0, 1.0]).unwrap());
/// assert_eq!((levels.column(0), levels.column(1), levels.total()), (&[1.0, 3.0][..], &[0.0, 1.0][..], 4));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Levels {
    values: Vec<f64>,
    /// Where each column begins in `values`, and where the last one ends.
    begins: Vec<usize>,
}

impl Levels {
    /// Those of all rows, whatever their weights.
    pub fn of(rows: &Rows) -> Self {
        let mut levels = Levels { values: Vec::new(), begins: vec![0] };
        for feature in 0..rows.features() {
            let mut column = Vec::with_capacity(rows.units());
            // Adding 0 turns −0 into 0, which is the same value.
            rows.for_each(|_, row| column.push(row[feature] + 0.0));
            column.sort_by(f64::total_cmp);
            column.dedup();
            levels.values.extend(column);
            levels.begins.push(levels.values.len());
        }
        levels
    }

    /// The number of levels of all columns together.
    pub fn total(&self) -> usize {
        self.values.len()
    }

    /// The levels of a column; none where the columns are not known.
    pub fn column(&self, feature: usize) -> &[f64] {
        self.range(feature).map_or(&[], |range| &self.values[range])
    }

    /// The places of a column's levels among those of all columns.
    pub(super) fn range(&self, feature: usize) -> Option<std::ops::Range<usize>> {
        Some(*self.begins.get(feature)?..*self.begins.get(feature + 1)?)
    }

    /// The place of a value among the levels of all columns; none if it is not a level.
    pub(super) fn position(&self, feature: usize, value: f64) -> Option<usize> {
        let range = self.range(feature)?;
        let found = self.values[range.clone()].binary_search_by(|level| level.total_cmp(&(value + 0.0)));
        found.ok().map(|at| range.start + at)
    }
}

/// The midpoint of the weighted medians, which minimises Σ w |x − c|; at least one weight is above 0.
pub(super) fn median(levels: &[f64], weights: &[f64]) -> f64 {
    let half = 0.5 * weights.iter().sum::<f64>();
    let mut held = levels.iter().zip(weights).filter(|(_, w)| **w > 0.0);
    let (mut below, mut last) = (0.0, f64::NAN);
    while let Some((x, w)) = held.next() {
        (below, last) = (below + w, *x);
        if below == half {
            return held.next().map_or(*x, |(next, _)| 0.5 * x + 0.5 * next);
        }
        if below > half {
            break;
        }
    }
    last
}

/// The value of largest weight, the smallest among equals, which minimises Σ w \[x ≠ c\].
pub(super) fn mode(levels: &[f64], weights: &[f64]) -> f64 {
    let heaviest = (1..weights.len()).fold(0, |best, i| if weights[i] > weights[best] { i } else { best });
    levels[heaviest]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_modes_by_hand() {
        let levels = [1.0, 2.0, 4.0, 9.0];
        assert_eq!(median(&levels, &[1.0, 1.0, 1.0, 0.0]), 2.0);
        assert_eq!(median(&levels, &[1.0, 1.0, 1.0, 1.0]), 3.0);
        assert_eq!(median(&levels, &[1.0, 0.0, 0.0, 1.0]), 5.0);
        assert_eq!(median(&levels, &[0.5, 0.5, 0.0, 3.0]), 9.0);
        assert_eq!(median(&levels, &[0.0, 0.0, 2.0, 0.0]), 4.0);
        assert_eq!(mode(&levels, &[1.0, 2.0, 2.0, 0.0]), 2.0);
    }

    #[test]
    fn a_value_is_found_or_not() {
        let levels = Levels::of(&Rows::new(2, vec![-0.0, 7.0, 0.0, 5.0, 3.0, 5.0]).unwrap());
        assert_eq!(levels.column(0), [0.0, 3.0]);
        assert_eq!((levels.position(0, -0.0), levels.position(1, 7.0)), (Some(0), Some(3)));
        assert_eq!((levels.position(0, 1.0), levels.position(2, 0.0)), (None, None));
        assert_eq!(Levels::default().position(0, 0.0), None);
    }
}
