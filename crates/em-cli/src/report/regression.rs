//! A fitted regression: the response along each covariate, and against what is expected of it.

use super::axis::Axis;
use super::covariate::Covariate;
use super::dots::{colour, dots};
use super::figure::{figure, key, legend};
use super::markup::{Markup, tag};
use super::panel::Panel;
use super::scatter_matrix::sampled;
use super::subject::Scene;
use super::svg::Path;
use super::tables::{folded, table};
use em_core::registry::{Erased, Params};
use em_core::{Cell, Dataset, Purpose, Repair, Section, Uses};

/// So many covariates are drawn at most.
const MOST_COVARIATES: usize = 6;
/// A table of a curve has about so many rows.
const TABLED: usize = 6;
const ALONE: (f64, f64) = (640.0, 400.0);
const AMONG: (f64, f64) = (330.0, 260.0);
/// Half the width of the mark of a mean at a level.
const HALF_LEVEL: f64 = 0.32;
/// A fraction of the golden section: steps of it around a circle never come back to where they were.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// What is expected of the response along a covariate.
struct Curve {
    mean: Vec<f64>,
    /// The standard deviation of the response about it, where the model tells it.
    sd: Option<Vec<f64>>,
}

/// A covariate with the curves along it: that of the whole model, and of each part where there are several.
struct Along<'a> {
    covariate: Covariate<'a>,
    x: Vec<f64>,
    whole: Curve,
    parts: Vec<Curve>,
}

/// Drawings of the response; nothing for a model that has none, or predicts no mean.
pub(super) fn regression(scene: &Scene) -> Markup {
    let subject = scene.subject;
    let Some(uses) = subject.experiment.model.uses_any() else { return Markup::default() };
    let Some(response) = uses.others.first() else { return Markup::default() };
    let Ok(values) = subject.table.numbers(response) else { return Markup::default() };
    let alone = parameters_alone(scene);
    let (along, left_out) = along(scene, &uses, &alone);
    let size = if along.len() == 1 { ALONE } else { AMONG };
    let panels: Vec<Markup> = along.iter().map(|a| panel(scene, (response, values), a, size)).collect();
    let tables = along.iter().map(|a| numbers(a, scene.called()));
    let mut parts = Vec::new();
    if !panels.is_empty() {
        parts.push(Markup::all([legend(scene.parts(), scene.called()), keys(&along)]));
        parts.push(figure("panels", panels, &caption(scene, &along, left_out)));
        parts.push(folded("The curves in numbers", tables.collect()));
    }
    parts.extend(against_fitted(scene, response, values));
    Markup::all(parts)
}

/// The parameters of each part by itself, where there are several and the model can leave others out.
fn parameters_alone(scene: &Scene) -> Vec<Params> {
    let (model, parts) = (scene.subject.learnt.model(), scene.parts());
    if model.repair.is_none() || parts < 2 {
        return Vec::new();
    }
    let alone = |j: usize| {
        let others = (0..parts).rev().filter(|other| *other != j);
        others.into_iter().try_fold(scene.subject.params.clone(), |params, other| model.without(&params, other))
    };
    (0..parts).map(alone).collect::<Option<_>>().unwrap_or_default()
}

/// The covariates that are drawn, those along which the mean changes most, and how many are left out.
fn along<'a>(scene: &Scene<'a>, uses: &Uses, alone: &[Params]) -> (Vec<Along<'a>>, usize) {
    let subject = scene.subject;
    let response = uses.others.first();
    let mut read: Vec<String> = Vec::new();
    for name in uses.covariates.iter().chain(&uses.levels).chain(uses.others.iter().skip(1)) {
        if !read.contains(name) && Some(name) != response {
            read.push(name.clone());
        }
    }
    let one = |name: &String| {
        let covariate = Covariate::of(subject.table, name, uses.levels.contains(name))?;
        let x = covariate.along();
        let table = covariate.alone(scene, &read, &x)?;
        let data = subject.learnt.encode(&table, Purpose::Predict).ok()?;
        let curve = |params: &Params| curve(subject.learnt.model(), params, &data, x.len());
        let (whole, parts) = (curve(subject.params)?, alone.iter().map(curve).collect::<Option<Vec<_>>>()?);
        Some(Along { covariate, x, whole, parts })
    };
    let mut all: Vec<Along> = read.iter().filter_map(one).collect();
    if all.len() > MOST_COVARIATES {
        all.sort_by(|a, b| range(b).total_cmp(&range(a)));
    }
    let left_out = all.len().saturating_sub(MOST_COVARIATES);
    all.truncate(MOST_COVARIATES);
    (all, left_out)
}

