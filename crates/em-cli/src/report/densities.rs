//! The density of single columns over their histograms.

use super::axis::Axis;
use super::dots::colour;
use super::figure::{figure, legend, line_key};
use super::histogram::{Histogram, are_whole};
use super::markup::Markup;
use super::panel::Panel;
use super::subject::Scene;
use super::svg::Path;
use em_core::registry::Data;
use em_core::table::{Cells, Source};
use em_core::{Dataset, LatentModel, Portrait, Predict, Purpose, Table};

/// A curve is drawn through so many points.
const POINTS: usize = 201;
/// Whole numbers are drawn one by one up to this many.
const MOST_WHOLE: f64 = 400.0;
const ALONE: (f64, f64) = (520.0, 320.0);
const AMONG: (f64, f64) = (345.0, 240.0);

/// Densities at points, and what each part adds: as many numbers as parts, for each point.
struct Curves {
    x: Vec<f64>,
    parts: Vec<Vec<f64>>,
}

/// One drawing for each column; nothing for columns of zeros and ones.
pub(super) fn densities(scene: &Scene) -> Markup {
    let columns = scene.drawn_columns();
    if columns.is_empty() || scene.is_binary() {
        return Markup::default();
    }
    let size = if columns.len() == 1 { ALONE } else { AMONG };
    let all: Vec<Option<Curves>> = columns.iter().map(|column| curves(scene, *column)).collect();
    let drawn = all.iter().any(Option::is_some);
    let panels = columns.iter().zip(all).map(|(column, curves)| panel(scene, *column, curves, size)).collect();
    let keys = drawn.then(|| line_key("curve ink", "density of the model")).into_iter().collect();
    let called = scene.called();
    let caption = match (drawn, scene.parts() > 1) {
        (true, true) => format!(
            "Bars: the data, as densities, divided among the {called}s. Lines: the fitted density of the column and what each \
             {called} adds to it."
        ),
        (true, false) => "Bars: the data, as densities. Line: the fitted density.".into(),
        (false, true) => format!("The data, as densities, divided among the {called}s."),
        (false, false) => "The data, as densities.".into(),
    };
    Markup::all([legend(scene.parts(), called, keys), figure("panels", panels, &caption)])
}

fn panel(scene: &Scene, column: usize, curves: Option<Curves>, size: (f64, f64)) -> Markup {
    let (name, values) = &scene.columns[column];
    let histogram = Histogram::of(values, &scene.weights, scene.shares.as_ref());
    let of_bars = (0..histogram.bins()).map(|bin| histogram.density(bin));
    let of_curve = curves.iter().flat_map(|c| &c.parts).map(|parts| parts.iter().sum());
    let y = Axis::from_zero(of_bars.chain(of_curve), "density");
    let mut panel = Panel::new(size, Axis::around([histogram.low, histogram.high()], name), y);
    let mut below = vec![0.0; histogram.bins()];
    for (j, part) in histogram.parts.iter().enumerate() {
        let shape = bars(&panel, &histogram, part, &below).drawn(&format!("bars {}", part_colour(scene, j)));
        panel.draw(shape);
        below.iter_mut().zip(part).for_each(|(below, density)| *below += density);
    }
    if let Some(curves) = curves {
        lines(scene, &panel, &curves).into_iter().for_each(|line| panel.draw(line));
    }
    panel.finish(&format!("histogram and density of {name}"))
}

fn part_colour(scene: &Scene, j: usize) -> String {
    if scene.shares.is_some() { colour(j) } else { "ink".into() }
}

/// Bars that stand on those below.
fn bars(panel: &Panel, histogram: &Histogram, part: &[f64], below: &[f64]) -> Path {
    let mut path = Path::default();
    for (bin, (density, below)) in part.iter().zip(below).enumerate().filter(|(_, (density, _))| **density > 0.0) {
        let low = histogram.low + bin as f64 * histogram.width;
        let (left, top) = panel.at(low, below + density);
        let (right, bottom) = panel.at(low + histogram.width, *below);
        path.rectangle(left, top, right - left, bottom - top);
    }
    path
}

fn lines(scene: &Scene, panel: &Panel, curves: &Curves) -> Vec<Markup> {
    let through = |of: &dyn Fn(&[f64]) -> f64| {
        Path::through(curves.x.iter().zip(&curves.parts).map(|(x, parts)| panel.at(*x, of(parts))))
    };
    let parts = curves.parts.first().map_or(0, Vec::len);
    let each = (0..parts)
        .filter(|_| parts > 1)
        .map(|j| through(&|parts| parts[j]).drawn(&format!("curve {}", part_colour(scene, j))));
    let whole = through(&|parts| parts.iter().sum()).drawn("curve ink");
    // The parts lie on top: where one is alone it is the whole.
    std::iter::once(whole).chain(each).collect()
}

/// The fitted density of a column: as the model tells it, or of a single column by its likelihood.
fn curves(scene: &Scene, column: usize) -> Option<Curves> {
    let (low, high) = {
        let histogram = Histogram::of(scene.columns[column].1, &scene.weights, None);
        Axis::around([histogram.low, histogram.high()], "").range()
    };
    let fine: Vec<f64> = (0..POINTS).map(|i| low + (high - low) * i as f64 / (POINTS - 1) as f64).collect();
    let model = scene.subject.learnt.model();
    if model.portrait.is_some() {
        let at = |x: &f64| model.marginal_densities(scene.subject.params, column, *x);
        let parts = fine.iter().map(at).collect::<Option<Vec<_>>>()?;
        return finite(Curves { x: fine, parts });
    }
    if scene.columns.len() != 1 || scene.subject.learnt.objective_name().is_some() {
        return None;
    }
    let values = scene.columns[column].1;
    let (least, most) = (
        values.iter().copied().fold(f64::INFINITY, f64::min),
        values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    );
    // Counts may have probabilities at whole numbers only.
    let whole = are_whole(values) && most - least <= MOST_WHOLE;
    let x = match whole {
        true => (0..=(most - least) as usize).map(|i| least + i as f64).collect(),
        false => fine.into_iter().filter(|x| (least..=most).contains(x)).collect(),
    };
    by_likelihood(scene, x)
}

/// p(x | θ) of single rows, each divided by the responsibilities for it.
fn by_likelihood(scene: &Scene, x: Vec<f64>) -> Option<Curves> {
    let (name, _) = scene.columns.first()?;
    let subject = scene.subject;
    let mut table = Table::new(Source::in_memory("points of a drawing"), x.len());
    table.push(name.clone(), Cells::Numbers(x.clone())).ok()?;
    let data: Data = subject.learnt.encode(&table, Purpose::Fit).ok()?;
    let (model, units) = (subject.learnt.model(), 0..data.units());
    if units.len() != x.len() {
        return None;
    }
    let scores = model.score(subject.params, &data, units.clone());
    let prediction = model.predict.is_some().then(|| model.predict(subject.params, &data, units));
    let shares = prediction.as_ref().and_then(|p| p.responsibilities());
    let at = |(i, score): (usize, &f64)| match shares {
        Some((k, r)) => r[i * k..][..k].iter().map(|r| r * score.exp()).collect(),
        None => vec![score.exp()],
    };
    let parts = scores.iter().enumerate().map(at).collect();
    finite(Curves { x, parts })
}

/// Curves without a gap, or none.
fn finite(curves: Curves) -> Option<Curves> {
    let parts = curves.parts.first()?.len();
    let densities = |at: &Vec<f64>| at.len() == parts && at.iter().all(|d| d.is_finite() && *d >= 0.0);
    let sound = curves.parts.iter().all(densities);
    sound.then_some(curves)
}
