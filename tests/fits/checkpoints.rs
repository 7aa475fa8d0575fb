//! A fit that is interrupted in any block of any pass, put down as text, and resumed comes to the bits of one that never
//! was; and so does one whose limits were raised.

use crate::common::{poisson_mixture, two_groups};
use crate::tripwire::Tripwire;
use em_core::{
    Algorithm, Anderson, Annealed, Cause, Checkpoint, Degenerate, Ecm, Em, Fit, FitError, Fitted, Gem, GradientEm,
    HardEm, Incremental, MonteCarloEm, Rule, Squarem, StartKind, Statistics, Stepwise, StochasticEm, StopReason,
};
use em_families::{FullGaussian, Gaussian, Mixture, MixtureParams, Normal, PoissonRegressions, RegressionData, Rows};
use nalgebra::DMatrix;
use std::cell::RefCell;
use std::convert::Infallible;
use std::time::Duration;

type Model = Tripwire<Mixture<Gaussian>>;
type Params = MixtureParams<Vec<Normal>>;

/// All but the seconds, every bit of it.
fn bits(fitted: Fitted<Model>) -> String {
    let stats: Vec<u64> = fitted.stats.flatten().iter().map(|x| x.to_bits()).collect();
    format!("{:?} {stats:?}", Fitted { seconds: 0.0, ..fitted })
}

/// One session of a fit.
struct Session<'a> {
    algorithm: &'a dyn Algorithm<Model>,
    rule: Rule,
    restarts: u64,
    short: Option<(u64, u64)>,
    policy: Degenerate,
}

impl Session<'_> {
    fn of(algorithm: &dyn Algorithm<Model>) -> Session<'_> {
        let rule = Rule::Any(vec![Rule::RelativeGain(1e-4), Rule::MaxIterations(5)]);
        Session { algorithm, rule, restarts: 3, short: None, policy: Degenerate::Reseed }
    }

    /// Interrupted in block `at`, after what is in `from`; with the checkpoint it left, as text.
    fn run(&self, data: &Rows, at: usize, from: Option<&str>) -> (Result<Fitted<Model>, FitError>, String, usize) {
        let model = Tripwire::new(Mixture::of(2, FullGaussian), at);
        let left = RefCell::new(String::new());
        let write = |now: &Checkpoint<Params>| {
            *left.borrow_mut() = serde_json::to_string(now).unwrap();
            Ok::<(), Infallible>(())
        };
        let mut fit = self.fit(&model, data).checkpoint(Duration::MAX, write);
        if let Some(text) = from {
            fit = fit.resume(serde_json::from_str(text).unwrap());
        }
        let fitted = fit.run();
        (fitted, left.into_inner(), model.seen())
    }

    fn fit<'a>(&'a self, model: &'a Model, data: &'a Rows) -> Fit<'a, Model> {
        let fit = Fit::new(model, data)
            .algorithm(self.algorithm)
            .stop(self.rule.clone())
            .start(StartKind::Rows)
            .restarts(self.restarts)
            .degenerate(self.policy)
            .seed(3)
            .interruptible(&model.interrupt);
        self.short.iter().fold(fit, |fit, (starts, iterations)| fit.short_runs(*starts, *iterations))
    }

    fn whole(&self, data: &Rows) -> (String, usize) {
        let (fitted, _, seen) = self.run(data, 0, None);
        (bits(fitted.unwrap()), seen)
    }
}

fn algorithms() -> Vec<Box<dyn Algorithm<Model>>> {
    vec![
        Box::new(Em),
        Box::new(Ecm { multicycle: true }),
        Box::new(Gem { steps: 1 }),
        Box::new(GradientEm::default()),
        Box::new(HardEm),
        Box::new(StochasticEm),
        Box::new(MonteCarloEm { draws: 3 }),
        Box::new(Annealed { from: 0.3, steps: 3 }),
        Box::new(Incremental),
        Box::new(Stepwise { power: 0.7, batch: 2 }),
        Box::new(Squarem),
        Box::new(Anderson { depth: 3 }),
    ]
}

#[test]
fn whichever_block_an_interrupt_comes_in_the_resumed_fit_has_the_same_bits() {
    let data = two_groups(60, 8, 1.0);
    for (i, algorithm) in algorithms().iter().enumerate() {
        let session = Session::of(&**algorithm);
        let (whole, blocks) = session.whole(&data);
        assert!(blocks > 3 * 4 * 2, "the passes are seen");
        for at in (1..=blocks).step_by(3) {
            let (fitted, left, _) = session.run(&data, at, None);
            match fitted {
                // One block too late to matter, or in the pass that tells the end of a run.
                Ok(fitted) if fitted.stop != StopReason::Interrupted => {
                    assert_eq!(bits(fitted), whole, "algorithm {i}, block {at}");
                }
                Ok(_) => {
                    let (resumed, ..) = session.run(&data, 0, Some(&left));
                    assert_eq!(bits(resumed.unwrap()), whole, "algorithm {i}, block {at}");
                }
                // Three draws in each of the four blocks of the first pass.
                Err(e) => {
                    assert!(matches!(e.cause, Cause::Interrupted) && at <= 12, "algorithm {i}, block {at}: {e}");
                }
            }
        }
    }
}

#[test]
fn a_fit_resumed_again_and_again_has_the_same_bits() {
    let data = two_groups(60, 8, 1.0);
    for (i, algorithm) in algorithms().iter().enumerate() {
        for short in [None, Some((3, 2))] {
            let session = Session { short, ..Session::of(&**algorithm) };
            let whole = session.whole(&data).0;
            // An iteration, or a short run, fits in between two interrupts.
            let (mut left, mut sessions) = (None, 0);
            let fitted = loop {
                let (fitted, text, _) = session.run(&data, 61, left.as_deref());
                sessions += 1;
                match fitted {
                    Ok(fitted) if fitted.stop != StopReason::Interrupted => break fitted,
                    _ => left = Some(text),
                }
                assert!(sessions < 50, "algorithm {i}, {short:?}: no progress");
            };
            assert!(sessions > 1, "algorithm {i}, {short:?}");
            assert_eq!(bits(fitted), whole, "algorithm {i}, {short:?}, {sessions} sessions");
        }
    }
}

