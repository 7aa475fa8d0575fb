use em::prelude::*;
use serde::{Deserialize, Serialize};

/// Counts: a share of them are 0 by nature, the others are Poisson. Which of both a 0 is, is the latent variable.
pub struct ZeroInflated;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Excess {
    pub share: f64,
    pub rate: f64,
}

fn log_factorial(x: f64) -> f64 {
    (1..=x as u64).map(|i| (i as f64).ln()).sum()
}

impl LatentModel for ZeroInflated {
    type Data = Weighted<f64>;
    type Params = Excess;
    type Stats = [f64; 3]; // units, those that are 0 by nature, the sum of the counts

    fn zero(&self, _: &Excess) -> [f64; 3] {
        [0.0; 3]
    }

    fn expect(&self, p: &Excess, data: &Weighted<f64>, units: Range<usize>, s: &mut [f64; 3]) -> f64 {
        let mut log_likelihood = 0.0;
        for u in units.filter(|u| data.weights[*u] > 0.0) {
            let (x, w) = (data.items[u], data.weights[u]);
            let by_chance = (1.0 - p.share) * (x * p.rate.ln() - p.rate - log_factorial(x)).exp();
            let by_nature = if x == 0.0 { p.share } else { 0.0 };
            s[0] += w;
            s[1] += by_nature / (by_nature + by_chance);
            s[2] += w * x;
            log_likelihood += w * (by_nature + by_chance).ln();
        }
        log_likelihood
    }

    fn maximize(&self, s: &[f64; 3], _: &Excess) -> Result<Excess, MStepError> {
        let by_chance = s[0] - s[1];
        let none = || MStepError::new(Part::Whole, "no count is by chance", "give counts above 0");
        if by_chance > 0.0 { Ok(Excess { share: s[1] / s[0], rate: s[2] / by_chance }) } else { Err(none()) }
    }
}

/// The log odds of the share, and ln rate.
impl Coordinates for ZeroInflated {
    fn to_free(&self, p: &Excess) -> Vec<f64> {
        vec![(p.share / (1.0 - p.share)).ln(), p.rate.ln()]
    }

    fn at_free(&self, _: &Excess, x: &[f64]) -> Result<Excess, MStepError> {
        Ok(Excess { share: 1.0 / (1.0 + (-x[0]).exp()), rate: x[1].exp() })
    }
}
