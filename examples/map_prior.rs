//! What does a prior change in the M-step?
//!
//! A mixture of Bernoulli distributions under Beta and Dirichlet priors is fitted by MAP. The derived updates
//!
//! p_ki = (Σ_n γ_nk x_ni + a − 1) / (N_k + a + b − 2)  and  π_k = (N_k + α_k − 1) / (N + Σ α − K)
//!
//! (Bishop 2006, exercise 9.18) are compared with what the library does, and with the slope of
//! Q + ln prior, which must be 0 there.

use em::core::gradient_of_q;
use em::prelude::*;

/// The priors: Beta(a, b) on every probability, Dirichlet(α, α) on the weights.
const A: f64 = 3.0;
const B: f64 = 2.0;
const ALPHA: f64 = 4.0;
/// log-likelihood + log prior of this model on these data by an independent program (`bernoulli_lsat7_k2_map` in
/// `tests/reference`).
const REFERENCE: f64 = -2657.881798722642;

/// Weights and probabilities by the formulas above, given the responsibilities γ, n × 2.
fn by_hand(rows: &Rows, gamma: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let (n, d) = (rows.units(), rows.features());
    let size = |k: usize| (0..n).map(|u| gamma[2 * u + k]).sum::<f64>();
    let ones = |k: usize, i: usize| (0..n).map(|u| gamma[2 * u + k] * rows.row(u)[i]).sum::<f64>();
    let weight = |k: usize| (size(k) + ALPHA - 1.0) / (n as f64 + 2.0 * ALPHA - 2.0);
    let probability = |k: usize, i: usize| (ones(k, i) + A - 1.0) / (size(k) + A + B - 2.0);
    let probabilities = (0..2).map(|k| (0..d).map(|i| probability(k, i)).collect()).collect();
    ((0..2).map(weight).collect(), probabilities)
}

fn largest_difference(p: &MixtureParams<Probabilities>, (weights, probabilities): &(Vec<f64>, Vec<Vec<f64>>)) -> f64 {
    let of_weights = p.weights().iter().zip(weights);
    let of_probabilities = p.components().rows().iter().zip(probabilities).flat_map(|(p, row)| p.iter().zip(row));
    of_weights.chain(of_probabilities).map(|(p, hand)| (p - hand).abs()).fold(0.0, f64::max)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Five questions, 1000 persons: right or wrong.
    let table = read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/models/data/lsat7.csv"))?;
    let data = Rows::from_table_columns(&table)?;
    let prior = Beta(A.into(), B.into());
    let model = Mixture::of(2, Bernoullis { prior: Some(prior) }).with_prior(Some(Dirichlet(ALPHA.into())));

    // One iteration of EM from a start of the model's own.
    let start = model.start(&data, &mut Rng::seed_from_u64(1))?;
    let gamma = model.responsibilities(&start, &data, 0..data.units());
    let one = Fit::new(&model, &data).stop(Rule::MaxIterations(1)).from(start.clone())?;
    let difference = largest_difference(&one.params, &by_hand(&data, &gamma));
    println!("after one M-step the formulas and the library differ by {difference:.1e}");
    // Sums of 1000 numbers up to 1, divided by their like: rounding leaves some 10⁻¹⁴.
    assert!(difference < 1e-12);

    // The formulas solve ∇(Q + ln prior) = 0: differences of Q, given the statistics of that E-step, say so as well.
    let stats = Fit::new(&model, &data).at(start.clone())?.stats;
    let before = gradient_of_q(&model, &start, &stats).iter().map(|g| g * g).sum::<f64>().sqrt();
    let after = gradient_of_q(&model, &one.params, &stats).iter().map(|g| g * g).sum::<f64>().sqrt();
    let rise = model.q(&one.params, &stats) + model.log_prior(&one.params)
        - (model.q(&start, &stats) + model.log_prior(&start));
    println!("slope of Q + ln prior: {before:.3} before, {after:.1e} after; it rose by {rise:.3} nats");
    // Central differences of a function of size 10³ are good to some 10⁻⁷; the slope before is above 10.
    assert!(before > 10.0 && after < 1e-5 && rise > 0.0);

    // At the end of the fit the formulas give back what they are given.
    let tight = Stop { relative_gain: 1e-15, max_iterations: 10_000, ..Stop::default() };
    let fitted = Fit::new(&model, &data).restarts(5).stop(tight).run()?;
    let gamma = model.responsibilities(&fitted.params, &data, 0..data.units());
    let difference = largest_difference(&fitted.params, &by_hand(&data, &gamma));
    println!("log-likelihood {:.6} + log prior {:.6}", fitted.log_likelihood, fitted.log_prior);
    println!(
        "{} of {} runs reached {:.6}; another M-step moves it by {difference:.1e}",
        fitted.reached_best(),
        fitted.runs.len(),
        fitted.objective()
    );
    // EM stops where gains are lost in rounding, 10⁻¹⁵ of 2658 nats: the parameters are then still some 10⁻⁷ away.
    assert!(difference < 1e-5);
    assert!((fitted.objective() - REFERENCE).abs() < 1e-6);
    Ok(())
}
