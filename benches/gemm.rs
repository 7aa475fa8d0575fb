//! The rate of nalgebra's own matrix product, to measure others by: 3000 × 3000 × 3000, on one thread and on several.
//!
//! `cargo bench --bench gemm -- 2` prints one line of JSON with GFLOP/s of one thread and of two, each the median of
//! several products. Several threads have a share of the columns each.

use nalgebra::{DMatrix, DMatrixView};
use rayon::prelude::*;
use std::time::Instant;

const SIZE: usize = 3000;
const RUNS: usize = 3;

fn main() {
    let threads = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or_else(rayon::current_num_threads);
    let a = DMatrix::from_fn(SIZE, SIZE, |i, j| ((i * 7 + j * 3) % 11) as f64 - 5.0);
    let b = DMatrix::from_fn(SIZE, SIZE, |i, j| ((i * 5 + j * 2) % 13) as f64 - 6.0);
    let (one, all) = (rate(&a, &b, 1), rate(&a, &b, threads));
    println!("{{\"one_thread\": {one:.2}, \"threads\": {threads}, \"all_threads\": {all:.2}}}");
}

/// GFLOP/s of the product of `a` and `b`.
fn rate(a: &DMatrix<f64>, b: &DMatrix<f64>, threads: usize) -> f64 {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let mut product = DMatrix::zeros(SIZE, SIZE);
    let mut seconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            pool.install(|| multiply(a, b, &mut product, SIZE.div_ceil(threads)));
            begun.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    2.0 * (SIZE as f64).powi(3) / seconds[RUNS / 2] / 1e9
}

/// `product` ← a b, `columns` columns of it by each thread.
fn multiply(a: &DMatrix<f64>, b: &DMatrix<f64>, product: &mut DMatrix<f64>, columns: usize) {
    let panels = product.as_mut_slice().par_chunks_mut(SIZE * columns).zip(b.as_slice().par_chunks(SIZE * columns));
    panels.for_each(|(to, of)| {
        let of = DMatrixView::from_slice(of, SIZE, of.len() / SIZE);
        nalgebra::DMatrixViewMut::from_slice(to, SIZE, to.len() / SIZE).gemm(1.0, a, &of, 0.0);
    });
}
