//! [`OfQ`]: Q over some of the coordinates, for models that offer it.

use super::ascent::ascend;
use super::{Made, Params, Space, Stats};
use crate::LatentModel;
use crate::curvature::{Landscape, Sight};

/// Q, its slope where the model tells it, and its maximisation in parts where there is one.
pub(super) struct OfQ<M: LatentModel> {
    pub value: fn(&M, &Params<M>, &Stats<M>) -> f64,
    pub slope: Option<fn(&M, &Params<M>, &Stats<M>) -> Vec<f64>>,
    pub parts: Option<Parts<M>>,
}

/// Conditional maximisations.
pub(super) struct Parts<M: LatentModel> {
    pub number: fn(&M) -> usize,
    pub maximize: fn(&M, usize, &Stats<M>, &Params<M>) -> Made<M>,
}

/// A point of the M-step: its coordinates, and Q with the prior there.
struct Point {
    x: Vec<f64>,
    sight: Sight,
}

impl<M: LatentModel> OfQ<M> {
    /// The parameters that maximise Q over the `free` coordinates, from `params`; `closed` is what the model has in closed
    /// form for them, and `parts` whether its conditional maximisations may be tried too.
    ///
    /// # Errors
    /// That of the closed form, where Q has no maximum over the free coordinates either.
    #[expect(clippy::too_many_arguments, reason = "what an M-step is made of, and asked for in one place")]
    pub fn maximize(
        &self,
        model: &M,
        space: &Space<M>,
        stats: &M::Stats,
        params: &M::Params,
        n: f64,
        free: &[bool],
        closed: Made<M>,
        parts: bool,
    ) -> Made<M> {
        let look = |x: &[f64]| {
            let at = (space.at)(model, params, x).ok()?;
            let value = (self.value)(model, &at, stats) + model.log_prior(&at);
            Some(Sight { value, slope: self.slope.map(|slope| slope(model, &at, stats)) })
        };
        let land = Landscape { look: &look, weight: n };
        let from = (space.to)(model, params);
        // Only the free coordinates of what a closed form says.
        let set_back = |to: &M::Params, at: &Point| -> Option<Point> {
            let to = (space.to)(model, to);
            let x: Vec<f64> = (0..to.len()).map(|i| if free[i] { to[i] } else { from[i] }).collect();
            let sight = land.at(&x)?;
            (sight.value >= at.sight.value).then_some(Point { x, sight })
        };
        let Some(sight) = land.at(&from) else { return closed };
        let mut at = Point { x: from.clone(), sight };
        if let Some(better) = closed.as_ref().ok().and_then(|closed| set_back(closed, &at)) {
            at = better;
        }
        for part in self.parts.iter().filter(|_| parts) {
            for i in 0..(part.number)(model) {
                let made = (space.at)(model, params, &at.x).and_then(|at| (part.maximize)(model, i, stats, &at));
                if let Some(better) = made.ok().and_then(|made| set_back(&made, &at)) {
                    at = better;
                }
            }
        }
        let movable: Vec<usize> = (0..free.len()).filter(|i| free[*i]).collect();
        let (x, settled) = ascend(&land, at.x, at.sight, &movable);
        match closed {
            Err(e) if !settled => Err(e),
            _ if x == from => Ok(params.clone()),
            _ => (space.at)(model, params, &x),
        }
    }
}

// Neither is derived: a derive would ask for `M: Clone`.
impl<M: LatentModel> Clone for OfQ<M> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M: LatentModel> Copy for OfQ<M> {}
impl<M: LatentModel> Clone for Parts<M> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M: LatentModel> Copy for Parts<M> {}
