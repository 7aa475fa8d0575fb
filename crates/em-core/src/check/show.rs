//! Data shown in a report, where their type can show itself.

use crate::registry::Data;
use std::fmt::Debug;
use std::marker::PhantomData;

/// Shows hidden data.
pub type Show = fn(&Data) -> String;

/// Method probing by auto-ref: `Shows` is found one reference earlier than `Hides`.
pub struct Probe<D>(pub PhantomData<fn() -> D>);

/// Data that implement `Debug`.
pub trait Shows {
    /// How they are shown.
    fn show(&self) -> Option<Show>;
}

impl<D: Debug + 'static> Shows for Probe<D> {
    fn show(&self) -> Option<Show> {
        Some(|data| format!("{:?}", data.downcast::<D>()))
    }
}

/// Data of any other type.
pub trait Hides {
    /// Nothing.
    fn show(&self) -> Option<Show>;
}

impl<D> Hides for &Probe<D> {
    fn show(&self) -> Option<Show> {
        None
    }
}

/// The marker of the data's type.
pub fn data_of<M: crate::LatentModel<Data: Sized>>(_: &M) -> PhantomData<fn() -> M::Data> {
    PhantomData
}
