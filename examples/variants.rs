//! Which relative of EM is the fastest, and do they all end at the same place?
//!
//! A mixture whose components overlap, so that plain EM creeps: passes over the data and log-likelihood of plain EM, ECM,
//! incremental and stepwise EM, and of two accelerations. Then variational Bayes, which climbs a bound of its own.

use em::core::{Encoding, Purpose, Spec};
use em::families::{BayesianGaussianMixture, Normal, VariationalParams};
use em::prelude::*;
use em::rand::SeedableRng;
use nalgebra::DMatrix;
use std::error::Error;

const N: usize = 20_000;

/// The law that the data are drawn from: three normal distributions, two of which overlap.
fn truth() -> Result<MixtureParams<Vec<Normal>>, Box<dyn Error>> {
    let normal = |mean: [f64; 2], c: [f64; 4]| Normal::new(mean.to_vec().into(), DMatrix::from_row_slice(2, 2, &c));
    let components = [
        normal([0.0, 0.0], [1.0, 0.5, 0.5, 1.0])?,
        normal([1.5, 1.5], [1.0, -0.4, -0.4, 1.0])?,
        normal([-2.0, 3.0], [0.6, 0.0, 0.0, 0.6])?,
    ];
    Ok(MixtureParams::new(vec![0.4, 0.35, 0.25], components.to_vec())?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let model = Mixture::of(3, FullGaussian);
    let like = Rows::new(2, vec![0.0; 2 * N])?;
    let (data, _) = model.sample(&truth()?, &like, &mut Rng::seed_from_u64(1));
    let start = model.start_by(StartKind::KMeans, &data, &mut Rng::seed_from_u64(2))?;

    let fit = || Fit::new(&model, &data);
    let fits = [
        ("EM", fit()),
        ("ECM", fit().algorithm(Ecm { multicycle: false })),
        ("ECM, multicycle", fit().algorithm(Ecm { multicycle: true })),
        ("incremental EM", fit().algorithm(Incremental)),
        ("stepwise EM", fit().algorithm(Stepwise::default())),
        ("SQUAREM", fit().algorithm(Squarem)),
        ("Anderson", fit().algorithm(Anderson { depth: 5 })),
    ];
    println!("{:<16} passes  iterations  ln p per row", "");
    let mut ends = Vec::new();
    for (name, fit) in fits {
        let limit = if name == "stepwise EM" { 10 } else { 5000 }; // noisy to the end: no rule of convergence applies
        let end =
            fit.stop(Stop { relative_gain: 1e-12, max_iterations: limit, ..Stop::default() }).from(start.clone())?;
        println!("{name:<16} {:6} {:11}  {:.10}", end.passes, end.iterations, end.log_likelihood / N as f64);
        ends.push((end.passes, end.log_likelihood));
    }
    let (em, best) = (ends[0].0, ends.iter().map(|end| end.1).fold(f64::MIN, f64::max));
    // All but stepwise EM stop at gains of 10⁻¹² of the whole; slow ones then have a thousand times that to go.
    assert!(ends.iter().enumerate().all(|(i, end)| i == 4 || best - end.1 < 1e-4), "{ends:?}");
    // After ten sweeps stepwise EM is nearer than the data know: ln p per row has a standard error of some 1/√N.
    assert!(best - ends[4].1 < (N as f64).sqrt());
    assert!(ends[3].0 < em && ends[5].0 < em && ends[6].0 < em, "these are the faster ones");

    variational(&data, best)
}

/// Variational Bayes with six components on offer: its bound pays for those that it uses.
fn variational(data: &Rows, log_likelihood: f64) -> Result<(), Box<dyn Error>> {
    let column = |j: usize| (0..N).map(|u| data.row(u)[j]).collect();
    let table = Table::from_columns("drawn", [("x", column(0)), ("y", column(1))])?;
    let spec = BayesianGaussianMixture::of(6.try_into()?).with_concentration(0.001)?;
    let learned = spec.learn(&table, &mut Vec::new())?;
    let (model, data) = (spec.model(&learned), learned.encode(&table, Purpose::Fit)?);
    let fitted =
        Fit::new(&model, &data).restarts(2).seed(1).stop(Stop { relative_gain: 1e-8, ..Stop::default() }).run()?;
    let VariationalParams::Posterior(q) = &fitted.params else { return Err("a fit ends with q".into()) };
    let used = q.weights().iter().filter(|w| **w > 0.01).count();
    println!(
        "\nvariational Bayes: bound {:.4}, {used} of 6 components used, {} passes",
        fitted.objective(),
        fitted.passes
    );
    println!("maximum likelihood of three components: {log_likelihood:.4}");
    // The bound is below the evidence, which is below the greatest likelihood of the model that it uses.
    assert!(used == 3 && fitted.objective() < log_likelihood);
    Ok(())
}
