//! The posterior of the coefficients, by square roots.

use super::Coefficients;
use nalgebra::{DMatrix, DVector};

/// The invariant of every [`Triangle`].
const SOUND: &str = "the diagonal is above 0";

/// The triangle U of the precision matrix A = αI + βΦ′Φ = U′U of the posterior, with u = U m: M × M and M numbers.
///
/// It comes from a QR decomposition of the rows √β R above √α I, where R′R holds the products of the data (see
/// [`Products::root`]). Φ′Φ is never formed: where columns lie far from zero, the squares of their means would swamp the
/// scatter and α (Golub & Van Loan 2013, section 5.3; Bierman 1977).
pub(super) struct Triangle {
    upper: DMatrix<f64>,
    image: DVector<f64>,
}

impl Triangle {
    /// Of data with the products R′R, at α and β; none where they are so far apart that numbers overflow or vanish.
    pub(super) fn new(root: &DMatrix<f64>, alpha: f64, beta: f64) -> Option<Self> {
        let (r, m) = (root.nrows(), root.ncols() - 1);
        let mut rows = DMatrix::zeros(r + m, m + 1);
        rows.rows_mut(0, r).copy_from(&(root * beta.sqrt()));
        (0..m).for_each(|j| rows[(r + j, j)] = alpha.sqrt());
        let triangle = rows.qr().r();
        let sound = triangle.iter().all(|v| v.is_finite()) && (0..m).all(|j| triangle[(j, j)] > 0.0);
        let (upper, image) = triangle.columns_range_pair(0..m, m..m + 1);
        sound.then(|| Triangle { upper: upper.rows(0, m).into_owned(), image: image.column(0).rows(0, m).into_owned() })
    }

    /// m, by back substitution from U m = u.
    pub(super) fn mean(&self) -> DVector<f64> {
        self.upper.solve_upper_triangular(&self.image).expect(SOUND)
    }

    /// V = U⁻¹, so that S = V V′.
    pub(super) fn inverse(&self) -> DMatrix<f64> {
        let m = self.image.len();
        self.upper.solve_upper_triangular(&DMatrix::identity(m, m)).expect(SOUND)
    }

    /// φ′m and φ′Sφ of a row φ.
    pub(super) fn predict(&self, row: &[f64]) -> (f64, f64) {
        let v = self.upper.tr_solve_upper_triangular(&DVector::from_column_slice(row)).expect(SOUND);
        (v.dot(&self.image), v.norm_squared())
    }

    /// Takes in the row (φ, t) of precision `beta`, by one plane rotation per coefficient.
    pub(super) fn absorb(&mut self, row: &[f64], t: f64, beta: f64) {
        let m = self.image.len();
        let mut row: Vec<f64> = row.iter().map(|x| x * beta.sqrt()).collect();
        let mut t = t * beta.sqrt();
        for j in 0..m {
            let length = self.upper[(j, j)].hypot(row[j]);
            let (c, s) = (self.upper[(j, j)] / length, row[j] / length);
            let rotate = |a: &mut f64, b: &mut f64| (*a, *b) = (c * *a + s * *b, c * *b - s * *a);
            (j..m).for_each(|i| rotate(&mut self.upper[(j, i)], &mut row[i]));
            rotate(&mut self.image[j], &mut t);
        }
    }
}

/// The posterior of the coefficients at α and β given the products R′R of all rows; none where a sum is not finite.
///
/// γ is given, since the spectrum tells it.
pub(super) fn coefficients(
    root: &DMatrix<f64>,
    (alpha, beta): (f64, f64),
    effective_parameters: f64,
) -> Option<Coefficients> {
    let triangle = Triangle::new(root, alpha, beta)?;
    let (mean, inverse) = (triangle.mean(), triangle.inverse());
    let (x, t) = (root.columns(0, mean.len()), root.column(mean.len()));
    // A response far from zero leaves its rounding in every coefficient. It cancels within one row of the residual, so
    // one step of refinement (Björck 1967) takes that out again.
    let slope = x.tr_mul(&(t - x * &mean)) * beta - &mean * alpha;
    let mean = mean + &inverse * inverse.tr_mul(&slope);
    let mut covariance = &inverse * inverse.transpose();
    covariance.fill_lower_triangle_with_upper_triangle();
    let effective_parameters = effective_parameters.min(mean.len() as f64);
    Some(Coefficients { mean, covariance, effective_parameters })
}
