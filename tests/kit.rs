//! Every model of the project and of the examples passes the conformance kit, each by one line.

#![allow(clippy::duplicate_mod, reason = "examples are programs of their own, and each brings what draws its pictures")]

mod common;

#[allow(dead_code, reason = "its `main` is the example's own")]
#[path = "../examples/censored_lifetimes.rs"]
mod censored_lifetimes;
#[allow(dead_code, reason = "its `main` is the example's own")]
#[path = "../examples/geometric_mixture.rs"]
mod geometric_mixture;
#[allow(dead_code, reason = "its `main` is the example's own")]
#[path = "../examples/lower_bound.rs"]
mod lower_bound;
#[allow(dead_code, reason = "its `main` is the example's own")]
#[path = "../examples/own_model.rs"]
mod own_model;
#[allow(dead_code, reason = "its `main` is the example's own")]
#[path = "../examples/two_coins.rs"]
mod two_coins;
#[allow(dead_code, reason = "its `main` is the example's own")]
#[path = "../examples/vae.rs"]
mod vae;

use common::models::*;
use common::{Case, bayesian, poisson_mixture, two_groups};
use em::check::Check;
use em_families::*;
use std::time::Instant;

/// Units of each model's data, and components.
const N: usize = 120;
const K: usize = 3;

/// Collects the kit of a case, whatever its type.
macro_rules! kit {
    ($all:ident, $case:expr) => {{
        let case = $case;
        $all.push(em::check!(case.model, case.data, case.start).named(case.name));
    }};
}

fn gaussian_mixtures() -> Vec<Check> {
    let mut all = Vec::new();
    for form in forms() {
        kit!(all, gaussians(N, K, form, GaussianPrior::default()));
        kit!(all, gaussians(N, K, form, gaussian_prior(form)));
    }
    all
}

fn other_mixtures() -> Vec<Check> {
    let mut all = Vec::new();
    kit!(all, bernoullis(N, K, None));
    kit!(all, bernoullis(N, K, Some(Beta(2.0.into(), 1.5.into()))));
    kit!(all, components(N, K));
    kit!(all, groups(N, K));
    all
}

fn regressions() -> Vec<Check> {
    let mut all = Vec::new();
    kit!(all, poisson_mixture(N, K));
    kit!(all, concomitant_counts(N, K));
    kit!(all, concomitant_components(N, K));
    for shrink_intercept in [true, false] {
        kit!(all, bayesian(N, shrink_intercept));
        let case = bayesian(N, shrink_intercept);
        let model = case.model.update(EvidenceUpdate::MacKay);
        kit!(all, Case { model, name: format!("{}, MacKay", case.name), ..case });
    }
    all
}

fn variational_mixtures() -> Vec<Check> {
    let mut all = Vec::new();
    for form in Covariance::FITTED {
        kit!(all, variational(N, K, form));
    }
    kit!(all, variational_groups(N, K));
    all
}

fn partitions() -> Vec<Check> {
    use KMeansDissimilarity::{Hamming, Manhattan, SquaredEuclidean};
    let mut all = Vec::new();
    for dissimilarity in [SquaredEuclidean, Manhattan, Hamming] {
        kit!(all, kmeans(N, K, dissimilarity));
    }
    for method in [MedoidMethod::FasterPam, MedoidMethod::Pam, MedoidMethod::Alternating] {
        let data = ComparedRows::new(two_groups(N, 9, 1.0), MedoidDissimilarity::Euclidean);
        let (model, start) = (KMedoidsModel::of(K).by(method), Medoids::at(vec![0, 1, 2]).unwrap());
        kit!(all, Case::new(format!("K-medoids, {method:?}"), model, data, start));
    }
    all
}

/// Of the examples whose models have no spec.
fn inner_models_of_examples() -> Vec<Check> {
    vec![lower_bound::kit(), vae::kit()]
}

/// What `em check SPEC --model` says of the spec of an example, if a law is broken.
fn broken(spec: &str, seed: u64) -> Option<String> {
    let (path, seed) = (format!("{}/{spec}", env!("CARGO_MANIFEST_DIR")), seed.to_string());
    let args = ["em", "check", &path, "--model", "--seed", &seed].map(Into::into);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = em::cli::execute(args, &mut out, &mut err);
    let said = String::from_utf8([out, err].concat()).unwrap();
    (status as u8 != 0).then_some(said)
}

/// The specs of the examples, whose models are registered by linking.
const EXAMPLES: [&str; 4] = [
    "models/two_coins.ron",
    "models/geometric_mixture.ron",
    "examples/censored_lifetimes.ron",
    "examples/own_model.ron",
];

fn pass(all: Vec<Check>) {
    for check in all {
        let (begun, report) = (Instant::now(), check.report());
        println!("{:.2} s  {}", begun.elapsed().as_secs_f64(), report.to_string().lines().next().unwrap_or_default());
        report.assert_passes();
    }
}

/// A long test, to be run in release builds after a change of the kit: no false alarm, whatever the random cases are.
/// The environment variables `EM_CHECK_SEEDS` and `EM_CHECK_FROM` say other seeds than 1 to 200.
#[test]
#[ignore = "takes many minutes"]
fn no_seed_raises_a_false_alarm() {
    let number = |name, otherwise| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise);
    let (from, seeds) = (number("EM_CHECK_FROM", 1), number("EM_CHECK_SEEDS", 200));
    let groups: [fn() -> Vec<Check>; 6] =
        [gaussian_mixtures, other_mixtures, regressions, variational_mixtures, partitions, inner_models_of_examples];
    let (mut alarms, mut models) = (0, 0);
    for seed in from..from + seeds {
        models = EXAMPLES.len();
        for check in groups.iter().flat_map(|group| group()) {
            models += 1;
            let report = check.seed(seed).report();
            if !report.passed() {
                alarms += 1;
                println!("seed {seed}: {report}");
            }
        }
        for said in EXAMPLES.iter().filter_map(|spec| broken(spec, seed)) {
            alarms += 1;
            println!("seed {seed}: {said}");
        }
    }
    println!("{models} models, {seeds} seeds from {from}: {alarms} false alarms");
    assert_eq!(alarms, 0);
}

#[test]
fn gaussian_mixtures_pass() {
    pass(gaussian_mixtures());
}

#[test]
fn other_mixtures_pass() {
    pass(other_mixtures());
}

#[test]
fn regressions_pass() {
    pass(regressions());
}

#[test]
fn variational_mixtures_pass() {
    pass(variational_mixtures());
}

#[test]
fn partitions_pass() {
    pass(partitions());
}

#[test]
fn examples_pass() {
    for spec in EXAMPLES {
        assert_eq!(broken(spec, 1), None);
    }
    pass(inner_models_of_examples());
}
