//! [`Case`]: random data and parameters, made from those that the author gave.

use super::caught::caught;
use crate::algorithm::Context;
use crate::registry::{Data, Erased, Params};
use crate::{Dataset, Local, Rng, Streams};
use rand::RngExt;
use std::f64::consts::TAU;

/// At most so many units are looked at.
const MOST_UNITS: usize = 240;
/// Random parts of the data are no smaller.
const FEWEST_UNITS: usize = 20;
/// Weights of random cases. Sums of them are exact, so that ties stay ties in any order.
const WEIGHTS: [f64; 9] = [0.0, 0.25, 0.5, 1.0, 1.0, 1.0, 1.5, 2.0, 3.0];

/// What is checked.
pub(super) struct Subject {
    pub model: Erased,
    pub data: Data,
    /// Where runs begin, as the model admits it.
    pub start: Params,
    /// More data to survive, by name; a panic where they were to be made.
    pub more: Vec<(String, Result<Data, String>)>,
    /// The model and the data by a spec that was written and read again, or why it cannot be.
    pub again: Option<Result<(Erased, Data), String>>,
}

/// Some units of the data, and what their weights are multiplied by.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chosen {
    pub units: Vec<usize>,
    pub weights: Vec<f64>,
}

/// Random data and parameters.
#[derive(Clone)]
pub(super) struct Case {
    /// None where the data cannot be taken apart: all of them.
    pub chosen: Option<Chosen>,
    pub params: Params,
    pub number: u64,
}

impl Case {
    /// The cases of a seed: first the data as they are at the start given, then random parts, weights and parameters.
    pub fn all(subject: &Subject, seed: u64, cases: u64) -> Vec<Case> {
        (0..cases).map(|number| Case::new(subject, seed, number)).collect()
    }

    fn new(subject: &Subject, seed: u64, number: u64) -> Case {
        let mut rng = Streams { seed, run: 1 }.rng(number, 0);
        let chosen = subject.model.resampled.is_some().then(|| chosen(subject.data.units(), number, &mut rng));
        let mut case = Case { chosen, params: subject.start.clone(), number };
        if number > 0 {
            // A model that fails here is left at its start; the laws will find out.
            case.params = caught(|| moved(subject, &case, &mut rng)).ok().flatten().unwrap_or(case.params);
        }
        case
    }

    /// The data of the case, where they are others than all.
    pub fn data(&self, subject: &Subject) -> Option<Data> {
        let (chosen, resampled) = (self.chosen.as_ref()?, subject.model.resampled.as_ref()?);
        let part = resampled.select(&subject.data, &chosen.units);
        // A reweighting by ones would hide that the weights of the data themselves are not looked at.
        let plain = chosen.weights.iter().all(|w| *w == 1.0);
        Some(if plain { part } else { resampled.reweight(&part, &chosen.weights) })
    }
}

fn chosen(n: usize, number: u64, rng: &mut Rng) -> Chosen {
    let mut units: Vec<usize> = (0..n).collect();
    if n > MOST_UNITS || number > 1 {
        let most = n.min(MOST_UNITS);
        // Of very few units an M-step is mostly ill-conditioned, and tells little; shrinking comes to them if need be.
        let least = most.min(FEWEST_UNITS);
        let wanted = if number > 1 { rng.random_range(least..=most) } else { most };
        shuffle(&mut units, rng);
        units.truncate(wanted);
        units.sort_unstable();
    }
    let mut weight = || if number == 0 { 1.0 } else { WEIGHTS[rng.random_range(0..WEIGHTS.len())] };
    Chosen { weights: units.iter().map(|_| weight()).collect(), units }
}

/// Parameters away from the start: by a random step in free coordinates, or an iteration on random weights.
fn moved(subject: &Subject, case: &Case, rng: &mut Rng) -> Option<Params> {
    let (model, part) = (&subject.model, case.data(subject));
    let data = part.as_ref().unwrap_or(&subject.data);
    let wandered = if case.number.is_multiple_of(2) { wander(model, data, &subject.start, rng) } else { None };
    wandered.or_else(|| iterated(model, data, &subject.start))
}

fn objective(model: &Erased, data: &Data, at: &Params) -> f64 {
    let local = Local::new(model, data);
    Context::new(model, &local, Streams { seed: 1, run: 1 }).at(at.clone()).objective()
}

fn iterated(model: &Erased, data: &Data, from: &Params) -> Option<Params> {
    let local = Local::new(model, data);
    let cx = Context::new(model, &local, Streams { seed: 1, run: 1 });
    let next = cx.maximize(&cx.at(from.clone()).stats, from).ok()?;
    objective(model, data, &next).is_finite().then_some(next)
}

/// Parameters a random way off in free coordinates: so near that a unit loses a third of a nat at most on average. None
/// where the model has no coordinates, or none that are finite.
pub(super) fn wander(model: &Erased, data: &Data, from: &Params, rng: &mut Rng) -> Option<Params> {
    let coordinates = model.coordinates.as_ref()?;
    let x = coordinates.to_free(from);
    let lowest = objective(model, data, from) - 3.0 - data.total_weight() / 3.0;
    let direction: Vec<f64> = x.iter().map(|x| normal(rng) * (0.4 + 0.1 * x.abs())).collect();
    (0..20).find_map(|i| {
        let moved: Vec<f64> = x.iter().zip(&direction).map(|(x, d)| x + 0.5f64.powi(i) * d).collect();
        let params = coordinates.at_free(from, &moved).ok()?;
        (objective(model, data, &params) >= lowest).then_some(params)
    })
}

/// A standard normal number (Box & Muller 1958).
pub(super) fn normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (TAU * rng.random::<f64>()).cos()
}

pub(super) fn shuffle<T>(all: &mut [T], rng: &mut Rng) {
    for i in (1..all.len()).rev() {
        all.swap(i, rng.random_range(0..=i));
    }
}
