//! The law of parameters that are held fixed.

use super::law::{Judged, Law, Stop, Tried, agree_all, clash, offered, untold};
use super::trial::Trial;
use crate::{Cause, Fit, Fixed, Rule};
use rand::RngExt;

/// Iterations of a fit with parameters held.
const ITERATIONS: u64 = 5;

pub(super) static LAWS: &[Law] = &[Law {
    name: "held",
    about: "coordinates",
    says: "parameters that are held fixed stay as they are, and the objective does not fall",
    usually: "`maximize_held` moves what it should leave, or maximises the rest as if that had moved; or two coordinates of one \
              parameter have different names",
    tried: Tried::Always,
    test: held,
}];

fn held(t: &Trial) -> Judged {
    let coordinates = offered(&t.model.coordinates, "Coordinates")?;
    let (x, names) = (t.free(t.params)?, coordinates.coordinate_names(t.params));
    let mut kinds = names.clone();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() < 2 {
        return Err(Stop::Lacks("its coordinates are all of one parameter".into()));
    }
    let fixed = Fixed::of([kinds.swap_remove(t.rng(20).random_range(0..kinds.len()))]);
    let mask = fixed.mask(&names);
    let Some(hold) = t.model.hold(fixed.clone()) else {
        return Err(Stop::Lacks("the model cannot hold parameters (`CompleteLikelihood` or `HeldStep`)".into()));
    };
    let what = format!("{}, which is held", fixed.names().join(", "));
    let fitted =
        match Fit::new(t.model, t.data).stop(Rule::MaxIterations(ITERATIONS)).holding(hold).from(t.params.clone()) {
            Ok(fitted) => fitted,
            Err(e) => match e.cause {
                Cause::Fell { old, new } => {
                    let what = format!("the objective in iteration {} with {what}", e.iteration);
                    return clash(what, ("before", old), ("after", new), 1e-11 * old.abs().max(1.0));
                }
                other => return untold(format!("the fit fails: {other}")),
            },
        };
    let kept = |x: &[f64]| x.iter().zip(&mask).filter(|(_, held)| **held).map(|(x, _)| *x).collect::<Vec<_>>();
    let after = kept(&coordinates.to_free(&fitted.params));
    // There and back each time; weights that add up to one are rounded anew.
    agree_all(&what, ("at the start", &kept(&x)), ("after the fit", &after), 1e-9)
}