/// How far apart the largest and the smallest mean are.
fn range(along: &Along) -> f64 {
    let ends = |mean: &[f64]| {
        mean.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), m| (low.min(*m), high.max(*m)))
    };
    let (low, high) = ends(&along.whole.mean);
    high - low
}

fn curve(model: &Erased, params: &Params, data: &em_core::registry::Data, rows: usize) -> Option<Curve> {
    let prediction = model.predict.as_ref()?.predict(params, data, 0..data.units());
    let finite = |name: &str| prediction.numbers(name).filter(|x| x.len() == rows && x.iter().all(|x| x.is_finite()));
    Some(Curve { mean: finite("mean")?.to_vec(), sd: finite("sd").map(<[f64]>::to_vec) })
}

fn panel(scene: &Scene, (name, values): (&str, &[f64]), along: &Along, size: (f64, f64)) -> Markup {
    let covariate = &along.covariate;
    let x = match covariate.levels.is_empty() {
        true => Axis::around(
            covariate.places.iter().flat_map(|x| [x - covariate.spread, x + covariate.spread]),
            &covariate.name,
        ),
        false => Axis::of_levels(covariate.levels.clone(), &covariate.name),
    };
    let means = along.parts.iter().chain([&along.whole]).flat_map(|c| c.mean.iter().copied());
    let y = Axis::around(scene.rows.iter().map(|row| values[*row]).chain(means), name);
    let mut panel = Panel::new(size, x, y);
    let drawn: Vec<(usize, (f64, f64))> = scene
        .rows
        .iter()
        .map(|row| (*row, panel.at(covariate.places[*row] + sideways(*row, covariate.spread), values[*row])))
        .collect();
    let several = !along.parts.is_empty();
    let ink = if several { "ink dashed" } else { "ink" };
    let mut shapes = vec![dots(drawn, scene.shares.as_ref())];
    let bands = along.parts.iter().enumerate().map(|(j, c)| band(&panel, along, c, &colour(j)));
    let whole = (!several).then(|| band(&panel, along, &along.whole, "ink"));
    shapes.extend(bands.chain(whole));
    shapes.push(line(&panel, along, &along.whole, ink));
    shapes.extend(along.parts.iter().enumerate().map(|(j, c)| line(&panel, along, c, &colour(j))));
    shapes.into_iter().for_each(|shape| panel.draw(shape));
    panel.finish(&format!("{name} against {}", covariate.name))
}

/// Where a dot is moved so that it hides no other: to and fro, always the same for the same row.
fn sideways(row: usize, most: f64) -> f64 {
    most * (2.0 * (row as f64 * GOLDEN).fract() - 1.0)
}

/// One standard deviation of the response to either side of its mean.
fn band(panel: &Panel, along: &Along, curve: &Curve, classes: &str) -> Markup {
    let Some(sd) = &curve.sd else { return Markup::default() };
    let mut path = Path::default();
    if along.covariate.levels.is_empty() {
        let edge = |sign: f64| {
            along.x.iter().zip(&curve.mean).zip(sd).map(move |((x, mean), sd)| panel.at(*x, mean + sign * sd))
        };
        let back: Vec<(f64, f64)> = edge(-1.0).collect();
        path = Path::through(edge(1.0).chain(back.into_iter().rev()));
        path.close();
    } else {
        for ((x, mean), sd) in along.x.iter().zip(&curve.mean).zip(sd) {
            let ((left, top), (right, base)) =
                (panel.at(x - HALF_LEVEL, mean + sd), panel.at(x + HALF_LEVEL, mean - sd));
            path.rectangle(left, top, right - left, base - top);
        }
    }
    path.drawn(&format!("band {classes}"))
}

fn line(panel: &Panel, along: &Along, curve: &Curve, classes: &str) -> Markup {
    let points = along.x.iter().zip(&curve.mean);
    let path = match along.covariate.levels.is_empty() {
        true => Path::through(points.map(|(x, mean)| panel.at(*x, *mean))),
        false => {
            let mut path = Path::default();
            for (x, mean) in points {
                let ((left, y), (right, _)) = (panel.at(x - HALF_LEVEL, *mean), panel.at(x + HALF_LEVEL, *mean));
                path.move_to(left, y);
                path.line_to(right, y);
            }
            path
        }
    };
    path.drawn(&format!("curve {classes}"))
}

