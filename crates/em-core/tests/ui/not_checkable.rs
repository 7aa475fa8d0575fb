use em_core::{LatentModel, MStepError};
use std::ops::Range;

#[derive(Clone)]
struct Theta(f64);
struct Mean;

impl LatentModel for Mean {
    type Data = Vec<f64>;
    type Params = Theta;
    type Stats = [f64; 2];
    fn zero(&self, _: &Theta) -> [f64; 2] {
        [0.0; 2]
    }
    fn expect(&self, _: &Theta, _: &Vec<f64>, _: Range<usize>, _: &mut [f64; 2]) -> f64 {
        0.0
    }
    fn maximize(&self, s: &[f64; 2], _: &Theta) -> Result<Theta, MStepError> {
        Ok(Theta(s[1] / s[0]))
    }
}

fn main() {
    em_core::check!(Mean, vec![1.0, 2.0], Theta(0.0)).assert_passes();
}
