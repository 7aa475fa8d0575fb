//! What the data leave open, in words: rates that run to 0, directions in which the likelihood is flat, and components
//! that coincide.

use super::ascent::Ascent;
use super::newton::Newton;
use crate::shown::shown;
use em_core::Warning;
use nalgebra::DVector;

/// A component that has fewer events than this part of its expected size has a rate on its way to zero.
const VANISHING: f64 = 1e-6;

/// A direction is flat where expected events speak of it this much less than of the level of the rates: far below what
/// any count seen there would leave, far above where a rate on its way to 0 is left standing.
const FLAT: f64 = 1e-9;
/// A column takes part in a direction when its share, in units of its own spread, is more than this part of the largest.
const TAKES_PART: f64 = 0.1;
/// Components coincide when their log rates differ by less than this, root mean square over the data.
const SAME: f64 = 1e-4;

/// Components whose likelihood has no maximum, or none that is unique; `ascent` stands at the end of a fit, `shares` are
/// the parts of the data that they answer for, `columns` the names of the design columns, where there are any.
pub(super) fn without_maximum(ascent: &Ascent, stats: &[Newton], shares: &[f64], columns: &[String]) -> Vec<Warning> {
    let all: f64 = stats.iter().map(|s| s.events).sum();
    let one = |(j, s): (usize, &Newton)| match s.events <= VANISHING * shares[j] * all {
        true => Some(vanishing(j, s.events)),
        false => flat_direction(ascent, j).map(|direction| flat(j, &direction, columns)),
    };
    stats.iter().enumerate().filter_map(one).collect()
}

/// Components whose log rates are those of an earlier one wherever the data lie.
pub(super) fn coinciding(stats: &[Newton], params: &[DVector<f64>]) -> Vec<Warning> {
    let apart = |j: usize, l: usize| {
        let (s, gap) = (&stats[j], &params[l] - &params[j]);
        let varies = s.spread.component_mul(&gap).dot(&gap) / s.weight;
        (s.expected.mean.dot(&gap).powi(2) + varies).sqrt()
    };
    let earlier = |l: usize| (0..l).find(|j| apart(*j, l) < SAME).map(|j| (j, l));
    let warn = |(j, l)| {
        let message = format!("component {l} coincides with component {j}: their rates are the same for all data");
        Warning::new("coinciding_components", message, "use fewer components, or another start").of_component(l)
    };
    (0..params.len()).filter_map(earlier).map(warn).collect()
}

/// A design column in words.
pub(super) fn name(columns: &[String], column: usize) -> String {
    columns.get(column).map_or_else(|| format!("column {column}"), |name| format!("`{name}`"))
}

/// The design columns that a flat direction of component j is made of, ascending; none where every direction counts.
fn flat_direction(at: &Ascent, j: usize) -> Option<Vec<usize>> {
    let here = at.here(j);
    let spectrum = here.spectrum()?;
    // A column that does not vary in the data has no scale to be judged by.
    let judged = |i: &usize| spectrum.directions.column(*i).component_mul(&here.metric).amax() > 0.0;
    let curvature = |i: &usize| spectrum.curvatures[*i];
    let flattest = (0..here.metric.len()).filter(judged).min_by(|a, b| curvature(a).total_cmp(&curvature(b)))?;
    if curvature(&flattest) > FLAT * here.rate() {
        return None;
    }
    let shares = spectrum.directions.column(flattest);
    Some((0..shares.len()).filter(|l| shares[*l].abs() > TAKES_PART * shares.amax()).collect())
}

fn flat(component: usize, direction: &[usize], columns: &[String]) -> Warning {
    let names: Vec<String> = direction.iter().map(|c| name(columns, *c)).collect();
    let (coefficients, names) = (if names.len() == 1 { "coefficient" } else { "coefficients" }, names.join(", "));
    let message = format!(
        "component {component} says next to nothing of its {coefficients} of {names}: along them its likelihood is flat, \
         with no finite maximum where a group of observations has no events, and none that is unique where the columns do \
         not vary by themselves"
    );
    let advice = "leave the term out, share it between components, or name a prior on coefficients";
    let warning = Warning::new("flat_likelihood", message, advice).of_component(component);
    match direction {
        [column] if *column < columns.len() => warning.of_column(&columns[*column]),
        _ => warning,
    }
}

fn vanishing(component: usize, events: f64) -> Warning {
    let message = format!(
        "component {component} has next to no events ({}): its rate runs to 0 and its coefficients to minus \
         infinity, so they have no finite maximum",
        shown(events)
    );
    let advice = "read the component as one of zero counts, use fewer components, or name a prior on coefficients";
    Warning::new("no_finite_maximum", message, advice).of_component(component)
}
