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

/// The square root of the squared Euclidean dissimilarity, in units of the features.
pub(crate) fn euclidean(a: &[f64], b: &[f64]) -> f64 {
    squared_euclidean(a, b).sqrt()
}

/// 1 − cos of the angle between two vectors, from 0 to 2; not a number where one of them is zero.
pub(crate) fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let cosine = dot(a, b) / (dot(a, a).sqrt() * dot(b, b).sqrt());
    // Rounding may take a cosine beyond 1; what is not a number stays so.
    if cosine > 1.0 { 0.0 } else { 1.0 - cosine }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_by_hand() {
        let (a, b) = ([3.0, 0.0, 1.0], [0.0, 4.0, 1.0]);
        let of = |d: fn(&[f64], &[f64]) -> f64| d.between(&a, &b);
        assert_eq!([squared_euclidean, euclidean, manhattan, hamming].map(of), [25.0, 5.0, 7.0, 2.0]);
        assert!((cosine(&a, &b) - (1.0 - 1.0 / 170f64.sqrt())).abs() < 1e-15);
        assert!(cosine(&a, &a) < 1e-15 && cosine(&a, &[0.0; 3]).is_nan());
    }
}
