//! Log densities of a block of rows: the work of an E-step.

use super::normal::Normal;
use super::shape::Shape;
use crate::lanes::{self, Block};
use em_core::scratch;

/// Writes ln N(x_i | μ_j, Σ_j) of the m rows of a block and k distributions, all stated, into k × m numbers.
///
/// Squared distances are always those of differences, so that nothing cancels; what differ are the differences of what.
/// Which way is taken depends on the parameters alone:
///
/// - of one variance each, ‖x − μ_j‖², times 1/v_j;
/// - of one covariance for all, ‖z − W μ_j‖² with z = W x for all of them at once, both about the mean of the means;
/// - of a diagonal each, Σ_i ((x_i − μ_ji) / √v_ji)²;
/// - else ‖W_j (x − μ_j)‖², one after the other.
pub(super) fn log_densities(normals: &[Normal], block: Block, out: &mut [f64]) {
    let all = |f: fn(&Normal) -> bool| normals.iter().all(f);
    let round = all(|n| round(n.shape()).is_some());
    match shared(normals) {
        _ if round => {
            with_means(normals, |means| lanes::squared_gaps(normals.len(), means.columns, block.columns, out))
        }
        Some(shape) => whitened(shape, normals, block, out),
        None if all(Normal::is_diagonal) => scaled(normals, block, out),
        None => {
            let each = out.chunks_exact_mut(block.len().max(1)).zip(normals);
            each.for_each(|(out, normal)| squared_distances(normal, block, out));
        }
    }
    for (normal, out) in normals.iter().zip(out.chunks_exact_mut(block.len().max(1))) {
        let by = if round { self::round(normal.shape()).map_or(1.0, |scale| scale * scale) } else { 1.0 };
        lanes::affine(normal.log_norm(), -0.5 * by, out);
    }
}

/// What a covariance v I makes of a unit of every feature, 1/√v.
fn round(shape: &Shape) -> Option<f64> {
    let Shape::Diagonal { scales, .. } = shape else { return None };
    let first = *scales.iter().next()?;
    scales.iter().all(|s| *s == first).then_some(first)
}

/// The covariance of more than one, where it is the same.
fn shared(normals: &[Normal]) -> Option<&Shape> {
    let (first, rest) = normals.split_first()?;
    (!rest.is_empty() && rest.iter().all(|n| n.same_shape(first))).then_some(first.shape())
}

/// Lends the k means as rows of a block.
fn with_means<R>(normals: &[Normal], f: impl FnOnce(Block) -> R) -> R {
    let d = normals.first().map_or(0, |n| n.mean().len());
    scratch::with(normals.len() * d, |means| {
        means.chunks_exact_mut(d.max(1)).zip(normals).for_each(|(out, n)| out.copy_from_slice(n.mean().as_slice()));
        lanes::with_block(d, means, f)
    })
}

/// Rows and means are whitened once, about the mean of the means.
fn whitened(shape: &Shape, normals: &[Normal], block: Block, out: &mut [f64]) {
    let (d, k) = (block.features, normals.len());
    with_means(normals, |means| {
        scratch::with(d + block.columns.len() + means.columns.len(), |room| {
            let (white_rows, room) = room.split_at_mut(block.columns.len());
            let (white_means, origin) = room.split_at_mut(means.columns.len());
            origin.fill(0.0);
            for mean in means.values.chunks_exact(d) {
                origin.iter_mut().zip(mean).for_each(|(o, m)| *o += m / k as f64);
            }
            whiten(shape, origin, [(block.columns, &mut *white_rows), (means.columns, &mut *white_means)]);
            lanes::squared_gaps(k, white_means, white_rows, out);
        });
    });
}

/// W (x − origin) of some blocks, given by their columns.
fn whiten(shape: &Shape, origin: &[f64], blocks: [(&[f64], &mut [f64]); 2]) {
    match shape {
        Shape::Full { whitening, .. } => {
            blocks.into_iter().for_each(|(x, out)| lanes::whiten(whitening, origin, x, out));
        }
        Shape::Diagonal { scales, .. } => {
            for (x, out) in blocks {
                let stride = (x.len() / origin.len().max(1)).max(1);
                let columns = x.chunks_exact(stride).zip(out.chunks_exact_mut(stride));
                for ((x, out), (o, s)) in columns.zip(origin.iter().zip(scales)) {
                    out.iter_mut().zip(x).for_each(|(out, x)| *out = (x - o) * s);
                }
            }
        }
        Shape::Unstated { .. } => blocks.into_iter().for_each(|(_, out)| out.fill(f64::NAN)),
    }
}

