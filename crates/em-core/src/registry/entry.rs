//! The list of registered models, and the macro that adds to it.

use crate::About;
use em_table::nearest;

/// A registered model, before any spec of it is read.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The name in specs.
    pub name: &'static str,
    /// What a person should know.
    pub about: fn() -> About,
    /// The names of the capabilities it has.
    pub capabilities: fn() -> Vec<&'static str>,
}

inventory::collect!(Entry);

/// All registered models, by name.
pub fn entries() -> Vec<&'static Entry> {
    let mut all: Vec<&Entry> = inventory::iter::<Entry>.into_iter().collect();
    all.sort_by_key(|e| e.name);
    all
}

/// The model of this name.
///
/// # Errors
/// The nearest known name, if one is like it.
pub fn entry(name: &str) -> Result<&'static Entry, Option<&'static str>> {
    let found = entries().into_iter().find(|e| e.name == name);
    found.ok_or_else(|| nearest(name, entries().into_iter().map(|e| e.name)))
}

/// Makes a spec known by its name, with every capability its model has: `register!(GaussianMixture);`.
///
/// The type must derive serde's `Serialize` and `Deserialize` and implement [`Spec`](crate::Spec), which a model of
/// plain columns does by itself.
///
/// ```
/// use em_core::{LatentModel, MStepError, Weighted};
/// use serde::{Deserialize, Serialize};
/// use std::ops::Range;
///
/// /// Waiting times with one unknown mean.
/// #[derive(Clone, Debug, Serialize, Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Waiting {}
///
/// impl LatentModel for Waiting {
///     type Data = Weighted<f64>;
///     type Params = f64;
///     type Stats = [f64; 2];
///     fn zero(&self, _: &f64) -> [f64; 2] { [0.0; 2] }
///     fn expect(&self, mean: &f64, data: &Weighted<f64>, units: Range<usize>, s: &mut [f64; 2]) -> f64 {
///         units.map(|u| {
///             let (x, w) = (data.items[u], data.weights[u]);
///             s[0] += w;
///             s[1] += w * x;
///             -w * (mean.ln() + x / mean)
///         }).sum()
///     }
///     fn maximize(&self, s: &[f64; 2], _: &f64) -> Result<f64, MStepError> { Ok(s[1] / s[0]) }
/// }
/// em_core::register!(Waiting);
///
/// assert!(em_core::registry::entry("Waiting").is_ok());
/// assert_eq!(em_core::registry::entry("Waitin").err().flatten(), Some("Waiting"));
/// ```
#[macro_export]
macro_rules! register {
    ($t:ident) => {
        const _: () = {
            use $crate::registry::{self, Capabilities, Data, Deserializer, Learnt, ModelSpec};
            use $crate::{DataError, Spec, Table, Uses, Warning, erased_serde, inventory, typetag};
            type Model = <$t as Spec>::Model;
            fn capabilities() -> Capabilities<Model> {
                $crate::capabilities_of!(Model)
            }
            inventory::submit! {
                registry::Entry {
                    name: stringify!($t),
                    about: <$t as Spec>::about,
                    capabilities: || capabilities().names(),
                }
            }
            #[typetag::serde]
            impl ModelSpec for $t {
                fn name(&self) -> &'static str {
                    stringify!($t)
                }
                fn uses_any(&self) -> Option<Uses> {
                    Spec::uses(self)
                }
                fn learn_any(&self, table: &Table, warnings: &mut Vec<Warning>) -> Result<Box<dyn Learnt>, DataError> {
                    registry::macros::learn(self, stringify!($t), &capabilities(), table, warnings)
                }
                fn learn_and_encode_any(
                    &self,
                    table: &mut Table,
                    warnings: &mut Vec<Warning>,
                ) -> Result<(Box<dyn Learnt>, Data), DataError> {
                    registry::macros::learn_and_encode(self, stringify!($t), &capabilities(), table, warnings)
                }
                fn load_any(&self, encoding: &mut dyn Deserializer) -> Result<Box<dyn Learnt>, erased_serde::Error> {
                    registry::macros::load(self, stringify!($t), &capabilities(), encoding)
                }
            }
        };
    };
}
