//! One decomposition per fit, and the numbers it gives.

use super::*;
use em_core::algorithm::Context;
use em_core::{DataError, Em, Executor, Local, Partial, Pass, Rng, Run, Streams};
use rand::{RngExt, SeedableRng};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Data that count how often anybody asks for rows.
struct Counting<'a> {
    inner: Local<'a, RegressionData>,
    sweeps: AtomicUsize,
}

impl Executor<BayesianLinearModel> for Counting<'_> {
    fn blocks(&self) -> usize {
        Executor::<BayesianLinearModel>::blocks(&self.inner)
    }
    fn run(&self, blocks: Range<usize>, pass: &Pass<BayesianLinearModel>) -> Partial<Products> {
        self.sweeps.fetch_add(1, Ordering::Relaxed);
        self.inner.run(blocks, pass)
    }
    fn weight(&self, blocks: Range<usize>) -> f64 {
        Executor::<BayesianLinearModel>::weight(&self.inner, blocks)
    }
}

/// n rows of p columns, their offsets and weights, in no particular order.
fn random(n: usize, p: usize, seed: u64) -> RegressionData {
    let mut rng = Rng::seed_from_u64(seed);
    let mut number = || 2.0 * rng.random::<f64>() - 1.0;
    let x = DMatrix::from_fn(p, n, |j, _| if j == 0 { 1.0 } else { number() + 0.5 * j as f64 });
    let t = (0..n).map(|i| 1.0 + x[(p - 1, i)] + 0.3 * number()).collect();
    let offset = (0..n).map(|_| number()).collect();
    let weights = (0..n).map(|_| 1.0 + number()).collect();
    RegressionData::new(x, Some(t), Some(offset), Some(weights)).unwrap()
}

#[test]
fn after_the_first_pass_no_iteration_touches_a_row() {
    let (d, model) = (random(2000, 5, 1), BayesianLinearModel::new(5));
    let local = Counting { inner: Local::new(&model, &d), sweeps: AtomicUsize::new(0) };
    let cx = Context::new(&model, &local, Streams { seed: 1, run: 1 });
    let mut run = Run::new(cx, &Em, at(1.0, 1.0)).unwrap();
    let decomposed: *const _ = run.state().stats.spectrum().unwrap();
    (0..40).for_each(|_| assert!(run.advance().is_ok()));
    assert_eq!((local.sweeps.load(Ordering::Relaxed), run.passes()), (1, 1.0));
    let same: *const _ = run.state().stats.spectrum().unwrap();
    assert!(std::ptr::eq(decomposed, same), "the decomposition is made once");
    let stop = Stop { relative_gain: 0.0, max_iterations: 9, ..Stop::default() };
    let fitted = Fit::new(&model, &d).stop(stop).run().unwrap();
    assert_eq!((fitted.iterations, fitted.passes), (9, 1.0));
}

#[test]
fn changed_sums_are_decomposed_anew() {
    let (d, p) = (small(), at(0.7, 2.0));
    let mut products = Products::of(&d, 3);
    let before = model().log_likelihood(&p, &products, 0.0);
    let kept = products.clone();
    products.add(&d, 3..5);
    assert_relative_eq!(model().log_likelihood(&p, &products, 0.0), evidence(&d, &p), max_relative = 1e-14);
    assert_eq!(model().log_likelihood(&p, &kept, 0.0), before);
    assert!(products != kept && kept == Products::of(&d, 3));
}

