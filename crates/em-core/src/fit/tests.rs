use super::watch::largest_change;
use super::*;
use crate::algorithm::{Ascent, Context, Memory, State};
use crate::testing::{Counts, Hills, Mean, Script, Squares};
use crate::{Event, EventKind, MStepError, Progress, Run, RunRecord, Stop, StopReason, Streams, Weighted};
use std::cell::RefCell;
use std::error::Error;
use std::ops::ControlFlow;

const DATA: [f64; 3] = [1.0, 2.0, 3.0];

fn iterations(n: u64) -> Rule {
    Rule::MaxIterations(n)
}

fn script(model: &Script) -> Result<Fitted<Script>, FitError> {
    Fit::new(model, &DATA[..]).stop(iterations(5)).from(0)
}

fn hills(seed: u64, border: f64) -> Result<Fitted<Hills>, FitError> {
    let model = Hills { border, random: true };
    Fit::new(&model, &DATA[..]).stop(Rule::AbsoluteGain(1e-9)).seed(seed).run()
}

#[test]
fn an_objective_that_falls_is_an_error() {
    let e = script(&Script::of(&[-9.0, -5.0, -5.5])).unwrap_err();
    assert_eq!((e.run, e.iteration), (1, 2));
    assert!(matches!(e.cause, Cause::Fell { old: -5.0, new: -5.5 }), "{e:?}");
    assert!(e.to_string().starts_with("run 1, iteration 2: the objective fell from -5 to -5.5"), "{e}");
}

#[test]
fn a_fall_within_rounding_is_none() {
    let old = -5e6;
    // The slack is 1e-11 of the size: 5e-5 here.
    assert!(script(&Script::of(&[old, old - 4e-5])).is_ok());
    assert!(matches!(script(&Script::of(&[old, old - 6e-5])).unwrap_err().cause, Cause::Fell { .. }));
    // Near zero it is 1e-11 nats.
    assert!(script(&Script::of(&[0.0, -0.9e-11])).is_ok());
    assert!(script(&Script::of(&[0.0, -1.1e-11])).is_err());
}

#[test]
fn at_a_point_there_is_an_e_step_and_no_iteration() {
    let model = Script { finish: 5, ..Script::of(&[-9.0, -5.0, -4.0]) };
    let here = Fit::new(&model, &DATA[..]).stop(iterations(5)).at(1).unwrap();
    assert_eq!((here.objective(), here.stats, here.iterations, here.passes), (-5.0, 3.0, 0, 1.0));
    assert_eq!(here.params, 6, "completed by what the E-step knows");
    assert!(matches!(Fit::new(&model, &DATA[..]).at(100).unwrap_err().cause, Cause::Start(_)));
}

#[test]
fn what_is_not_finite_is_blamed_on_the_first_unit_that_counts() {
    let data = Weighted { items: vec![1.0, f64::INFINITY, 2.0, 3.0, 1e200, 1e200], weights: vec![1.0; 6] };
    let data = Weighted { weights: vec![1.0, 0.0, 1.0, 1.0, 1.0, 1.0], ..data };
    let e = Fit::new(&Mean, &data).from(0.0).unwrap_err();
    assert_eq!((e.run, e.iteration), (1, 0));
    assert!(matches!(e.cause, Cause::NotFinite { value: f64::NEG_INFINITY, unit: Some(4) }), "{e:?}");
    assert!(e.to_string().contains("first because of observation 4"), "{e}");
    let e = script(&Script::of(&[-1.0, f64::NAN])).unwrap_err();
    assert_eq!(e.iteration, 1);
    assert!(matches!(e.cause, Cause::NotFinite { value, .. } if value.is_nan()));
}

#[test]
fn an_m_step_error_tells_run_and_iteration_and_its_source() {
    let e = script(&Script { fails_at: Some(3), ..Script::of(&[-1.0]) }).unwrap_err();
    assert_eq!((e.run, e.iteration), (1, 3));
    assert_eq!(
        e.to_string(),
        "run 1, iteration 3: component 1: an error occurred when formatting an argument; try something else"
    );
    let mut source = e.source();
    while let Some(deeper) = source.and_then(Error::source) {
        source = Some(deeper);
    }
    assert!(source.is_some_and(|root| root.is::<std::fmt::Error>()), "{e:?}");
}

