//! Ellipses of equal distance about a mean.

use super::svg::Path;

/// How far the control points of a quarter of a circle of radius 1 lie from its ends, for a cubic Bézier curve that
/// misses the circle by less than 3 in 10⁴: 4 (√2 − 1) / 3.
const QUARTER: f64 = 0.552_284_749_830_793_4;
/// The four quarters of the unit circle: where each begins, and which way it goes from there.
const QUARTERS: [[(f64, f64); 2]; 4] =
    [[(1.0, 0.0), (0.0, 1.0)], [(0.0, 1.0), (-1.0, 0.0)], [(-1.0, 0.0), (0.0, -1.0)], [(0.0, -1.0), (1.0, 0.0)]];

/// A mean and a covariance of two columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ellipse {
    /// The mean.
    pub center: (f64, f64),
    /// The two variances.
    pub variances: (f64, f64),
    /// The covariance.
    pub covariance: f64,
}

impl Ellipse {
    /// m + r L u for a point u of the unit circle, LL′ = Σ: where (x − m)′ Σ⁻¹ (x − m) = r².
    fn point(&self, r: f64, u: (f64, f64)) -> (f64, f64) {
        let first = self.variances.0.max(0.0).sqrt();
        let across = if first > 0.0 { self.covariance / first } else { 0.0 };
        let second = (self.variances.1 - across * across).max(0.0).sqrt();
        (self.center.0 + r * first * u.0, self.center.1 + r * (across * u.0 + second * u.1))
    }

    /// The ellipse of `r` standard deviations, drawn where `at` puts its points. `at` is affine, so that curves stay curves.
    pub fn path(&self, r: f64, at: impl Fn(f64, f64) -> (f64, f64)) -> Path {
        let place = |u: (f64, f64)| {
            let (x, y) = self.point(r, u);
            at(x, y)
        };
        let mut path = Path::default();
        let (x, y) = place(QUARTERS[0][0]);
        path.move_to(x, y);
        for [from, to] in QUARTERS {
            let control =
                |end: (f64, f64), toward: (f64, f64)| (end.0 + QUARTER * toward.0, end.1 + QUARTER * toward.1);
            path.curve_to([place(control(from, to)), place(control(to, from)), place(to)]);
        }
        path.close();
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TILTED: Ellipse = Ellipse { center: (1.0, -2.0), variances: (4.0, 9.0), covariance: 3.0 };

    /// (x − m)′ Σ⁻¹ (x − m).
    fn squared_distance(e: &Ellipse, (x, y): (f64, f64)) -> f64 {
        let (a, c, b) = (e.variances.0, e.variances.1, e.covariance);
        let (x, y) = (x - e.center.0, y - e.center.1);
        (c * x * x - 2.0 * b * x * y + a * y * y) / (a * c - b * b)
    }

    #[test]
    fn every_point_is_as_far_from_the_center() {
        for i in 0..20 {
            let u = (f64::from(i) * 0.37).sin_cos();
            assert!((squared_distance(&TILTED, TILTED.point(1.5, u)) - 2.25).abs() < 1e-12);
        }
        // By hand: L = (2, 0; 1.5, √6.75).
        assert_eq!(TILTED.point(2.0, (1.0, 0.0)), (5.0, 1.0));
    }

    #[test]
    fn curves_stay_on_the_circle() {
        // The middle of the first quarter, B(½) = (P₀ + 3 P₁ + 3 P₂ + P₃) / 8.
        let middle = (1.0 + 3.0 + 3.0 * QUARTER) / 8.0;
        assert!((middle - 0.5f64.sqrt()).abs() < 1e-12);
        let round = Ellipse { center: (0.0, 0.0), variances: (1.0, 1.0), covariance: 0.0 };
        let text = round.path(10.0, |x, y| (x, -y)).drawn("").into_text();
        assert!(text.contains("M10 0C10 -5.5 5.5 -10 0 -10C-5.5 -10 -10 -5.5 -10 0"), "{text}");
    }

    #[test]
    fn an_ellipse_may_be_flat() {
        let flat = Ellipse { center: (0.0, 0.0), variances: (0.0, 1.0), covariance: 0.0 };
        assert_eq!(flat.point(1.0, (1.0, 0.0)), (0.0, 0.0));
        assert_eq!(flat.point(1.0, (0.0, 1.0)), (0.0, 1.0));
    }
}