fn keys(along: &[Along]) -> Markup {
    let several = along.iter().any(|a| !a.parts.is_empty());
    let banded = along.iter().any(|a| a.whole.sd.is_some());
    let line = |classes: &str| Path::through([(1.0, 6.0), (23.0, 6.0)]).drawn(classes);
    let mut band = Path::default();
    band.rectangle(1.0, 1.0, 22.0, 10.0);
    let whole =
        if several { key(line("curve ink dashed"), "mean of the whole model") } else { key(line("curve ink"), "mean") };
    let band = banded.then(|| key(band.drawn("band ink"), "one standard deviation of the response to either side"));
    tag("ul").class("legend").around(std::iter::once(whole).chain(band))
}

fn caption(scene: &Scene, along: &[Along], left_out: usize) -> String {
    let mut words = vec!["The response along each covariate.".to_string()];
    if along.len() + left_out > 1 {
        words.push("All other covariates stay at their medians, and levels at the commonest, so that rows which differ in them need not lie on the curves.".into());
    }
    if along.iter().any(|a| !a.parts.is_empty()) {
        words.push(format!("Solid lines: the mean in each {}.", scene.called()));
    }
    if along.iter().any(|a| a.covariate.spread > 0.0) {
        words.push("Rows of equal covariates are spread sideways.".into());
    }
    if left_out > 0 {
        let all = along.len() + left_out;
        words.push(format!("Of {all} covariates, the {MOST_COVARIATES} along which the mean changes most are drawn."));
    }
    words.extend(sampled(scene));
    words.join(" ")
}

/// Some points of the curves in numbers.
fn numbers(along: &Along, called: &str) -> Markup {
    let every = if along.covariate.levels.is_empty() { (along.x.len() / TABLED).max(1) } else { 1 };
    let curves: Vec<(String, &Curve)> = match along.parts.is_empty() {
        true => vec![("mean".into(), &along.whole)],
        false => {
            let parts = along.parts.iter().enumerate().map(|(j, c)| (format!("{called} {j}"), c));
            parts.chain([("whole".into(), &along.whole)]).collect()
        }
    };
    let mut heads = Vec::new();
    for (name, curve) in &curves {
        heads.push(name.clone());
        heads.extend(curve.sd.as_ref().map(|_| "sd".to_string()));
    }
    let row = |i: usize| {
        let levels = &along.covariate.levels;
        let head = levels.get(i).cloned().unwrap_or_else(|| crate::summary::short(along.x[i]));
        let cells = curves.iter().flat_map(|(_, c)| {
            std::iter::once(Cell::Number(c.mean[i])).chain(c.sd.as_ref().map(|sd| Cell::Number(sd[i])))
        });
        (head, cells.collect())
    };
    let rows = (0..along.x.len()).step_by(every).map(row).collect();
    table(&Section { title: format!("Mean along {}", along.covariate.name), heads, rows })
}

/// What was found against what is expected.
fn against_fitted(scene: &Scene, name: &str, values: &[f64]) -> Option<Markup> {
    let fitted = scene.prediction.numbers("mean").filter(|mean| mean.len() == values.len())?;
    let of = |values: &[f64]| scene.rows.iter().map(|row| values[*row]).collect::<Vec<_>>();
    let x = Axis::around(of(fitted), &format!("fitted mean of {name}"));
    let mut panel = Panel::new(AMONG, x, Axis::around(of(values), name));
    let (low, high) = panel.range();
    let diagonal = Path::through([panel.at(low, low), panel.at(high, high)]).drawn("curve ink dashed");
    let places: Vec<_> = scene.rows.iter().map(|row| (*row, panel.at(fitted[*row], values[*row]))).collect();
    let shape = dots(places, scene.shares.as_ref());
    panel.draw(shape);
    panel.draw(diagonal);
    let caption =
        "The response against the mean that the model expects of each row. On the dashed line both are equal.";
    Some(figure("panels", vec![panel.finish(&format!("{name} against its fitted mean"))], caption))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_moved_within_their_room() {
        let moved: Vec<f64> = (0..50).map(|row| sideways(row, 0.3)).collect();
        assert!(
            moved.iter().all(|m| m.abs() <= 0.3) && moved.iter().any(|m| *m > 0.2) && moved.iter().any(|m| *m < -0.2)
        );
    }
}
