//! [`Curvature`]: slope and Hessian of a function at a point, free of units.

use crate::pair::Pair;
use crate::{Landscape, Sight};
use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// What rounding and truncation leave of an eigenvalue 0 where slopes are known: ε^⅔ and the fourth derivative.
const BY_SLOPES: f64 = 1e-7;
/// The same where they are differences of values, √ε and more.
const BY_VALUES: f64 = 1e-5;
/// Sweeps of the eigenvalue algorithm per dimension; it takes two or three.
const SWEEPS: usize = 100;

/// f(x + D y) ≈ f(x) + s′y + ½ y′B y, with D such that the diagonal of B is ±1, or 0 where f does not bend.
///
/// | symbol | here |
/// |---|---|
/// | D, the standard error of each coordinate with all others known | `scale` |
/// | s = D ∇f | `slope` |
/// | B = D ∇²f D | `bend` |
#[derive(Clone, Debug)]
pub struct Curvature {
    /// The coordinates that y moves, ascending; those asked for, less those that cannot be moved.
    pub coordinates: Vec<usize>,
    /// D.
    pub scale: DVector<f64>,
    /// s.
    pub slope: DVector<f64>,
    /// B, symmetric.
    pub bend: DMatrix<f64>,
    /// An eigenvalue of B this near to 0 may be 0.
    pub noise: f64,
}

/// B = V Λ V′.
pub struct Spectrum {
    /// Λ.
    pub values: DVector<f64>,
    /// V, a direction per column.
    pub directions: DMatrix<f64>,
}

impl Curvature {
    /// At `x`, where `here` was seen, in some of its coordinates.
    pub fn of(land: &Landscape, here: &Sight, x: &[f64], coordinates: &[usize]) -> Self {
        let pair = |i: &usize| Pair::suited(land, here, x, *i).map(|(pair, flat)| Line { i: *i, pair, flat });
        let lines: Vec<Line> = coordinates.iter().filter_map(pair).filter(|line| line.is_finite(coordinates)).collect();
        let wanted = land.step(here);
        let scale = DVector::from_iterator(lines.len(), lines.iter().map(|line| line.scale(wanted)));
        let slope = DVector::from_iterator(lines.len(), lines.iter().map(|line| line.tilt(here))).component_mul(&scale);
        let (bend, noise) = match here.slope {
            Some(_) => by_slopes(&lines, &scale),
            None => (by_values(land, here, x, &lines, &scale), values_noise(land, here, lines.len())),
        };
        Curvature { coordinates: lines.iter().map(|line| line.i).collect(), scale, slope, bend, noise }
    }

    /// The slope s along each of these coordinates by itself, those left out that cannot be moved.
    pub fn along(land: &Landscape, here: &Sight, x: &[f64], coordinates: &[usize]) -> Vec<(usize, f64)> {
        let wanted = land.step(here);
        let one = |i: &usize| {
            let (pair, flat) = Pair::suited(land, here, x, *i)?;
            let line = Line { i: *i, pair, flat };
            Some((*i, line.tilt(here) * line.scale(wanted)))
        };
        coordinates.iter().filter_map(one).collect()
    }

    /// None where the eigenvalues cannot be found.
    pub fn spectrum(&self) -> Option<Spectrum> {
        if self.bend.iter().any(|b| !b.is_finite()) {
            return None;
        }
        if self.bend.is_empty() {
            return Some(Spectrum { values: DVector::zeros(0), directions: DMatrix::zeros(0, 0) });
        }
        let eigen = SymmetricEigen::try_new(self.bend.clone(), f64::EPSILON, SWEEPS * self.bend.nrows().max(1))?;
        Some(Spectrum { values: eigen.eigenvalues, directions: eigen.eigenvectors })
    }

    /// The point x + D y, D y told by coordinate.
    pub fn moves(&self, y: &DVector<f64>) -> Vec<(usize, f64)> {
        self.coordinates.iter().zip(&self.scale).zip(y).map(|((i, d), y)| (*i, d * y)).collect()
    }
}

/// What was seen along one coordinate.
struct Line {
    i: usize,
    pair: Pair,
    flat: bool,
}

impl Line {
    fn is_finite(&self, coordinates: &[usize]) -> bool {
        let finite = |s: &Sight| s.slope.as_ref().is_none_or(|s| coordinates.iter().all(|j| s[*j].is_finite()));
        finite(&self.pair.ahead) && finite(&self.pair.behind)
    }

    /// f′.
    fn tilt(&self, here: &Sight) -> f64 {
        here.slope.as_ref().map_or_else(|| self.pair.tilt(), |slope| slope[self.i])
    }

    /// 1/√|f″|; of a coordinate along which f does not bend, what its step would have been the right one for.
    fn scale(&self, wanted: f64) -> f64 {
        if self.flat { self.pair.step / wanted } else { self.pair.bend.abs().sqrt().recip() }
    }
}

/// The differences of slopes, row by row. They need not be symmetric, and how far they are not is what they are wrong by.
fn by_slopes(lines: &[Line], scale: &DVector<f64>) -> (DMatrix<f64>, f64) {
    let entry = |a: usize, b: usize| {
        let (Pair { step, ahead, behind, .. }, j) = (&lines[a].pair, lines[b].i);
        let at = |sight: &Sight| sight.slope.as_ref().map_or(f64::NAN, |slope| slope[j]);
        scale[a] * scale[b] * (at(ahead) - at(behind)) / (2.0 * step)
    };
    let rows = DMatrix::from_fn(lines.len(), lines.len(), entry);
    let wrong = 0.5 * (&rows - rows.transpose()).norm();
    (0.5 * (&rows + rows.transpose()), BY_SLOPES.max(4.0 * wrong))
}

