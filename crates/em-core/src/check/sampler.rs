//! Laws of the sampler: it draws by the density that the model states.

use super::case::{normal, shuffle};
use super::law::{Judged, Law, Tried, agree, not_below, offered, untold};
use super::slope::slope;
use super::trial::Trial;
use crate::registry::Data;
use crate::{Dataset, Fit, Rule};

const ABOUT: &str = "sampler";
/// Units of one draw; where they share a latent variable, they are one draw all the same.
const UNITS: usize = 20;
/// Draws of a first look.
const DRAWS: usize = 100;
/// A mean this many standard errors off is looked at again, with four times as many draws; being off again breaks the law.
/// By chance that is one time in 10⁸ or less, and heavy tails only widen the errors.
const OFF: f64 = 5.0;
/// Units that the truth is recovered from.
const MANY: usize = 400;

pub(super) static LAWS: &[Law] = &[
    Law {
        name: "mean_score",
        about: ABOUT,
        says: "under the model's own draws the slope of the log-likelihood is zero on average",
        usually: "sampler and density differ: a standard deviation taken for a variance, a rate for a scale, mixing weights or an \
                  offset left out",
        tried: Tried::Once,
        test: mean_score,
    },
    Law {
        name: "information",
        about: ABOUT,
        says: "under the model's own draws the squared slope of the log-likelihood is minus its curvature on average",
        usually: "draws are more or less spread than the density says, or units that should be independent are not",
        tried: Tried::Once,
        test: information,
    },
    Law {
        name: "recovery",
        about: ABOUT,
        says: "a fit of simulated data stays at the truth, within what chance allows",
        usually: "the M-step has its maximum elsewhere, or sampler and density differ",
        tried: Tried::Once,
        test: recovery,
    },
];

/// `n` units like those of the data, of weight 1, some of them more than once.
fn like(t: &Trial, n: usize) -> Judged<Data> {
    let mut units: Vec<usize> = t.counting().map(|(u, _)| u).collect();
    if units.is_empty() {
        return untold("no unit counts");
    }
    shuffle(&mut units, &mut t.rng(12));
    let units: Vec<usize> = units.into_iter().cycle().take(n).collect();
    let by: Vec<f64> = units.iter().map(|u| 1.0 / t.data.weight(*u)).collect();
    t.taken(&units, Some(&by))
}

/// First and second derivatives of the log-likelihood of some draws along each direction.
type Derivatives = Vec<Vec<(f64, f64)>>;

fn derivatives(t: &Trial, draws: usize, stream: u64) -> Judged<Derivatives> {
    let sampler = offered(&t.model.sample, "Sample")?;
    offered(&t.model.coordinates, "Coordinates")?;
    let (x, like, mut rng) = (t.free(t.params)?, like(t, UNITS)?, t.rng(stream));
    // Along every coordinate, and two directions that mix them: always the same two.
    let mut mixed = t.rng(13);
    let axis = |j: usize| (0..x.len()).map(|i| f64::from(i == j)).collect::<Vec<_>>();
    let mut directions: Vec<Vec<f64>> = (0..x.len()).map(axis).collect();
    directions.extend((0..2).map(|_| x.iter().map(|_| normal(&mut mixed)).collect::<Vec<f64>>()));
    let mut all: Derivatives = vec![Vec::new(); directions.len()];
    for _ in 0..draws {
        let (data, _) = sampler.sample(t.params, &like, &mut rng);
        let log_likelihood = |p: &crate::registry::Params| t.sweep(&data, p).log_likelihood;
        let size = 1.0 + log_likelihood(t.params).abs() + UNITS as f64;
        for (direction, found) in directions.iter().zip(&mut all) {
            match slope(&t.along(t.params, &x, direction, &log_likelihood), 1e-2, size) {
                Some(s) => found.push((s.value, s.curvature)),
                None => return untold("the log-likelihood of a draw has no slope"),
            }
        }
    }
    Ok(all)
}

/// The mean of `what` along each direction must be zero.
fn mean_is_zero(t: &Trial, name: &str, what: &dyn Fn(&(f64, f64)) -> f64) -> Judged {
    let moments = |found: &Vec<(f64, f64)>| {
        let n = found.len() as f64;
        let mean = found.iter().map(what).sum::<f64>() / n;
        let variance = found.iter().map(|d| (what(d) - mean).powi(2)).sum::<f64>() / (n - 1.0);
        // Rounding of differences does not vary, and is no error of the sampler.
        (mean, (variance / n).sqrt() + 1e-6)
    };
    let first = derivatives(t, DRAWS, 14)?;
    let off = |found: &Vec<(f64, f64)>| moments(found).0.abs() > OFF * moments(found).1;
    if !first.iter().any(off) {
        return Ok(());
    }
    let second = derivatives(t, 4 * DRAWS, 15)?;
    let names = offered(&t.model.coordinates, "Coordinates")?.coordinate_names(t.params);
    for (j, found) in second.iter().enumerate().filter(|(j, _)| off(&first[*j])) {
        let (mean, error) = moments(found);
        let along = names.get(j).map_or("a direction that mixes coordinates", |name| name);
        agree(format!("{name}, along {along}"), ("mean over draws", mean), ("wanted", 0.0), OFF * error)?;
    }
    Ok(())
}

fn mean_score(t: &Trial) -> Judged {
    mean_is_zero(t, "the slope", &|d| d.0)
}

fn information(t: &Trial) -> Judged {
    mean_is_zero(t, "squared slope + curvature", &|d| d.0 * d.0 + d.1)
}

/// Twice the gain in log-likelihood over the truth is chi-squared with as many degrees of freedom as there are free
/// parameters (Wilks 1938), of variance twice that.
fn recovery(t: &Trial) -> Judged {
    let sampler = offered(&t.model.sample, "Sample")?;
    let p = offered(&t.model.coordinates, "Coordinates")?.to_free(t.params).len() as f64;
    let (data, _) = sampler.sample(t.params, &like(t, MANY)?, &mut t.rng(16));
    let truth = t.sweep(&data, t.params);
    if !truth.objective().is_finite() {
        return untold("the objective is not finite at the truth");
    }
    let rule = Rule::Any(vec![Rule::MaxIterations(200), Rule::AbsoluteGain(1e-4)]);
    let fitted = match Fit::new(t.model, &data).stop(rule).from(t.params.clone()) {
        Ok(fitted) => fitted,
        Err(e) => return untold(format!("the fit of simulated data fails: {e}")),
    };
    let rounding = 1e-9 * (1.0 + truth.objective().abs());
    not_below("the objective", ("fitted", fitted.objective()), ("at the truth", truth.objective()), rounding)?;
    let gain = 2.0 * (fitted.log_likelihood - truth.log_likelihood);
    let most = p + 8.0 * (2.0 * p).sqrt() + 30.0;
    let wanted = ("by chance, on average", p);
    not_below("twice the log-likelihood gained over the truth", ("at most", most), ("gained", gain), 0.0)
        .or_else(|_| agree("twice the log-likelihood gained over the truth", ("gained", gain), wanted, most - p))
}
