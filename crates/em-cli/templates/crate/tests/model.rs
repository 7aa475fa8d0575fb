//! What must hold of the model, and of the program around it.

use em::cli::failure::Status;
use em::prelude::*;
use my_model::{MyModel, Params};

const SPEC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/my_model.ron");

fn data() -> Weighted<f64> {
    Weighted::from(vec![0.0, 0.0, 0.0, 0.0, 3.0, 1.0, 4.0, 2.0])
}

fn log_likelihood(p: &Params) -> f64 {
    let model = MyModel {};
    let mut stats = model.zero(p);
    model.expect(p, &data(), 0..data().units(), &mut stats)
}

/// Everything that can be asked of any model: merging, weights, the E-step, the M-step, the slope of the objective,
/// coordinates, samples, odd data, threads, resumed runs.
#[test]
fn the_model_obeys_the_laws() {
    em::check!(MyModel {}, data(), Params { zeros: 0.5, rate: 2.0 }).assert_passes();
}

#[test]
fn an_iteration_by_hand() {
    let (model, p) = (MyModel {}, Params { zeros: 0.5, rate: 2f64.ln() });
    let mut stats = model.zero(&p);
    model.expect(&p, &data(), 0..8, &mut stats);
    // e^(−λ) is ½, so that a 0 is inflated with probability ½ / (½ + ¼) = ⅔.
    assert!((stats.inflated - 4.0 * 2.0 / 3.0).abs() < 1e-12);
    let next = model.maximize(&stats, &p).unwrap();
    assert!((next.zeros - 1.0 / 3.0).abs() < 1e-12);
    assert!((next.rate - 10.0 / (8.0 - 8.0 / 3.0)).abs() < 1e-12);
}

#[test]
fn the_log_likelihood_is_flat_where_a_fit_ends() {
    let model = MyModel {};
    let fitted = Fit::new(&model, &data()).stop(Stop { relative_gain: 1e-15, ..Stop::default() }).run().unwrap();
    assert!(fitted.trace.windows(2).all(|pair| pair[1] >= pair[0] - 1e-12));
    let (p, h) = (fitted.params, 1e-5);
    let by_zeros = |by: f64| log_likelihood(&Params { zeros: p.zeros + by, ..p });
    let by_rate = |by: f64| log_likelihood(&Params { rate: p.rate + by, ..p });
    assert!(((by_zeros(h) - by_zeros(-h)) / (2.0 * h)).abs() < 1e-4);
    assert!(((by_rate(h) - by_rate(-h)) / (2.0 * h)).abs() < 1e-4);
}

#[test]
fn free_coordinates_lead_back() {
    let (model, p) = (MyModel {}, Params { zeros: 0.3, rate: 2.5 });
    let back = model.at_free(&p, &model.to_free(&p)).unwrap();
    assert!((back.zeros - p.zeros).abs() < 1e-12 && (back.rate - p.rate).abs() < 1e-12);
}

#[test]
fn a_fit_to_samples_finds_the_parameters_they_were_drawn_from() {
    let (model, p) = (MyModel {}, Params { zeros: 0.3, rate: 2.5 });
    let like = Weighted::from(vec![0.0; 20_000]);
    let (drawn, _) = model.sample(&p, &like, &mut em::core::Streams { seed: 1, run: 0 }.start());
    let found = Fit::new(&model, &drawn).run().unwrap().params;
    // Some five standard errors.
    assert!((found.zeros - p.zeros).abs() < 0.02 && (found.rate - p.rate).abs() < 0.08, "{found:?}");
}

#[test]
fn the_program_knows_the_model() {
    let fit = std::env::temp_dir().join(format!("my_model-{}.fit.ron", std::process::id()));
    let fit = fit.to_str().unwrap();
    let run = |args: &[&str]| {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let all = ["em"].iter().chain(args).map(std::ffi::OsString::from);
        let status = em::cli::execute(all, &mut out, &mut err);
        assert_eq!(status, Status::Done, "{args:?}: {}", String::from_utf8_lossy(&err));
        String::from_utf8(out).unwrap()
    };
    assert!(run(&["fit", SPEC, "-o", fit]).contains("log-likelihood"));
    assert!(run(&["predict", fit]).starts_with("label,responsibility_0,responsibility_1\n"));
    assert!(run(&["sample", fit, "-n", "5", "--latent"]).starts_with("count,label\n"));
    assert!(run(&["models", "MyModel"]).contains("Coordinates"));
    std::fs::remove_file(fit).unwrap();
}
