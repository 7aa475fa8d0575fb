//! [`Histogram`]: how the numbers of a column are spread, part by part.

use super::shares::Shares;

/// Fewer bins show nothing, more of them noise.
const BINS: std::ops::RangeInclusive<f64> = 5.0..=60.0;
/// Whole numbers get a bin each up to this many.
const FEW_WHOLE: f64 = 30.0;
/// Beyond this, whole numbers are no counts.
const LARGEST_WHOLE: f64 = 1e9;

/// Bins of one width, and the density in each: the weight that falls there, as a fraction of all, by its width.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Histogram {
    /// The low end of the first bin.
    pub low: f64,
    /// The width of every bin.
    pub width: f64,
    /// The densities of each part, a list of as many as there are bins; together they sum to 1 / width.
    pub parts: Vec<Vec<f64>>,
}

impl Histogram {
    /// Of the numbers of a column with their weights, which are not all 0, in as many parts as there are shares of.
    pub fn of(column: &[f64], weights: &[f64], shares: Option<&Shares>) -> Self {
        let counted: Vec<f64> = column.iter().zip(weights).filter(|(_, w)| **w > 0.0).map(|(x, _)| *x).collect();
        let (low, width, bins) = bins(&counted);
        let total: f64 = weights.iter().sum();
        let mut parts = vec![vec![0.0; bins]; shares.map_or(1, Shares::parts)];
        for (row, (x, weight)) in column.iter().zip(weights).enumerate().filter(|(_, (_, w))| **w > 0.0) {
            let bin = (((x - low) / width) as usize).min(bins - 1);
            let density = weight / total / width;
            match shares {
                Some(shares) => {
                    shares.row(row).iter().zip(&mut parts).for_each(|(share, part)| part[bin] += share * density);
                }
                None => parts[0][bin] += density,
            }
        }
        Histogram { low, width, parts }
    }

    /// The number of bins.
    pub fn bins(&self) -> usize {
        self.parts.first().map_or(0, Vec::len)
    }

    /// The high end of the last bin.
    pub fn high(&self) -> f64 {
        self.low + self.width * self.bins() as f64
    }

    /// The density of all parts in a bin.
    pub fn density(&self, bin: usize) -> f64 {
        self.parts.iter().map(|part| part[bin]).sum()
    }
}

/// Whether all numbers are whole, as counts are.
pub(super) fn are_whole(column: &[f64]) -> bool {
    column.iter().all(|x| x.fract() == 0.0 && x.abs() < LARGEST_WHOLE)
}

/// The low end, the width and the number of bins, whole numbers in the middle of theirs: as many as the rule of Freedman
/// and Diaconis (1981) asks for, of width 2 · IQR / n^⅓, but at least 2 n^⅓, since two humps make the IQR wide.
fn bins(column: &[f64]) -> (f64, f64, usize) {
    let mut sorted = column.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (Some(low), Some(high)) = (sorted.first().copied(), sorted.last().copied()) else { return (0.0, 1.0, 1) };
    let range = high - low;
    let quantile = |q: f64| sorted[((sorted.len() - 1) as f64 * q).round() as usize];
    let root = (sorted.len() as f64).cbrt();
    let width = 2.0 * (quantile(0.75) - quantile(0.25)) / root;
    let wanted = (2.0 * root).max(if width > 0.0 { range / width } else { 0.0 });
    let bins = if wanted.is_finite() { wanted.ceil().clamp(*BINS.start(), *BINS.end()) } else { *BINS.end() };
    if are_whole(column) {
        let width = if range < FEW_WHOLE { 1.0 } else { ((range + 1.0) / bins).round().max(1.0) };
        return (low - 0.5, width, ((range + 1.0) / width).ceil() as usize);
    }
    let width = range / bins;
    // A range too narrow to be divided is one bin about the number.
    if width > 0.0 && low + width > low && width.is_finite() {
        (low, width, bins as usize)
    } else {
        (low - 0.5 * low.abs().max(1.0), low.abs().max(1.0), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use em_core::Prediction;

    #[test]
    fn counts_stand_in_the_middle_of_their_bins() {
        let h = Histogram::of(&[0.0, 1.0, 1.0, 3.0], &[1.0; 4], None);
        assert_eq!((h.low, h.width, h.high()), (-0.5, 1.0, 3.5));
        assert_eq!(h.parts, [[0.25, 0.5, 0.0, 0.25]]);
        // 2 · 2^⅓ < 5 bins, and no IQR: five of 24.
        let wide = Histogram::of(&[0.0, 119.0], &[1.0; 2], None);
        assert_eq!((wide.width, wide.bins()), (24.0, 5));
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let shares = Shares::of(&Prediction::of_mixture(2, vec![1.0, 0.0, 0.5, 0.5, 0.0, 1.0]), 0, 3);
        let h = Histogram::of(&[0.0, 0.25, 1.25], &[1.0, 2.0, 1.0], shares.as_ref());
        let total: f64 = (0..h.bins()).map(|b| h.density(b) * h.width).sum();
        assert!((total - 1.0).abs() < 1e-12);
        let first: f64 = h.parts[0].iter().map(|d| d * h.width).sum();
        assert!((first - 0.5).abs() < 1e-12);
        assert_eq!((h.low, h.bins()), (0.0, 5));
    }

    #[test]
    fn odd_columns_have_bins_too() {
        for column in [&[0.5; 3][..], &[1e300, -1e300], &[1e16 + 0.5, 1e16], &[0.1], &[1e-310, 0.0], &[1e300; 2]] {
            let h = Histogram::of(column, &vec![1.0; column.len()], None);
            assert!(h.bins() >= 1 && h.width > 0.0 && h.width.is_finite(), "{column:?}: {h:?}");
        }
        let absent = Histogram::of(&[0.0, 0.5, 1.0, 1e9], &[1.0, 1.0, 1.0, 0.0], None);
        assert_eq!(absent.high(), 1.0);
    }
}
