//! [`SingularValues`]: of a matrix, with the image of a vector, by plane rotations.

use super::rotations::orthogonalise;
use nalgebra::{DMatrix, DVector};

/// Of A = U Σ V′, k × m: the singular values, U′b for a vector b of k numbers, and what of b lies outside the columns
/// of A.
///
/// A is factored by QR with column pivoting, and pairs of columns of the triangle's transpose are rotated until all are
/// orthogonal (Hestenes 1958; Drmač & Veselić 2008). The triangle is graded, so few sweeps do, and the small values keep
/// their digits however unlike the units of the columns of A are (Demmel & Veselić 1992); methods that bidiagonalise
/// lose them beside the large ones.
pub(super) struct SingularValues {
    /// σ, min(k, m) numbers from 0 in no order.
    pub(super) values: Vec<f64>,
    /// U′b, as many.
    pub(super) images: Vec<f64>,
    /// |b − UU′b|².
    pub(super) rest: f64,
}

impl SingularValues {
    /// Of `a`, and of b = `b` + A `of_column.1` e_j with j = `of_column.0`: a large part of b that is a multiple of one
    /// column costs the rest no digits.
    pub(super) fn new(a: DMatrix<f64>, mut b: DVector<f64>, of_column: Option<(usize, f64)>) -> Self {
        let m = a.ncols();
        let factor = a.col_piv_qr();
        factor.q_tr_mul(&mut b);
        let triangle = factor.r();
        let k = triangle.nrows();
        let mut columns = triangle.transpose().insert_row(m, 0.0);
        columns.row_mut(m).copy_from(&b.rows(0, k).transpose());
        orthogonalise(&mut columns, m);
        let mut order = DMatrix::from_fn(1, m, |_, j| j);
        factor.p().permute_columns(&mut order);
        let multiple = of_column.and_then(|(j, by)| order.iter().position(|o| *o == j).map(|row| (row, by)));
        let image = |i: usize| columns[(m, i)] + multiple.map_or(0.0, |(row, by)| by * columns[(row, i)]);
        SingularValues {
            values: columns.rows(0, m).column_iter().map(|c| c.norm()).collect(),
            images: (0..k).map(image).collect(),
            rest: b.rows_range(k..).norm_squared(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn noise(i: usize, j: usize) -> f64 {
        ((i * i * 7 + j * 13 + i * j) % 29) as f64 / 14.0 - 1.0
    }

    /// b′ (AA′ + by I)⁻¹ b, which depends on neither the order of the values nor the signs of the images.
    fn shrunk(s: &SingularValues, by: f64) -> f64 {
        s.values.iter().zip(&s.images).map(|(v, c)| c * c / (by + v * v)).sum::<f64>() + s.rest / by
    }

    #[test]
    fn a_diagonal_by_hand() {
        let a = DMatrix::from_row_slice(3, 2, &[0.0, 2.0, 3.0, 0.0, 0.0, 0.0]);
        let s = SingularValues::new(a, DVector::from_vec(vec![5.0, -7.0, 11.0]), Some((1, 4.0)));
        // The second column times four adds 8 to the first number.
        let mut pairs: Vec<(f64, f64)> = s.values.iter().copied().zip(s.images.iter().map(|c| c.abs())).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        for ((value, image), (v, c)) in pairs.into_iter().zip([(2.0, 13.0), (3.0, 7.0)]) {
            assert_relative_eq!(value, v, max_relative = 1e-15);
            assert_relative_eq!(image, c, max_relative = 1e-15);
        }
        assert_relative_eq!(s.rest, 121.0, max_relative = 1e-15);
    }

    #[test]
    fn tall_wide_and_singular_matrices_give_what_solving_gives() {
        for (k, m) in [(9, 4), (4, 9), (6, 6), (1, 3), (3, 1)] {
            for rank in [1, 2, m] {
                let a = DMatrix::from_fn(k, m, |i, j| noise(i, j % rank));
                let b = DVector::from_fn(k, |i, _| noise(3 * i + 1, 5));
                let s = SingularValues::new(a.clone(), b.clone(), None);
                let products = &a * a.transpose() + DMatrix::identity(k, k) * 0.5;
                let solved = b.dot(&products.cholesky().unwrap().solve(&b));
                assert_relative_eq!(shrunk(&s, 0.5), solved, max_relative = 1e-13);
                let squares: f64 = s.values.iter().map(|v| v * v).sum();
                assert_relative_eq!(squares, a.norm_squared(), max_relative = 1e-13);
            }
        }
        let nothing = SingularValues::new(DMatrix::zeros(3, 2), DVector::from_element(3, 1.0), None);
        assert_eq!(nothing.values, [0.0, 0.0]);
        assert_relative_eq!(shrunk(&nothing, 1.0), 3.0, max_relative = 1e-14);
    }

    /// Of the columns (1, 1, 1)′ and s (1, 0, 0)′ the product of the values is |a| |b| sin = s √2, and their squares add
    /// up to 3 + s².
    #[test]
    fn small_values_keep_their_digits_beside_large_ones() {
        for s in [1e-12, 1e-6, 1e6, 1e12] {
            let a = DMatrix::from_column_slice(3, 2, &[1.0, 1.0, 1.0, s, 0.0, 0.0]);
            let values = SingularValues::new(a, DVector::zeros(3), None).values;
            assert_relative_eq!(values[0] * values[1], s * 2f64.sqrt(), max_relative = 1e-14);
            assert_relative_eq!(values[0].hypot(values[1]), (3.0 + s * s).sqrt(), max_relative = 1e-14);
        }
    }
}
