//! The contract of [`Erased`]: it asks the model within.

use super::capabilities::Erased;
use super::lift::{Deserializer, Out, ReadParams};
use super::opaque::{Data, Params, Stats};
use crate::{Direct, Inner, LatentModel, Warning};
use std::ops::Range;

#[diagnostic::do_not_recommend]
impl LatentModel for Erased {
    type Data = Data;
    type Params = Params;
    type Stats = Stats;
    fn zero(&self, p: &Params) -> Stats {
        self.model.zero(p)
    }
    fn expect(&self, p: &Params, d: &Data, units: Range<usize>, s: &mut Stats) -> f64 {
        self.model.expect(p, d, units, s)
    }
    fn maximize(&self, s: &Stats, p: &Params) -> Out {
        self.model.maximize(s, p)
    }
    fn log_prior(&self, p: &Params) -> f64 {
        self.model.log_prior(p)
    }
    fn log_likelihood(&self, p: &Params, s: &Stats, sum: f64) -> f64 {
        self.model.log_likelihood(p, s, sum)
    }
    fn score(&self, p: &Params, d: &Data, units: Range<usize>) -> Vec<f64> {
        self.model.score(p, d, units)
    }
    fn block(&self, d: &Data) -> usize {
        self.model.block(d)
    }
    fn sufficient(&self) -> bool {
        self.model.sufficient()
    }
    fn inner(&self) -> Inner<'_, Self> {
        self.model.inner()
    }
    fn direct(&self) -> Direct<'_, Self> {
        self.model.direct()
    }
    fn finish(&self, p: &Params, s: &Stats) -> Params {
        self.model.finish(p, s)
    }
    fn warnings(&self, p: &Params, s: &Stats) -> Vec<Warning> {
        self.model.warnings(p, s)
    }
    fn admit(&self, p: &Params, d: &Data) -> Result<Params, String> {
        self.model.admit(p, d)
    }
}

impl ReadParams for Erased {
    fn read_params(&self, d: &mut dyn Deserializer) -> Result<Params, erased_serde::Error> {
        self.model.read_params(d)
    }
}
