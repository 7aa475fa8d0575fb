//! Every model of the project and of the examples passes the conformance kit, each by one line.

mod common;

#[allow(dead_code, reason = "its `main` is the example's own")]
#[path = "../examples/censored_lifetimes.rs"]
mod censored_lifetimes;
#[allow(dead_code, reason = "its `main` is the example's own")]
#[path = "../examples/geometric_mixture.rs"]
mod geometric_mixture;
#[allow(dead_code, reason = "its `main` is the example's own")]
#[path = "../examples/two_coins.rs"]
mod two_coins;

use common::models::*;
use common::{bayesian, poisson_mixture, rng};
use em::check::{Check, Outcome};
use em_core::Weighted;
use em_families::*;
use rand::RngExt;

/// Units of each model's data, and components.
const N: usize = 120;
const K: usize = 2;

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
    kit!(all, bayesian(N, true));
    kit!(all, bayesian(N, false));
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
    all
}

fn examples() -> Vec<Check> {
    use censored_lifetimes::{CensoredLifetimes, Lifetime};
    use two_coins::{Theta, TwoCoins};
    let mut rng = rng(8);
    let mut heads = |p: f64| (0..10).filter(|_| rng.random::<f64>() < p).count() as f64;
    let tosses = (0..40).map(|i| if i % 2 == 0 { [heads(0.8), heads(0.5)] } else { [heads(0.5), heads(0.8)] });
    let coins = Weighted::from(tosses.map(|[odd, even]| [10.0, odd, 10.0, even]).collect::<Vec<_>>());
    let lives = (1..40).map(|i| [f64::from(i * 7 % 23) + 0.5, f64::from(u8::from(i % 5 == 0))]).collect::<Vec<_>>();
    vec![
        em::check!(TwoCoins {}, coins, Theta { theta: 0.6 }),
        em::check!(CensoredLifetimes {}, Weighted::from(lives), Lifetime { mean: 5.0 }),
    ]
}

fn pass(all: Vec<Check>) {
    for check in all {
        let report = check.report();
        if std::env::var("EM_CHECK_SHOW").is_ok() {
            println!("{report}");
        }
        report.assert_passes();
    }
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
    pass(examples());
}
