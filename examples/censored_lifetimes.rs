//! How long do things last, when some were still running at the end of the study?
//!
//! A latent variable that is no label, in a model of one's own, from the contract to the command line.
//!
//! Run it with `cargo run --release --example censored_lifetimes` to fit its own spec, or give it any command of `em`:
//! `cargo run --example censored_lifetimes -- models CensoredLifetimes`.

use em::prelude::*;
use serde::{Deserialize, Serialize};
use std::process::ExitCode;

/// Exponential lifetimes: `[time, 1 if it was still running]`. What is left of a running one is the latent variable;
/// given that it has lasted t, its whole life is expected to be t + mean.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CensoredLifetimes {}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lifetime {
    mean: f64,
}

#[derive(Clone)]
struct Lives {
    units: f64,
    time: f64,
}
statistics!(Lives { units, time });

impl LatentModel for CensoredLifetimes {
    type Data = Weighted<[f64; 2]>;
    type Params = Lifetime;
    type Stats = Lives;

    fn zero(&self, _: &Lifetime) -> Lives {
        Lives { units: 0.0, time: 0.0 }
    }

    fn expect(&self, p: &Lifetime, data: &Self::Data, units: Range<usize>, s: &mut Lives) -> f64 {
        let mut log_likelihood = 0.0;
        for u in units {
            let ([time, running], w) = (data.items[u], data.weights[u]);
            s.units += w;
            s.time += w * (time + running * p.mean);
            log_likelihood -= w * (time / p.mean + (1.0 - running) * p.mean.ln());
        }
        log_likelihood
    }

    fn maximize(&self, s: &Lives, _: &Lifetime) -> Result<Lifetime, MStepError> {
        let nothing = || MStepError::new(Part::Whole, "no lifetime counts", "give rows with a weight above 0");
        if s.units > 0.0 { Ok(Lifetime { mean: s.time / s.units }) } else { Err(nothing()) }
    }
}

impl Start for CensoredLifetimes {
    fn start(&self, data: &Self::Data, _: &mut Rng) -> Result<Lifetime, MStepError> {
        Ok(Lifetime { mean: data.items.iter().map(|[time, _]| time).sum::<f64>() / data.units() as f64 })
    }
    fn is_random(&self, _: Option<StartKind>) -> bool {
        false
    }
}

impl Coordinates for CensoredLifetimes {
    fn to_free(&self, p: &Lifetime) -> Vec<f64> {
        vec![p.mean.ln()]
    }
    fn at_free(&self, _: &Lifetime, x: &[f64]) -> Result<Lifetime, MStepError> {
        Ok(Lifetime { mean: x[0].exp() })
    }
    fn coordinate_names(&self, _: &Lifetime) -> Vec<String> {
        vec!["mean".into()]
    }
}

register!(CensoredLifetimes);

fn main() -> ExitCode {
    em::cli::run_or_fit(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/censored_lifetimes.ron"))
}
