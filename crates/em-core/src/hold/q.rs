//! [`OfQ`]: Q over some of the coordinates, for models that offer it.

use super::{Made, Params, Space, Stats};
use crate::LatentModel;
use crate::capability::Slope;
use em_curvature::{Landscape, Sight, ascend};

/// Q, its slope where the model tells it, and its maximisation in parts where there is one.
pub(super) struct OfQ<M: LatentModel> {
    pub value: fn(&M, &Params<M>, &Stats<M>) -> f64,
    pub slope: Option<Slope<M>>,
    pub parts: Option<Parts<M>>,
}

/// Conditional maximisations.
pub(super) struct Parts<M: LatentModel> {
    pub number: fn(&M) -> usize,
    pub maximize: fn(&M, usize, &Stats<M>, &Params<M>) -> Made<M>,
}

/// One M-step over some of the coordinates.
pub(super) struct Step<'a, M: LatentModel> {
    pub model: &'a M,
    pub space: &'a Space<M>,
    pub stats: &'a M::Stats,
    /// Where it begins.
    pub params: &'a M::Params,
    /// The weight of all data.
    pub weight: f64,
    /// Of each coordinate, whether it may move.
    pub free: Vec<bool>,
}

/// A point of the M-step: its coordinates, and Q with the prior there.
struct Point {
    x: Vec<f64>,
    sight: Sight,
}

impl<M: LatentModel> Step<'_, M> {
    fn at(&self, x: &[f64]) -> Made<M> {
        (self.space.at)(self.model, self.params, x)
    }

    /// The free coordinates of what a closed form says, the others as at the beginning; if that is no lower than `at`.
    fn set_back(&self, land: &Landscape, to: Made<M>, at: &Point) -> Option<Point> {
        let (to, from) = ((self.space.to)(self.model, &to.ok()?), &at.x);
        let x: Vec<f64> =
            self.free.iter().zip(to.iter().zip(from)).map(|(f, (to, from))| if *f { *to } else { *from }).collect();
        let sight = land.at(&x).filter(|there| there.value >= at.sight.value)?;
        Some(Point { x, sight })
    }
}

impl<M: LatentModel> OfQ<M> {
    /// The parameters that maximise Q over the free coordinates; `closed` is what the model has in closed form for all.
    ///
    /// # Errors
    /// That of the closed form, where Q has no maximum over the free coordinates either.
    pub fn maximize(&self, step: &Step<M>, closed: Made<M>) -> Made<M> {
        let look = |x: &[f64]| {
            let at = step.at(x).ok()?;
            let value = (self.value)(step.model, &at, step.stats) + step.model.log_prior(&at);
            Some(Sight { value, slope: self.slope.map(|slope| slope(step.model, &at, step.stats)) })
        };
        let land = Landscape { look: &look, weight: step.weight };
        let from = (step.space.to)(step.model, step.params);
        let Some(sight) = land.at(&from) else { return closed };
        let mut at = Point { x: from.clone(), sight };
        if let Some(better) = step.set_back(&land, closed.clone(), &at) {
            at = better;
        }
        for i in 0..self.parts.as_ref().map_or(0, |parts| (parts.number)(step.model)) {
            let made = step.at(&at.x).and_then(|at| self.part(i, step, &at));
            if let Some(better) = step.set_back(&land, made, &at) {
                at = better;
            }
        }
        let movable: Vec<usize> = (0..step.free.len()).filter(|i| step.free[*i]).collect();
        let (x, settled) = ascend(&land, at.x, at.sight, &movable);
        match closed {
            Err(e) if !settled => Err(e),
            _ => step.at(&x),
        }
    }

    /// The i-th conditional maximisation from `at`; asked for where there is one.
    fn part(&self, i: usize, step: &Step<M>, at: &M::Params) -> Made<M> {
        self.parts.as_ref().map_or_else(|| Ok(at.clone()), |parts| (parts.maximize)(step.model, i, step.stats, at))
    }

    /// The same without conditional maximisations.
    pub fn alone(&self) -> Self {
        OfQ { parts: None, ..*self }
    }
}
