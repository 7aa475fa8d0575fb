//! In which sense is K-means a limit of EM?
//!
//! A mixture of normal distributions N(μ_k, σ² I) with fixed σ² is fitted for ever smaller σ². Its responsibilities
//! become 0 and 1, its means the centers of K-means, and −2σ² (ln p + ½ n d ln 2πσ²) the inertia (Bishop 2006, section
//! 9.3.2).

use em::prelude::*;
use nalgebra::DVector;
use std::f64::consts::TAU;

const K: usize = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/models/data/iris.csv"))?;
    let data = Rows::from_table_columns(&table)?;
    let (n, d) = (data.units() as f64, data.features() as f64);

    let kmeans = Fit::new(&KMeansModel::means(K), &data).restarts(20).seed(1).run()?;
    let centers = kmeans.params.rows();
    let inertia = -kmeans.objective(); // the objective of K-means is minus the inertia
    println!("K-means: inertia {inertia:.6}, centers {centers:.3?}\n");

    let prediction = kmeans.predict(&KMeansModel::means(K), &data);
    let labels = prediction.labels().ok_or("K-means gives labels")?;

    println!("     σ²  least sure row  means − centers  −2σ² (ln p + ½ n d ln 2πσ²) − inertia");
    for variance in (0..=8).map(|i| 10f64.powi(-i)) {
        let model = Mixture::of(K, Gaussian::new(Covariance::Fixed(variance))?);
        let start = model.start_from_labels(&data, labels)?; // the centers, and the shares of the clusters
        let fitted = Fit::new(&model, &data).stop(Stop { relative_gain: 1e-14, ..Stop::default() }).from(start)?;
        let responsibilities = model.responsibilities(&fitted.params, &data, 0..data.units());
        let surest = responsibilities.chunks(K).map(|r| r.iter().fold(0.0, |a: f64, b| a.max(*b)));
        let least_sure = surest.fold(1.0, f64::min);
        let means = fitted.params.components().iter().map(Normal::mean).zip(centers);
        let apart = means.map(|(m, c)| (m - DVector::from_column_slice(c)).norm()).fold(0.0, f64::max);
        let objective = -2.0 * variance * (fitted.log_likelihood + 0.5 * n * d * (TAU * variance).ln());
        println!("{variance:7.0e}  {least_sure:14.10}  {apart:15.1e}  {:15.6e}", objective - inertia);

        // With d_ik the distance of row i to mean k, this is −2σ² Σ_i ln Σ_k π_k exp(−d_ik² / 2σ²) in all. A sum lies between
        // its largest term and that of all weights put there: nowhere is this below the least inertia, and at the start
        // it is at most inertia − 2σ² Σ_i ln π_k(i) ≤ inertia + 2σ² n ln K. From there EM goes downhill.
        let slack = 1e-9 * inertia; // rounding of ln p, whose size is inertia / σ²
        assert!(objective <= inertia + 2.0 * variance * n * (K as f64).ln() + slack);
        assert!(objective >= inertia - slack);
        if variance < 1e-4 {
            // No row is nearly as close to a second center: its e^(−Δd² / 2σ²) is nothing.
            assert!(least_sure > 1.0 - 1e-12 && apart < 1e-9);
        }
    }
    // The least inertia of three clusters in these data, as R's `kmeans` and scikit-learn's `KMeans` give it.
    assert!((inertia - 78.851441426146).abs() < 1e-9);
    Ok(())
}
