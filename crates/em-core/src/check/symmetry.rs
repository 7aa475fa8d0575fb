//! The law of parts that may change places.

use super::case::shuffle;
use super::law::{Judged, Law, Stop, Tried, agree, agree_all, offered, untold};
use super::numbers::numbers;
use super::trial::Trial;
use crate::registry::Params;
use crate::{LabelSymmetry, LatentModel};

pub(super) static LAWS: &[Law] = &[Law {
    name: "relabelling",
    about: "symmetry",
    says: "parts that change places change nothing else: not the objective, not the M-step",
    usually: "`permute` forgets a parameter or uses the inverse order; or a prior or an M-step treats one component unlike the \
              others",
    tried: Tried::Always,
    test: relabelling,
}];

fn relabelling(t: &Trial) -> Judged {
    let symmetry = offered(&t.model.symmetry, "LabelSymmetry")?;
    let k = symmetry.parts(t.params);
    if k < 2 {
        return Err(Stop::Lacks("there is one part only".into()));
    }
    let state = t.at(t.params)?;
    let mut order: Vec<usize> = (0..k).collect();
    let permute = |params: &Params, order: &[usize]| symmetry.permute(params, order);
    let same = numbers(&permute(t.params, &order));
    agree_all("the parameters", ("in the order they have", &same), ("given", &numbers(t.params)), 0.0)?;
    // At first a cycle, whose inverse is another one wherever there are three parts.
    order.rotate_left(1);
    for turn in 0..2 {
        let moved = permute(t.params, &order);
        let there = t.sweep(t.data, &moved);
        let (left, right) = (("in another order", there.log_likelihood), ("as given", state.log_likelihood));
        agree("the log-likelihood", left, right, 1e-9 * t.size(&state))?;
        let (left, right) = (("in another order", there.log_prior), ("as given", state.log_prior));
        agree("the log prior", left, right, 1e-9 * t.size(&state))?;
        composed(t, symmetry, &order)?;
        stepped(t, symmetry, &order, (&state, &there))?;
        shuffle(&mut order, &mut t.rng(11 + turn));
    }
    Ok(())
}

type Parts = dyn LabelSymmetry<Data = crate::registry::Data, Params = Params, Stats = crate::registry::Stats>;
type At = crate::algorithm::State<crate::registry::Erased>;

/// Part j is what part order[j] was: so undoing an order gives what there was, and responsibilities follow.
fn composed(t: &Trial, symmetry: &Parts, order: &[usize]) -> Judged {
    let mut inverse = vec![0; order.len()];
    order.iter().enumerate().for_each(|(j, from)| inverse[*from] = j);
    let back = numbers(&symmetry.permute(&symmetry.permute(t.params, order), &inverse));
    agree_all("the parameters", ("there and back", &back), ("given", &numbers(t.params)), 1e-9)?;
    let state = t.at(t.params)?;
    let Ok(r) = t.responsibilities(&state) else { return followed(t, symmetry, order) };
    let moved = t.responsibilities(&t.at(&symmetry.permute(t.params, order))?)?;
    for (u, _) in t.counting() {
        let wanted: Vec<f64> = order.iter().map(|from| r[u][*from]).collect();
        agree_all(
            &format!("the responsibilities of unit {u}"),
            ("in another order", &moved[u]),
            ("moved", &wanted),
            1e-9,
        )?;
    }
    Ok(())
}

/// Labels that are certain go to the first part among equals: where there are such, the order counts.
fn followed(t: &Trial, symmetry: &Parts, order: &[usize]) -> Judged {
    let Some(predict) = &t.model.predict else { return Ok(()) };
    let labels = |params: &Params| {
        let prediction = predict.predict(params, t.data, t.all());
        prediction.labels().map(<[usize]>::to_vec).unwrap_or_default()
    };
    let (here, there) = (labels(t.params), labels(&symmetry.permute(t.params, order)));
    let same = here.iter().zip(&there).all(|(here, there)| order.get(*there) == Some(here));
    if same { Ok(()) } else { untold("a unit is as near to one part as to another") }
}

/// An M-step after a change of places is the M-step before it, with its result moved. A step of inner rounds may be
/// shortened by a measure that is not the same for all parts; only where many of them lead would be.
fn stepped(t: &Trial, symmetry: &Parts, order: &[usize], (here, there): (&At, &At)) -> Judged {
    if t.model.inner().is_some() || t.model.direct().is_some() {
        return Ok(());
    }
    let (Ok(next), (of_moved, more)) = (t.maximize(here), t.stepped(t.data, there)?) else {
        return untold("the M-step fails");
    };
    let (_, slack) = t.stepped(t.data, here)?;
    let moved = t.sweep(t.data, &symmetry.permute(&next, order)).objective();
    agree("the objective after an M-step", ("then moved", moved), ("moved before", of_moved), slack + more)
}
