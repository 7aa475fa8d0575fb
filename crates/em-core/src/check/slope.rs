//! [`Slope`]: a derivative, with how wrong it may be.

/// The first and second derivative of a function at 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slope {
    /// f′(0).
    pub value: f64,
    /// How far `value` may be from the truth.
    pub error: f64,
    /// f″(0), roughly.
    pub curvature: f64,
}

/// A value of size 1 may be rounded by this: sums of a few hundred logarithms, each the result of some operations.
const ROUNDING: f64 = 1e-13;
/// A step is short enough once the function bends by less than this part of its size.
const BEND: f64 = 1e-5;

/// The slope of `f` at 0 by central differences at two steps, the shorter at most `first`; `size` is that of the terms
/// that `f` sums up. None where `f` is not finite around 0.
///
/// Richardson's extrapolation removes the error of order h², so that what the two differ by is far above what is left.
pub(super) fn slope(f: &dyn Fn(f64) -> f64, first: f64, size: f64) -> Option<Slope> {
    let middle = f(0.0);
    let bend = |h: f64| f(h) + f(-h) - 2.0 * middle;
    let short = |h: &f64| bend(2.0 * h).abs() <= BEND * size;
    let h = (0..30).map(|i| first * 0.25f64.powi(i)).find(short)?;
    let difference = |h: f64| (f(h) - f(-h)) / (2.0 * h);
    let (fine, coarse) = (difference(h), difference(2.0 * h));
    let value = fine + (fine - coarse) / 3.0;
    let error = (fine - coarse).abs() + ROUNDING * size / h;
    Some(Slope { value, error, curvature: bend(2.0 * h) / (4.0 * h * h) }).filter(|s| s.value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_covers_the_difference_from_the_truth() {
        for scale in [1e-4, 1.0, 1e4] {
            let s = slope(&|x| (scale * x).exp(), 1e-3, 1.0).unwrap();
            assert!((s.value - scale).abs() <= s.error && s.error < 1e-4 * scale, "{scale}: {s:?}");
            assert!((s.curvature / (scale * scale) - 1.0).abs() < 0.1, "{scale}: {s:?}");
        }
        assert!(slope(&|_| f64::NAN, 1e-3, 1.0).is_none());
    }
}
