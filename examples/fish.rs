//! Two kinds of fishing trips, and nobody wrote down which: can a mixture of regressions tell?
//!
//! A mixture of two Poisson regressions on data simulated with known coefficients. Its M-step has no closed form. What do
//! Newton steps cost beside gradient steps? Which starts fail? Is the end a maximum, and how sure are the coefficients?
//! And what if the data cannot tell coefficients apart?

use em::prelude::*;
use nalgebra::{DMatrix, DVector};
use std::error::Error;

type Model = Mixture<PoissonRegressions>;
type Params = MixtureParams<Vec<DVector<f64>>>;

/// What the data were drawn with: of 60 % and 40 % of the trips the coefficients of intercept, child, persons, camper.
const TRUTH: [[f64; 4]; 2] = [[-0.8, -0.4, 0.75, 0.5], [1.0, -0.6, 0.1, 0.0]];
/// Log-likelihood and standard errors by an independent program (`poisson_fish_k2` in `tests/reference`).
const REFERENCE: f64 = -449.59970826575943;
const ERRORS: [[f64; 4]; 2] = [[0.271569, 0.048356, 0.066751, 0.138181], [0.417329, 0.205148, 0.137270, 0.296840]];

/// The slope of the log-likelihood in free coordinates, by Fisher's identity that of Q.
fn slope(model: &Model, data: &RegressionData, at: Params) -> Result<DVector<f64>, FitError> {
    let here = Fit::new(model, data).at(at)?;
    Ok(model.gradient(&here.params, &here.stats).into())
}

/// The Hessian, by central differences of the slope.
fn hessian(model: &Model, data: &RegressionData, at: &Params) -> Result<DMatrix<f64>, Box<dyn Error>> {
    let x = model.to_free(at);
    let column = |i: usize| {
        let moved = |by: f64| -> Result<DVector<f64>, Box<dyn Error>> {
            let mut x = x.clone();
            x[i] += by;
            Ok(slope(model, data, model.at_free(at, &x)?)?)
        };
        Ok((moved(1e-5)? - moved(-1e-5)?) / 2e-5)
    };
    Ok(DMatrix::from_columns(&(0..x.len()).map(column).collect::<Result<Vec<_>, Box<dyn Error>>>()?))
}

fn recovered(model: &Model, data: &RegressionData, names: &[String]) -> Result<(), Box<dyn Error>> {
    let tight = Stop { relative_gain: 1e-14, ..Stop::default() };
    let mut fitted = Fit::new(model, data).restarts(10).seed(1).stop(tight).run()?;
    println!("{} of {} runs reached {:.6} nats", fitted.reached_best(), fitted.runs.len(), fitted.log_likelihood);
    assert!((fitted.log_likelihood - REFERENCE).abs() < 1e-8);
    // The larger component first, as in the truth.
    if fitted.params.weights()[0] < 0.5 {
        fitted.params = model.permute(&fitted.params, &[1, 0]);
    }

    // A maximum: the Hessian is negative definite, so that −H has a Cholesky factor; its inverse is the covariance of the
    // estimates. The first coordinate is that of the weights.
    let information = -hessian(model, data, &fitted.params)?;
    let covariance = information.cholesky().ok_or("the Hessian is not negative definite")?.inverse();
    for j in 0..2 {
        println!("component {j}, weight {:.3}", fitted.params.weights()[j]);
        for (i, name) in names.iter().enumerate() {
            let (b, error) = (fitted.params.components()[j][i], covariance[(1 + 4 * j + i, 1 + 4 * j + i)].sqrt());
            println!("  {name:<10} {b:7.3} ± {error:.3}   truth {:5.2}", TRUTH[j][i]);
            // Eight estimates within three standard errors of the truth, which chance grants in 98 of 100 data sets.
            assert!((b - TRUTH[j][i]).abs() < 3.0 * error);
            assert!((error / ERRORS[j][i] - 1.0).abs() < 1e-3); // differences of step 10⁻⁵ are far better
        }
    }
    let certificate = Certificate::by_gradient(model, data, &fitted);
    println!("certificate: {:?}, largest eigenvalue {:.3}\n", certificate.verdict, certificate.eigenvalues[8]);
    assert!(certificate.verdict == Verdict::StrictMaximum && certificate.eigenvalues[8] < 0.0);
    Ok(())
}

