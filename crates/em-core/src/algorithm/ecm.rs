//! ECM and multicycle ECM.

use super::{Algorithm, Context, Memory, State};
use crate::{Cause, Conditionals};
use serde::{Deserialize, Serialize};

/// Expectation/conditional maximisation (Meng & Rubin 1993): the M-step is replaced by conditional maximisations, one
/// part of the parameters after the other, each with the others held where they are.
///
/// With `multicycle` an E-step follows each of them instead of the last only (their section 4). The objective never falls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ecm {
    /// Whether an E-step follows each conditional maximisation.
    pub multicycle: bool,
}

impl<M: Conditionals> Algorithm<M> for Ecm {
    fn step(&self, cx: &Context<M>, from: &State<M>, _: &mut Memory) -> Result<State<M>, Cause> {
        let mut at = cx.maximize_conditional(0, &from.stats, &from.params)?;
        let mut state: Option<State<M>> = None;
        for i in 1..cx.model.conditionals() {
            cx.proceed()?;
            if self.multicycle {
                let old = state.replace(cx.at(at.clone()));
                old.into_iter().for_each(|old| cx.recycle(old.stats));
            }
            let stats = state.as_ref().map_or(&from.stats, |s| &s.stats);
            at = cx.maximize_conditional(i, stats, &at)?;
        }
        Ok(cx.at(at))
    }
}
