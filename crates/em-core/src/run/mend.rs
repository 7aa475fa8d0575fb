//! Steps of a run whose parts may degenerate.

use super::{Reached, Run};
use crate::{Cause, Dataset, Degenerate, EventKind, LatentModel, MStepError, Mender, Part};
use std::sync::{Mutex, PoisonError};

/// Components are begun anew or left out at most this often in a run, so that it ends.
const MOST_REPAIRS: u64 = 10;

impl<M: LatentModel> Run<'_, M> {
    /// The state after one step, or after a component that degenerated or was idle has been mended.
    pub(super) fn step(&self) -> Result<Reached<M>, Cause> {
        let idle = self.mender.and_then(|mender| (mender.idle)(self.cx.model, &self.state.params, &self.state.stats));
        if let Some(Ok(mended)) = idle.map(|e| self.mend(e.into())) {
            return Ok(mended);
        }
        let mut memory = self.memory.clone();
        match self.algorithm.step(&self.cx, &self.state, &mut memory) {
            Ok(state) => Ok(Reached { state, memory, mended: false }),
            Err(cause) => self.mend(cause),
        }
    }

    /// The state after a component that degenerated was begun anew or left out, as the policy says; or the cause again.
    fn mend(&self, cause: Cause) -> Result<Reached<M>, Cause> {
        let Cause::MStep(MStepError { part: Part::Component(part), .. }) = &cause else { return Err(cause) };
        let Some(mender) = self.mender.filter(|_| self.memory.repairs < MOST_REPAIRS) else { return Err(cause) };
        let (params, part, mut memory) = (&self.state.params, *part, self.memory.clone());
        let (mended, event) = match mender.policy {
            Degenerate::Fail => return Err(cause),
            Degenerate::Drop => {
                let Some(params) = (mender.without)(self.cx.model, params, part) else { return Err(cause) };
                (params, EventKind::Dropped { component: part, reason: cause.to_string() })
            }
            Degenerate::Reseed => {
                let Some(unit) = self.badly_explained() else { return Err(cause) };
                let Some(params) = self.reseeded(mender, part, unit).transpose()? else { return Err(cause) };
                memory.reseeded.push(unit);
                (params, EventKind::Reseeded { component: part, row: unit, reason: cause.to_string() })
            }
        };
        self.cx.record(event);
        self.cx.forget();
        memory.repairs += 1;
        memory.numbers.clear();
        let state = self.algorithm.begin(&self.cx, mended, &mut memory);
        Ok(Reached { state, memory, mended: true })
    }

    /// The parameters with a component begun anew, made where the unit is. Costs a pass.
    fn reseeded(&self, mender: Mender<M>, part: usize, unit: usize) -> Option<Result<M::Params, MStepError>> {
        let (made, params) = (Mutex::new(None), &self.state.params);
        self.cx.pass(params, 0..self.cx.blocks(), &|data, units, _, _| {
            if units.contains(&unit) {
                let params = (mender.reseed)(self.cx.model, params, part, data, unit);
                *made.lock().unwrap_or_else(PoisonError::into_inner) = Some(params);
            }
            0.0
        });
        made.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The unit of least log-likelihood, the first among equals, at which no component began anew before: that one may
    /// be what a component collapsed on. Costs a pass.
    fn badly_explained(&self) -> Option<usize> {
        let worst = Mutex::new(None);
        self.cx.pass(&self.state.params, 0..self.cx.blocks(), &|data, units, _, _| {
            let scores = self.cx.model.score(&self.state.params, data, units.clone());
            let fresh = |u: &usize| data.weight(*u) > 0.0 && !self.memory.reseeded.contains(u);
            let scored = scores.into_iter().zip(units).filter(|(_, u)| fresh(u));
            let mut worst = worst.lock().unwrap_or_else(PoisonError::into_inner);
            let order = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
            *worst = scored.chain(worst.take()).min_by(order);
            0.0
        });
        worst.into_inner().unwrap_or_else(PoisonError::into_inner).map(|(_, unit)| unit)
    }
}
