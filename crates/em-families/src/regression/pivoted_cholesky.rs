//! [`PivotedCholesky`]: a factor of a matrix that may be singular.

use nalgebra::DMatrix;

/// A = L L′ + rest for a positive semidefinite d × d matrix A, one column of L per pivot: at each step the largest
/// diagonal element that is left (the first among equals), until none is above a tolerance.
///
/// Golub & Van Loan (2013), section 4.2.8; backward stable for semidefinite matrices, and the columns left out tell
/// the rank (Higham 1990).
pub(crate) struct PivotedCholesky {
    /// L, d × rank, with the rows in the order of A.
    pub(crate) lower: DMatrix<f64>,
    /// The pivots in the order they were taken, rank numbers.
    pub(crate) pivots: Vec<usize>,
}

impl PivotedCholesky {
    /// Factors `a`, which holds finite numbers.
    pub(crate) fn new(mut a: DMatrix<f64>, tolerance: f64) -> Self {
        let d = a.nrows();
        let (mut lower, mut pivots) = (DMatrix::zeros(d, d), Vec::new());
        let largest = |a: &DMatrix<f64>| (0..d).rev().max_by(|i, j| a[(*i, *i)].total_cmp(&a[(*j, *j)]));
        while let Some(p) = largest(&a).filter(|p| a[(*p, *p)] > tolerance && pivots.len() < d) {
            let mut column = a.column(p) / a[(p, p)].sqrt();
            pivots.iter().for_each(|q| column[*q] = 0.0);
            a.ger(-1.0, &column, &column, 1.0);
            // What rounding leaves of a pivot must not be taken again.
            a[(p, p)] = f64::NEG_INFINITY;
            lower.set_column(pivots.len(), &column);
            pivots.push(p);
        }
        PivotedCholesky { lower: lower.columns(0, pivots.len()).into_owned(), pivots }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_singular_matrix_by_hand() {
        let root = DMatrix::from_row_slice(3, 2, &[1.0, 0.0, 2.0, 1.0, 3.0, 1.0]);
        let a = &root * root.transpose();
        let factor = PivotedCholesky::new(a.clone(), 1e-12);
        assert_eq!(factor.pivots, [2, 0]);
        approx::assert_relative_eq!(&factor.lower * factor.lower.transpose(), a, epsilon = 1e-14);
        assert!(PivotedCholesky::new(DMatrix::zeros(2, 2), 0.0).pivots.is_empty());
        assert_eq!(PivotedCholesky::new(DMatrix::zeros(0, 0), 0.0).lower.shape(), (0, 0));
    }
}
