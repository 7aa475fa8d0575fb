//! Finite mixtures over any emission family.

mod capabilities;
mod complete;
mod model;
mod modes;
mod params;
mod posterior;

pub use model::{Mixture, MixtureStats};
pub use params::{MixtureParams, Written};
pub(crate) use posterior::responsibilities;
