//! Finite mixtures over any emission family.

mod capabilities;
mod complete;
mod held_step;
mod mixing;
mod model;
mod modes;
mod params;
mod plain_weights;
mod posterior;

pub use mixing::{Mixing, MixingParams};
pub use model::{Mixture, MixtureStats};
pub(crate) use params::{INDEPENDENT, check_weights};
pub use params::{MixtureParams, Written};
pub use plain_weights::PlainWeights;
pub(crate) use plain_weights::shares;
pub(crate) use posterior::responsibilities;
