//! [`Hold`]: M-steps over the parameters that are not fixed.

mod ascent;
mod q;
#[cfg(test)]
mod tests;

use crate::{CompleteLikelihood, Conditionals, Coordinates, Fixed, Gradient, LatentModel, MStepError};
use q::{OfQ, Parts};

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
    q: OfQ<M>,
}

/// The free coordinates of a model.
struct Space<M: LatentModel> {
    to: fn(&M, &Params<M>) -> Vec<f64>,
    at: fn(&M, &Params<M>, &[f64]) -> Made<M>,
}

impl<M: Coordinates + CompleteLikelihood> Hold<M> {
    /// These parameters, for a model that offers Q.
    pub fn new(fixed: Fixed) -> Self {
        let space = Space { to: M::to_free, at: M::at_free };
        let q = OfQ { value: M::q, slope: None, parts: None };
        Hold { fixed, names: M::coordinate_names, space, q }
    }

    /// With slopes by the model's own [`Gradient`], which is that of Q at any parameters, whatever the statistics were taken
    /// at; by differences of Q otherwise.
    pub fn by_gradient(mut self) -> Self
    where
        M: Gradient,
    {
        self.q.slope = Some(M::gradient);
        self
    }

    /// With conditional maximisations, which are exact where a part of the parameters is held as a whole.
    pub fn by_conditionals(mut self) -> Self
    where
        M: Conditionals,
    {
        self.q.parts = Some(Parts { number: M::conditionals, maximize: M::maximize_conditional });
        self
    }
}

impl<M: LatentModel> Hold<M> {
    /// What is held.
    pub fn fixed(&self) -> &Fixed {
        &self.fixed
    }

    /// For a run from `start`.
    ///
    /// # Errors
    /// A sentence, when a name stands for no parameter, or nothing is left to be fitted.
    pub(crate) fn begin(&self, model: &M, start: &M::Params) -> Result<Held<M>, String> {
        let names = (self.names)(model, start);
        self.fixed.check(&names)?;
        Ok(Held { fixed: self.fixed.mask(&names), space: self.space, q: self.q })
    }
}

/// A [`Hold`] in a run, where it is known which coordinates are held.
pub(crate) struct Held<M: LatentModel> {
    /// Of each coordinate, whether it is held.
    fixed: Vec<bool>,
    space: Space<M>,
    q: OfQ<M>,
}

impl<M: LatentModel> Held<M> {
    /// The M-step over the free coordinates; `closed` is the model's own over all of them, and n the weight of all data.
    pub fn maximize(&self, model: &M, stats: &M::Stats, params: &M::Params, n: f64, closed: Made<M>) -> Made<M> {
        let free: Vec<bool> = self.fixed.iter().map(|fixed| !fixed).collect();
        self.q.maximize(model, &self.space, stats, params, n, &free, closed, true)
    }

    /// The same for one part of the parameters, `closed`: over those of its coordinates that are free.
    pub fn maximize_part(&self, model: &M, stats: &M::Stats, params: &M::Params, n: f64, closed: Made<M>) -> Made<M> {
        let own = match &closed {
            Ok(closed) => {
                let (from, to) = ((self.space.to)(model, params), (self.space.to)(model, closed));
                from.iter().zip(&to).map(|(from, to)| from != to).collect()
            }
            Err(_) => vec![true; self.fixed.len()],
        };
        let free: Vec<bool> = self.fixed.iter().zip(&own).map(|(fixed, own)| *own && !fixed).collect();
        self.q.maximize(model, &self.space, stats, params, n, &free, closed, false)
    }

    /// A slope, 0 where a coordinate is held.
    pub fn slope(&self, mut slope: Vec<f64>) -> Vec<f64> {
        slope.iter_mut().zip(&self.fixed).filter(|(_, fixed)| **fixed).for_each(|(slope, _)| *slope = 0.0);
        slope
    }
}

// Not derived: a derive would ask for `M: Clone`.
impl<M: LatentModel> Clone for Space<M> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M: LatentModel> Copy for Space<M> {}
