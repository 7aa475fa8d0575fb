//! A model that raises an interrupt in the middle of a pass, for the tests of checkpoints.

use em_core::{
    CompleteLikelihood, Conditionals, Coordinates, EStepMode, EStepModes, Gradient, Inner, InnerRounds, Interrupt,
    LatentModel, MStepError, Repair, Rng, Start, StartKind,
};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A model like another, whose blocks are of 16 units and which raises `interrupt` in the block of this number.
pub struct Tripwire<M> {
    pub model: M,
    pub interrupt: Interrupt,
    pub at: usize,
    seen: AtomicUsize,
}

type Params<M> = <M as LatentModel>::Params;
type Stats<M> = <M as LatentModel>::Stats;
type Data<M> = <M as LatentModel>::Data;

impl<M> Tripwire<M> {
    pub fn new(model: M, at: usize) -> Self {
        Tripwire { model, interrupt: Interrupt::default(), at, seen: AtomicUsize::new(0) }
    }

    /// Blocks that were looked at.
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::Relaxed)
    }

    fn tread(&self) {
        if self.seen.fetch_add(1, Ordering::Relaxed) + 1 == self.at {
            self.interrupt.raise();
        }
    }
}

impl<M: LatentModel> LatentModel for Tripwire<M> {
    type Data = M::Data;
    type Params = M::Params;
    type Stats = M::Stats;
    fn zero(&self, p: &Params<M>) -> Stats<M> {
        self.model.zero(p)
    }
    fn expect(&self, p: &Params<M>, d: &Data<M>, units: Range<usize>, s: &mut Stats<M>) -> f64 {
        self.tread();
        self.model.expect(p, d, units, s)
    }
    fn maximize(&self, s: &Stats<M>, p: &Params<M>) -> Result<Params<M>, MStepError> {
        self.model.maximize(s, p)
    }
    fn log_prior(&self, p: &Params<M>) -> f64 {
        self.model.log_prior(p)
    }
    fn log_likelihood(&self, p: &Params<M>, s: &Stats<M>, sum: f64) -> f64 {
        self.model.log_likelihood(p, s, sum)
    }
    fn score(&self, p: &Params<M>, d: &Data<M>, units: Range<usize>) -> Vec<f64> {
        self.model.score(p, d, units)
    }
    fn block(&self, _: &Data<M>) -> usize {
        16
    }
    fn inner(&self) -> Inner<'_, Self> {
        if self.model.inner().is_some() { Some(self) } else { None }
    }
}

impl<M: LatentModel> InnerRounds for Tripwire<M> {
    fn expect_fixed(
        &self,
        held: &Params<M>,
        at: &Params<M>,
        d: &Data<M>,
        units: Range<usize>,
        s: &mut Stats<M>,
    ) -> f64 {
        self.tread();
        self.model.inner().unwrap().expect_fixed(held, at, d, units, s)
    }
    fn between(&self, from: &Params<M>, to: &Params<M>, by: f64) -> Params<M> {
        self.model.inner().unwrap().between(from, to, by)
    }
}

impl<M: Start> Start for Tripwire<M> {
    fn start(&self, d: &Data<M>, rng: &mut Rng) -> Result<Params<M>, MStepError> {
        self.model.start(d, rng)
    }
    fn kinds(&self) -> &'static [StartKind] {
        self.model.kinds()
    }
    fn start_by(&self, kind: StartKind, d: &Data<M>, rng: &mut Rng) -> Result<Params<M>, MStepError> {
        self.model.start_by(kind, d, rng)
    }
}

impl<M: EStepModes> EStepModes for Tripwire<M> {
    fn expect_as(&self, mode: EStepMode, p: &Params<M>, d: &Data<M>, units: Range<usize>, s: &mut Stats<M>) -> f64 {
        self.tread();
        self.model.expect_as(mode, p, d, units, s)
    }
    fn expect_fixed_as(
        &self,
        mode: EStepMode,
        held: &Params<M>,
        at: &Params<M>,
        d: &Data<M>,
        units: Range<usize>,
        s: &mut Stats<M>,
    ) -> f64 {
        self.tread();
        self.model.expect_fixed_as(mode, held, at, d, units, s)
    }
}

impl<M: CompleteLikelihood> CompleteLikelihood for Tripwire<M> {
    fn q(&self, p: &Params<M>, s: &Stats<M>) -> f64 {
        self.model.q(p, s)
    }
}

impl<M: Coordinates> Coordinates for Tripwire<M> {
    fn to_free(&self, p: &Params<M>) -> Vec<f64> {
        self.model.to_free(p)
    }
    fn at_free(&self, like: &Params<M>, x: &[f64]) -> Result<Params<M>, MStepError> {
        self.model.at_free(like, x)
    }
}

impl<M: Gradient> Gradient for Tripwire<M> {
    fn gradient(&self, p: &Params<M>, s: &Stats<M>) -> Vec<f64> {
        self.model.gradient(p, s)
    }
}

impl<M: Conditionals> Conditionals for Tripwire<M> {
    fn conditionals(&self) -> usize {
        self.model.conditionals()
    }
    fn maximize_conditional(&self, i: usize, s: &Stats<M>, p: &Params<M>) -> Result<Params<M>, MStepError> {
        self.model.maximize_conditional(i, s, p)
    }
}

impl<M: Repair> Repair for Tripwire<M> {
    fn reseed(&self, p: &Params<M>, part: usize, d: &Data<M>, unit: usize) -> Result<Params<M>, MStepError> {
        self.model.reseed(p, part, d, unit)
    }
    fn without(&self, p: &Params<M>, part: usize) -> Option<Params<M>> {
        self.model.without(p, part)
    }
    fn idle(&self, p: &Params<M>, s: &Stats<M>) -> Option<MStepError> {
        self.model.idle(p, s)
    }
}