#[test]
fn an_error_leaves_the_last_good_state() {
    let model = Script::of(&[-3.0, -2.0, -7.0]);
    let local = Local::new(&model, &DATA[..]);
    let mut run = Run::new(Context::new(&model, &local, Streams { seed: 1, run: 4 }), &Em, 0).unwrap();
    assert_eq!((run.advance().unwrap(), run.number()), (1.0, 4));
    assert!(run.advance().is_err());
    assert_eq!((run.iteration(), run.state().params, run.state().objective()), (1, 1, -2.0));
    assert_eq!(run.trace(), [-3.0, -2.0]);
}

#[test]
fn the_best_of_fresh_starts_is_kept_and_all_are_told() {
    let fitted = hills(1, 2.0).unwrap();
    let objectives: Vec<f64> = fitted.runs.iter().map(|r| r.objective.unwrap()).collect();
    assert_eq!(objectives.len(), 10);
    assert!(objectives.iter().any(|o| *o < -10.9) && objectives.iter().any(|o| *o > -10.1));
    let first_best = objectives.iter().position(|o| *o == fitted.objective()).unwrap();
    assert_eq!(fitted.run, first_best as u64 + 1);
    assert!(objectives.iter().all(|o| *o <= fitted.objective()));
    assert!((fitted.params - 1.0).abs() < 1e-4 && fitted.warnings.is_empty());
    assert_eq!(fitted.reached_best(), objectives.iter().filter(|o| **o > -10.1).count());
    assert!(fitted.runs.iter().all(|r| r.stop.as_ref().is_some_and(StopReason::converged) && r.error.is_none()));
    assert_eq!(fitted.iterations, fitted.runs[first_best].iterations);
}

/// The starts, as the observers see them.
fn starts(seed: u64) -> Vec<f64> {
    let (model, seen) = (Hills { border: 2.0, random: true }, RefCell::new(Vec::new()));
    let note = |_: &Progress, x: &f64| {
        seen.borrow_mut().push(*x);
        ControlFlow::Continue(())
    };
    Fit::new(&model, &DATA[..]).stop(iterations(0)).seed(seed).observe(note).run().unwrap();
    seen.into_inner()
}

#[test]
fn the_seed_decides_the_starts() {
    let (one, two) = (starts(1), starts(2));
    assert_eq!(one, starts(1));
    assert!(one.iter().all(|x| !two.contains(x)));
    assert!((1..10).all(|i| !one[..i].contains(&one[i])));
    let (a, b) = (hills(7, 2.0).unwrap(), hills(7, 2.0).unwrap());
    assert_eq!((a.params, a.trace, a.runs), (b.params, b.trace, b.runs));
}

#[test]
fn a_start_that_is_not_random_is_run_once() {
    let model = Hills { border: 2.0, random: false };
    let fitted = Fit::new(&model, &DATA[..]).stop(Rule::AbsoluteGain(1e-9)).restarts(20).run().unwrap();
    assert_eq!(fitted.runs.len(), 1);
    assert_eq!(hills(1, 2.0).unwrap().runs.len(), RESTARTS as usize);
}

#[test]
fn a_failed_run_is_discarded_and_told() {
    let fitted = hills(1, 1.2).unwrap();
    let failed: Vec<&RunRecord> = fitted.runs.iter().filter(|r| r.error.is_some()).collect();
    assert!(!failed.is_empty() && failed.len() < 10);
    for record in &failed {
        assert_eq!((record.objective, &record.stop, record.iterations), (None, &None, 0));
        let reason = record.error.clone().unwrap();
        assert!(reason.contains("beyond the border; draw again"), "{reason}");
        let what = EventKind::RunDiscarded { reason };
        assert!(fitted.events.contains(&Event { run: record.run, iteration: 0, what }));
    }
    assert_eq!(fitted.events.len(), failed.len());
}

#[test]
fn when_all_runs_fail_the_first_error_is_told_with_their_number() {
    let e = hills(1, 0.0).unwrap_err();
    assert_eq!((e.run, e.iteration, e.failed), (1, 0, 10));
    assert!(e.to_string().ends_with("(all 10 runs failed; this is the first)"), "{e}");
}

