//! Sums over more rows than are looked at together, and who asks for what is made of them.

use super::*;
use em_core::Rng;
use rand::{RngExt, SeedableRng};
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// An intercept, numbers around others than zero, and a last column that `drift` makes follow the rows' order.
fn many(n: usize, p: usize, drift: f64) -> RegressionData {
    let mut rng = Rng::seed_from_u64(7);
    let mut number = || 2.0 * rng.random::<f64>() - 1.0;
    let x = DMatrix::from_fn(p, n, |j, i| match j {
        0 => 1.0,
        _ if j == p - 1 => drift * i as f64 + number(),
        _ => number() + 3.0 * j as f64,
    });
    let t = (0..n).map(|i| 100.0 + x[(1, i)] + 0.3 * number()).collect();
    let (offset, weights) = ((0..n).map(|_| number()).collect(), (0..n).map(|i| (i % 4) as f64 / 2.0).collect());
    RegressionData::new(x, Some(t), Some(offset), Some(weights)).unwrap()
}

/// With rows shuffled every block has the mean of all; with rows in order none has, and sums are taken once more.
#[test]
fn sums_of_many_rows_are_those_of_the_definition() {
    for (n, drift) in [(1, 0.0), (255, 0.0), (257, 5.0), (2500, 0.0), (2500, 5.0), (2500, 1e4)] {
        let data = many(n, 6, drift);
        let mut joint = vec![0.0; 7];
        let mut wanted = DMatrix::zeros(7, 7);
        for unit in 0..n {
            data.joint(unit, &mut joint);
            let row = DVector::from_column_slice(&joint);
            wanted += &row * row.transpose() * data.weight(unit);
        }
        let products = Products::of(&data, n);
        let Some(root) = products.root().filter(|_| products.weight() > 0.0) else {
            assert_eq!(data.total_weight(), 0.0);
            continue;
        };
        let found = root.tr_mul(root);
        assert_relative_eq!(products.weight(), data.total_weight(), max_relative = 1e-14);
        for (i, j) in (0..7).flat_map(|i| (0..7).map(move |j| (i, j))) {
            let size = f64::sqrt(wanted[(i, i)] * wanted[(j, j)]);
            assert!((found[(i, j)] - wanted[(i, j)]).abs() <= 1e-12 * size, "{n} {drift} {i} {j}");
        }
    }
}

#[test]
fn a_start_has_the_mean_squares_of_the_definition() {
    for (prior, about_mean) in [(true, false), (false, true)] {
        let data = many(500, 6, 0.1);
        let total = data.total_weight();
        let mean = |of: &dyn Fn(usize) -> f64| (0..500).map(|u| data.weight(u) * of(u)).sum::<f64>() / total;
        let column =
            |j: usize, u: usize| if j < 6 { data.row(u)[j] } else { data.response().unwrap()[u] - data.offset(u) };
        let square = |j: usize| {
            let origin = if about_mean { mean(&|u| column(j, u)) } else { 0.0 };
            mean(&|u| (column(j, u) - origin).powi(2))
        };
        let centre = mean(&|u| column(6, u));
        let variance = mean(&|u| (column(6, u) - centre).powi(2));
        let model = BayesianLinearModel::new(6).shrink_intercept(prior);
        let start = model.start(&data, &mut Rng::seed_from_u64(1)).unwrap();
        assert_relative_eq!(start.beta(), 1.0 / variance, max_relative = 1e-12);
        assert_relative_eq!(start.alpha(), (0..6).map(square).sum::<f64>() / square(6), max_relative = 1e-12);
    }
}

/// So many columns are rotated in several blocks.
#[test]
fn threads_change_no_bit_and_may_ask_for_one_decomposition() {
    let (data, model) = (many(700, 100, 0.0), BayesianLinearModel::new(100));
    let fit = |threads: usize| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Fit::new(&model, &data).run().unwrap().trace)
    };
    let one = fit(1);
    assert!(one == fit(2) && one == fit(3));
    for intercept in [true, false] {
        let model = model.shrink_intercept(intercept);
        let mut products = model.zero(&at(1.0, 1.0));
        model.expect(&at(1.0, 1.0), &data, 0..700, &mut products);
        let asked = |i: usize| model.log_likelihood(&at(1.0, i as f64), &products.clone(), 0.0);
        let all: Vec<f64> = (1..100).into_par_iter().map(asked).collect();
        assert_eq!(all, (1..100).map(asked).collect::<Vec<_>>());
    }
}
