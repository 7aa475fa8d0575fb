//! How does one write a whole model: with a prior and a sampler, proved right by the kit, with a name in spec files?
//!
//! Genetic linkage (Rao 1973, section 5g; the first example of Dempster, Laird & Rubin 1977). Animals fall into four kinds with
//! probabilities ½ + θ/4, (1 − θ)/4, (1 − θ)/4 and θ/4. The first kind is two in one, of probabilities ½ and θ/4; how many
//! of its animals are of the second is the latent variable.
//!
//! Given no command, the program tries the model and fits `examples/own_model.ron`; it has every command of `em`.

use em::prelude::*;
use serde::{Deserialize, Serialize};
use std::process::ExitCode;

/// The settings: a prior on θ, or none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Linkage {
    #[serde(default, deserialize_with = "proper")]
    prior: Option<Beta>,
}

/// Refuses a prior without a mode where a spec is read.
fn proper<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Beta>, D::Error> {
    let prior: Beta = Beta::deserialize(d)?;
    prior.check(1, None).map_err(serde::de::Error::custom)?;
    Ok(Some(prior))
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Theta {
    theta: f64,
}

/// What the E-step adds up: animals expected in the part of probability ½, in those of θ/4, in those of (1 − θ)/4.
#[derive(Clone)]
struct Animals {
    half: f64,
    linked: f64,
    others: f64,
}
statistics!(Animals { half, linked, others });

impl Linkage {
    /// a − 1 and b − 1: what the prior adds to the animals of θ/4 and of (1 − θ)/4.
    fn pseudo_counts(&self) -> (f64, f64) {
        self.prior.as_ref().map_or((0.0, 0.0), |prior| prior.pseudo_counts(0, 0))
    }
}

impl LatentModel for Linkage {
    type Data = Weighted<[f64; 4]>;
    type Params = Theta;
    type Stats = Animals;

    fn zero(&self, _: &Theta) -> Animals {
        Animals { half: 0.0, linked: 0.0, others: 0.0 }
    }

    /// z | y, θ ~ Binomial(y₁, (θ/4) / (½ + θ/4)).
    fn expect(&self, p: &Theta, data: &Self::Data, units: Range<usize>, s: &mut Animals) -> f64 {
        let t = p.theta;
        let mut log_likelihood = 0.0;
        for ([both, first, second, neither], w) in
            units.map(|u| (data.items[u], data.weights[u])).filter(|(_, w)| *w > 0.0)
        {
            let z = both * t / (2.0 + t);
            s.half += w * (both - z);
            s.linked += w * (z + neither);
            s.others += w * (first + second);
            log_likelihood += w
                * (both * (0.5 + t / 4.0).ln() + (first + second) * ((1.0 - t) / 4.0).ln() + neither * (t / 4.0).ln());
        }
        log_likelihood
    }

    /// θ = (linked + a − 1) / (linked + others + a + b − 2).
    fn maximize(&self, s: &Animals, _: &Theta) -> Result<Theta, MStepError> {
        let (a, b) = self.pseudo_counts();
        let theta = (s.linked + a) / (s.linked + a + s.others + b);
        let empty =
            || MStepError::new(Part::Whole, "θ would be at its border", "give animals of every kind, or a prior");
        if theta > 0.0 && theta < 1.0 { Ok(Theta { theta }) } else { Err(empty()) }
    }

    fn log_prior(&self, p: &Theta) -> f64 {
        self.prior.as_ref().map_or(0.0, |prior| prior.log_density(0, 0, p.theta))
    }

    fn admit(&self, p: &Theta, _: &Self::Data) -> Result<Theta, String> {
        if p.theta > 0.0 && p.theta < 1.0 {
            Ok(p.clone())
        } else {
            Err(format!("`theta` is {}, not between 0 and 1", p.theta))
        }
    }
}

/// Anywhere.
impl Start for Linkage {
    fn start(&self, _: &Self::Data, rng: &mut Rng) -> Result<Theta, MStepError> {
        Ok(Theta { theta: rng.random_range(0.01..0.99) })
    }
}

/// The log odds of θ: unlocks information criteria, certificates and accelerated EM.
impl Coordinates for Linkage {
    fn to_free(&self, p: &Theta) -> Vec<f64> {
        vec![(p.theta / (1.0 - p.theta)).ln()]
    }
    fn at_free(&self, _: &Theta, x: &[f64]) -> Result<Theta, MStepError> {
        let theta = 1.0 / (1.0 + (-x[0]).exp());
        let border = || MStepError::new(Part::Parameter("theta"), "it is at its border", "give a prior");
        if theta > 0.0 && theta < 1.0 { Ok(Theta { theta }) } else { Err(border()) }
    }
    fn coordinate_names(&self, _: &Theta) -> Vec<String> {
        vec!["theta".into()]
    }
}

/// Q: unlocks incremental and stepwise EM.
impl CompleteLikelihood for Linkage {
    fn q(&self, p: &Theta, s: &Animals) -> f64 {
        s.half * 0.5f64.ln() + s.linked * (p.theta / 4.0).ln() + s.others * ((1.0 - p.theta) / 4.0).ln()
    }
}

/// As many animals as each row of `like` has, one after the other; how many of them are of the hidden kind is latent.
impl Sample for Linkage {
    fn sample(&self, p: &Theta, like: &Self::Data, rng: &mut Rng) -> (Self::Data, Prediction) {
        let mut hidden = Vec::new();
        let mut row = |animals: f64| {
            let (mut kinds, mut z) = ([0.0; 4], 0.0);
            for _ in 0..animals as u64 {
                // Up to ½ and from there to ½ + θ/4 it is the first kind.
                let u: f64 = rng.random();
                let bounds = [0.5 + p.theta / 4.0, 0.75, 1.0 - p.theta / 4.0, 1.0];
                kinds[bounds.iter().position(|bound| u < *bound).unwrap_or(3)] += 1.0;
                z += f64::from(u >= 0.5 && u < bounds[0]);
            }
            hidden.push(z);
            kinds
        };
        let items = like.items.iter().map(|kinds| row(kinds.iter().sum())).collect();
        let data = Weighted { items, weights: like.weights.clone() };
        (data, Prediction::default().with("hidden", hidden))
    }
}

register!(Linkage);

/// The laws of the kit on a few rows, then the figure of the textbooks.
fn try_out() -> Result<(), FitError> {
    let rows = vec![[125.0, 18.0, 20.0, 34.0], [14.0, 2.0, 1.0, 5.0], [60.0, 11.0, 8.0, 20.0], [7.0, 3.0, 2.0, 1.0]];
    let model = Linkage { prior: Some(Beta(2.0.into(), 2.0.into())) };
    let report = em::check!(model, Weighted::from(rows), Theta { theta: 0.4 }).report();
    println!("{report}");
    report.assert_passes();

    let data = Weighted::from(vec![[125.0, 18.0, 20.0, 34.0]]);
    let stop = Stop { relative_gain: 1e-15, ..Stop::default() };
    let fitted = Fit::new(&Linkage { prior: None }, &data).stop(stop).from(Theta { theta: 0.5 })?;
    println!("without a prior: θ = {:.10} after {} iterations\n", fitted.params.theta, fitted.iterations);
    // The slope of ln p is 0 where 197 θ² − 15 θ − 68 = 0.
    let root = (15.0 + (15.0f64 * 15.0 + 4.0 * 197.0 * 68.0).sqrt()) / (2.0 * 197.0);
    assert!((fitted.params.theta - root).abs() < 1e-7);
    Ok(())
}

fn main() -> ExitCode {
    if std::env::args_os().len() == 1
        && let Err(error) = try_out()
    {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    em::cli::run_or_fit(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/own_model.ron"))
}
