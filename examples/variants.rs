//! Which relative of EM is the fastest, and do they all end at the same place?
//!
//! A mixture whose components overlap, so that plain EM creeps: passes over the data and log-likelihood of plain EM, ECM,
//! incremental and stepwise EM, and of two accelerations. Then variational Bayes, which climbs a bound of its own.

use em::core::{Encoding, Spec};
use em::families::BayesianGaussianMixture;
use em::prelude::*;
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

    variational(&model, &data.select(&(0..2000).collect::<Vec<_>>()))
}

/// Variational Bayes climbs a bound on ln p(y), parameters integrated out; it compares numbers of components by itself.
fn variational(three: &Mixture<FullGaussian>, data: &Rows) -> Result<(), Box<dyn Error>> {
    let likelihood = Fit::new(three, data).run()?.log_likelihood;
    println!("\n2000 of the rows: greatest ln p of three components {likelihood:.3}");
    let column = |j: usize| (0..data.units()).map(|u| data.row(u)[j]).collect();
    let table = Table::from_columns("drawn", [("x", column(0)), ("y", column(1))])?;
    let mut bounds = Vec::new();
    for k in 2..=4 {
        let spec = BayesianGaussianMixture::of(k.try_into()?);
        let learned = spec.learn(&table, &mut Vec::new())?;
        let (model, data) = (spec.model(&learned), learned.encode(&table, Purpose::Fit)?);
        let fitted =
            Fit::new(&model, &data).restarts(1).stop(Stop { max_iterations: 5000, ..Stop::default() }).run()?;
        assert!(fitted.converged());
        println!("variational, k = {k}: bound {:.3}, {} passes", fitted.objective(), fitted.passes);
        bounds.push(fitted.objective());
    }
    // The data were drawn from three components. Their bound is below ln p by what 17 parameters cost, some ½ ln N each.
    assert!(bounds[1] > bounds[0] && bounds[1] > bounds[2]);
    assert!((20.0..200.0).contains(&(likelihood - bounds[1])));
    Ok(())
}