#[test]
fn from_every_checkpoint_a_fit_comes_to_the_same_bits() {
    let data = two_groups(60, 8, 1.0);
    for (i, algorithm) in algorithms().iter().enumerate() {
        let session = Session { short: Some((2, 1)), ..Session::of(&**algorithm) };
        let (whole, left) = (session.whole(&data).0, RefCell::new(Vec::new()));
        let model = Tripwire::new(Mixture::of(2, FullGaussian), 0);
        let write = |now: &Checkpoint<Params>| {
            left.borrow_mut().push(serde_json::to_string(now).unwrap());
            Ok::<(), Infallible>(())
        };
        let fitted = session.fit(&model, &data).checkpoint(Duration::ZERO, write).run();
        assert_eq!(bits(fitted.unwrap()), whole, "algorithm {i}");
        let left = left.into_inner();
        assert!(left.len() >= 3 * 3, "short runs and iterations leave one each");
        for (at, text) in left.iter().enumerate() {
            let (resumed, ..) = session.run(&data, 0, Some(text));
            assert_eq!(bits(resumed.unwrap()), whole, "algorithm {i}, checkpoint {at}");
        }
    }
}

#[test]
fn under_raised_limits_every_run_goes_on_as_if_there_had_been_none_lower() {
    let data = two_groups(60, 8, 1.0);
    let limited = |iterations| Rule::Any(vec![Rule::RelativeGain(1e-4), Rule::MaxIterations(iterations)]);
    for (i, algorithm) in algorithms().iter().enumerate() {
        let session = |iterations, restarts| {
            let short = (i % 2 == 0).then_some((2, 1));
            Session { rule: limited(iterations), restarts, short, ..Session::of(&**algorithm) }
        };
        let whole = session(25, 5).whole(&data).0;
        let (_, first, _) = session(2, 2).run(&data, 0, None);
        let (_, second, _) = session(7, 5).run(&data, 0, Some(&first));
        let (third, last, _) = session(25, 5).run(&data, 0, Some(&second));
        assert_eq!(bits(third.unwrap()), whole, "algorithm {i}");
        // And the last checkpoint is of the whole fit.
        let (again, ..) = session(25, 5).run(&data, 0, Some(&last));
        assert_eq!(bits(again.unwrap()), whole, "algorithm {i}");
    }
}

#[test]
fn repairs_are_remembered() {
    // The second component sits on three equal points, and begins anew at others.
    let data = Rows::new(1, vec![1.0, 1.0, 1.0, 4.1, 5.0, 5.9, 6.4, 7.2, 8.8]).unwrap();
    let normal = |m: f64, v: f64| Normal::new(vec![m].into(), DMatrix::from_element(1, 1, v)).unwrap();
    let start = MixtureParams::new(vec![0.5, 0.5], vec![normal(1.2, 0.5), normal(6.0, 2.0)]).unwrap();
    for policy in [Degenerate::Reseed, Degenerate::Drop] {
        let model = Tripwire::new(Mixture::of(2, FullGaussian), 0);
        let fit = |limit| Fit::new(&model, &data).degenerate(policy).stop(Rule::MaxIterations(limit));
        let whole = fit(40).from(start.clone()).unwrap();
        assert!(!whole.events.is_empty());
        for limit in 0..40 {
            let left = RefCell::new(None);
            let keep = |now: &Checkpoint<Params>| {
                *left.borrow_mut() = Some(now.clone());
                Ok::<(), Infallible>(())
            };
            fit(limit).checkpoint(Duration::MAX, keep).from(start.clone()).unwrap();
            let resumed = fit(40).resume(left.take().unwrap()).from(start.clone()).unwrap();
            assert_eq!(bits(resumed), bits(whole.clone()), "{policy:?} at {limit}");
        }
    }
}

type Counts = Tripwire<Mixture<PoissonRegressions>>;

#[test]
fn an_interrupt_among_inner_rounds_leaves_no_trace() {
    fn of<'a>(model: &'a Counts, data: &'a RegressionData) -> Fit<'a, Counts> {
        Fit::new(model, data).stop(Rule::MaxIterations(4))
    }
    let case = poisson_mixture(50, 2);
    let begin = |at| Tripwire::new(Mixture::of(2, PoissonRegressions::default()), at);
    let whole = begin(0);
    let wanted = format!("{:?}", Fitted { seconds: 0.0, ..of(&whole, &case.data).from(case.start.clone()).unwrap() });
    assert!(whole.seen() > 4 * 5 * 4, "M-steps take several rounds");
    for at in (5..whole.seen()).step_by(7) {
        let (broken, left) = (begin(at), RefCell::new(None));
        let keep = |now: &Checkpoint<_>| {
            *left.borrow_mut() = Some(now.clone());
            Ok::<(), Infallible>(())
        };
        let interrupted = of(&broken, &case.data).interruptible(&broken.interrupt).checkpoint(Duration::MAX, keep);
        assert_eq!(interrupted.from(case.start.clone()).unwrap().stop, StopReason::Interrupted, "block {at}");
        let resumed = of(&whole, &case.data).resume(left.take().unwrap()).from(case.start.clone()).unwrap();
        assert_eq!(format!("{:?}", Fitted { seconds: 0.0, ..resumed }), wanted, "block {at}");
    }
}
