//! Models that are sound but for one fault, for the conformance kit to find.

pub mod bound;
pub mod counts;
pub mod normals;
pub mod sequences;

use em_core::check::Check;
use std::fmt::Debug;

/// A model with a fault, and the law that must catch it.
pub struct Mutation {
    pub fault: String,
    pub law: &'static str,
    pub check: Box<dyn Fn() -> Check>,
}

impl Mutation {
    fn new<F: Copy + Debug + 'static>(fault: &F, law: &'static str, check: fn(F) -> Check) -> Self {
        let fault = *fault;
        Mutation { fault: format!("{fault:?}"), law, check: Box::new(move || check(fault)) }
    }
}

/// All of them.
pub fn mutations() -> Vec<Mutation> {
    let all = [normals::mutations(), counts::mutations(), sequences::mutations(), bound::mutations()];
    all.into_iter().flatten().collect()
}

/// The same models without a fault.
pub fn sound() -> Vec<Check> {
    vec![
        normals::check(normals::Fault::None),
        counts::check(counts::Fault::None),
        sequences::check(sequences::Fault::None),
        bound::check(bound::Fault::None),
    ]
}
