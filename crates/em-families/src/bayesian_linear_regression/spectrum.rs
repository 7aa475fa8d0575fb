//! [`Spectrum`]: what the data say, in directions in which the coefficients are independent.

use super::singular_values::SingularValues;
use nalgebra::DMatrix;
use std::f64::consts::TAU;

/// Eigenvalues below this fraction of the largest, per column, are rounding: the square of that of a singular value.
const ROUNDING: f64 = f64::EPSILON * f64::EPSILON;

/// The eigenvalues λ of Φ′Φ, with the image of the response in the direction of each: c = U′t of Φ = U Σ V′, λ = σ².
///
/// In these directions the posterior falls apart into numbers, whatever α and β are, so that it is found once for a
/// whole fit, and an iteration costs M operations (MacKay 1992; Bishop 2006, eq. 3.87).
#[derive(Clone, Debug)]
pub(super) struct Spectrum {
    /// λ and c, largest λ first; at most M.
    directions: Vec<(f64, f64)>,
    /// |t|² − |c|²: what no coefficients explain.
    rest: f64,
    /// N.
    n: f64,
    /// M.
    columns: f64,
}

/// What the E-step at α and β expects; sums over the directions, with d = α + βλ.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expectations {
    /// ln p(t | α, β) in nats.
    pub(super) log_evidence: f64,
    /// m′m = Σ (βσc / d)².
    pub(super) squares: f64,
    /// tr S = Σ 1/d, and 1/α for every direction that the data say nothing of.
    pub(super) trace: f64,
    /// |t − Φm|² = rest + Σ (αc / d)².
    pub(super) residual: f64,
    /// tr(Φ′Φ S) = Σ λ/d.
    pub(super) spread: f64,
    /// γ = Σ βλ/d, from 0 to M; Bishop (2006), eq. 3.91.
    pub(super) effective_parameters: f64,
}

impl Spectrum {
    /// Of N rows with the products R′R, where `root` is R and its last column that of the response.
    ///
    /// `constant` is a column of Φ that is the same in every row, and the multiple of it that makes the mean response:
    /// it takes up that mean exactly, so that a response far from zero loses nothing.
    pub(super) fn new(root: &DMatrix<f64>, constant: Option<(usize, f64)>, n: f64) -> Option<Self> {
        let m = root.ncols() - 1;
        let (x, mut t) = (root.columns(0, m).into_owned(), root.column(m).into_owned());
        if let Some((j, by)) = constant {
            t -= x.column(j) * by;
        }
        let singular = SingularValues::new(x, t, constant);
        let mut directions: Vec<(f64, f64)> =
            singular.values.iter().zip(&singular.images).map(|(s, c)| (s * s, *c)).collect();
        directions.sort_by(|a, b| b.0.total_cmp(&a.0));
        let finite = directions.iter().all(|(value, image)| value.is_finite() && image.is_finite());
        let spectrum = Spectrum { directions, rest: singular.rest, n, columns: m as f64 };
        (finite && singular.rest.is_finite()).then_some(spectrum)
    }

    /// M.
    pub(super) fn columns(&self) -> f64 {
        self.columns
    }

    /// N.
    pub(super) fn weight(&self) -> f64 {
        self.n
    }

    /// The number of directions that the data say something of.
    pub(super) fn rank(&self) -> f64 {
        let least = self.directions.first().map_or(0.0, |(largest, _)| largest * self.columns * ROUNDING);
        self.directions.iter().filter(|(value, _)| *value > least).count() as f64
    }

    /// Whether the evidence still rises as α → ∞.
    ///
    /// There d ln p / d ln α → (β tr Φ′Φ − β²|Φ′t|²) / 2α, from the first order of Bishop (2006), eq. 3.86, in 1/α.
    pub(super) fn rises_with_alpha(&self, beta: f64) -> bool {
        let sum = |f: fn((f64, f64)) -> f64| self.directions.iter().copied().map(f).sum::<f64>();
        beta * sum(|(value, image)| value * image * image) < sum(|(value, _)| value)
    }

    /// The E-step at α and β.
    ///
    /// With β|t − Φm|² + αm′m = βt′(t − Φm), the evidence of Bishop (2006), eq. 3.86, becomes
    /// ln p(t | α, β) = ½ (N ln(β/2π) − β rest − Σ ln(1 + βλ/α) − Σ βc² α/d).
    pub(super) fn at(&self, alpha: f64, beta: f64) -> Expectations {
        let unseen = self.columns - self.directions.len() as f64;
        let mut e = Expectations {
            log_evidence: self.n * (beta / TAU).ln() - beta * self.rest,
            squares: 0.0,
            trace: unseen / alpha,
            residual: self.rest,
            spread: 0.0,
            effective_parameters: 0.0,
        };
        for (value, image) in &self.directions {
            let d = alpha + beta * value;
            let left = alpha / d * image;
            e.log_evidence -= (beta * value / alpha).ln_1p() + beta * left * image;
            e.squares += (beta * value.sqrt() / d * image).powi(2);
            e.trace += 1.0 / d;
            e.residual += left * left;
            e.spread += value / d;
            e.effective_parameters += beta * value / d;
        }
        e.log_evidence *= 0.5;
        e
    }
}