#[test]
fn what_happened_in_a_failed_run_is_kept() {
    /// Halves a step, then fails.
    struct Unlucky;
    impl Algorithm<Hills> for Unlucky {
        fn step(&self, cx: &Context<Hills>, from: &State<Hills>, _: &mut Memory) -> Result<State<Hills>, Cause> {
            cx.record(EventKind::StepHalved { times: 2 });
            match cx.streams.run {
                1 => Err(MStepError::new(Part::Whole, "no luck", "try again").into()),
                _ => Ok(cx.at(from.params)),
            }
        }
    }
    use crate::Part;
    let model = Hills { border: 2.0, random: true };
    let fit = Fit::new(&model, &DATA[..]).algorithm(Unlucky).restarts(2).stop(iterations(1));
    let fitted = fit.run().unwrap();
    let told: Vec<String> = fitted.events.iter().map(Event::to_string).collect();
    assert_eq!(told[0], "run 1, iteration 1: a step of the M-step was halved 2 times");
    assert_eq!(told[1], "run 1, iteration 1: the run was discarded: the model: no luck; try again");
    assert_eq!(told.len(), 3);
}

#[test]
fn observers_see_every_iteration_and_may_end_the_run() {
    let (model, seen) = (Script::of(&[-4.0, -2.0, -1.0]), RefCell::new(Vec::new()));
    let note = |p: &Progress, params: &usize| {
        seen.borrow_mut().push((p.iteration, *params, p.objective, p.gain));
        ControlFlow::Continue(())
    };
    let enough = |p: &Progress, _: &usize| match p.iteration {
        2 => ControlFlow::Break("enough".to_string()),
        _ => ControlFlow::Continue(()),
    };
    let fit = Fit::new(&model, &DATA[..]).observe(enough).observe(note);
    let fitted = fit.from(0).unwrap();
    assert_eq!(fitted.stop, StopReason::Observer { message: "enough".into() });
    assert!(!fitted.converged() && fitted.params == 2);
    let wanted = [(0, 0, -4.0, None), (1, 1, -2.0, Some(2.0)), (2, 2, -1.0, Some(1.0))];
    assert_eq!(seen.take(), wanted);
    // A rule that is met does not hide the last iteration.
    Fit::new(&model, &DATA[..]).stop(iterations(2)).observe(note).from(0).unwrap();
    assert_eq!(seen.into_inner(), wanted);
}

#[test]
fn every_rule_stops_a_fit() {
    let model = Script::of(&[-400.0, -200.0, -101.0, -100.5, -100.5]);
    let stop = |rule: Rule| Fit::new(&model, &DATA[..]).stop(rule).from(0).unwrap();
    let fitted = stop(Rule::RelativeGain(0.01));
    assert_eq!((fitted.iterations, fitted.converged()), (3, true));
    assert_eq!(fitted.stop, StopReason::RelativeGain { gain: 0.5 / 100.5, tolerance: 0.01 });
    assert_eq!(stop(Rule::AbsoluteGain(0.5)).iterations, 3);
    assert_eq!(stop(Rule::AbsoluteGain(0.0)).iterations, 4);
    let fitted = stop(iterations(2));
    assert_eq!((fitted.iterations, fitted.params, fitted.converged()), (2, 2, false));
    assert_eq!(fitted.trace, [-400.0, -200.0, -101.0]);
    // The first E-step is a pass, and so is each iteration.
    let fitted = stop(Rule::Passes(3.0));
    assert_eq!((fitted.iterations, fitted.passes), (2, 3.0));
    assert_eq!(stop(Rule::Seconds(0.0)).iterations, 0);
    assert_eq!(stop(Stop::default().into()).iterations, 4);
    let both = Rule::All(vec![Rule::AbsoluteGain(100.0), iterations(3)]);
    assert_eq!(stop(both).iterations, 3);
    let either = Rule::Any(vec![Rule::AbsoluteGain(100.0), iterations(3)]);
    assert_eq!(stop(either).iterations, 2);
}

#[test]
fn the_change_of_parameters_must_be_followed_to_stop_a_fit() {
    let model = Hills { border: 2.0, random: true };
    let fit = || Fit::new(&model, &DATA[..]).stop(Rule::Any(vec![Rule::ParameterChange(0.01), iterations(99)]));
    let e = fit().from(0.5).unwrap_err();
    assert!(matches!(e.cause, Cause::NoCoordinates), "{e:?}");
    // From 0.5 the gaps to 1 are 2⁻¹, 2⁻² …; the step from x = 1 − 2⁻⁶ is 2⁻⁷ / (1 + x) = 0.0039.
    let fitted = fit().follow_parameters().from(0.5).unwrap();
    let change = 2f64.powi(-7) / (2.0 - 2f64.powi(-6));
    let earlier = 2f64.powi(-6) / (2.0 - 2f64.powi(-5));
    assert!(earlier <= 0.01 && 2.0 * earlier > 0.01 && change < earlier);
    assert_eq!(fitted.stop, StopReason::ParameterChange { change: earlier, tolerance: 0.01 });
    assert!(fitted.converged());
}