/// \[f(+i +j) − f(+i) − f(+j) + 2 f − f(−i) − f(−j) + f(−i −j)\] / (2 h_i h_j).
fn by_values(land: &Landscape, here: &Sight, x: &[f64], lines: &[Line], scale: &DVector<f64>) -> DMatrix<f64> {
    let mut bend = DMatrix::zeros(lines.len(), lines.len());
    for (a, one) in lines.iter().enumerate() {
        bend[(a, a)] = scale[a] * scale[a] * one.pair.bend;
        for (b, other) in lines.iter().enumerate().take(a) {
            let (h, k) = (one.pair.step, other.pair.step);
            let both = |sign: f64| land.moved(x, &[(one.i, sign * h), (other.i, sign * k)]).map(|s| s.value);
            let alone = |line: &Line| line.pair.ahead.value + line.pair.behind.value;
            let mixed = both(1.0).zip(both(-1.0)).map_or(f64::NAN, |(ahead, behind)| {
                (ahead + behind - alone(one) - alone(other) + 2.0 * here.value) / (2.0 * h * k)
            });
            bend[(a, b)] = scale[a] * scale[b] * mixed;
            bend[(b, a)] = bend[(a, b)];
        }
    }
    bend
}

/// Rounding of the values, a few units each, in p × p entries.
fn values_noise(land: &Landscape, here: &Sight, p: usize) -> f64 {
    let wanted = land.step(here);
    let rounding = 128.0 * f64::EPSILON * here.value.abs().max(1.0) / (wanted * wanted);
    BY_VALUES.max(rounding * (p as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// f = −½ a (x − 3)² − b (x − 3)(y + 1) − ½ c (y + 1)² + ¼ (y + 1)³, in units of x and y.
    fn hill(units: [f64; 2], slopes: bool) -> (Curvature, f64) {
        let [a, b, c] = [400.0, 30.0, 9.0];
        let look = |x: &[f64]| {
            let (u, v) = (x[0] / units[0] - 3.0, x[1] / units[1] + 1.0);
            let value = -0.5 * a * u * u - b * u * v - 0.5 * c * v * v + 0.25 * v * v * v;
            let slope = vec![(-a * u - b * v) / units[0], (-b * u - c * v + 0.75 * v * v) / units[1]];
            Some(Sight { value, slope: slopes.then_some(slope) })
        };
        let (land, x) = (Landscape { look: &look, weight: 50.0 }, [3.0 * units[0], -units[1]]);
        (Curvature::of(&land, &land.at(&x).unwrap(), &x, &[0, 1]), b / (a * c).sqrt())
    }

    #[test]
    fn slope_and_bend_of_a_hill_are_its_derivatives_in_any_units() {
        for slopes in [true, false] {
            for units in [[1.0, 1.0], [1e-9, 1e6], [1e12, 1e-12]] {
                let (found, mixed) = hill(units, slopes);
                let off = (found.bend.clone() - DMatrix::from_row_slice(2, 2, &[-1.0, -mixed, -mixed, -1.0])).amax();
                assert!(off < found.noise && found.noise <= 1e-5, "{units:?}: {} {}", found.bend, found.noise);
                assert!((found.scale[0] / units[0] - 1.0 / 20.0).abs() < 1e-6, "{units:?}: {}", found.scale);
                assert!(found.slope.amax() < 1e-6, "{units:?}: {}", found.slope);
            }
        }
    }

    #[test]
    fn a_coordinate_that_does_nothing_and_one_that_cannot_move() {
        let look =
            |x: &[f64]| (x[2] == 7.0).then(|| Sight { value: -x[0] * x[0], slope: Some(vec![-2.0 * x[0], 0.0, 0.0]) });
        let (land, x) = (Landscape { look: &look, weight: 10.0 }, [0.0, 5.0, 7.0]);
        let found = Curvature::of(&land, &land.at(&x).unwrap(), &x, &[0, 1, 2]);
        assert_eq!(found.coordinates, [0, 1]);
        assert_eq!(found.bend[(1, 1)], 0.0);
        assert!((found.bend[(0, 0)] + 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_slope_that_vanishes_far_out_is_no_flat_coordinate() {
        // −ln cosh(10⁹ x): to one with steps of 10⁻⁵ a roof, with a slope of equal size on both sides and none about it.
        let look = |x: &[f64]| {
            let u = 1e9 * x[0];
            let value = -(u.abs() + (-2.0 * u.abs()).exp().ln_1p() - 2f64.ln());
            Some(Sight {
                value: value * (-u.abs() / 1e3).exp(),
                slope: Some(vec![-1e9 * u.tanh() * (-u.abs() / 1e3).exp()]),
            })
        };
        let land = Landscape { look: &look, weight: 10.0 };
        let found = Curvature::of(&land, &land.at(&[0.0]).unwrap(), &[0.0], &[0]);
        assert!((found.scale[0] * 1e9 - 1.0).abs() < 1e-6, "{}", found.scale);
    }
}
