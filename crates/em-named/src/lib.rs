//! Two ways of writing values that serde's formats lack: open enums by the names of their variants ([`Named`]), and numbers to
//! the last bit ([`exact`]).
//!
//! # Open enums
//!
//! [`Named`] is an open, externally tagged enum over a typetag registry.
//!
//! typetag reads a map of one entry, `{"GaussianMixture": (components: 2)}`. Here that request for a map is turned into
//! a request for an *enum*, so that RON users write `GaussianMixture(components: 2)` and JSON users
//! `{"GaussianMixture": {…}}`. Nothing is buffered, so errors keep their line and column.
//!
//! ```
//! use em_named::{Named, fields, names};
//! use serde::{Deserialize, Serialize};
//!
//! #[typetag::serde]
//! trait Shape {
//!     fn area(&self) -> f64;
//! }
//!
//! #[derive(Serialize, Deserialize)]
//! struct Square {
//!     side: f64,
//! }
//! #[typetag::serde]
//! impl Shape for Square {
//!     fn area(&self) -> f64 {
//!         self.side * self.side
//!     }
//! }
//!
//! let square: Named<dyn Shape> = ron::from_str("Square(side: 3)").unwrap();
//! assert_eq!(square.area(), 9.0);
//! assert_eq!(ron::to_string(&square).unwrap(), "Square(side:3.0)");
//! assert_eq!(serde_json::to_string(&square).unwrap(), r#"{"Square":{"side":3.0}}"#);
//! assert_eq!((names::<dyn Shape>(), fields::<dyn Shape>("Square")), (&["Square"][..], &["side"][..]));
//! ```

pub mod exact;
mod probe;
mod read;
mod write;

pub use probe::{fields, names};

use std::fmt;
use std::ops::Deref;

/// A value of a registered type, read and written as an enum variant with that type's name.
pub struct Named<T: ?Sized>(pub Box<T>);

impl<T: ?Sized> Deref for Named<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Named<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
