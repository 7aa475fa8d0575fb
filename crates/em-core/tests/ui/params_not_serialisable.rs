use em_core::{LatentModel, MStepError, Weighted, register};
use serde::{Deserialize, Serialize};
use std::ops::Range;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Plain {}

#[derive(Clone)]
struct Rate(f64);

impl LatentModel for Plain {
    type Data = Weighted<f64>;
    type Params = Rate;
    type Stats = f64;
    fn zero(&self, _: &Rate) -> f64 {
        0.0
    }
    fn expect(&self, _: &Rate, _: &Weighted<f64>, _: Range<usize>, _: &mut f64) -> f64 {
        0.0
    }
    fn maximize(&self, _: &f64, p: &Rate) -> Result<Rate, MStepError> {
        Ok(p.clone())
    }
}
register!(Plain);

fn main() {}
