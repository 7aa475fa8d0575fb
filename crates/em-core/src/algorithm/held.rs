//! What steps come to where some parameters are held.

use super::Context;
use crate::{Cause, Conditionals, Gradient, LatentModel};

impl<M: LatentModel> Context<'_, M> {
    /// The M-step over the i-th part of the parameters, less what is held.
    ///
    /// # Errors
    /// As [`maximize`](Self::maximize).
    pub fn maximize_conditional(&self, i: usize, stats: &M::Stats, params: &M::Params) -> Result<M::Params, Cause>
    where
        M: Conditionals,
    {
        let closed = self.model.maximize_conditional(i, stats, params)?;
        match &self.held {
            Some(held) => Ok(held.maximize_part(self.model, stats, params, self.weight(0..self.blocks()), closed)?),
            None => Ok(closed),
        }
    }

    /// What is held as it is in `from`, all else as in `to`.
    pub(super) fn set_back(&self, from: &M::Params, to: M::Params) -> M::Params {
        match &self.held {
            Some(held) => held.set_back(self.model, from, to),
            None => to,
        }
    }

    /// The slope that the model offers, 0 along what is held.
    pub fn gradient(&self, params: &M::Params, stats: &M::Stats) -> Vec<f64>
    where
        M: Gradient,
    {
        let slope = self.model.gradient(params, stats);
        match &self.held {
            Some(held) => held.slope(self.model, params, slope),
            None => slope,
        }
    }
}