#[test]
fn changes_at_infinity() {
    let inf = f64::INFINITY;
    assert_eq!(largest_change(&[1.0, -3.0], &[1.5, -3.0]), 0.25);
    assert_eq!(largest_change(&[-inf, 1.0], &[-inf, 1.0]), 0.0);
    assert_eq!(largest_change(&[f64::NAN, 1.0], &[f64::NAN, 1.0]), inf);
    assert_eq!(largest_change(&[inf, 1.0], &[0.0, 1.0]), inf);
}

#[test]
fn a_fit_that_could_never_end_is_refused() {
    let never = Stop { relative_gain: 0.0, max_iterations: 0, ..Stop::default() };
    for rule in [never.into(), Rule::All(vec![]), Rule::Seconds(f64::INFINITY), Rule::RelativeGain(f64::NAN)] {
        let e = Fit::new(&Script::of(&[0.0]), &DATA[..]).stop(rule).from(0).unwrap_err();
        assert!(matches!(e.cause, Cause::NeverStops), "{e:?}");
    }
}

#[test]
fn a_start_that_does_not_fit_is_refused() {
    let e = Fit::new(&Script::of(&[0.0]), &DATA[..]).from(100).unwrap_err();
    assert_eq!(e.to_string(), "run 1, iteration 0: the start does not fit the data: 100 is not below 100");
    let model = Hills { border: 2.0, random: true };
    let e = Fit::new(&model, &DATA[..]).start(StartKind::KMeans).run().unwrap_err();
    assert_eq!(e.to_string(), "run 1, iteration 0: the model has no start `KMeans`; leave the kind out");
    let cause = Cause::NoSuchStart { kind: StartKind::Rows, known: &[StartKind::KMeans, StartKind::Responsibilities] };
    assert_eq!(cause.to_string(), "the model has no start `Rows`; it has KMeans, Responsibilities");
}

#[test]
fn the_model_has_the_last_word() {
    let fitted = script(&Script { finish: 40, ..Script::of(&[-2.0, -1.0]) }).unwrap();
    assert_eq!((fitted.params, fitted.iterations), (45, 5));
    let told: Vec<(&str, String)> = fitted.warnings.iter().map(|w| (&*w.code, w.to_string())).collect();
    assert_eq!(told[0], ("script", "ended at 45 with 3 units; read on".into()));
    assert_eq!(told[1].0, "not_converged");
    assert!(told[1].1.starts_with("the fit did not converge in 5 iterations; "), "{}", told[1].1);
    assert_eq!(told.len(), 2);
}

#[test]
fn a_best_value_reached_once_is_suspicious() {
    let model = Hills { border: 2.0, random: true };
    let two = |seed| {
        let fit = Fit::new(&model, &DATA[..]).stop(Rule::AbsoluteGain(1e-9)).restarts(2).seed(seed);
        let fitted = fit.run().unwrap();
        let codes: Vec<String> = fitted.warnings.iter().map(|w| w.code.to_string()).collect();
        (fitted.reached_best(), codes)
    };
    let all: Vec<_> = (0..20).map(two).collect();
    assert!(all.contains(&(1, vec!["best_reached_once".to_string()])) && all.contains(&(2, vec![])));
}

/// Plain EM that tells a jagged objective.
struct Jagged;

impl<M: LatentModel> Algorithm<M> for Jagged {
    fn step(&self, cx: &Context<M>, from: &State<M>, memory: &mut Memory) -> Result<State<M>, Cause> {
        let next = cx.at(cx.model.maximize(&from.stats, &from.params)?);
        let noise = if memory.iteration.is_multiple_of(2) { -7.0 } else { 0.0 };
        Ok(State { log_likelihood: -100.0 + noise, ..next })
    }
    fn ascent(&self, _: &Memory) -> Ascent {
        Ascent::Noisy
    }
}

#[test]
fn a_noisy_objective_is_neither_guarded_nor_trusted() {
    let model = Script::of(&[-3.0, -2.0]);
    let rule = Rule::Any(vec![Rule::AbsoluteGain(1e3), Rule::RelativeGain(1.0), iterations(4)]);
    let fitted = Fit::new(&model, &DATA[..]).algorithm(Jagged).stop(rule).from(0).unwrap();
    assert_eq!(fitted.stop, StopReason::MaxIterations { limit: 4 });
    assert_eq!(fitted.trace, [-3.0, -107.0, -100.0, -107.0, -100.0]);
    assert_eq!((fitted.params, fitted.log_likelihood), (4, -2.0));
    // The first E-step, four iterations, and the full E-step at the end.
    assert_eq!(fitted.passes, 6.0);
    assert_eq!(fitted.runs[0].objective, Some(-2.0));
}

