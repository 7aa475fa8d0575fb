//! Should all components share one covariance?
//!
//! A shared covariance has fewer parameters, which BIC weighs against the likelihood it costs. On Old Faithful three
//! components of one shape beat two of two shapes, as mclust finds as well.

use em::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/models/data/old_faithful.csv"))?;
    let data = Rows::from_table_columns(&table)?;

    println!("covariance   k      ln p  parameters      BIC");
    let mut best = (f64::INFINITY, String::new());
    for form in [Covariance::Full, Covariance::Tied] {
        for k in 1..=4 {
            let model = Mixture::of(k, Gaussian::new(form)?);
            let fitted = Fit::new(&model, &data).restarts(20).seed(1).run()?;
            let criteria = fitted.criteria(&model, &data);
            let (log_likelihood, p) = (fitted.log_likelihood, criteria.n_parameters);
            println!("{:<10} {k:3} {log_likelihood:10.3} {p:10} {:9.2}", form.name(), criteria.bic);
            // k − 1 weights, 2 k means, and 3 numbers for each covariance there is.
            let covariances = if form.is_tied() { 1 } else { k };
            assert_eq!(p, k - 1 + 2 * k + 3 * covariances);
            best = if criteria.bic < best.0 { (criteria.bic, format!("{} {k}", form.name())) } else { best };
            if (form, k) == (Covariance::Tied, 3) {
                one_covariance(&model, &data, &fitted);
            }
        }
    }
    println!("the least BIC is that of {}", best.1);
    // ln p = −1126.315928 by independent programs (`gmm_faithful_k3_tied` in `tests/reference`), with 11 parameters.
    let bic = 2.0 * 1126.315928 + 11.0 * 272f64.ln();
    assert!(best.1 == "Tied 3" && (best.0 - bic).abs() < 1e-3);
    Ok(())
}

/// M-step of a shared covariance: Σ = (1/N) Σ_n Σ_k γ_nk (x_n − μ_k)(x_n − μ_k)′, checked at the end of a fit.
fn one_covariance(model: &Mixture<Gaussian>, data: &Rows, fitted: &Fitted<Mixture<Gaussian>>) {
    let (n, k) = (data.units(), model.components());
    let gamma = model.responsibilities(&fitted.params, data, 0..n);
    let components: &[Normal] = fitted.params.components();
    let product = |u: usize, j: usize| {
        let from_mean = nalgebra::DVector::from_column_slice(data.row(u)) - components[j].mean();
        gamma[k * u + j] * &from_mean * from_mean.transpose()
    };
    let within = (0..n).flat_map(|u| (0..k).map(move |j| (u, j))).map(|(u, j)| product(u, j));
    let covariance = within.fold(nalgebra::DMatrix::zeros(2, 2), |sum, one| sum + one) / n as f64;
    assert!(components.iter().all(|normal| normal.covariance() == components[0].covariance()));
    // The fit stops at a gain of 10⁻¹⁰ of ln p: the formula then moves entries of size 10 by far less than 10⁻².
    assert!((covariance - components[0].covariance()).norm() < 1e-2);
}
