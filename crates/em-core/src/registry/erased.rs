//! The contract over one fixed set of types, so that a model can be chosen at run time.
//!
//! The object-safe face of [`LatentModel`] is `LatentModel` itself over [`Data`], [`Params`] and [`Stats`]; that of each
//! capability likewise. One blanket implementation, [`Lift`], serves every model; it is never written by hand.

use crate::capability::{
    CompleteLikelihood, Conditionals, Coordinates, EStepMode, EStepModes, Gradient, LabelStart, LabelSymmetry, Predict,
    Sample, Start, StartKind,
};
use crate::repair::Repair;
use crate::{
    Dataset, Direct, DirectStep, Inner, InnerRounds, LatentModel, MStepError, Prediction, Rng, Statistics, Warning,
};
pub use erased_serde::Deserializer;
use serde::{Serialize, de::DeserializeOwned};
use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

trait AnyData: Any + Send + Sync {
    fn units_any(&self) -> usize;
    fn weight_any(&self, unit: usize) -> f64;
    fn total_weight_any(&self) -> f64;
    fn rows_any(&self) -> usize;
    fn unit_of_any(&self, row: usize) -> usize;
}

impl<D: Dataset + Any + Send> AnyData for D {
    fn units_any(&self) -> usize {
        self.units()
    }
    fn weight_any(&self, unit: usize) -> f64 {
        self.weight(unit)
    }
    fn total_weight_any(&self) -> f64 {
        self.total_weight()
    }
    fn rows_any(&self) -> usize {
        self.rows()
    }
    fn unit_of_any(&self, row: usize) -> usize {
        self.unit_of(row)
    }
}

trait AnyParams: Any + Send + Sync {
    fn copy(&self) -> Params;
    fn show(&self) -> &dyn erased_serde::Serialize;
}

impl<P: Any + Send + Sync + Clone + Serialize> AnyParams for P {
    fn copy(&self) -> Params {
        Params(Box::new(self.clone()))
    }
    fn show(&self) -> &dyn erased_serde::Serialize {
        self
    }
}

trait AnyStats: Any + Send + Sync {
    fn copy(&self) -> Stats;
    fn merge_any(&mut self, other: &dyn Any);
    fn scale_any(&mut self, by: f64);
    fn visit_any(&mut self, f: &mut dyn FnMut(&mut [f64]));
    fn clear_any(&mut self);
}

impl<S: Statistics + Any> AnyStats for S {
    fn copy(&self) -> Stats {
        Stats(Box::new(self.clone()))
    }
    fn merge_any(&mut self, other: &dyn Any) {
        self.merge(other.downcast_ref().expect(OURS));
    }
    fn scale_any(&mut self, by: f64) {
        self.scale(by);
    }
    fn visit_any(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        self.visit(f);
    }
    fn clear_any(&mut self) {
        self.clear();
    }
}

/// Data of some model.
pub struct Data(Box<dyn AnyData>);
/// Parameters of some model.
pub struct Params(Box<dyn AnyParams>);
/// Statistics of some model.
pub struct Stats(Box<dyn AnyStats>);

impl Dataset for Data {
    fn units(&self) -> usize {
        self.0.units_any()
    }
    fn weight(&self, unit: usize) -> f64 {
        self.0.weight_any(unit)
    }
    fn total_weight(&self) -> f64 {
        self.0.total_weight_any()
    }
    fn rows(&self) -> usize {
        self.0.rows_any()
    }
    fn unit_of(&self, row: usize) -> usize {
        self.0.unit_of_any(row)
    }
}

impl Clone for Params {
    fn clone(&self) -> Self {
        (*self.0).copy()
    }
}

impl Serialize for Params {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        erased_serde::serialize(self.0.show(), s)
    }
}

impl Clone for Stats {
    fn clone(&self) -> Self {
        (*self.0).copy()
    }
}

impl Statistics for Stats {
    fn merge(&mut self, other: &Self) {
        self.0.merge_any(&*other.0);
    }
    fn scale(&mut self, by: f64) {
        self.0.scale_any(by);
    }
    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        self.0.visit_any(f);
    }
    fn clear(&mut self) {
        self.0.clear_any();
    }
}

/// The invariant behind every downcast: a `Learnt` hands out model, data and parameters of one concrete model.
const OURS: &str = "data, parameters and statistics come from this model";

