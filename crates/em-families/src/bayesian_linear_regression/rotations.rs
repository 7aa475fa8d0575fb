//! Columns made orthogonal by plane rotations.

use crate::lanes;
use nalgebra::DMatrix;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};

/// Two columns are orthogonal when the cosine between them is below this, times the root of their length: the rounding
/// of their product.
const ORTHOGONAL: f64 = f64::EPSILON;
/// A one beside the square of such a number is lost.
const LARGE: f64 = 1e9;
/// Sweeps end after this many at the latest. Some ten do, since convergence is quadratic; a column that still turns then is
/// the rounding of others, which it depends on.
const MOST_SWEEPS: usize = 60;
/// Columns in a block, about, where there are enough for two: pairs that are worth a thread.
const WIDTH: usize = 24;

/// Rotates pairs of columns until the first `m` rows of all are orthogonal; the rows below go along.
///
/// In a sweep every pair has its turn: those of two blocks of columns one after the other, beside those of other blocks, as
/// in a tournament (Brent & Luk 1985). What the blocks are depends on the number of columns alone, and so do the bits of
/// what is found.
pub(super) fn orthogonalise(columns: &mut DMatrix<f64>, m: usize) {
    let count = columns.ncols();
    let blocks = 2 * (count / (2 * WIDTH));
    orthogonalise_blocks(columns, m, count.div_ceil(blocks.max(1)))
}

/// The same with blocks of `size` columns.
fn orthogonalise_blocks(columns: &mut DMatrix<f64>, m: usize, size: usize) {
    let height = columns.nrows().max(1);
    let mut all: Vec<Column> =
        columns.as_mut_slice().chunks_exact_mut(height).map(|numbers| Column { numbers, square: 0.0 }).collect();
    let mut blocks: Vec<&mut [Column]> = all.chunks_mut(size.max(1)).collect();
    // Of an odd number of blocks one would be left without another.
    if blocks.len() > 1 && blocks.len() % 2 == 1 {
        blocks.push(&mut []);
    }
    let pairs = Pairs { m, tolerance: ORTHOGONAL * (m as f64).sqrt() };
    for _ in 0..MOST_SWEEPS {
        blocks.iter_mut().flat_map(|block| block.iter_mut()).for_each(|column| column.measure(m));
        if !pairs.sweep(&mut blocks) {
            break;
        }
    }
}

struct Column<'a> {
    numbers: &'a mut [f64],
    /// Of the first m numbers, their squares added up.
    square: f64,
}

impl Column<'_> {
    fn measure(&mut self, m: usize) {
        self.square = lanes::dot(&self.numbers[..m], &self.numbers[..m]);
    }
}

/// What pairs of columns are rotated by.
struct Pairs {
    m: usize,
    tolerance: f64,
}

impl Pairs {
    /// Every pair once; whether any was not orthogonal.
    fn sweep(&self, blocks: &mut [&mut [Column]]) -> bool {
        let mut rotated = blocks.par_iter_mut().map(|block| self.within(block)).reduce(|| false, |a, b| a | b);
        // The first block stays; the others go round, and meet who sits opposite.
        for _ in 1..blocks.len() {
            let (one, other) = blocks.split_at_mut(blocks.len() / 2);
            let met = one.par_iter_mut().zip(other.par_iter_mut().rev());
            rotated |= met.map(|(a, b)| self.between(a, b)).reduce(|| false, |a, b| a | b);
            blocks[1..].rotate_right(1);
        }
        rotated
    }

    fn within(&self, block: &mut [Column]) -> bool {
        let mut rotated = false;
        for q in 1..block.len() {
            let (before, rest) = block.split_at_mut(q);
            rotated |= self.between(before, &mut rest[..1]);
        }
        rotated
    }

    fn between(&self, some: &mut [Column], others: &mut [Column]) -> bool {
        let mut rotated = false;
        for p in some {
            for q in &mut *others {
                rotated |= self.rotate(p, q);
            }
        }
        rotated
    }

