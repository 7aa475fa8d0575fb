//! `MyModel`: counts, some of which are zero whatever the rate.
//!
//! It stands here to be replaced by a model of yours. Three things make a model: what an empty statistic is (`zero`), how
//! observations add to it (`expect`, the E-step), and which parameters maximise it (`maximize`, the M-step). All else is
//! optional, and `my_model models MyModel` lists what each part unlocks.

use em::prelude::*;
use serde::{Deserialize, Serialize};

/// The zero-inflated Poisson distribution (Lambert 1992): a count is 0 with probability π, and from a Poisson
/// distribution of rate λ otherwise. Which of both made a 0 is the latent variable.
///
/// Fields of this struct are fields of the spec; this model has none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MyModel {}

/// The parameters, under the names that specs and fit files use.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// π, between 0 and 1.
    pub zeros: f64,
    /// λ, above 0.
    pub rate: f64,
}

/// What the M-step needs to know of the data.
#[derive(Clone)]
pub struct Counts {
    /// n, the total weight.
    pub units: f64,
    /// The expected number of zeros that the rate has nothing to do with, Σ r_i.
    pub inflated: f64,
    /// Σ x_i.
    pub total: f64,
}
statistics!(Counts { units, inflated, total });

impl Params {
    /// r, the probability that a count of `x` has nothing to do with the rate: π / (π + (1 − π) e^(−λ)) of a 0.
    fn inflated(&self, x: f64) -> f64 {
        if x == 0.0 { self.zeros / (self.zeros + (1.0 - self.zeros) * (-self.rate).exp()) } else { 0.0 }
    }

    /// ln p(x) in nats.
    fn log_density(&self, x: f64) -> f64 {
        let poisson = x * self.rate.ln() - self.rate - log_factorial(x);
        if x == 0.0 { (self.zeros + (1.0 - self.zeros) * poisson.exp()).ln() } else { (-self.zeros).ln_1p() + poisson }
    }
}

/// ln x! of a whole number; beyond 256 by Stirling's series, whose first term left out is below rounding there.
fn log_factorial(x: f64) -> f64 {
    if x > 256.0 {
        return (x + 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + 1.0 / (12.0 * x)
            - 1.0 / (360.0 * x.powi(3));
    }
    (2..=x as u64).map(|i| (i as f64).ln()).sum()
}

impl LatentModel for MyModel {
    /// One column of numbers; `Weighted<[f64; 3]>` would be three.
    type Data = Weighted<f64>;
    type Params = Params;
    type Stats = Counts;

    fn zero(&self, _: &Params) -> Counts {
        Counts { units: 0.0, inflated: 0.0, total: 0.0 }
    }

    fn expect(&self, p: &Params, data: &Self::Data, units: Range<usize>, s: &mut Counts) -> f64 {
        let mut log_likelihood = 0.0;
        for (x, w) in units.map(|u| (data.items[u], data.weights[u])) {
            s.units += w;
            s.inflated += w * p.inflated(x);
            s.total += w * x;
            log_likelihood += w * p.log_density(x);
        }
        log_likelihood
    }

    /// π = Σ r_i / n, λ = Σ x_i / Σ (1 − r_i).
    fn maximize(&self, s: &Counts, _: &Params) -> Result<Params, MStepError> {
        if s.total <= 0.0 {
            return Err(MStepError::new(Part::Whole, "every count is 0", "such data tell nothing of a rate"));
        }
        Ok(Params { zeros: s.inflated / s.units, rate: s.total / (s.units - s.inflated) })
    }

    /// Parameters that a spec gives are checked before the first iteration.
    fn admit(&self, p: &Params, _: &Self::Data) -> Result<Params, String> {
        match (p.zeros > 0.0 && p.zeros < 1.0, p.rate > 0.0 && p.rate.is_finite()) {
            (true, true) => Ok(p.clone()),
            (false, _) => Err(format!("`zeros` is {}; it must be between 0 and 1", p.zeros)),
            (_, false) => Err(format!("`rate` is {}; it must be above 0", p.rate)),
        }
    }
}

/// Unlocks specs without `start`.
impl Start for MyModel {
    fn start(&self, data: &Self::Data, _: &mut Rng) -> Result<Params, MStepError> {
        if let Some(row) = data.items.iter().position(|x| *x < 0.0 || x.fract() != 0.0) {
            let cause = format!("row {row} (from 0) is {}, which is no count", data.items[row]);
            return Err(MStepError::new(Part::Whole, cause, "counts are whole numbers, 0 or above"));
        }
        let statistics = |s: Counts, (x, w): (&f64, &f64)| {
            let inflated = if *x == 0.0 { 0.5 * w } else { 0.0 };
            Counts { units: s.units + w, inflated: s.inflated + inflated, total: s.total + w * x }
        };
        // As if every second 0 had nothing to do with the rate.
        let none = Counts { units: 0.0, inflated: 0.0, total: 0.0 };
        let s = data.items.iter().zip(&data.weights).fold(none, statistics);
        self.maximize(&s, &Params { zeros: 0.5, rate: 1.0 })
    }

    fn is_random(&self, _: Option<StartKind>) -> bool {
        false
    }
}

/// Unlocks AIC and BIC, and the accelerated algorithms: the logit of π and the logarithm of λ.
impl Coordinates for MyModel {
    fn to_free(&self, p: &Params) -> Vec<f64> {
        vec![(p.zeros / (1.0 - p.zeros)).ln(), p.rate.ln()]
    }

    fn at_free(&self, _: &Params, x: &[f64]) -> Result<Params, MStepError> {
        Ok(Params { zeros: 1.0 / (1.0 + (-x[0]).exp()), rate: x[1].exp() })
    }
}

/// Unlocks `predict`: label 0 is a count by the rate, label 1 a zero that has nothing to do with it.
impl Predict for MyModel {
    fn predict(&self, p: &Params, data: &Self::Data, units: Range<usize>) -> Prediction {
        let shares = |u: usize| [1.0 - p.inflated(data.items[u]), p.inflated(data.items[u])];
        Prediction::of_mixture(2, units.flat_map(shares).collect())
    }
}

/// Unlocks `sample`.
impl Sample for MyModel {
    fn sample(&self, p: &Params, like: &Self::Data, rng: &mut Rng) -> (Self::Data, Prediction) {
        let labels: Vec<usize> = like.items.iter().map(|_| usize::from(rng.random::<f64>() < p.zeros)).collect();
        let items = labels.iter().map(|label| if *label == 1 { 0.0 } else { poisson(p.rate, rng) }).collect();
        (Weighted { items, weights: like.weights.clone() }, Prediction::of_labels(labels))
    }
}

/// The largest rate that is drawn from: the work grows with the rate.
const MOST: f64 = 1e6;

/// How many times of exponential length, with mean 1, end before `rate`; not a number where that would take too long.
fn poisson(rate: f64, rng: &mut Rng) -> f64 {
    if rate.is_nan() || rate > MOST {
        return f64::NAN;
    }
    let (mut count, mut time) = (0.0, 0.0);
    loop {
        time -= (-rng.random::<f64>()).ln_1p();
        if time > rate {
            return count;
        }
        count += 1.0;
    }
}

register!(MyModel);
