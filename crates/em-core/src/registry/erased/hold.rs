//! Parameters held fixed in models chosen at run time.

use super::Erased;
use crate::{Fixed, Hold};

impl Erased {
    /// How these parameters are held, by the best way the model has; none where it has no way.
    pub fn hold(&self, fixed: Fixed) -> Option<Hold<Erased>> {
        if self.held.is_some() {
            return Some(Hold::by_held_step(fixed));
        }
        if self.likelihood.is_none() || self.coordinates.is_none() {
            return None;
        }
        let mut hold = Hold::new(fixed);
        if self.gradient.is_some() {
            hold = hold.by_gradient();
        }
        Some(if self.conditionals.is_some() { hold.by_conditionals() } else { hold })
    }
}
