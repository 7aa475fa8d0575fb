use em_core::{LatentModel, MStepError, Spec};
use serde::{Deserialize, Serialize};
use std::ops::Range;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Plain {}

impl LatentModel for Plain {
    type Data = Vec<String>;
    type Params = f64;
    type Stats = f64;
    fn zero(&self, _: &f64) -> f64 {
        0.0
    }
    fn expect(&self, _: &f64, _: &Vec<String>, _: Range<usize>, _: &mut f64) -> f64 {
        0.0
    }
    fn maximize(&self, _: &f64, p: &f64) -> Result<f64, MStepError> {
        Ok(p.clone())
    }
}
fn spec<S: Spec>() {}

fn main() {
    spec::<Plain>();
}