    fn rotate(&self, p: &mut Column, q: &mut Column) -> bool {
        let product = lanes::dot(&p.numbers[..self.m], &q.numbers[..self.m]);
        let rotates = product.abs() > self.tolerance * p.square.sqrt() * q.square.sqrt();
        if rotates {
            let tangent = tangent(p.square, q.square, product);
            let cosine = (1.0 + tangent * tangent).sqrt().recip();
            lanes::rotate(cosine, cosine * tangent, p.numbers, q.numbers);
            p.square -= tangent * product;
            q.square += tangent * product;
        }
        rotates
    }
}

/// Of the smaller angle that makes two columns orthogonal, given their squares and their product; Golub & Van Loan
/// (2013), section 8.5.2.
fn tangent(p: f64, q: f64, product: f64) -> f64 {
    let cotangent_of_twice = (q - p) / (2.0 * product);
    if cotangent_of_twice.abs() > LARGE {
        return 0.5 / cotangent_of_twice;
    }
    let root = (1.0 + cotangent_of_twice * cotangent_of_twice).sqrt();
    cotangent_of_twice.signum() / (cotangent_of_twice.abs() + root)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(m: usize, count: usize) -> DMatrix<f64> {
        DMatrix::from_fn(m + 1, count, |i, j| ((i * i * 7 + j * 13 + i * j * j) % 101) as f64 / 50.0 - 1.0)
    }

    /// The columns are orthogonal, and the sums of their products by rows are kept.
    fn check(before: &DMatrix<f64>, columns: &DMatrix<f64>, m: usize, size: usize) {
        let (above, count) = (columns.rows(0, m), columns.ncols());
        let (products, lengths) = (above.tr_mul(&above), above.column_iter().map(|c| c.norm()).collect::<Vec<_>>());
        // What is nothing but rounding has no direction.
        let least = 1e-12 * before.norm();
        for (i, j) in (0..count).flat_map(|j| (0..j).map(move |i| (i, j))) {
            let cosine = products[(i, j)] / (lengths[i] * lengths[j]);
            assert!(
                lengths[i].min(lengths[j]) < least || cosine.abs() < 1e-13,
                "{m} {count} {size} {i} {j} {cosine:e}"
            );
        }
        let gap = (columns * columns.transpose() - before * before.transpose()).norm();
        assert!(gap <= 1e-13 * before.norm_squared(), "{m} {count} {size} {gap:e}");
    }

    #[test]
    fn columns_become_orthogonal_and_keep_what_rotations_keep() {
        for (m, count) in [(3, 0), (1, 1), (5, 2), (9, 7), (30, 47), (60, 48), (50, 49), (103, 100)] {
            let before = noise(m, count);
            let mut columns = before.clone();
            orthogonalise(&mut columns, m);
            check(&before, &columns, m, 0);
        }
    }

    #[test]
    fn blocks_of_any_size_do() {
        let before = noise(20, 19);
        for size in [1, 2, 3, 4, 5, 6, 7, 10, 18, 19] {
            let mut columns = before.clone();
            orthogonalise_blocks(&mut columns, 20, size);
            check(&before, &columns, 20, size);
        }
    }

    #[test]
    fn the_angle_is_right_however_unlike_the_columns_are() {
        for (p, q, product) in [
            (1.0, 1.0, 0.5),
            (1.0, 2.0, -0.1),
            (1.0, 2.0, 3e-7),
            (1.0, 3.0, 1e-9),
            (2.0, 1.0, 6e-10),
            (1e-300, 1.0, 1e-160),
            (1e10, 1e-10, 1e-5),
            (1.0, 1e9, 0.3),
        ] {
            let t = tangent(p, q, product);
            // tan 2θ = 2 t / (1 − t²), and |t| ≤ 1.
            let twice = 2.0 * t * (q - p) - 2.0 * product * (1.0 - t * t);
            assert!(t.abs() <= 1.0 && twice.abs() <= 1e-15 * product.abs() * 4.0, "{p} {q} {product} {t}");
        }
    }
}
