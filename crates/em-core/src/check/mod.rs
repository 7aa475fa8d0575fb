//! The conformance kit: tells the author of a model whether it is right, and if not, which law it breaks, on the smallest
//! data found, with the usual cause in words.
//!
//! One line of test code, [`check!`](crate::check!), tries every law that the model's capabilities allow. Data are cut,
//! shuffled and weighted, parameters moved, and samples drawn at random from a stated seed; what is broken is then tried
//! on fewer and fewer units. What a model does not offer is skipped and said so.
//!
//! Tolerances are those of rounding: sums of a few hundred terms in another order agree to 10⁻⁹ of their size with much to
//! spare, and derivatives carry their own error.

mod case;
mod caught;
mod coordinates;
mod e_step;
mod fisher;
mod kit;
mod law;
mod m_step;
mod numbers;
mod odd_tables;
mod posterior;
mod report;
mod same;
mod sampler;
mod show;
mod shrink;
mod slope;
mod statistics;
mod symmetry;
mod trial;
mod world;

pub use kit::Check;
pub use law::Law;
pub use report::{Entry, Finding, Outcome, Report};

#[doc(hidden)]
pub mod macros {
    //! What the macro needs; no part of the interface.
    pub use super::show::{Hides, Probe, Shows, data_of};
    use crate::registry::{Capabilities, Data, Erasable, Params};
    use std::any::type_name;

    /// Models that [`check!`](crate::check!) takes.
    #[diagnostic::on_unimplemented(
        message = "the model `{Self}` cannot be checked",
        label = "this needs data that are owned, and parameters that can be written",
        note = "its data must be owned (`Weighted<T>`, a `Vec`, not a slice), and its parameters derive serde's `Serialize` and `Deserialize`"
    )]
    pub trait Checkable: Erasable {}

    #[diagnostic::do_not_recommend]
    impl<M: Erasable> Checkable for M {}

    /// Fixes the types of model, data and start before anything is asked of them.
    pub fn parts<M: Checkable>(model: M, data: M::Data, start: M::Params) -> (M, M::Data, M::Params) {
        (model, data, start)
    }

    /// The kit for these parts.
    pub fn kit<M: Checkable>(
        capabilities: &Capabilities<M>,
        (model, data, start): (M, M::Data, M::Params),
    ) -> super::Check {
        super::Check::new(capabilities.erase(type_name::<M>(), model), Data::new(data), Params::new(start))
    }
}

/// All laws in the order in which they are told.
fn all_laws() -> impl Iterator<Item = &'static Law> {
    let groups: [&'static [Law]; 10] = [
        statistics::LAWS,
        e_step::LAWS,
        posterior::LAWS,
        m_step::LAWS,
        fisher::LAWS,
        coordinates::LAWS,
        symmetry::LAWS,
        sampler::LAWS,
        world::LAWS,
        same::LAWS,
    ];
    groups.into_iter().flatten()
}

/// The laws there are.
pub fn laws() -> Vec<&'static Law> {
    all_laws().collect()
}

/// The conformance kit for a model, data and a start: `check!(model, data, start).assert_passes();`.
///
/// It finds out what the model offers and tries every law that this allows; [`Check`](crate::check::Check) has the
/// settings. Data must be owned (`Vec`, [`Weighted`](crate::Weighted), …), and parameters derive serde's `Serialize` and
/// `Deserialize`. Data that implement [`Resample`](crate::Resample) can be cut and weighted, and so have more laws and
/// smaller examples.
///
/// ```
/// use em_core::{LatentModel, MStepError, Part, Weighted};
/// use std::ops::Range;
///
/// /// Waiting times with one unknown mean.
/// struct Waiting;
/// impl LatentModel for Waiting {
///     type Data = Weighted<f64>;
///     type Params = f64;
///     type Stats = [f64; 2];
///     fn zero(&self, _: &f64) -> [f64; 2] { [0.0; 2] }
///     fn expect(&self, mean: &f64, data: &Weighted<f64>, units: Range<usize>, s: &mut [f64; 2]) -> f64 {
///         units.filter(|u| data.weights[*u] > 0.0).map(|u| {
///             let (x, w) = (data.items[u], data.weights[u]);
///             s[0] += w;
///             s[1] += w * x;
///             -w * (mean.ln() + x / mean)
///         }).sum()
///     }
///     fn maximize(&self, s: &[f64; 2], _: &f64) -> Result<f64, MStepError> {
///         let nothing = || MStepError::new(Part::Whole, "no unit counts", "give units with a weight above 0");
///         if s[0] > 0.0 { Ok(s[1] / s[0]) } else { Err(nothing()) }
///     }
/// }
///
/// em_core::check!(Waiting, Weighted::from(vec![3.0, 1.0, 0.5, 2.0]), 1.0).assert_passes();
/// ```
#[macro_export]
macro_rules! check {
    ($model:expr, $data:expr, $start:expr $(,)?) => {{
        #[allow(unused_imports)]
        use $crate::check::macros::{Hides as _, Probe, Shows as _, data_of, kit, parts};
        let parts = parts($model, $data, $start);
        let show = (&Probe(data_of(&parts.0))).show();
        kit(&$crate::capabilities_of!(of & parts.0), parts).showing(show)
    }};
}
