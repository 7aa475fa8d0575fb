//! Held parameters of a small model whose maxima are known.

use super::Held;
use crate::*;
use rand::RngExt;
use std::ops::Range;
use std::time::Duration;

/// One normal distribution of a mean and a log standard deviation; nothing is latent.
#[derive(Default)]
struct Bell;

impl LatentModel for Bell {
    type Data = [f64];
    type Params = [f64; 2];
    type Stats = [f64; 3]; // n, Σ x, Σ x²
    fn zero(&self, _: &[f64; 2]) -> [f64; 3] {
        [0.0; 3]
    }
    fn expect(&self, p: &[f64; 2], x: &[f64], units: Range<usize>, s: &mut [f64; 3]) -> f64 {
        let mut own = [0.0; 3];
        x[units].iter().for_each(|x| own = [own[0] + 1.0, own[1] + x, own[2] + x * x]);
        s.merge(&own);
        self.q(p, &own)
    }
    fn maximize(&self, [n, x, xx]: &[f64; 3], _: &[f64; 2]) -> Result<[f64; 2], MStepError> {
        match xx / n - x * x / n / n {
            variance if variance > 0.0 => Ok([x / n, 0.5 * variance.ln()]),
            _ => Err(MStepError::new(Part::Whole, "no spread is left", "take other data")),
        }
    }
}

impl CompleteLikelihood for Bell {
    fn q(&self, [m, s]: &[f64; 2], [n, x, xx]: &[f64; 3]) -> f64 {
        -n * s - 0.5 * (xx - 2.0 * m * x + n * m * m) * (-2.0 * s).exp()
    }
}

impl Coordinates for Bell {
    fn to_free(&self, p: &[f64; 2]) -> Vec<f64> {
        p.to_vec()
    }
    fn at_free(&self, _: &[f64; 2], x: &[f64]) -> Result<[f64; 2], MStepError> {
        Ok([x[0], x[1]])
    }
    fn coordinate_names(&self, _: &[f64; 2]) -> Vec<String> {
        vec!["mean".into(), "spread".into()]
    }
}

impl Gradient for Bell {
    fn gradient(&self, [m, s]: &[f64; 2], [n, x, xx]: &[f64; 3]) -> Vec<f64> {
        let precision = (-2.0 * s).exp();
        vec![(x - n * m) * precision, (xx - 2.0 * m * x + n * m * m) * precision - n]
    }
}

impl Conditionals for Bell {
    fn conditionals(&self) -> usize {
        2
    }
    fn maximize_conditional(&self, i: usize, [n, x, xx]: &[f64; 3], p: &[f64; 2]) -> Result<[f64; 2], MStepError> {
        let about = |m: f64| 0.5 * ((xx - 2.0 * m * x) / n + m * m).ln();
        Ok(if i == 0 { [x / n, p[1]] } else { [p[0], about(p[0])] })
    }
}

const DATA: [f64; 6] = [3.0, 4.5, 1.0, 7.5, 2.0, 6.0];

fn hold(names: &[&str]) -> Hold<Bell> {
    Hold::new(Fixed::of(names.iter().copied()))
}

#[test]
fn the_spread_about_a_held_mean_is_that_about_it_whatever_the_way_and_the_units() {
    for unit in [1.0, 1e-9, 1e9] {
        let data = DATA.map(|x| x * unit);
        let variance = DATA.iter().map(|x| (x - 2.0) * (x - 2.0)).sum::<f64>() / 6.0 * unit * unit;
        for way in [hold(&["mean"]), hold(&["mean"]).by_gradient(), hold(&["mean"]).by_conditionals()] {
            let fitted = Fit::new(&Bell, &data[..]).holding(way).from([2.0 * unit, unit.ln() + 2.0]).unwrap();
            assert_eq!(fitted.params[0], 2.0 * unit);
            // √ of the rounding of Q, which is flat at its maximum.
            assert!((fitted.params[1] - 0.5 * variance.ln()).abs() < 1e-6, "{unit}: {fitted:?}");
            assert!(fitted.converged() && fitted.iterations <= 3, "{unit}: {fitted:?}");
            assert_eq!((fitted.n_free(&Bell), fitted.criteria(&Bell, &data[..]).n_parameters), (1, 1));
            let certificate = Certificate::by_gradient(&Bell, &data[..], &fitted);
            assert_eq!((certificate.verdict, certificate.coordinates), (Verdict::StrictMaximum, 1), "{certificate:?}");
        }
        // The mean of a held spread is the mean.
        let fitted = Fit::new(&Bell, &data[..]).fixed(["spread"]).from([0.0, unit.ln() + 1.0]).unwrap();
        assert!((fitted.params[0] / unit - 4.0).abs() < 1e-7 && fitted.params[1] == unit.ln() + 1.0, "{fitted:?}");
    }
}

