//! The list of capabilities, and what is made of it: how they are found, reached and answered for.

use super::lift::{Erasable, Lift, Out, ReadParams};
use super::opaque::{Data, Params, Stats};
use crate::capability::{
    CompleteLikelihood, Conditionals, Coordinates, EStepMode, EStepModes, Gradient, HeldStep, LabelStart,
    LabelSymmetry, Outline, Portrait, Predict, Resampled, Sample, Start, StartKind,
};
use crate::repair::Repair;
use crate::{MStepError, Prediction, Rng};
use std::ops::Range;
use std::sync::Arc;

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
        #[derive(Clone)]
        pub struct Erased {
            /// The name it is registered by.
            pub name: &'static str,
            pub(super) model: Arc<dyn ReadParams<Data = Data, Params = Params, Stats = Stats>>,
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
        pub mod probe {
            /// The marker of a model's type.
            pub fn model_of<M>(_: &M) -> std::marker::PhantomData<fn() -> M> {
                std::marker::PhantomData
            }
            $(pub mod $field {
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
        fn coordinate_names(p: &Params) -> Vec<String> = |m| m.coordinate_names(p.downcast());
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
    held: HeldStep {
        fn maximize_held(s: &Stats, p: &Params, held: &[bool]) -> Out =
            |m| m.maximize_held(s.downcast(), p.downcast(), held).map(Params::new);
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
    resampled: Resampled {
        fn select(d: &Data, units: &[usize]) -> Data = |m| Data::new(m.select(d.downcast(), units));
        fn reweight(d: &Data, by: &[f64]) -> Data = |m| Data::new(m.reweight(d.downcast(), by));
    }
    predict: Predict {
        fn predict(p: &Params, d: &Data, units: Range<usize>) -> Prediction =
            |m| m.predict(p.downcast(), d.downcast(), units);
        fn predict_part(p: &Params, part: usize, d: &Data, units: Range<usize>) -> Option<Prediction> =
            |m| m.predict_part(p.downcast(), part, d.downcast(), units);
    }
    portrait: Portrait {
        fn outlines(p: &Params) -> Vec<Outline> = |m| m.outlines(p.downcast());
        fn marginal_densities(p: &Params, column: usize, x: f64) -> Option<Vec<f64>> =
            |m| m.marginal_densities(p.downcast(), column, x);
    }
}

/// Finds the capabilities of a concrete model type, `capabilities_of!(Model)`, or of that of a value,
/// `capabilities_of!(of &model)`; a macro, because probing by auto-ref needs a concrete type.
#[doc(hidden)]
#[macro_export]
macro_rules! capabilities_of {
    (@ $marker:expr; $($field:ident)*) => {
        $crate::registry::Capabilities { $($field: {
            #[allow(unused_imports)]
            use $crate::registry::macros::probe::$field::{Has as _, Lacks as _, Probe};
            (&Probe($marker)).find()
        }),* }
    };
    (@ $marker:expr) => { $crate::capabilities_of!(
            @ $marker;
            start label_start coordinates likelihood conditionals modes gradient held repair sample symmetry resampled
            predict portrait
        ) };
    (of $model:expr) => {{
        let marker = $crate::registry::macros::probe::model_of($model);
        $crate::capabilities_of!(@ marker)
    }};
    ($model:ty) => { $crate::capabilities_of!(@ std::marker::PhantomData::<fn() -> $model>) };
}
