//! The verdict on a point, from slope and Hessian.

use super::direction::{Direction, plain_basis};
use super::probe::Probe;
use super::{Certificate, Derivatives, Verdict};
use em_curvature::{Curvature, Landscape, Sight, Spectrum};
use nalgebra::{DMatrix, DVector};

/// Less than this is not worth a word, in nats: a maximum is then less than a twentieth of a standard error away.
const WORTH: f64 = 1e-3;
/// So many directions of a kind are looked into.
const DIRECTIONS: usize = 3;
/// Coordinates at the most: eigenvalues of larger matrices take minutes.
const MOST: usize = 1000;

/// The point to be judged.
pub(super) struct Place {
    /// Its coordinates.
    pub x: Vec<f64>,
    /// Their names.
    pub names: Vec<String>,
    /// Which of them are held fixed.
    pub fixed: Vec<bool>,
}

impl Place {
    /// The coordinates that are not held fixed.
    fn free(&self) -> impl Iterator<Item = usize> {
        (0..self.x.len()).filter(|i| !self.fixed[*i])
    }
}

/// What is seen at a place.
struct Survey<'a> {
    place: &'a Place,
    land: &'a Landscape<'a>,
    here: Sight,
    curvature: Curvature,
    spectrum: Spectrum,
    /// The slope along each eigenvector.
    slopes: DVector<f64>,
    /// An eigenvalue this near to 0 may be 0.
    tolerance: f64,
}

/// Directions along which the objective does not fall.
#[derive(Default)]
struct Unsettled {
    rising: Vec<Direction>,
    flat: Vec<Direction>,
    border: Vec<String>,
}

pub(super) fn judge(place: &Place, land: &Landscape, derivatives: Derivatives) -> Certificate {
    Survey::of(place, land).map_or_else(|| unknown(derivatives), |survey| survey.certificate(derivatives))
}

impl<'a> Survey<'a> {
    /// None where derivatives cannot be taken.
    fn of(place: &'a Place, land: &'a Landscape<'a>) -> Option<Self> {
        let inner: Vec<usize> = place.free().filter(|i| place.x[*i].is_finite()).collect();
        let known = |slope: &Vec<f64>| inner.iter().all(|i| slope[*i].is_finite());
        let here = land.at(&place.x).filter(|here| inner.len() <= MOST && here.slope.as_ref().is_none_or(known))?;
        let curvature = Curvature::of(land, &here, &place.x, &inner);
        let spectrum = curvature.spectrum()?;
        let slopes = spectrum.directions.tr_mul(&curvature.slope);
        // A slope s tells a curvature that changes by one over √n standard errors no better than to s / √n.
        let tolerance = curvature.noise + slopes.norm() / land.root();
        tolerance.is_finite().then_some(Survey { place, land, here, curvature, spectrum, slopes, tolerance })
    }

    fn certificate(&self, derivatives: Derivatives) -> Certificate {
        let Unsettled { rising, flat, border } = self.unsettled();
        let to_gain = self.to_gain();
        let verdict = if to_gain > WORTH {
            Verdict::NotStationary
        } else if !rising.is_empty() {
            Verdict::Saddle
        } else if !flat.is_empty() {
            Verdict::NotIdentified
        } else if !border.is_empty() {
            Verdict::AtBorder
        } else {
            Verdict::StrictMaximum
        };
        let slope = self.curvature.slope.component_div(&self.curvature.scale);
        let mut eigenvalues = self.spectrum.values.as_slice().to_vec();
        eigenvalues.sort_by(f64::total_cmp);
        Certificate {
            verdict,
            coordinates: eigenvalues.len(),
            gradient_norm: Some(slope.norm()).filter(|norm| norm.is_finite()),
            to_gain: Some(to_gain),
            eigenvalues,
            tolerance: self.tolerance,
            rising,
            flat,
            border,
            ..unknown(derivatives)
        }
    }

    /// ½ s²/|λ|, summed over the directions that bend downwards.
    fn to_gain(&self) -> f64 {
        let pairs = self.slopes.iter().zip(&self.spectrum.values).filter(|(_, value)| **value < -self.tolerance);
        pairs.map(|(slope, value)| -0.5 * slope * slope / value).fold(0.0, |sum, gain| sum + gain)
    }

    fn unsettled(&self) -> Unsettled {
        let mut found = Unsettled { border: self.border(), ..Unsettled::default() };
        let mut upwards: Vec<(f64, DVector<f64>)> = self.eigenvectors(|value| value > self.tolerance);
        upwards.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (_, direction) in upwards.into_iter().take(DIRECTIONS) {
            found.rising.push(Direction { gain: self.probe(&direction).gain, ..self.named(&direction) });
        }
        for (i, direction) in self.plain().into_iter().enumerate() {
            match (i < DIRECTIONS).then(|| self.probe(&direction)) {
                Some(probe) if probe.gain > WORTH => {
                    found.rising.push(Direction { gain: probe.gain, ..self.named(&direction) });
                }
                Some(probe) if probe.is_one_sided() => {
                    found.border.extend(self.named(&direction).loadings.into_iter().map(|l| l.parameter));
                }
                _ => found.flat.push(self.named(&direction)),
            }
        }
        found
    }

    /// The free coordinates that are infinite or cannot be moved.
    fn border(&self) -> Vec<String> {
        let outer = self.place.free().filter(|i| !self.curvature.coordinates.contains(i));
        outer.map(|i| self.place.names[i].clone()).collect()
    }

    fn eigenvectors(&self, wanted: impl Fn(f64) -> bool) -> Vec<(f64, DVector<f64>)> {
        let pairs = self.spectrum.values.iter().zip(self.spectrum.directions.column_iter());
        pairs.filter(|(value, _)| wanted(**value)).map(|(value, v)| (*value, v.into_owned())).collect()
    }

    /// The directions without curvature, in a basis that is easy to tell.
    fn plain(&self) -> Vec<DVector<f64>> {
        let level = self.eigenvectors(|value| value.abs() <= self.tolerance);
        if level.is_empty() {
            return Vec::new();
        }
        let columns: Vec<DVector<f64>> = level.into_iter().map(|(_, v)| v).collect();
        plain_basis(DMatrix::from_columns(&columns)).column_iter().map(|v| v.into_owned()).collect()
    }

    fn probe(&self, direction: &DVector<f64>) -> Probe {
        Probe::along(self.land, &self.here, &self.place.x, &self.curvature, direction)
    }

    fn named(&self, direction: &DVector<f64>) -> Direction {
        let names = self.curvature.coordinates.iter().map(|i| &self.place.names[*i]);
        Direction::of(names, direction.iter().copied())
    }
}

/// Nothing can be said.
pub(super) fn unknown(derivatives: Derivatives) -> Certificate {
    Certificate {
        verdict: Verdict::Unknown,
        derivatives,
        coordinates: 0,
        gradient_norm: None,
        to_gain: None,
        eigenvalues: Vec::new(),
        tolerance: 0.0,
        rising: Vec::new(),
        flat: Vec::new(),
        border: Vec::new(),
        convergence: None,
        passes: 0.0,
    }
}
