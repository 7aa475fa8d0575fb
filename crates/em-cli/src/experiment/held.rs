//! Parameters held fixed, checked before anything is fitted.

use super::{Fitting, StartFrom};
use em_core::registry::{Data, Erased, Params};
use em_core::{Coordinates, Degenerate, Start, Streams};

/// Checks the names in `fixed` against the parameters of the start, those of the first run where starts are drawn.
///
/// # Errors
/// A sentence that says what the model lacks, or lists what can be fixed.
pub fn check_fixed(fit: &Fitting, model: &Erased, data: &Data, start: Option<&Params>) -> Result<(), String> {
    if fit.fixed.is_empty() {
        return Ok(());
    }
    if model.hold(fit.fixed.clone()).is_none() {
        return Err(format!(
            "`fixed` needs {}, which the model {} does not offer; leave it out",
            lacks(model),
            model.name
        ));
    }
    if fit.degenerate != Degenerate::Fail {
        return Err(format!(
            "`fixed` does not go with `degenerate: {:?}`: a component that is begun anew or left out would not keep what is fixed; leave one of them out",
            fit.degenerate
        ));
    }
    let drawn = || match &fit.start {
        _ if model.start.is_none() => None,
        Some(StartFrom::Kind(kind)) => model.start_by(*kind, data, &mut first(fit).start()).ok(),
        _ => model.start(data, &mut first(fit).start()).ok(),
    };
    // A start that fails is the fit's to tell.
    let Some(params) = start.cloned().or_else(drawn) else { return Ok(()) };
    fit.fixed.check(&model.coordinate_names(&params))
}

fn first(fit: &Fitting) -> Streams {
    Streams { seed: fit.seed, run: 1 }
}

fn lacks(model: &Erased) -> &'static str {
    if model.coordinates.is_none() { "`Coordinates`" } else { "`CompleteLikelihood` or `HeldStep`" }
}
