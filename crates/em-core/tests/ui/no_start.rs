use em_core::{Fit, LatentModel, MStepError};
use std::ops::Range;

struct Plain;

impl LatentModel for Plain {
    type Data = [f64];
    type Params = f64;
    type Stats = f64;
    fn zero(&self, _: &f64) -> f64 {
        0.0
    }
    fn expect(&self, _: &f64, _: &[f64], _: Range<usize>, _: &mut f64) -> f64 {
        0.0
    }
    fn maximize(&self, _: &f64, p: &f64) -> Result<f64, MStepError> {
        Ok(*p)
    }
}

fn main() {
    let _ = Fit::new(&Plain, &[1.0][..]).run();
}
