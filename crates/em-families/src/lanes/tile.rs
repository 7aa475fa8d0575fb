//! Sums that are open together, in registers.
//!
//! Loops here are plain: what a closure does may be compiled for another level than what is around it.

use super::dispatch::Vector;

/// Lists whose sums over features are open together: enough that no addition waits for the one before, and with the rows of
/// a tile fewer than there are registers.
pub(super) const TOGETHER: usize = 4;

/// A sum for each of `T` lists and each of as many rows as `N` vectors hold.
pub(super) type Tile<X, const N: usize, const T: usize> = [[X; N]; T];

/// start + Σ_f a_f x_f for lists of factors a, feature after feature, and rows x: of each feature the first numbers, with
/// `stride` places from one to the next.
#[inline(always)]
pub(super) fn products<X: Vector, const N: usize, const T: usize>(
    start: [f64; T],
    factors: &[[f64; T]],
    (x, stride): (&[f64], usize),
) -> Tile<X, N, T> {
    let mut sums = [[X::splat(0.0); N]; T];
    for c in 0..T {
        sums[c] = [X::splat(start[c]); N];
    }
    for (factors, x) in factors.iter().zip(x.chunks(stride)) {
        let x = vectors::<X, N>(x);
        for c in 0..T {
            let factor = X::splat(factors[c]);
            for v in 0..N {
                sums[c][v] = factor.times_plus(x[v], sums[c][v]);
            }
        }
    }
    sums
}

/// The first numbers of a list, which are as many.
#[inline(always)]
pub(super) fn vectors<X: Vector, const N: usize>(list: &[f64]) -> [X; N] {
    let list = &list[..N * X::LANES];
    let mut vectors = [X::splat(0.0); N];
    for v in 0..N {
        vectors[v] = X::first(&list[v * X::LANES..]);
    }
    vectors
}

/// To the first places of a list.
#[inline(always)]
pub(super) fn store<X: Vector, const N: usize>(vectors: [X; N], list: &mut [f64]) {
    let list = &mut list[..N * X::LANES];
    for v in 0..N {
        vectors[v].store(&mut list[v * X::LANES..]);
    }
}

/// Lists, and lists that they are multiplied with, whose inner products are open together: twelve sums, so that with what
/// they take they fill the registers of any level.
pub(crate) const LEFT: usize = 3;
pub(super) const RIGHT: usize = 4;

/// The inner products of lists of one length, vector after vector, then what is left over.
#[inline(always)]
pub(super) fn inner_products<X: Vector, const A: usize, const B: usize>(
    a: [&[f64]; A],
    b: [&[f64]; B],
) -> [[f64; B]; A] {
    let n = X::split(a[0]).0.len();
    // Of one length, so that the loop looks at none of them.
    let mut left: [&[X::Lanes]; A] = [&[]; A];
    for i in 0..A {
        left[i] = &X::split(a[i]).0[..n];
    }
    let mut right: [&[X::Lanes]; B] = [&[]; B];
    for j in 0..B {
        right[j] = &X::split(b[j]).0[..n];
    }
    let mut sums = [[X::splat(0.0); B]; A];
    for at in 0..n {
        let mut x = [X::splat(0.0); B];
        for j in 0..B {
            x[j] = X::load(&right[j][at]);
        }
        for i in 0..A {
            let factor = X::load(&left[i][at]);
            for j in 0..B {
                sums[i][j] = factor.times_plus(x[j], sums[i][j]);
            }
        }
    }
    let mut out = [[0.0; B]; A];
    for i in 0..A {
        for j in 0..B {
            out[i][j] = sums[i][j].total();
        }
    }
    let whole = n * X::LANES;
    if whole < a[0].len() {
        for i in 0..A {
            for j in 0..B {
                out[i][j] += a[i][whole..].iter().zip(&b[j][whole..]).map(|(a, b)| a * b).sum::<f64>();
            }
        }
    }
    out
}
