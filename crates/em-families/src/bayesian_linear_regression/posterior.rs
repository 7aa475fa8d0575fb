//! The posterior of the coefficients, by square roots.

use super::{Coefficients, Products};
use nalgebra::{DMatrix, DVector};
use std::f64::consts::TAU;

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

    /// ln |A|.
    pub(super) fn log_determinant(&self) -> f64 {
        2.0 * self.upper.diagonal().iter().map(|u| u.ln()).sum::<f64>()
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

/// What the E-step knows at α and β: the posterior of w, and how it fits the data.
pub(super) struct Posterior {
    /// m.
    mean: DVector<f64>,
    /// V with S = V V′.
    root: DMatrix<f64>,
    /// |t − Φm|².
    residual: f64,
    /// tr(Φ′Φ S).
    spread: f64,
    /// ln |A|.
    log_determinant: f64,
    /// N.
    n: f64,
    alpha: f64,
    beta: f64,
}

impl Posterior {
    /// At α and β given the products of all rows; none where a sum is not finite.
    pub(super) fn new(products: &Products, alpha: f64, beta: f64) -> Option<Self> {
        let data = products.root()?;
        let triangle = Triangle::new(&data, alpha, beta)?;
        let (mean, root) = (triangle.mean(), triangle.inverse());
        let (x, t) = (data.columns(0, mean.len()), data.column(mean.len()));
        // A response far from zero leaves its rounding in every coefficient. It cancels within one row of the residual,
        // so one step of refinement (Björck 1967) takes that out again.
        let slope = x.tr_mul(&(t - x * &mean)) * beta - &mean * alpha;
        let mean = mean + &root * root.tr_mul(&slope);
        let residual = (t - x * &mean).norm_squared();
        let spread = (x * &root).norm_squared();
        let (log_determinant, n) = (triangle.log_determinant(), products.weight());
        Some(Posterior { mean, root, residual, spread, log_determinant, n, alpha, beta })
    }

    /// ln p(t | α, β) = ½ (M ln α + N ln β − β|t − Φm|² − α m′m − ln |A| − N ln 2π) in nats; Bishop (2006), eq. 3.86.
    pub(super) fn log_evidence(&self) -> f64 {
        let misfit = self.beta * self.residual + self.alpha * self.mean.norm_squared();
        0.5 * (self.columns() * self.alpha.ln() + self.n * (self.beta / TAU).ln() - misfit - self.log_determinant)
    }

    /// The α that maximises Q: M / E\[w′w\] = M / (m′m + tr S); Bishop (2006), eq. 9.63.
    pub(super) fn next_alpha(&self) -> f64 {
        self.columns() / (self.mean.norm_squared() + self.root.norm_squared())
    }

    /// The noise variance that maximises Q: E|t − Φw|² / N = (|t − Φm|² + tr(Φ′Φ S)) / N.
    pub(super) fn next_variance(&self) -> f64 {
        (self.residual + self.spread) / self.n
    }

    /// γ = β tr(Φ′Φ S) = M − α tr S; Bishop (2006), eq. 3.91.
    pub(super) fn effective_parameters(&self) -> f64 {
        (self.beta * self.spread).min(self.columns())
    }

    /// M.
    pub(super) fn columns(&self) -> f64 {
        self.mean.len() as f64
    }

    /// What a finished fit keeps.
    pub(super) fn coefficients(&self) -> Coefficients {
        let mut covariance = &self.root * self.root.transpose();
        covariance.fill_lower_triangle_with_upper_triangle();
        Coefficients { mean: self.mean.clone(), covariance, effective_parameters: self.effective_parameters() }
    }
}
