//! [`Dissimilarity`]: how unlike two observations are, and the usual ones.

/// How unlike two observations are: 0 for an observation and itself, never negative, in units of its own.
///
/// Any function of two slices is one.
///
/// ```
/// use em_families::Dissimilarity;
/// let largest = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
/// assert_eq!(largest.between(&[1.0, 5.0], &[2.0, 2.0]), 3.0);
/// ```
pub trait Dissimilarity: Sync {
    /// Between two observations of the same d features.
    fn between(&self, a: &[f64], b: &[f64]) -> f64;
}

impl<F: Fn(&[f64], &[f64]) -> f64 + Sync> Dissimilarity for F {
    fn between(&self, a: &[f64], b: &[f64]) -> f64 {
        self(a, b)
    }
}

/// Σ (a_i − b_i)², in squared units of the features; by differences, so that nothing cancels.
pub(crate) fn squared_euclidean(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Σ |a_i − b_i|, in units of the features.
pub(crate) fn manhattan(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum()
}

/// The number of features that differ.
pub(crate) fn hamming(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).filter(|(a, b)| a != b).count() as f64
}
