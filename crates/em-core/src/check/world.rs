//! Laws of the world: whatever the data, a fit ends in an error that is told or in a finite result.

use super::law::{Judged, Law, Tried, broken, offered, same_bits, untold};
use super::numbers::{numbers, read_again};
use super::trial::Trial;
use crate::registry::{Data, Erased};
use crate::{Dataset, Degenerate, Fit, FitError, Fitted, LatentModel, Rule};

const ABOUT: &str = "world";
/// Iterations of a fit of odd data.
const FEW: u64 = 20;

pub(super) static LAWS: &[Law] = &[
    Law {
        name: "world",
        about: ABOUT,
        says: "empty, single, constant, duplicate, weightless and huge data end in an error that is told or in finite results",
        usually: "a division by an empty sum, an index beyond the end, a logarithm of 0: return an `MStepError` that says so",
        tried: Tried::Once,
        test: world,
    },
    Law {
        name: "starts",
        about: ABOUT,
        says: "every start of the model's own fits the data, has a finite objective, and depends on its random numbers alone",
        usually: "a start draws from a random source of its own, or leaves a variance or a probability at 0",
        tried: Tried::Once,
        test: starts,
    },
];

/// Odd data made of those given, with names.
fn oddities(t: &Trial) -> Vec<(String, Result<Data, String>)> {
    let n = t.data.units();
    let mut all = Vec::new();
    let mut add = |name: &str, units: Vec<usize>, by: Option<f64>| {
        let weights = by.map(|by| vec![by; units.len()]);
        if let Ok(data) = t.taken(&units, weights.as_deref()) {
            all.push((name.to_string(), Ok(data)));
        }
    };
    add("no units", Vec::new(), None);
    add("units of weight 0", t.all().collect(), Some(0.0));
    if n > 0 {
        add("a single unit", vec![n / 2], None);
        add("one unit sixty times", vec![n / 2; 60], None);
        add("two units, thirty times each", (0..60).map(|i| if i % 2 == 0 { 0 } else { n - 1 }).collect(), None);
        add("weights of 1e-100", t.all().collect(), Some(1e-100));
        add("weights of 1e100", t.all().collect(), Some(1e100));
    }
    all
}

fn world(t: &Trial) -> Judged {
    let oddities = oddities(t);
    let all = || oddities.iter().chain(&t.subject.more).map(|(name, data)| (name.as_str(), data));
    if all().next().is_none() {
        return untold("the data cannot be taken apart (`Resample`), and no others were given");
    }
    for (name, data) in all() {
        match data {
            Ok(data) => survived(t, name, data)?,
            Err(panic) => return broken(format!("{name}: encoding panics, {panic}")),
        }
    }
    Ok(())
}

fn survived(t: &Trial, name: &str, data: &Data) -> Judged {
    let policies: &[Degenerate] = match t.model.repair {
        Some(_) => &[Degenerate::Fail, Degenerate::Reseed, Degenerate::Drop],
        None => &[Degenerate::Fail],
    };
    for policy in policies {
        let fit = || {
            let fit = Fit::new(t.model, data).stop(Rule::MaxIterations(FEW)).restarts(2);
            if t.model.repair.is_some() { fit.degenerate(*policy) } else { fit }
        };
        sound(t, name, fit().from(t.params.clone()))?;
        if t.model.start.is_some() {
            sound(t, name, fit().run())?;
        }
    }
    Ok(())
}

/// An error is told; a result is finite, and can be written.
fn sound(t: &Trial, name: &str, result: Result<Fitted<Erased>, FitError>) -> Judged {
    let fitted = match result {
        Ok(fitted) => fitted,
        // A falling objective is a law of its own.
        Err(_) => return Ok(()),
    };
    if !fitted.objective().is_finite() {
        return broken(format!("{name}: the objective of the result is {}", fitted.objective()));
    }
    match read_again(t.model, &fitted.params) {
        Err(why) => broken(format!("{name}: the fitted parameters cannot be written and read: {why}")),
        Ok(again) => same_bits(
            &format!("the fitted parameters, {name}"),
            ("read again", &numbers(&again)),
            ("written", &numbers(&fitted.params)),
        ),
    }
}

fn starts(t: &Trial) -> Judged {
    let start = offered(&t.model.start, "Start")?;
    for kind in start.kinds().iter().map(|k| Some(*k)).chain([None]) {
        let name = kind.map_or("the default start".into(), |k| format!("the start {k}"));
        let draw = || match kind {
            Some(kind) => start.start_by(kind, t.data, &mut t.rng(18)),
            None => start.start(t.data, &mut t.rng(18)),
        };
        let (Ok(one), Ok(two)) = (draw(), draw()) else { continue };
        same_bits(&name, ("drawn once", &numbers(&one)), ("with the same random numbers", &numbers(&two)))?;
        let admitted = match t.model.admit(&one, t.data) {
            Ok(admitted) => admitted,
            Err(why) => return broken(format!("{name} does not fit the data: {why}")),
        };
        let objective = t.sweep(t.data, &admitted).objective();
        if !objective.is_finite() {
            return broken(format!("the objective at {name} is {objective}"));
        }
    }
    Ok(())
}
