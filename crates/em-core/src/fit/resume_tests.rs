//! Interrupts, checkpoints and short runs, on models whose every number is known.

use super::*;
use crate::algorithm::{Algorithm, Context, Memory, State};
use crate::testing::{Hills, Script, Squares};
use crate::{Event, EventKind, MStepError, Part, Progress, StopReason};
use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

const DATA: [f64; 3] = [1.0, 2.0, 3.0];
const HILLS: Hills = Hills { border: 2.0, random: true };

fn iterations(n: u64) -> Rule {
    Rule::MaxIterations(n)
}

/// All but the seconds.
fn bits<M: LatentModel<Params: fmt::Debug>>(fitted: Fitted<M>) -> String {
    format!("{:?}", Fitted { seconds: 0.0, ..fitted })
}

/// Every checkpoint of a fit, as it was written and read again.
fn checkpoints<M>(fit: Fit<M>, run: impl FnOnce(Fit<M>)) -> Vec<Checkpoint<M::Params>>
where
    M: LatentModel<Params: serde::Serialize + serde::de::DeserializeOwned>,
{
    let all = RefCell::new(Vec::new());
    run(fit.checkpoint(Duration::ZERO, |now| {
        all.borrow_mut().push(serde_json::to_string(now).unwrap());
        Ok::<(), Infallible>(())
    }));
    all.into_inner().iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

fn last<M>(fit: Fit<M>, run: impl FnOnce(Fit<M>)) -> Checkpoint<M::Params>
where
    M: LatentModel<Params: serde::Serialize + serde::de::DeserializeOwned>,
{
    checkpoints(fit, run).pop().unwrap()
}

#[test]
fn an_interrupt_between_iterations_ends_the_fit_where_it_stands() {
    let (model, interrupt) = (Script::of(&[-4.0, -2.0, -1.0]), Interrupt::default());
    let raise = |at: &Progress, _: &usize| {
        if at.iteration == 2 {
            interrupt.raise();
        }
        ControlFlow::Continue(())
    };
    let fitted = Fit::new(&model, &DATA[..]).interruptible(&interrupt).observe(raise).from(0).unwrap();
    assert_eq!((fitted.stop.clone(), fitted.params), (StopReason::Interrupted, 2));
    assert_eq!((fitted.trace.clone(), fitted.passes), (vec![-4.0, -2.0, -1.0], 3.0));
    assert!(!fitted.converged());
    assert_eq!(fitted.warnings.len(), 1);
    assert_eq!(
        fitted.warnings[0].to_string(),
        "the fit was interrupted; its best run of 1 has done 2 iterations; resume it from a checkpoint, or fit again"
    );
}

#[test]
fn an_interrupt_leaves_the_other_runs_and_what_they_found() {
    let interrupt = Interrupt::default();
    let raise = |at: &Progress, _: &f64| {
        if at.run == 4 && at.iteration == 1 {
            interrupt.raise();
        }
        ControlFlow::Continue(())
    };
    let fit = || Fit::new(&HILLS, &DATA[..]).stop(Rule::AbsoluteGain(1e-9));
    let whole = fit().run().unwrap();
    let fitted = fit().interruptible(&interrupt).observe(raise).run().unwrap();
    assert_eq!(fitted.runs[..3], whole.runs[..3]);
    assert_eq!((fitted.runs.len(), &fitted.runs[3].stop), (4, &Some(StopReason::Interrupted)));
    assert_eq!(
        fitted.run,
        1 + fitted.runs.iter().position(|r| r.objective == Some(fitted.objective())).unwrap() as u64
    );
    // The best run converged, but the fit did not come to its end.
    assert!(fitted.runs[fitted.run as usize - 1].stop.as_ref().unwrap().converged() && !fitted.converged());
    let codes: Vec<&str> = fitted.warnings.iter().map(|w| &*w.code).collect();
    assert!(codes.contains(&"not_converged") && codes.contains(&"runs_not_begun"), "{codes:?}");
}

#[test]
fn an_interrupt_before_the_first_state_leaves_nothing() {
    let interrupt = Interrupt::default();
    interrupt.raise();
    let e = Fit::new(&HILLS, &DATA[..]).interruptible(&interrupt).run().unwrap_err();
    assert!(matches!(e.cause, Cause::Interrupted), "{e:?}");
    assert_eq!(
        e.to_string(),
        "run 1, iteration 0: the fit was interrupted before its first state; nothing is left of it"
    );
    // Nor are the others looked at, one by one.
    let e = Fit::new(&HILLS, &DATA[..]).restarts(u64::MAX).interruptible(&interrupt).run().unwrap_err();
    assert!(matches!(e.cause, Cause::Interrupted), "{e:?}");
    // That of the work around it counts where a fit has none of its own.
    let e = interrupt.during(|| Fit::new(&HILLS, &DATA[..]).run()).unwrap_err();
    assert!(matches!(e.cause, Cause::Interrupted), "{e:?}");
}

#[test]
fn once_the_time_is_up_no_run_is_begun() {
    let wait = |_: &Progress, _: &f64| {
        std::thread::sleep(Duration::from_millis(2));
        ControlFlow::Continue(())
    };
    let rule = Rule::Any(vec![Rule::AbsoluteGain(1e-9), Rule::Seconds(0.001)]);
    let fitted = Fit::new(&HILLS, &DATA[..]).stop(rule.clone()).observe(wait).run().unwrap();
    assert_eq!(fitted.runs.len(), 1);
    let told = fitted.warnings.iter().find(|w| w.code == "runs_not_begun").unwrap().to_string();
    assert_eq!(
        told,
        "1 of 10 runs were begun before the fit had to end; give it more time, or resume it from a checkpoint"
    );
    // The seconds of all sessions count.
    let fit = || Fit::new(&HILLS, &DATA[..]).stop(rule.clone());
    let left = last(fit().observe(wait), |fit| drop(fit.run()));
    let again = fit().resume(left.clone()).run().unwrap();
    assert_eq!((again.runs.len(), again.iterations), (1, fitted.iterations));
    let more = Rule::AbsoluteGain(1e-9);
    let resumed = fit().stop(more.clone()).resume(left).run().unwrap();
    assert_eq!(bits(resumed), bits(fit().stop(more).run().unwrap()));
}

#[test]
fn the_sweep_of_sufficient_statistics_is_kept() {
    let fit = |model, n| Fit::new(model, &DATA[..]).stop(iterations(n));
    let (first, second) = (Squares::default(), Squares::default());
    let left = last(fit(&first, 4), |fit| drop(fit.from(1.0)));
    let resumed = fit(&second, 40).resume(left).from(1.0).unwrap();
    assert_eq!((second.looks.load(Ordering::Relaxed), resumed.passes), (0, 1.0));
    assert_eq!(bits(resumed), bits(fit(&Squares::default(), 40).from(1.0).unwrap()));
}

/// Fails in iteration `run` of each run; before, it halves a step.
struct Unlucky;

impl Algorithm<Hills> for Unlucky {
    fn step(&self, cx: &Context<Hills>, from: &State<Hills>, memory: &mut Memory) -> Result<State<Hills>, Cause> {
        if memory.iteration + 1 == cx.streams.run {
            return Err(MStepError::new(Part::Component(1), "no luck", "try again").in_feature(7).into());
        }
        cx.record(EventKind::StepHalved { times: 2 });
        Ok(cx.at(from.params))
    }
}

#[test]
fn failures_of_earlier_sessions_are_told_in_the_same_words() {
    let fit = |n, restarts| Fit::new(&HILLS, &DATA[..]).algorithm(Unlucky).stop(iterations(n)).restarts(restarts);
    let wanted = fit(9, 3).run().unwrap_err();
    for left in checkpoints(fit(9, 3), |fit| drop(fit.run())) {
        let e = fit(9, 3).resume(left).run().unwrap_err();
        assert_eq!((e.to_string(), e.run, e.iteration, e.failed), (wanted.to_string(), 1, 1, 3));
        assert_eq!(e.cause.feature(), Some(7));
    }
    // Where one comes through, the events of all are told in the order of runs, and each once.
    let whole = bits(fit(2, 3).run().unwrap());
    for left in checkpoints(fit(2, 3), |fit| drop(fit.run())) {
        assert_eq!(bits(fit(2, 3).resume(left).run().unwrap()), whole);
    }
}

#[test]
fn a_checkpoint_that_cannot_be_written_costs_no_fit() {
    let count = Cell::new(0);
    let every_other = |_: &Checkpoint<f64>| {
        count.set(count.get() + 1);
        if count.get() % 2 == 0 { Err("the disk is full") } else { Ok(()) }
    };
    let model = Hills { border: 2.0, random: false };
    let fit = Fit::new(&model, &DATA[..]).stop(iterations(3)).checkpoint(Duration::ZERO, every_other);
    let fitted = fit.from(0.5).unwrap();
    // One before each iteration, and one at the end.
    assert_eq!((count.get(), fitted.iterations), (4, 3));
    let told = fitted.warnings.last().unwrap();
    assert_eq!(told.code, "checkpoint_not_written");
    assert!(told.message.starts_with("2 of 4 checkpoints could not be written: the disk is full"), "{told}");
    let fit = Fit::new(&model, &DATA[..]).stop(iterations(3));
    let never = fit.checkpoint(Duration::MAX, |_| Err("no such folder")).from(0.5).unwrap();
    let told = never.warnings.last().unwrap().message.clone();
    assert_eq!(told, "no checkpoint could be written: no such folder");
}

#[test]
fn a_checkpoint_of_something_else_is_refused() {
    let fit = || Fit::new(&HILLS, &DATA[..]).stop(iterations(3)).restarts(4);
    let left = last(fit(), |fit| drop(fit.run()));
    assert_eq!((left.seed(), left.runs()), (1, 4));
    let refusal = |fit: Fit<Hills>| fit.resume(left.clone()).run().unwrap_err().cause.to_string();
    let begins = "the checkpoint does not belong to this fit: ";
    assert_eq!(refusal(fit().seed(2)), format!("{begins}its seed is 1, not 2"));
    assert_eq!(refusal(fit().restarts(3)), format!("{begins}it has 4 runs, more than 3"));
    // Of another model, or tampered with.
    let changed = |field: &str| {
        let mut text = serde_json::to_value(&left).unwrap();
        text["runs"][1]["phase"]["UnderWay"][field] = "".into();
        fit().resume(serde_json::from_value(text).unwrap()).run().unwrap_err().to_string()
    };
    let begins = format!("run 2, iteration 3: {begins}");
    assert_eq!(changed("stats"), format!("{begins}its statistics are not those of the model"));
    assert_eq!(changed("trace"), format!("{begins}its trace is not as long as its iterations are many"));
}

#[test]
fn short_runs_find_the_higher_hill() {
    let fit = || Fit::new(&HILLS, &DATA[..]).stop(iterations(6)).restarts(10);
    let plain = fit().run().unwrap();
    let lower = |fitted: &Fitted<Hills>| fitted.runs.iter().filter(|r| r.objective.unwrap() < -10.5).count();
    assert!(lower(&plain) >= 2, "single starts miss it");
    let fitted = fit().short_runs(8, 2).run().unwrap();
    assert_eq!(lower(&fitted), 0);
    // Eight times a first E-step and two iterations, then a first E-step and six.
    assert_eq!((fitted.passes, fitted.iterations), (8.0 * 3.0 + 7.0, 6));
    // A start that is not random is not tried twice.
    let certain = Hills { random: false, ..HILLS };
    assert_eq!(Fit::new(&certain, &DATA[..]).stop(iterations(6)).short_runs(8, 2).run().unwrap().passes, 7.0);
    assert_eq!(fit().short_runs(8, 2).from(0.5).unwrap().passes, 7.0);
}

#[test]
fn short_runs_that_fail_are_told_and_only_all_of_them_are_an_error() {
    let narrow = Hills { border: 1.2, random: true };
    let fit = |model, starts| Fit::new(model, &DATA[..]).stop(iterations(2)).restarts(1).short_runs(starts, 0);
    let fitted = fit(&narrow, 10).run().unwrap();
    assert!(!fitted.events.is_empty() && fitted.runs[0].error.is_none());
    for Event { run, iteration, what } in &fitted.events {
        assert!(matches!(what, EventKind::ShortRunDiscarded { reason, .. } if reason.contains("beyond the border")));
        assert_eq!((*run, *iteration), (1, 0));
    }
    assert!(fitted.events[0].to_string().contains("iteration 0: short run "), "{}", fitted.events[0]);
    let nowhere = Hills { border: 0.0, random: true };
    let wanted = fit(&nowhere, 3).run().unwrap_err();
    assert!(wanted.to_string().starts_with("run 1, iteration 0: the model: "), "{wanted}");
    let restarted = |model| fit(model, 3).restarts(2);
    assert_eq!(restarted(&nowhere).run().unwrap_err().failed, 2);
    for left in checkpoints(fit(&narrow, 10), |fit| drop(fit.run())) {
        assert_eq!(bits(fit(&narrow, 10).resume(left).run().unwrap()), bits(fitted.clone()));
    }
}