/// Each with its own scales.
fn scaled(normals: &[Normal], block: Block, out: &mut [f64]) {
    let (d, k) = (block.features, normals.len());
    scratch::with(k * d, |scales| {
        for (scales, normal) in scales.chunks_exact_mut(d.max(1)).zip(normals) {
            if let Shape::Diagonal { scales: own, .. } = normal.shape() {
                scales.copy_from_slice(own.as_slice());
            }
        }
        with_means(normals, |means| {
            lanes::with_block(d, scales, |scales| {
                lanes::scaled_squared_gaps(k, means.columns, scales.columns, block.columns, out);
            });
        });
    });
}

/// ‖W (x − μ)‖² of each row of a block of m, into m numbers.
pub(crate) fn squared_distances(normal: &Normal, block: Block, out: &mut [f64]) {
    let mean = normal.mean().as_slice();
    match normal.shape() {
        Shape::Diagonal { scales, .. } => {
            filled_up(out, |out| lanes::scaled_squares(scales.as_slice(), mean, block.columns, out));
        }
        Shape::Full { whitening, .. } => {
            filled_up(out, |out| lanes::squared_distances(whitening, mean, block.columns, out));
        }
        Shape::Unstated { .. } => out.fill(f64::NAN),
    }
}

/// Lends room for as many numbers as a column of the block is filled up to, and keeps those of its rows.
fn filled_up(out: &mut [f64], f: impl FnOnce(&mut [f64])) {
    let m = out.len();
    if m == lanes::padded(m) {
        return f(out);
    }
    scratch::with(lanes::padded(m), |room| {
        f(room);
        out.copy_from_slice(&room[..m]);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use nalgebra::{DMatrix, DVector};

    fn full(d: usize, by: f64) -> Shape {
        let a = DMatrix::from_fn(d, d, |i, j| if i == j { by } else { ((i * 7 + j * 3) % 5) as f64 / 10.0 });
        Shape::of(&a * a.transpose()).unwrap()
    }

    fn diagonal(d: usize, by: f64, step: f64) -> Shape {
        Shape::diagonal(DVector::from_fn(d, |i, _| by + step * i as f64)).unwrap()
    }

    /// Seven rows far from zero, and k means among them, half a unit and more away.
    fn check(d: usize, shapes: Vec<Shape>) {
        let far = 1e7;
        let mean = |j: usize| DVector::from_fn(d, |i, _| far + ((i + 3 * j) % 7) as f64);
        let one = |(j, shape): (usize, Shape)| Normal::with_shape(mean(j), shape).unwrap();
        let normals: Vec<Normal> = shapes.into_iter().enumerate().map(one).collect();
        let x: Vec<f64> = (0..7 * d).map(|i| far + (i * i % 23) as f64 / 3.0).collect();
        let mut out = vec![f64::NAN; 7 * normals.len()];
        lanes::with_block(d, &x, |block| {
            log_densities(&normals, block, &mut out);
            for (normal, out) in normals.iter().zip(out.chunks_exact(7)) {
                for (x, l) in x.chunks_exact(d).zip(out) {
                    assert_relative_eq!(*l, normal.log_density(x), max_relative = 1e-12, epsilon = 1e-12);
                }
                let mut alone = [f64::NAN; 7];
                squared_distances(normal, block, &mut alone);
                let same = alone.iter().zip(out).all(|(q, l)| (normal.log_norm() - 0.5 * q - l).abs() < 1e-9);
                assert!(same, "{alone:?} {out:?}");
            }
        });
    }

    #[test]
    fn every_way_gives_the_density_itself() {
        for d in [1, 2, 3, 4, 8, 9, 20] {
            check(d, vec![full(d, 2.0)]);
            check(d, vec![full(d, 2.0); 5]);
            check(d, vec![full(d, 2.0), full(d, 3.0), diagonal(d, 1.0, 1.0)]);
            check(d, vec![diagonal(d, 1.0, 0.5); 4]);
            check(d, vec![diagonal(d, 1.0, 0.5), diagonal(d, 2.0, 1.5), diagonal(d, 3.0, 0.0)]);
            check(d, vec![diagonal(d, 1.0, 0.0), diagonal(d, 2.5, 0.0)]);
            check(d, vec![diagonal(d, 0.5, 0.0); 6]);
        }
    }
}