#[test]
fn the_last_e_step_of_a_noisy_fit_must_be_finite_too() {
    let model = Script::of(&[-3.0, -2.0, f64::NAN]);
    let e = Fit::new(&model, &DATA[..]).algorithm(Jagged).stop(iterations(2)).from(0).unwrap_err();
    assert_eq!(e.iteration, 2);
    assert!(matches!(e.cause, Cause::NotFinite { .. }), "{e:?}");
}

const COUNTS: [Option<f64>; 6] = [Some(3.0), None, Some(9.0), Some(0.0), Some(4.0), None];

#[test]
fn inner_rounds_halve_a_step_that_overshoots_and_reach_the_maximum() {
    let (model, seen) = (Counts::default(), RefCell::new(Vec::new()));
    let note = |_: &Progress, b: &f64| {
        seen.borrow_mut().push(*b);
        ControlFlow::Continue(())
    };
    // A third of the counts is unseen, so that the gap to ln 4 shrinks by three each time; 40 of these are 1e-19.
    let fit = Fit::new(&model, &COUNTS[..]).stop(iterations(40)).observe(note);
    let fitted = fit.from(-3.0).unwrap();
    assert!((fitted.params - 4f64.ln()).abs() < 1e-7, "{}", fitted.params); // √ of the rounding of Q
    let halved: Vec<&Event> = fitted.events.iter().collect();
    assert!(halved.iter().all(|e| matches!(e.what, EventKind::StepHalved { times } if times >= 1)));
    // From −3 the full step is (mean − e⁻³) / e⁻³ with a mean of 16/6 + e⁻³/3: some 53, far beyond ln 4 + 3.
    assert!(halved.iter().any(|e| e.iteration == 1), "{halved:?}");
    for step in seen.into_inner().windows(2) {
        let (before, after) = (Counts::q(step[0], step[0], &COUNTS), Counts::q(step[0], step[1], &COUNTS));
        assert!(after >= before - 1e-12, "Q fell from {before} to {after} at {step:?}");
    }
    assert!(fitted.trace.windows(2).all(|w| w[1] >= w[0] - 1e-12));
    // Inner rounds are passes like any other: one block here, so a sweep is a pass.
    assert_eq!(fitted.passes, model.sweeps.into_inner() as f64);
    assert!(fitted.passes > 2.0 * fitted.iterations as f64);
}

#[test]
fn standing_still_because_no_step_helps_is_an_error_and_not_convergence() {
    let model = Counts { backwards: true, ..Counts::default() };
    let e = Fit::new(&model, &COUNTS[..]).from(0.0).unwrap_err();
    assert_eq!(e.iteration, 1);
    assert!(e.to_string().contains("lowers Q, even when halved 30 times"), "{e}");
}

#[test]
fn no_units_at_all_are_no_panic() {
    let fitted = Fit::new(&Mean, &Weighted::from(vec![])).from(0.0);
    // 0 / 0 is no mean, and the objective at it is the empty sum: the model's own affair.
    assert!(fitted.is_ok_and(|f| f.log_likelihood == 0.0 && f.passes >= 1.0));
}

#[test]
fn sufficient_statistics_are_gathered_once() {
    let model = Squares::default();
    let fitted = Fit::new(&model, &DATA[..]).stop(iterations(40)).from(1.0).unwrap();
    // Σ x² = 14; forty halvings of the gap to 3/14 leave nothing of it.
    assert!((fitted.params - 3.0 / 14.0).abs() < 1e-11, "{}", fitted.params);
    assert!(fitted.trace.windows(2).all(|w| w[1] >= w[0] - 1e-14));
    assert_eq!((fitted.iterations, fitted.passes, fitted.stats), (40, 1.0, [3.0, 14.0]));
    assert_eq!(model.looks.into_inner(), 2, "three numbers are two blocks");
    // So a limit to the passes is no end.
    let model = Squares::default();
    let fit = |rule| Fit::new(&model, &DATA[..]).stop(rule).from(1.0);
    assert!(matches!(fit(Rule::Passes(5.0)).unwrap_err().cause, Cause::NeverStops));
    assert!(fit(Rule::Any(vec![Rule::Passes(5.0), iterations(3)])).is_ok_and(|f| f.iterations == 3));
}