/// Newton's steps in the M-step against steps along the gradient, from one start.
fn steps(model: &Model, data: &RegressionData) -> Result<(), Box<dyn Error>> {
    let start =
        MixtureParams::new(vec![0.5, 0.5], vec![vec![0.0, 0.0, 0.5, 0.0].into(), vec![-1.0, 0.0, 0.0, 0.0].into()])?;
    let rule = Stop { relative_gain: 1e-9, max_iterations: 0, passes: 3000.0, ..Stop::default() };
    let gradient = |rate, line_search| Fit::new(model, data).algorithm(GradientEm { rate, line_search });
    let fits = [
        ("Newton until Q stops rising", Fit::new(model, data)),
        ("one Newton step", Fit::new(model, data).algorithm(Gem { steps: 1 })),
        ("gradient, rate 0.001", gradient(0.001, false)),
        ("gradient, rate 0.01", gradient(0.01, false)),
        ("gradient, rate 0.1", gradient(0.1, false)),
        ("gradient, line search", gradient(0.1, true)),
    ];
    println!("{:<28} passes  iterations        ln p", "M-step");
    let mut ends = Vec::new();
    for (name, fit) in fits {
        let end = fit.stop(rule).from(start.clone());
        match &end {
            Ok(f) if f.converged() => {
                println!("{name:<28} {:6} {:11} {:11.4}", f.passes, f.iterations, f.log_likelihood)
            }
            Ok(f) => println!("{name:<28} {:6} {:11} {:11.4}  not there yet", f.passes, f.iterations, f.log_likelihood),
            Err(error) => println!("{name:<28} {error}"),
        }
        ends.push(end.map(|f| f.log_likelihood).ok());
    }
    println!();
    // Newton gets there; too small a rate does not in 3000 passes, too large a one falls at once.
    let there = |end: Option<f64>| end.is_some_and(|l| (l - REFERENCE).abs() < 1e-2);
    assert!(there(ends[0]) && there(ends[1]) && there(ends[5]));
    assert!(ends[2] < ends[3] && !there(ends[3]) && ends[4].is_none());
    Ok(())
}

/// Starts drawn at random, and one at which both components are alike.
fn starts(model: &Model, data: &RegressionData) -> Result<(), Box<dyn Error>> {
    let random = Fit::new(model, data).start(StartKind::Responsibilities).restarts(20).seed(3).run()?;
    let lower: Vec<String> = random
        .runs
        .iter()
        .filter_map(|r| r.objective)
        .filter(|o| *o < REFERENCE - 1.0)
        .map(|o| format!("{o:.3}"))
        .collect();
    println!("random responsibilities: {} of 20 starts reached the maximum, others {lower:?}", random.reached_best());
    assert!(random.reached_best() >= 10 && !lower.is_empty());

    let one = vec![0.0, 0.0, 0.0, 0.0].into();
    let alike = MixtureParams::new(vec![0.5, 0.5], vec![DVector::clone(&one), one])?;
    let stuck = Fit::new(model, data).from(alike)?;
    let certificate = Certificate::by_gradient(model, data, &stuck);
    println!(
        "equal components: {:.3}, {:?}, along {}\n",
        stuck.log_likelihood, certificate.verdict, certificate.rising[0]
    );
    // EM keeps them equal: one regression of all trips.
    assert!(certificate.verdict == Verdict::Saddle && stuck.log_likelihood < REFERENCE - 1.0);
    Ok(())
}

/// The same covariate twice: only the sum of its two coefficients has a meaning, and nothing in the likelihood says so.
fn not_identified(table: &Table) -> Result<(), Box<dyn Error>> {
    let numbers = |name: &str| table.numbers(name).map(<[f64]>::to_vec);
    let (count, child, persons) = (numbers("count")?, numbers("child")?, numbers("persons")?);
    let x = DMatrix::from_fn(4, count.len(), |i, u| [1.0, child[u], persons[u], persons[u]][i]);
    let data = RegressionData::new(x, Some(count), None, None)?;
    let names = ["intercept", "child", "persons", "persons again"].map(String::from).to_vec();
    let model = Mixture::of(2, PoissonRegressions::default().naming(names));
    let start =
        MixtureParams::new(vec![0.5, 0.5], vec![vec![0.0, 0.0, 0.5, 0.0].into(), vec![-1.0, 0.0, 0.0, 0.0].into()])?;
    let fitted = Fit::new(&model, &data).from(start)?;
    let certificate = Certificate::by_gradient(&model, &data, &fitted);
    println!("one covariate twice: {:?}", certificate.verdict);
    certificate.flat.iter().for_each(|direction| println!("  nothing changes along {direction}"));
    assert!(certificate.verdict == Verdict::NotIdentified && certificate.flat.len() == 2);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let table = read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/models/data/fish.csv"))?;
    let design = Design::new("count", ["child", "persons", "camper"].map(Term::from).to_vec(), true, None)?;
    let data = design.encode(&table, Purpose::Fit)?;
    let model = Mixture::of(2, PoissonRegressions::default().naming(design.names()));
    recovered(&model, &data, &design.names())?;
    steps(&model, &data)?;
    starts(&model, &data)?;
    not_identified(&table)
}