impl Data {
    /// Hides the type of `data`.
    pub fn new<D: Dataset + Send + 'static>(data: D) -> Self {
        Data(Box::new(data))
    }

    /// The data, seen as what they are.
    ///
    /// # Panics
    /// When they are of another type.
    pub fn downcast<T: 'static>(&self) -> &T {
        (&*self.0 as &dyn Any).downcast_ref().expect(OURS)
    }
}

impl Params {
    /// Hides the type of `params`.
    pub fn new<P: Clone + Send + Sync + Serialize + 'static>(params: P) -> Self {
        Params(Box::new(params))
    }

    /// The parameters, seen as what they are.
    ///
    /// # Panics
    /// When they are of another type.
    pub fn downcast<T: 'static>(&self) -> &T {
        (&*self.0 as &dyn Any).downcast_ref().expect(OURS)
    }
}

impl Stats {
    fn new<S: Statistics + 'static>(stats: S) -> Self {
        Stats(Box::new(stats))
    }

    /// The statistics, seen as what they are.
    ///
    /// # Panics
    /// When they are of another type.
    pub fn downcast<T: 'static>(&self) -> &T {
        (&*self.0 as &dyn Any).downcast_ref().expect(OURS)
    }

    fn downcast_mut<T: 'static>(&mut self) -> &mut T {
        (&mut *self.0 as &mut dyn Any).downcast_mut().expect(OURS)
    }
}

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

type Out = Result<Params, MStepError>;

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

/// Writes, for each capability: the field that holds it, how a lifted model answers, and the probe that finds out
/// whether a model has it. Each line: field, trait, and its methods as (arguments) → answer.
macro_rules! capabilities {
    ($($field:ident: $trait:ident {
        $(fn $f:ident($($a:ident: $t:ty),*) -> $r:ty = |$m:ident| $lift:expr;)*
    })*) => {
        /// Which capabilities a model has, as ways to reach them.
        pub struct Capabilities<M> {
            $(
                /// Present when the model has it.
                pub $field: Option<fn(Arc<Lift<M>>) -> Arc<dyn $trait<Data = Data, Params = Params, Stats = Stats>>>,
            )*
        }

        impl<M> Capabilities<M> {
            /// The names of the capabilities there are.
            pub fn names(&self) -> Vec<&'static str> {
                [$((self.$field.is_some(), stringify!($trait))),*]
                    .into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect()
            }
        }

        impl<M: Erasable> Capabilities<M> {
            /// The model behind the fixed types, with what it has.
            pub fn erase(&self, name: &'static str, model: M) -> Erased {
                let lifted = Arc::new(Lift(model));
                Erased { name, $($field: self.$field.map(|reach| reach(lifted.clone())),)* model: lifted }
            }
        }

        /// A model chosen at run time, with the capabilities that were found.
        pub struct Erased {
            /// The name it is registered by.
            pub name: &'static str,
            model: Arc<dyn ReadParams<Data = Data, Params = Params, Stats = Stats>>,
            $(
                /// Present when the model has it.
                pub $field: Option<Arc<dyn $trait<Data = Data, Params = Params, Stats = Stats>>>,
            )*
        }

        $(#[diagnostic::do_not_recommend]
        impl<M: Erasable + $trait> $trait for Lift<M> {
            $(fn $f(&self, $($a: $t),*) -> $r { let $m = &self.0; $lift })*
        }

        /// Panics where the model lacks it: look at the field of the same name first.
        #[diagnostic::do_not_recommend]
        impl $trait for Erased {
            $(fn $f(&self, $($a: $t),*) -> $r {
                self.$field.as_ref().expect(concat!("the model has ", stringify!($trait))).$f($($a),*)
            })*
        })*

        /// Method probing by auto-ref: `Has` is found one reference earlier than `Lacks`.
        #[doc(hidden)]
        #[allow(missing_docs, reason = "no part of the interface")]
        pub mod probe { $(pub mod $field {
            use super::super::*;
            type Reach<M> = fn(Arc<Lift<M>>) -> Arc<dyn $trait<Data = Data, Params = Params, Stats = Stats>>;
            pub struct Probe<M>(pub std::marker::PhantomData<fn() -> M>);
            pub trait Has<M> { fn find(&self) -> Option<Reach<M>>; }
            impl<M: Erasable + $trait> Has<M> for Probe<M> {
                fn find(&self) -> Option<Reach<M>> { Some(|lifted| lifted) }
            }
            pub trait Lacks<M> { fn find(&self) -> Option<Reach<M>>; }
            impl<M> Lacks<M> for &Probe<M> {
                fn find(&self) -> Option<Reach<M>> { None }
            }
        })* }
    };
}

