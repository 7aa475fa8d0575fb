//! The time of each kernel for one block of rows, on one thread.
//!
//! `cargo bench -p em-families --features kernels --bench kernels` runs all; a word behind `--` picks those whose name holds
//! it. Items are additions and multiplications, so that "Gitem/s" reads as GFLOP/s; of exponentials and bits they are numbers.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use em_families::kernels;

/// Rows of a block: an odd multiple of 32, as those of models are, so that columns do not compete for places in the cache.
const M: usize = 480;
/// d and k.
const SHAPES: [(usize, usize); 4] = [(2, 5), (16, 16), (32, 32), (64, 32)];

fn main() {
    divan::main();
}

/// n numbers between −1 and 1 without a pattern.
fn numbers(n: usize) -> Vec<f64> {
    (0..n).map(|i| (i as f64 * 0.7).sin()).collect()
}

/// Benches with the columns of a block of d features; `flops` are counted.
fn with_block(bencher: Bencher, d: usize, flops: usize, mut kernel: impl FnMut(&[f64])) {
    let rows = numbers(M * d);
    kernels::with_columns(d, &rows, |x| bencher.counter(ItemsCount::new(flops)).bench_local(|| kernel(black_box(x))));
}

#[divan::bench(args = [2, 16, 64])]
fn transpose(bencher: Bencher, d: usize) {
    let rows = numbers(M * d);
    let count = ItemsCount::new(M * d);
    bencher.counter(count).bench_local(|| kernels::with_columns(d, black_box(&rows), |x| black_box(x[0])));
}

#[divan::bench]
fn exponentials(bencher: Bencher) {
    let (x, mut list) = (numbers(M), vec![0.0; M]);
    bencher.counter(ItemsCount::new(M)).bench_local(|| {
        list.copy_from_slice(&x);
        kernels::exponentials(black_box(&mut list));
    });
}

#[divan::bench(args = [2, 16, 64])]
fn responsibilities(bencher: Bencher, k: usize) {
    let (x, mut joint, mut log_density) = (numbers(M * k), vec![0.0; M * k], vec![0.0; M]);
    bencher.counter(ItemsCount::new(M * k)).bench_local(|| {
        joint.copy_from_slice(&x);
        kernels::responsibilities(black_box(&mut joint), &mut log_density);
    });
}

#[divan::bench(args = SHAPES)]
fn squared_gaps(bencher: Bencher, (d, k): (usize, usize)) {
    let (points, mut out) = (numbers(kernels::padded(k) * d), vec![0.0; k * M]);
    with_block(bencher, d, 3 * M * k * d, |x| kernels::squared_gaps(k, &points, x, &mut out));
}

#[divan::bench(args = SHAPES)]
fn scaled_squared_gaps(bencher: Bencher, (d, k): (usize, usize)) {
    let (points, mut out) = (numbers(kernels::padded(k) * d), vec![0.0; k * M]);
    with_block(bencher, d, 4 * M * k * d, |x| kernels::scaled_squared_gaps(k, &points, &points, x, &mut out));
}

#[divan::bench(args = [2, 16, 32, 64])]
fn whitened_squares(bencher: Bencher, d: usize) {
    let w = kernels::Whitening::of(d, &numbers(d * d));
    let (mean, mut out) = (numbers(d), vec![0.0; kernels::padded(M)]);
    with_block(bencher, d, M * d * (d + 4), |x| kernels::whitened_squares(&w, &mean, x, &mut out));
}

#[divan::bench(args = [2, 16, 32, 64])]
fn outer_products(bencher: Bencher, d: usize) {
    let (origin, weights) = (numbers(d), vec![0.5; kernels::padded(M)]);
    let (mut sum, mut products) = (vec![0.0; d], vec![0.0; d * d]);
    let flops = M * d * (d + 4);
    with_block(bencher, d, flops, |x| kernels::outer_products(x, &origin, &weights, &mut sum, &mut products));
}

#[divan::bench(args = SHAPES)]
fn products(bencher: Bencher, (d, k): (usize, usize)) {
    let (a, b, mut out) = (numbers(k * M), numbers(2 * d * M), vec![0.0; 2 * d * k]);
    let count = ItemsCount::new(4 * M * k * d);
    bencher.counter(count).bench_local(|| kernels::products(M, black_box(&a), &b, &mut out));
}

#[divan::bench(args = [(64, 16), (784, 10)])]
fn add_weighted(bencher: Bencher, (d, k): (usize, usize)) {
    let (r, x, mut out) = (numbers(k * M), numbers(M * d), vec![0.0; k * d]);
    let count = ItemsCount::new(2 * M * k * d);
    bencher.counter(count).bench_local(|| kernels::add_weighted(d, &r, black_box(&x), &mut out));
}

#[divan::bench(args = [(2, 5), (32, 100)])]
fn nearest(bencher: Bencher, (d, k): (usize, usize)) {
    let centers: Vec<Vec<f64>> = numbers(k * d).chunks(d).map(<[f64]>::to_vec).collect();
    let mut labels = vec![0.0; kernels::padded(M)];
    with_block(bencher, d, 2 * M * k * d, |x| kernels::nearest(&centers, x, &mut labels));
}

#[divan::bench(args = [64, 784])]
fn unpack(bencher: Bencher, d: usize) {
    let (words, mut out) = (vec![0x5a3c_96f0_u64; M * d.div_ceil(64)], vec![0.0; M * d]);
    bencher.counter(ItemsCount::new(M * d)).bench_local(|| kernels::unpack(black_box(&words), d, &mut out));
}

#[divan::bench]
fn rotate(bencher: Bencher) {
    let (mut x, mut y) = (numbers(M), numbers(M));
    bencher.counter(ItemsCount::new(6 * M)).bench_local(|| kernels::rotate(0.8, 0.6, black_box(&mut x), &mut y));
}
