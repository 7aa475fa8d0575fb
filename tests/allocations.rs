//! A pass over the data allocates nothing per block once its work space is there.

mod common;

use common::*;
use em_core::algorithm::Context;
use em_core::{Dataset, Em, LatentModel, Local, Resample, Run, Streams};
use em_families::{
    Bernoullis, Centers, Covariance, FullGaussian, Gaussian, Grouped, KMeansModel, Mixture, PerGroup, Probabilities,
    Rows,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, which also counts.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

#[allow(unsafe_code, reason = "an allocator cannot be written without; every call goes on to the system's unchanged")]
// SAFETY: the contract of `GlobalAlloc` is that of `System`, to which all calls are handed with their arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn counted(f: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    f();
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

/// Allocations of three warm passes over so many blocks of the data.
fn passes<M: LatentModel<Data: Resample>>(case: &Case<M>, blocks: usize) -> usize {
    let units: Vec<usize> = (0..blocks * case.model.block(&case.data)).map(|u| u % case.data.units()).collect();
    let data = case.data.select(&units);
    let local = Local::new(&case.model, &data);
    let cx = Context::new(&case.model, &local, Streams { seed: 1, run: 1 });
    assert_eq!(cx.blocks(), blocks);
    let pass = || {
        let state = cx.at(case.start.clone());
        cx.recycle(state.stats);
    };
    (0..2).for_each(|_| pass());
    counted(|| (0..3).for_each(|_| pass()))
}

/// Groups of two rows.
fn pairs(n: usize) -> Case<Mixture<PerGroup<FullGaussian>>> {
    let keys: Vec<usize> = (0..2 * n).map(|row| row / 2).collect();
    let data = Grouped::new(two_groups(2 * n, 5, 1.0), &keys).unwrap();
    Case::new("pairs of rows", Mixture::of(2, PerGroup(FullGaussian)), data, gaussian(1).start)
}

/// Allocations of three warm iterations, M-steps included, and the passes that they make.
fn iterations_and_passes<M: LatentModel<Data: Resample>>(case: &Case<M>, blocks: usize) -> (usize, f64) {
    let units: Vec<usize> = (0..blocks * case.model.block(&case.data)).map(|u| u % case.data.units()).collect();
    let data = case.data.select(&units);
    let local = Local::new(&case.model, &data);
    let cx = Context::new(&case.model, &local, Streams { seed: 1, run: 1 });
    let mut run = Run::new(cx, &Em, case.start.clone()).unwrap();
    // The trace grows by doubling: after five entries there is room for three more.
    (0..4).for_each(|_| assert!(run.advance().is_ok()));
    let before = run.passes();
    (counted(|| (0..3).for_each(|_| assert!(run.advance().is_ok()))), run.passes() - before)
}

fn iterations<M: LatentModel<Data: Resample>>(case: &Case<M>, blocks: usize) -> usize {
    iterations_and_passes(case, blocks).0
}

/// Of an M-step with two components: parameters, factors, the trace. A pass itself takes a handful.
const MOST_AN_ITERATION: usize = 100;

/// Neither passes nor iterations allocate more over more blocks, and iterations no more than so often.
fn check<M: LatentModel<Data: Resample>>(case: &Case<M>) {
    let [few, many] = [3, 24].map(|blocks| (passes(case, blocks), iterations(case, blocks)));
    assert_eq!(few, many, "{}", case.name);
    assert!(few.1 <= 3 * MOST_AN_ITERATION, "{}: {} in three iterations", case.name, few.1);
}

/// The same where an iteration has inner rounds, as many as it takes: of each pass with its round, and over so many blocks
/// that one allocation in each would be too many.
fn check_rounds<M: LatentModel<Data: Resample>>(case: &Case<M>) {
    for blocks in [3, MOST_AN_ITERATION] {
        let (allocations, passes) = iterations_and_passes(case, blocks);
        let most = 0.75 * MOST_AN_ITERATION as f64;
        assert!(
            passes >= 6.0 && allocations as f64 <= most * passes,
            "{}: {allocations} in {passes} passes",
            case.name
        );
    }
}

/// Rows of two features in two groups, under one form of covariances.
fn of_form(form: Covariance) -> Case<Mixture<Gaussian>> {
    let model = Mixture::of(2, Gaussian::new(form).unwrap());
    Case::new(form.name(), model, two_groups(1000, 1, 1.0), form.convert(&gaussian(1).start))
}

/// Zeros and ones in three features.
fn bits() -> Case<Mixture<Bernoullis>> {
    let data = Rows::new(3, (0..3000).map(|i| f64::from(i * i % 7 > 2 + i % 3)).collect()).unwrap();
    let start = Probabilities::new(vec![vec![0.3, 0.6, 0.4].into(), vec![0.7, 0.2, 0.5].into()]).unwrap();
    Case::new("Bernoulli", Mixture::of(2, Bernoullis::default()), data, params(&[0.5, 0.5], start))
}

fn clusters() -> Case<KMeansModel> {
    let start = Centers::new(vec![vec![0.5, 0.0], vec![2.0, 1.5]]).unwrap();
    Case::new("K-means", KMeansModel::means(2), two_groups(1000, 1, 1.0), start)
}

/// One test, so that nothing else in this program allocates meanwhile; one thread, so that rayon's queues stay still.
#[test]
fn more_blocks_allocate_no_more() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        assert_eq!(passes(&gaussian(1000), 8), passes(&gaussian(1000), 64));
        assert_eq!(passes(&poisson_mixture(1000, 2), 8), passes(&poisson_mixture(1000, 2), 64));
        assert_eq!(passes(&pairs(1000), 8), passes(&pairs(1000), 64));
        assert_eq!(iterations(&gaussian(1000), 8), iterations(&gaussian(1000), 64));
        Covariance::FITTED.into_iter().chain([Covariance::Fixed(1.5)]).for_each(|form| check(&of_form(form)));
        check(&bits());
        check(&clusters());
        check(&bayesian(300, true));
        check(&bayesian(300, false));
        check_rounds(&poisson_mixture(1000, 2));
        // The counter counts: the start is cloned for each pass.
        assert!(passes(&gaussian(1000), 8) > 0);
    });
}