capabilities! {
    start: Start {
        fn start(d: &Data, rng: &mut Rng) -> Out = |m| m.start(d.downcast(), rng).map(Params::new);
        fn kinds() -> &'static [StartKind] = |m| m.kinds();
        fn start_by(kind: StartKind, d: &Data, rng: &mut Rng) -> Out =
            |m| m.start_by(kind, d.downcast(), rng).map(Params::new);
        fn is_random(kind: Option<StartKind>) -> bool = |m| m.is_random(kind);
    }
    label_start: LabelStart {
        fn labels() -> usize = |m| m.labels();
        fn labelled(d: &Data, labels: &[usize]) -> Out = |m| m.labelled(d.downcast(), labels).map(Params::new);
    }
    coordinates: Coordinates {
        fn to_free(p: &Params) -> Vec<f64> = |m| m.to_free(p.downcast());
        fn at_free(like: &Params, x: &[f64]) -> Out = |m| m.at_free(like.downcast(), x).map(Params::new);
    }
    likelihood: CompleteLikelihood {
        fn q(p: &Params, s: &Stats) -> f64 = |m| m.q(p.downcast(), s.downcast());
    }
    conditionals: Conditionals {
        fn conditionals() -> usize = |m| m.conditionals();
        fn maximize_conditional(i: usize, s: &Stats, p: &Params) -> Out =
            |m| m.maximize_conditional(i, s.downcast(), p.downcast()).map(Params::new);
    }
    modes: EStepModes {
        fn expect_as(mode: EStepMode, p: &Params, d: &Data, units: Range<usize>, s: &mut Stats) -> f64 =
            |m| m.expect_as(mode, p.downcast(), d.downcast(), units, s.downcast_mut());
        fn expect_fixed_as(
            mode: EStepMode,
            held: &Params,
            at: &Params,
            d: &Data,
            units: Range<usize>,
            s: &mut Stats
        ) -> f64 = |m| {
            m.expect_fixed_as(mode, held.downcast(), at.downcast(), d.downcast(), units, s.downcast_mut())
        };
    }
    gradient: Gradient {
        fn gradient(p: &Params, s: &Stats) -> Vec<f64> = |m| m.gradient(p.downcast(), s.downcast());
    }
    sample: Sample {
        fn sample(p: &Params, like: &Data, rng: &mut Rng) -> (Data, Prediction) = |m| {
            let (data, latent) = m.sample(p.downcast(), like.downcast(), rng);
            (Data::new(data), latent)
        };
    }
    symmetry: LabelSymmetry {
        fn parts(p: &Params) -> usize = |m| m.parts(p.downcast());
        fn permute(p: &Params, order: &[usize]) -> Params = |m| Params::new(m.permute(p.downcast(), order));
    }
    repair: Repair {
        fn reseed(p: &Params, part: usize, d: &Data, unit: usize) -> Out =
            |m| m.reseed(p.downcast(), part, d.downcast(), unit).map(Params::new);
        fn without(p: &Params, part: usize) -> Option<Params> = |m| m.without(p.downcast(), part).map(Params::new);
        fn idle(p: &Params, s: &Stats) -> Option<MStepError> = |m| m.idle(p.downcast(), s.downcast());
    }
    predict: Predict {
        fn predict(p: &Params, d: &Data, units: Range<usize>) -> Prediction =
            |m| m.predict(p.downcast(), d.downcast(), units);
    }
}

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

/// Finds the capabilities of a concrete model type; a macro, because probing by auto-ref needs one.
#[doc(hidden)]
#[macro_export]
macro_rules! capabilities_of {
    ($model:ty) => { $crate::capabilities_of!(
            $model;
            start label_start coordinates likelihood conditionals modes gradient repair sample symmetry predict
        ) };
    ($model:ty; $($field:ident)*) => {
        $crate::registry::Capabilities::<$model> { $($field: {
            #[allow(unused_imports)]
            use $crate::registry::macros::probe::$field::{Has as _, Lacks as _, Probe};
            (&Probe::<$model>(std::marker::PhantomData)).find()
        }),* }
    };
}
