//! The contract over one fixed set of types, so that a model can be chosen at run time.
//!
//! The object-safe face of [`LatentModel`] is `LatentModel` itself over [`Data`], [`Params`] and [`Stats`]; that of each
//! capability likewise. One blanket implementation, [`Lift`], serves every model; it is never written by hand.

mod capabilities;
mod hold;
mod lift;
mod model;
mod opaque;

pub use capabilities::{Capabilities, Erased, probe};
pub use lift::{Deserializer, Erasable, Lift, ReadParams};
pub use opaque::{Data, Params, Stats};
