use em_core::{LatentModel, MStepError};
use std::ops::Range;

struct Plain;

#[derive(Clone)]
struct Sums {
    _n: f64,
}

impl LatentModel for Plain {
    type Data = [f64];
    type Params = f64;
    type Stats = Sums;
    fn zero(&self, _: &f64) -> Sums {
        Sums { _n: 0.0 }
    }
    fn expect(&self, _: &f64, _: &[f64], _: Range<usize>, _: &mut Sums) -> f64 {
        0.0
    }
    fn maximize(&self, _: &Sums, p: &f64) -> Result<f64, MStepError> {
        Ok(*p)
    }
}

fn main() {}
