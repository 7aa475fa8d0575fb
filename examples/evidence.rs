//! How strongly should a regression be regularised? The data themselves can tell.
//!
//! Bayesian linear regression, t = Φw + noise of precision β, with w ~ N(0, I/α) as the latent variable: EM finds the α and
//! β of greatest evidence p(t | α, β). MacKay's fixed point has the same ends and comes there sooner, but a step of it may
//! lower the evidence; no step of EM does (Bishop 2006, sections 3.5 and 9.3.4).

mod picture;

use em::prelude::*;
use nalgebra::DMatrix;
use picture::{COLORS, GREY, Panel, SeriesLabelPosition};
use std::error::Error;
use std::f64::consts::TAU;

type Fitting = Fitted<BayesianLinearModel>;

/// The evidence at α and β, with the posterior of w.
fn at(data: &RegressionData, alpha: f64, beta: f64) -> Result<Fitting, Box<dyn Error>> {
    Ok(Fit::new(&BayesianLinearModel::new(data.columns()), data).at(Precisions::new(alpha, beta)?)?)
}

/// The log evidence at the start and after every step to α = γ / m′m and β = (N − γ) / |t − Φm|², where a row of weight v
/// counts as v rows (MacKay 1992; Bishop 2006, eqs. 3.92 and 3.95).
fn mackay(data: &RegressionData, (mut alpha, mut beta): (f64, f64), steps: usize) -> Result<Vec<f64>, Box<dyn Error>> {
    let t = data.response().ok_or("no response")?;
    let mut trace = Vec::new();
    for _ in 0..=steps {
        let here = at(data, alpha, beta)?;
        let w = here.params.coefficients().ok_or("no posterior")?;
        let square = |u: usize| data.weight(u) * (t[u] - data.design().column(u).dot(&w.mean)).powi(2);
        trace.push(here.log_likelihood);
        alpha = w.effective_parameters / w.mean.norm_squared();
        beta = (data.total_weight() - w.effective_parameters) / (0..t.len()).map(square).sum::<f64>();
    }
    Ok(trace)
}

/// EM and MacKay's update from one start, step by step.
fn both(data: &RegressionData, start: (f64, f64), steps: usize) -> Result<(Fitting, Vec<f64>), Box<dyn Error>> {
    let model = BayesianLinearModel::new(data.columns());
    let tight = Stop { relative_gain: 1e-14, ..Stop::default() };
    let em = Fit::new(&model, data).stop(tight).from(Precisions::new(start.0, start.1)?)?;
    Ok((em, mackay(data, start, steps)?))
}

/// Three rows that count 5/8 each, less together than the two coefficients: MacKay's N − γ leaves next to nothing for β. On rows
/// that count whole, such as those of the sine, it has risen from wherever we began.
fn light_rows() -> Result<RegressionData, Box<dyn Error>> {
    let x = DMatrix::from_column_slice(2, 3, &[0.2, 0.0, 0.0, 0.3, 0.0, 0.0]);
    Ok(RegressionData::new(x, Some(vec![0.07, 0.28, 0.15]), None, Some(vec![0.625; 3]))?)
}

fn main() -> Result<(), Box<dyn Error>> {
    // Nine Gaussian bumps and an intercept for 25 points of a noisy sine.
    let centers: Vec<f64> = (0..9).map(|i| f64::from(i) / 8.0).collect();
    let bumps = Term::GaussianBasis { column: "x".into(), centers, width: 0.15 };
    let design = Design::new("t", vec![bumps], true, None)?;
    let table = read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/models/data/sinusoid.csv"))?;
    let data = design.encode(&table, Purpose::Fit)?;

    let (fitted, textbook) = both(&data, (1e-4, 0.5), 20)?;
    let (alpha, beta) = (fitted.params.alpha(), fitted.params.beta());
    let gamma = fitted.params.coefficients().ok_or("no posterior")?.effective_parameters;
    println!("α = {alpha:.4}, β = {beta:.4} (noise of sd {:.3}), γ = {gamma:.3} of 10 coefficients", beta.powf(-0.5));
    println!(
        "log evidence {:.6} after {} iterations and {} pass",
        fitted.log_likelihood, fitted.iterations, fitted.passes
    );
    println!("MacKay's begin {:.3?}", &textbook[..7]);
    // By an independent program (`blr_sinusoid_gauss9` in `tests/reference`). The evidence is flat at its top: where gains are
    // lost in rounding, some 10⁻⁷ of α and β are left to go.
    assert!((fitted.log_likelihood + 6.79799988403).abs() < 1e-9 && (textbook[20] + 6.79799988403).abs() < 1e-9);
    assert!((alpha / 4.27642364024 - 1.0).abs() < 1e-5 && (beta / 21.2002736331 - 1.0).abs() < 1e-5);
    assert!((gamma - 5.42789575768).abs() < 1e-5);

    // Where rows weigh next to nothing MacKay's update leaps too far and loses more than a nat; EM only climbs.
    let (light, leaping) = both(&light_rows()?, (0.2, 85.0), 8)?;
    println!("light rows: EM {:.3?}, MacKay's {:.3?}", &light.trace[..4], &leaping[..4]);
    assert!(light.trace.windows(2).all(|pair| pair[1] >= pair[0] - 1e-12));
    assert!(leaping[1] < leaping[0] - 1.0);

    // Mean and standard deviation, noise included, of a new t at any x.
    let grid = Table::from_columns("grid", [("x", (0..=300).map(|i| f64::from(i) / 300.0).collect())])?;
    let prediction = fitted.predict(&BayesianLinearModel::new(10), &design.encode(&grid, Purpose::Predict)?);
    let (mean, sd) = (prediction.numbers("mean").ok_or("no mean")?, prediction.numbers("sd").ok_or("no sd")?);
    let place = |x: f64| (300.0 * x).round() as usize;
    let band = |x: f64| (mean[place(x)] - 2.0 * sd[place(x)], mean[place(x)] + 2.0 * sd[place(x)]);
    let points: Vec<(f64, f64)> =
        table.numbers("x")?.iter().copied().zip(table.numbers("t")?.iter().copied()).collect();
    let inside = points.iter().filter(|(x, t)| (band(*x).0..=band(*x).1).contains(t)).count();
    println!("{inside} of {} points lie within two standard deviations", points.len());
    assert!(inside >= 22); // 95 % of 25 are expected; fewer than 22 would happen to one data set in thirty

    let trace = |values: &[f64]| values.iter().take(9).enumerate().map(|(i, v)| (i as f64, *v)).collect::<Vec<_>>();
    let regression = Panel::new("what the fit says of a new point", "x", "t")
        .legend(SeriesLabelPosition::UpperRight)
        .band(0.0..1.0, COLORS[0], band)
        .named("mean ± 2 sd")
        .graph(0.0..1.0, COLORS[0], |x| mean[place(x)])
        .graph(0.0..1.0, GREY, |x| (TAU * x).sin())
        .named("sin 2πx")
        .points(points, COLORS[1]);
    let ascent = Panel::new("log evidence of three light rows", "iteration", "nats")
        .line(trace(&light.trace), COLORS[0])
        .named("EM")
        .line(trace(&leaping), COLORS[1])
        .named("MacKay");
    picture::write("evidence", 2, &[regression, ascent])
}
