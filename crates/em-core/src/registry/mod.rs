//! Models chosen at run time: open enums over typetag's registry, and the object-safe face of the contract.
//!
//! [`register!`](crate::register!) makes a spec known by its name. A binary that links the crate where that stands has
//! the model in every command.

mod algorithms;
mod entry;
mod erased;
mod learnt;

pub use algorithms::{AlgorithmSpec, algorithms};
pub use em_named::{Named, fields, names};
pub use em_table::nearest;
pub use entry::{Entry, entries, entry};
pub use erased::{Capabilities, Data, Deserializer, Erasable, Erased, Lift, Params, ReadParams, Stats};
pub use learnt::{Learnt, ModelSpec};

#[doc(hidden)]
pub mod macros {
    //! What the macros need; no part of the interface.
    pub use super::erased::probe;
    pub use super::learnt::{learn, learn_and_encode, load};
}
