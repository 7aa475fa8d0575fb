//! [`Lift`]: the one blanket implementation of the contract over the fixed types.

use super::opaque::{Data, Params, Stats};
use crate::{Direct, DirectStep, Inner, InnerRounds, LatentModel, MStepError, Warning};
pub use erased_serde::Deserializer;
use serde::{Serialize, de::DeserializeOwned};
use std::ops::Range;

/// Models that can be erased: owned types, parameters that can be written and read.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` cannot be chosen at run time",
    label = "this needs `Erasable`",
    note = "its data must be owned, and its parameters derive serde's `Serialize` and `Deserialize`"
)]
pub trait Erasable:
    LatentModel<Data: Sized + Send + 'static, Params: Serialize + DeserializeOwned + 'static, Stats: 'static> + 'static
{
}

#[diagnostic::do_not_recommend]
impl<M> Erasable for M where
    M: LatentModel<Data: Sized + Send + 'static, Params: Serialize + DeserializeOwned + 'static, Stats: 'static>
        + 'static
{
}

/// A model seen through the fixed types.
pub struct Lift<M>(pub M);

pub(super) type Out = Result<Params, MStepError>;

#[diagnostic::do_not_recommend]
impl<M: Erasable> LatentModel for Lift<M> {
    type Data = Data;
    type Params = Params;
    type Stats = Stats;
    fn zero(&self, p: &Params) -> Stats {
        Stats::new(self.0.zero(p.downcast()))
    }
    fn expect(&self, p: &Params, d: &Data, units: Range<usize>, s: &mut Stats) -> f64 {
        self.0.expect(p.downcast(), d.downcast(), units, s.downcast_mut())
    }
    fn maximize(&self, s: &Stats, p: &Params) -> Out {
        self.0.maximize(s.downcast(), p.downcast()).map(Params::new)
    }
    fn log_prior(&self, p: &Params) -> f64 {
        self.0.log_prior(p.downcast())
    }
    fn log_likelihood(&self, p: &Params, s: &Stats, sum: f64) -> f64 {
        self.0.log_likelihood(p.downcast(), s.downcast(), sum)
    }
    fn score(&self, p: &Params, d: &Data, units: Range<usize>) -> Vec<f64> {
        self.0.score(p.downcast(), d.downcast(), units)
    }
    fn block(&self, d: &Data) -> usize {
        self.0.block(d.downcast())
    }
    fn sufficient(&self) -> bool {
        self.0.sufficient()
    }
    fn inner(&self) -> Inner<'_, Self> {
        if self.0.inner().is_some() { Some(self) } else { None }
    }
    fn direct(&self) -> Direct<'_, Self> {
        if self.0.direct().is_some() { Some(self) } else { None }
    }
    fn finish(&self, p: &Params, s: &Stats) -> Params {
        Params::new(self.0.finish(p.downcast(), s.downcast()))
    }
    fn warnings(&self, p: &Params, s: &Stats) -> Vec<Warning> {
        self.0.warnings(p.downcast(), s.downcast())
    }
    fn admit(&self, p: &Params, d: &Data) -> Result<Params, String> {
        self.0.admit(p.downcast(), d.downcast()).map(Params::new)
    }
}

impl<M: Erasable> InnerRounds for Lift<M> {
    fn expect_fixed(&self, held: &Params, at: &Params, d: &Data, units: Range<usize>, s: &mut Stats) -> f64 {
        let inner = self.0.inner().expect("`inner` answered for the model");
        inner.expect_fixed(held.downcast(), at.downcast(), d.downcast(), units, s.downcast_mut())
    }
    fn between(&self, from: &Params, to: &Params, by: f64) -> Params {
        let inner = self.0.inner().expect("`inner` answered for the model");
        Params::new(inner.between(from.downcast(), to.downcast(), by))
    }
}

impl<M: Erasable> DirectStep for Lift<M> {
    fn maximize_over(&self, d: &Data, s: &Stats, p: &Params) -> Out {
        let direct = self.0.direct().expect("`direct` answered for the model");
        direct.maximize_over(d.downcast(), s.downcast(), p.downcast()).map(Params::new)
    }
}

/// Reading the parameters of a model that is known only at run time.
pub trait ReadParams: LatentModel {
    /// The parameters that `d` holds, validated as they are built.
    ///
    /// # Errors
    /// What is wrong with them, in the deserializer's words.
    fn read_params(&self, d: &mut dyn Deserializer) -> Result<Params, erased_serde::Error>;
}

impl<M: Erasable> ReadParams for Lift<M> {
    fn read_params(&self, d: &mut dyn Deserializer) -> Result<Params, erased_serde::Error> {
        erased_serde::deserialize::<M::Params>(d).map(Params::new)
    }
}
