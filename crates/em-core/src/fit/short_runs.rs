//! [`ShortRuns`]: where to begin a run, by trying.

use super::session::Session;
use crate::algorithm::Context;
use crate::checkpoint::{Choosing, Chosen, Failure, Phase};
use crate::fit::tally::Tally;
use crate::run::Ended;
use crate::{Cause, Event, EventKind, FitError, LatentModel, Run};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU64;

/// em-EM (Biernacki, Celeux & Govaert 2003, section 3): every run begins with short runs by the same algorithm, each from a
/// start of its own, and goes on from the parameters of the one that came to the best objective.
///
/// Where EM is slow, one long run costs as much as many short ones, and most of its iterations only polish: what maximum it
/// ends at is decided in the first few. Passes of short runs count as those of their run; observers see none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShortRuns {
    /// Short runs before each run.
    pub starts: NonZeroU64,
    /// Iterations of each.
    pub iterations: u64,
}

impl Default for ShortRuns {
    fn default() -> Self {
        ShortRuns { starts: NonZeroU64::MIN.saturating_add(9), iterations: 5 }
    }
}

impl<M: LatentModel> Session<'_, M> {
    /// The parameters of the best short run, the first among equals; none where the fit is to end before the last of them.
    /// What has been tried is left in the tally then.
    ///
    /// # Errors
    /// That of the first when all fail.
    pub(super) fn choose(
        &self,
        short: ShortRuns,
        cx: &Context<M>,
        mut tried: Choosing<M::Params>,
        tally: &mut Tally<M>,
    ) -> Result<Option<M::Params>, FitError> {
        let run = cx.streams.run;
        while tried.done < short.starts.get() {
            if tried.best.is_some() && self.time_is_up().is_some() {
                tally.put(run, Phase::Choosing(tried));
                return Ok(None);
            }
            let number = tried.done + 1;
            match self.short_run(cx.short(number), short.iterations) {
                Err(FitError { cause: Cause::Interrupted, .. }) => {
                    tally.put(run, Phase::Choosing(tried));
                    return Ok(None);
                }
                Err(e) if e.cause.ends_the_fit() => return Err(e),
                Err(e) => {
                    let what = EventKind::ShortRunDiscarded { short_run: number, reason: e.cause.to_string() };
                    tally.tell(run, Event { run, iteration: 0, what });
                    tried.failure.get_or_insert(Failure::of(&FitError { iteration: 0, ..e }));
                }
                Ok(Ended { state, objective, .. }) => {
                    if tried.best.as_ref().is_none_or(|best| objective > best.objective) {
                        tried.best = Some(Chosen { params: state.params, objective });
                    }
                }
            }
            (tried.done, tried.swept) = (number, cx.swept());
            tally.save_when_due(run, &self.clock, || Phase::Choosing(tried.clone()));
        }
        let Some(best) = tried.best.as_ref().map(|best| best.params.clone()) else {
            return Err(tried.failure.map_or_else(|| unreachable!("every short run failed"), |e| e.into_error(run)));
        };
        tally.put(run, Phase::Choosing(tried));
        Ok(Some(best))
    }

    fn short_run(&self, cx: Context<M>, iterations: u64) -> Result<Ended<M>, FitError> {
        let start = self.start(&cx)?;
        let mut run = Run::new(cx, self.algorithm, start)?.mending(self.mender);
        for _ in 0..iterations {
            run.advance()?;
        }
        run.close()
    }
}
