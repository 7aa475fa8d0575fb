//! [`Hold`]: M-steps over the parameters that are not fixed.

mod q;
#[cfg(test)]
mod tests;

use crate::{CompleteLikelihood, Conditionals, Coordinates, Fixed, Gradient, HeldStep, LatentModel, MStepError};
use q::{OfQ, Parts, Step};
use std::sync::OnceLock;

type Params<M> = <M as LatentModel>::Params;
type Stats<M> = <M as LatentModel>::Stats;
type Made<M> = Result<Params<M>, MStepError>;

/// Which parameters a fit holds at the values of its start, and how its M-step climbs Q in the others.
///
/// Setting the held coordinates of a closed form back to where they were is exact where Q is a sum of a part for these and a
/// part for the others, and wrong elsewhere: with a mean held, the covariance that belongs to it is that about it, not that
/// about the mean of the data. So the M-step maximises Q(θ′ | θ) + ln p(θ′) over the free coordinates: from the best of the
/// point it stands at, the closed form set back, and the conditional maximisations set back one after the other, by Newton
/// steps that are halved until Q rises, until nothing is left to gain. It makes no pass over the data, and never ends lower
/// than where it began.
///
/// A value, as [`Mender`](crate::Mender) is, so that algorithms need not ask for what it takes.
pub struct Hold<M: LatentModel> {
    fixed: Fixed,
    names: fn(&M, &Params<M>) -> Vec<String>,
    space: Space<M>,
    way: Way<M>,
}

/// How the M-step climbs in the free coordinates.
enum Way<M: LatentModel> {
    /// By Q.
    Q(OfQ<M>),
    /// By the model's own [`HeldStep`].
    Own(OwnStep<M>),
}

type OwnStep<M> = fn(&M, &Stats<M>, &Params<M>, &[bool]) -> Made<M>;

/// The free coordinates of a model.
struct Space<M: LatentModel> {
    to: fn(&M, &Params<M>) -> Vec<f64>,
    at: fn(&M, &Params<M>, &[f64]) -> Made<M>,
}

impl<M: Coordinates + CompleteLikelihood> Hold<M> {
    /// These parameters, for a model that offers Q.
    pub fn new(fixed: Fixed) -> Self {
        let space = Space { to: M::to_free, at: M::at_free };
        let way = Way::Q(OfQ { value: M::q, slope: None, parts: None });
        Hold { fixed, names: M::coordinate_names, space, way }
    }

    /// With slopes by the model's own [`Gradient`], which is that of Q at any parameters, whatever the statistics were taken
    /// at; by differences of Q otherwise.
    pub fn by_gradient(mut self) -> Self
    where
        M: Gradient,
    {
        if let Way::Q(q) = &mut self.way {
            q.slope = Some(M::gradient);
        }
        self
    }

    /// With conditional maximisations, which are exact where a part of the parameters is held as a whole.
    pub fn by_conditionals(mut self) -> Self
    where
        M: Conditionals,
    {
        if let Way::Q(q) = &mut self.way {
            q.parts = Some(Parts { number: M::conditionals, maximize: M::maximize_conditional });
        }
        self
    }
}

impl<M: HeldStep> Hold<M> {
    /// These parameters, for a model with an M-step over some of its coordinates.
    pub fn by_held_step(fixed: Fixed) -> Self {
        let space = Space { to: M::to_free, at: M::at_free };
        Hold { fixed, names: M::coordinate_names, space, way: Way::Own(M::maximize_held) }
    }
}

impl<M: LatentModel> Hold<M> {
    /// What is held.
    pub fn fixed(&self) -> &Fixed {
        &self.fixed
    }

    /// Whether these can be held in runs from `start`.
    ///
    /// # Errors
    /// A sentence, when a name stands for no parameter, or nothing is left to be fitted.
    pub(crate) fn check(&self, model: &M, start: &M::Params) -> Result<(), String> {
        self.fixed.check(&(self.names)(model, start))
    }
}

/// A [`Hold`] in a run.
pub(crate) struct Held<'a, M: LatentModel> {
    hold: &'a Hold<M>,
    /// Of each coordinate, whether it is held; the same throughout a run, so that names are matched once.
    mask: OnceLock<Vec<bool>>,
}

impl<'a, M: LatentModel> Held<'a, M> {
    pub fn new(hold: &'a Hold<M>) -> Self {
        Held { hold, mask: OnceLock::new() }
    }

    fn mask(&self, model: &M, params: &M::Params) -> &[bool] {
        self.mask.get_or_init(|| self.hold.fixed.mask(&(self.hold.names)(model, params)))
    }

    /// The M-step over the free coordinates, from statistics taken at `params`; n is the weight of all data.
    pub fn maximize(&self, model: &M, stats: &M::Stats, params: &M::Params, n: f64) -> Made<M> {
        let (Hold { space, way, .. }, mask) = (self.hold, self.mask(model, params));
        match way {
            Way::Own(step) => step(model, stats, params, mask),
            Way::Q(q) => {
                let free = mask.iter().map(|held| !held).collect();
                let step = Step { model, space, stats, params, weight: n, free };
                q.maximize(&step, model.maximize(stats, params))
            }
        }
    }

    /// The same for one part of the parameters, of which the model's own maximisation is `closed`: over those coordinates
    /// that it moves.
    pub fn maximize_part(&self, model: &M, stats: &M::Stats, params: &M::Params, n: f64, closed: M::Params) -> Made<M> {
        let Hold { space, way, .. } = self.hold;
        let (from, to) = ((space.to)(model, params), (space.to)(model, &closed));
        let moves = from.iter().zip(&to).map(|(from, to)| from != to);
        let free: Vec<bool> = self.mask(model, params).iter().zip(moves).map(|(held, moves)| moves && !held).collect();
        match way {
            Way::Own(step) => step(model, stats, params, &free.iter().map(|free| !free).collect::<Vec<_>>()),
            Way::Q(q) => {
                let step = Step { model, space, stats, params, weight: n, free };
                q.alone().maximize(&step, Ok(closed))
            }
        }
    }

    /// What is held as it is in `from`, all else as in `to`.
    pub fn set_back(&self, model: &M, from: &M::Params, to: M::Params) -> M::Params {
        let Hold { space, .. } = self.hold;
        let (held, free) = ((space.to)(model, from), (space.to)(model, &to));
        let pairs = self.mask(model, from).iter().zip(held.iter().zip(&free));
        let x: Vec<f64> = pairs.map(|(is_held, (held, free))| if *is_held { *held } else { *free }).collect();
        (space.at)(model, from, &x).unwrap_or(to)
    }

    /// A slope at `params`, 0 where a coordinate is held.
    pub fn slope(&self, model: &M, params: &M::Params, mut slope: Vec<f64>) -> Vec<f64> {
        let held = slope.iter_mut().zip(self.mask(model, params)).filter(|(_, held)| **held);
        held.for_each(|(slope, _)| *slope = 0.0);
        slope
    }
}

// Not derived: a derive would ask for `M: Clone`.
impl<M: LatentModel> Clone for Held<'_, M> {
    fn clone(&self) -> Self {
        Held { hold: self.hold, mask: self.mask.clone() }
    }
}