/// The formulas of Bishop (2006), section 3.5, with S as the inverse of a matrix that is formed.
#[test]
fn expectations_are_those_of_the_direct_formulas() {
    for (n, p) in [(40, 6), (7, 7), (5, 12), (1, 3)] {
        let d = random(n, p, n as u64);
        let root = DMatrix::from_diagonal(&DVector::from_fn(n, |i, _| d.weight(i).sqrt()));
        let x = &root * d.design().transpose();
        let t = &root * DVector::from_fn(n, |i, _| d.response().unwrap()[i] - d.offset(i));
        let products = Products::of(&d, n);
        for (alpha, beta) in [(1.0, 1.0), (1e-3, 30.0), (20.0, 0.1)] {
            // With fewer rows than columns in n dimensions (Woodbury), where 1/α does not swamp what is left.
            let (s, m, gamma) = match n < p {
                true => {
                    let k = (&x * x.transpose() + DMatrix::identity(n, n) * (alpha / beta)).try_inverse().unwrap();
                    let s = (DMatrix::identity(p, p) - x.tr_mul(&(&k * &x))) / alpha;
                    (s, x.tr_mul(&(&k * &t)), (&x * x.transpose() * &k).trace())
                }
                false => {
                    let s = (DMatrix::identity(p, p) * alpha + x.tr_mul(&x) * beta).try_inverse().unwrap();
                    let (m, gamma) = (&s * x.tr_mul(&t) * beta, (x.tr_mul(&x) * &s).trace() * beta);
                    (s, m, gamma)
                }
            };
            let e = products.spectrum().unwrap().at(alpha, beta);
            // The condition of the matrix is at most some 1e6.
            let close = |a: f64, b: f64| assert_relative_eq!(a, b, max_relative = 1e-10);
            close(e.squares, m.norm_squared());
            close(e.trace, s.trace());
            // Where the columns can explain every row, next to nothing is left of a difference.
            assert_relative_eq!(e.residual, (&t - &x * &m).norm_squared(), epsilon = 1e-10 * t.norm_squared());
            close(e.spread, gamma / beta);
            close(e.effective_parameters, gamma);
            let finished = BayesianLinearModel::new(p).finish(&at(alpha, beta), &products);
            let c = finished.coefficients().unwrap();
            assert_relative_eq!(c.mean, m, epsilon = 1e-10 * m.amax());
            assert_relative_eq!(c.covariance, s, epsilon = 1e-10 * s.amax());
        }
    }
}

#[test]
fn more_columns_than_rows_are_no_obstacle() {
    let d = random(15, 60, 9).reweight(&[1.0; 15]);
    for update in [EvidenceUpdate::Em, EvidenceUpdate::MacKay] {
        let model = BayesianLinearModel::new(60).update(update);
        let fitted = Fit::new(&model, &d).run().unwrap();
        assert!(fitted.trace.windows(2).all(|w| w[1] >= w[0] - 1e-12 * w[0].abs()));
        let c = fitted.params.coefficients().unwrap();
        assert!(c.effective_parameters < 15.0 && c.mean.len() == 60);
        let predicted = fitted.predict(&model, &d);
        assert!(predicted.numbers("sd").unwrap().iter().all(|s| s.is_finite() && *s > 0.0));
    }
}

#[test]
fn designs_that_would_fill_the_memory_are_refused_beforehand() {
    let wide = BayesianLinearModel::new(100_000);
    let e = wide.start(&small(), &mut Rng::seed_from_u64(1)).unwrap_err().to_string();
    assert!(e.contains("100000 design columns need about 894.1 GiB"), "{e}");
    assert!(wide.admit(&at(1.0, 1.0), &small()).unwrap_err().contains("more than the limit of 2 GiB"));
    // Five columns of a thousand levels each.
    let column = |j: usize| ((format!("x{j}")), (0..1000).map(|i| ((i * (j + 1)) % 1009) as f64).collect::<Vec<_>>());
    let mut columns: Vec<(String, Vec<f64>)> = (0..5).map(column).collect();
    columns.push(("t".into(), (0..1000).map(f64::from).collect()));
    let table = Table::from_columns("m", columns).unwrap();
    let terms = (0..5).map(|j| Term::Categorical(format!("x{j}"))).collect();
    let spec = BayesianLinearRegression::new("t", terms, true).unwrap();
    let e = spec.learn(&table, &mut Vec::new()).unwrap_err();
    assert!(matches!(e, DataError::Unsuited { .. }) && e.to_string().contains("4996 design columns"), "{e}");
}