#[test]
fn an_m_step_never_ends_lower_than_it_began_and_leaves_what_is_held() {
    let mut rng = Streams { seed: 3, run: 1 }.rng(0, 0);
    let mut draw = |low: f64, high: f64| low + (high - low) * rng.random::<f64>();
    for _ in 0..200 {
        let (n, x) = (draw(1.0, 50.0), draw(-30.0, 30.0));
        let stats = [n, x, x * x / n + draw(0.01, 30.0)];
        let from = [draw(-5.0, 5.0), draw(-2.0, 3.0)];
        for (names, held) in [("mean", 0), ("spread", 1)] {
            let of_names = hold(&[names]);
            let held_in_run = Held::new(&of_names);
            let to = held_in_run.maximize(&Bell, &stats, &from, n).unwrap();
            assert_eq!(to[held], from[held]);
            assert!(Bell.q(&to, &stats) >= Bell.q(&from, &stats));
            let slope = Bell.gradient(&to, &stats)[1 - held];
            // In standard errors: 1/√(2n) for the spread, e^s/√n for the mean.
            let error = if held == 0 { 1.0 / (2.0 * n).sqrt() } else { to[1].exp() / n.sqrt() };
            assert!((slope * error).abs() < 1e-4, "{names} {stats:?} {from:?} {to:?} {slope}");
        }
    }
}

#[test]
fn what_cannot_be_held_is_refused_in_words() {
    let refused = |fit: Fit<Bell>| fit.from([0.0, 0.0]).unwrap_err().to_string();
    let wanted = "run 1, iteration 0: fixed parameters: `means` cannot be fixed; what can: `mean`, `spread`";
    assert_eq!(refused(Fit::new(&Bell, &DATA[..]).fixed(["means"])), wanted);
    let all = refused(Fit::new(&Bell, &DATA[..]).fixed(["mean", "spread"]));
    assert!(all.contains("every parameter is fixed"), "{all}");
    let none: [&str; 0] = [];
    assert!(Fit::new(&Bell, &DATA[..]).fixed(none).from([0.0, 0.0]).is_ok_and(|f| f.fixed.is_empty()));
}

#[test]
fn a_maximum_that_is_nowhere_is_the_error_of_the_closed_form() {
    // All numbers equal to the held mean: no spread is small enough, and the closed form says so.
    let stats = [3.0, 6.0, 12.0];
    assert!(Bell.maximize(&stats, &[2.0, 0.0]).is_err());
    let of_mean = hold(&["mean"]);
    let held = Held::new(&of_mean);
    let e = held.maximize(&Bell, &stats, &[2.0, 0.0], 3.0).unwrap_err();
    assert!(e.to_string().contains("no spread is left"), "{e}");
    // With the spread held there is nothing wrong.
    let of_spread = hold(&["spread"]);
    let held = Held::new(&of_spread);
    let to = held.maximize(&Bell, &stats, &[0.0, 0.0], 3.0).unwrap();
    assert!((to[0] - 2.0).abs() < 1e-7, "{to:?}");
}

#[test]
fn conditional_maximisations_and_slopes_leave_out_what_is_held() {
    let fit = |algorithm: &dyn Algorithm<Bell>, name: &str| {
        let start = [2.0, 2.0];
        Fit::new(&Bell, &DATA[..]).algorithm(algorithm).fixed([name]).from(start).unwrap().params
    };
    let spread = 0.5 * (DATA.iter().map(|x| (x - 2.0) * (x - 2.0)).sum::<f64>() / 6.0).ln();
    for algorithm in [
        &Em as &dyn Algorithm<Bell>,
        &Ecm::default(),
        &Ecm { multicycle: true },
        &GradientEm::default(),
        &Squarem,
        &Anderson::default(),
        &Incremental,
    ] {
        let (about, of) = (fit(algorithm, "mean"), fit(algorithm, "spread"));
        assert!(about[0] == 2.0 && (about[1] - spread).abs() < 1e-4, "{about:?}");
        assert!((of[0] - 4.0).abs() < 1e-3 && of[1] == 2.0, "{of:?}");
    }
}

#[test]
fn a_resumed_fit_holds_the_same_to_the_bit() {
    let mut saved: Vec<Checkpoint<[f64; 2]>> = Vec::new();
    let fit = || {
        let stop = Stop { relative_gain: 0.0, max_iterations: 8, ..Stop::default() };
        Fit::new(&Bell, &DATA[..]).algorithm(GradientEm::default()).stop(stop).fixed(["mean"])
    };
    let start = [2.0, 2.0];
    let keep = |checkpoint: &Checkpoint<[f64; 2]>| {
        saved.push(checkpoint.clone());
        Ok::<(), String>(())
    };
    let whole = fit().checkpoint(Duration::ZERO, keep).from(start).unwrap();
    assert!(saved.len() >= 8);
    for checkpoint in saved {
        let resumed = fit().resume(checkpoint).from(start).unwrap();
        assert_eq!((resumed.params, &resumed.trace, &resumed.fixed), (whole.params, &whole.trace, &whole.fixed));
    }
}
