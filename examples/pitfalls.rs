//! What can go wrong with a mixture of normal distributions, and how does one notice?
//!
//! A component that shrinks onto repeated rows, and the prior that keeps it from doing so; K! names for one solution; and a
//! start at which EM stands still though it is no maximum.

use em::prelude::*;
use nalgebra::{DMatrix, DVector};
use std::error::Error;

/// The likelihood has no maximum: around three equal numbers it grows without end as the variance goes to 0.
fn singularity() -> Result<(), Box<dyn Error>> {
    let data = Rows::new(1, vec![1.0, 1.0, 1.0, 4.1, 5.0, 5.9, 6.4, 7.2, 8.8])?;
    let one =
        |mean: f64, variance: f64| Normal::diagonal(DVector::from_element(1, mean), DVector::from_element(1, variance));
    let start = MixtureParams::new(vec![0.5, 0.5], vec![one(1.2, 0.5)?, one(6.0, 2.0)?])?;
    let model = Mixture::of(2, FullGaussian);
    for variance in [1e-2, 1e-6, 1e-10] {
        let at = MixtureParams::new(vec![0.5, 0.5], vec![one(1.0, variance)?, one(6.0, 2.0)?])?;
        println!("variance {variance:.0e}: ln p = {:.2}", Fit::new(&model, &data).at(at)?.log_likelihood);
    }
    let error = Fit::new(&model, &data).from(start.clone()).err().ok_or("a collapse went unnoticed")?;
    println!("without a prior: {error}");
    assert!(error.to_string().contains("component 0"));

    // A prior scaled to the data (Fraley & Raftery 2007) has a mode at every spread. By it, a variance is at least
    // s / (n + ν + d + 2), with s and ν the scale and degrees of freedom of its inverse Wishart distribution.
    let prior = GaussianPrior::data_scaled(Covariance::Full, 2, &data)?;
    let cured = Mixture::of(2, FullGaussian.with_prior(prior)?);
    let fitted = Fit::new(&cured, &data).from(start)?;
    let x = data.values(0..9);
    let mean = x.iter().sum::<f64>() / 9.0;
    let scale = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 9.0 / 4.0; // S / k^(2/d), k = 2 and d = 1
    let (least, variance) = (scale / (9.0 + 3.0 + 1.0 + 2.0), fitted.params.components()[0].variances()[0]);
    println!(
        "with a prior: component 0 has variance {variance:.3}, and could not have below {least:.3}; {:?}\n",
        fitted.stop
    );
    assert!(fitted.converged() && variance > least);
    Ok(())
}

/// The labels have no meaning: K components give K! equal maxima.
fn relabelling() -> Result<(), Box<dyn Error>> {
    let data = Rows::from_table_columns(&read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/models/data/iris.csv"))?)?;
    let model = Mixture::of(3, FullGaussian);
    let fitted = Fit::new(&model, &data).restarts(5).seed(1).run()?;
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let renamed = model.permute(&fitted.params, &order);
        let same = Fit::new(&model, &data).at(renamed)?;
        println!("components {order:?}: weights {:.4?}, ln p = {:.10}", same.params.weights(), same.log_likelihood);
        // The same sum over components in another order: rounding alone, 10⁻¹⁶ of it per row.
        assert!((same.log_likelihood - fitted.log_likelihood).abs() < 1e-11);
    }
    println!();
    Ok(())
}

/// Components that begin equal stay equal: their responsibilities are, and so is all that follows from them.
fn identical_components() -> Result<(), Box<dyn Error>> {
    let data =
        Rows::from_table_columns(&read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/models/data/old_faithful.csv"))?)?;
    let model = Mixture::of(2, FullGaussian);
    let twin =
        Normal::new(DVector::from_vec(vec![3.0, 75.0]), DMatrix::from_diagonal(&DVector::from_vec(vec![1.0, 100.0])))?;
    let start = MixtureParams::new(vec![0.5, 0.5], vec![twin.clone(), twin])?;
    let fitted = Fit::new(&model, &data).from(start)?;
    let certificate = Certificate::by_gradient(&model, &data, &fitted);
    println!(
        "equal components: ln p = {:.4} after {} iterations, {:?}",
        fitted.log_likelihood, fitted.iterations, fitted.stop
    );
    println!("but the certificate says {:?}; it rises along {}", certificate.verdict, certificate.rising[0]);
    // One normal distribution fits so well (`edge_gmm_faithful_identical_start` in `tests/reference`).
    assert!((fitted.log_likelihood + 1289.7967450526).abs() < 1e-9);
    assert!(fitted.converged() && certificate.verdict == Verdict::Saddle);

    let better = Fit::new(&model, &data).restarts(5).seed(1).run()?;
    let certificate = Certificate::by_gradient(&model, &data, &better);
    println!("random starts: ln p = {:.4}, {:?}", better.log_likelihood, certificate.verdict);
    assert!(certificate.verdict == Verdict::StrictMaximum);
    assert!((better.log_likelihood + 1130.264).abs() < 1e-3); // `gmm_faithful_k2_full` there
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    singularity()?;
    relabelling()?;
    identical_components()
}
