//! A fitted regression: the response along each covariate, and against what is expected of it.

use super::axis::Axis;
use super::covariate::Covariate;
use super::dots::{colour, dots};
use super::figure::{figure, key, legend, line_key};
use super::markup::Markup;
use super::panel::Panel;
use super::scatter_matrix::sampled;
use super::subject::Scene;
use super::svg::Path;
use super::tables::{folded, table};
use em_core::registry::Data;
use em_core::{Cell, Dataset, Predict, Prediction, Purpose, Section, Table, Uses};

/// So many covariates are drawn at most.
const MOST_COVARIATES: usize = 6;
/// A table of a curve has about so many rows.
const TABLED: usize = 6;
const ALONE: (f64, f64) = (520.0, 340.0);
const AMONG: (f64, f64) = (345.0, 270.0);
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
    /// The height of a dot for each row that is drawn.
    dots: Vec<f64>,
    /// Whether these are partial residuals, and not the response itself.
    partial: bool,
}

/// Drawings of the response; nothing for a model that has none, or predicts no mean.
pub(super) fn regression(scene: &Scene) -> Markup {
    let subject = scene.subject;
    let Some(uses) = subject.experiment.model.uses_any() else { return Markup::default() };
    let Some(response) = uses.others.first() else { return Markup::default() };
    let Ok(values) = subject.table.numbers(response) else { return Markup::default() };
    let (along, left_out) = along(scene, &uses);
    let size = if along.len() == 1 { ALONE } else { AMONG };
    let panels: Vec<Markup> = along.iter().map(|a| panel(scene, response, a, size)).collect();
    let tables = along.iter().map(|a| numbers(a, scene.called()));
    let mut parts = Vec::new();
    if !panels.is_empty() {
        parts.push(legend(scene.parts(), scene.called(), keys(&along)));
        parts.push(figure("panels", panels, &caption(scene, &along, left_out)));
        parts.push(folded("The curves in numbers", tables.collect()));
    }
    parts.extend(against_fitted(scene, response, values));
    Markup::all(parts)
}

/// The covariates that are drawn, those along which the mean changes most, and how many are left out.
fn along<'a>(scene: &Scene<'a>, uses: &Uses) -> (Vec<Along<'a>>, usize) {
    let mut read: Vec<String> = Vec::new();
    for name in uses.covariates.iter().chain(&uses.levels).chain(uses.others.iter().skip(1)) {
        if !read.contains(name) && Some(name) != uses.others.first() {
            read.push(name.clone());
        }
    }
    let one = |name: &String| {
        let covariate = Covariate::of(scene.subject.table, name, uses.levels.contains(name))?;
        curves(scene, uses.others.first()?, covariate, &read)
    };
    let mut all: Vec<Along> = read.iter().filter_map(one).collect();
    if all.len() > MOST_COVARIATES {
        all.sort_by(|a, b| range(b).total_cmp(&range(a)));
    }
    let left_out = all.len().saturating_sub(MOST_COVARIATES);
    all.truncate(MOST_COVARIATES);
    (all, left_out)
}

fn curves<'a>(scene: &Scene<'a>, response: &str, covariate: Covariate<'a>, read: &[String]) -> Option<Along<'a>> {
    let subject = scene.subject;
    let (model, parts) = (subject.learnt.model(), scene.parts());
    let encode = |table: &Table| subject.learnt.encode(table, Purpose::Predict).ok();
    let predicted = |data: &Data| Some(model.predict.as_ref()?.predict(subject.params, data, 0..data.units()));
    let x = covariate.along();
    let data = encode(&covariate.alone(scene, read, &x)?)?;
    let whole = Curve::of(&predicted(&data)?, x.len())?;
    let part = |j: usize| Curve::of(&model.predict_part(subject.params, j, &data, 0..data.units())?, x.len());
    let parts =
        if parts > 1 { (0..parts).map(part).collect::<Option<Vec<_>>>().unwrap_or_default() } else { Vec::new() };
    let values = subject.table.numbers(response).ok()?;
    let (mut dots, partial): (Vec<f64>, _) =
        (scene.rows.iter().map(|row| values[*row]).collect(), parts.is_empty() && read.len() > 1);
    if partial {
        let at: Vec<f64> = scene.rows.iter().map(|row| covariate.places[*row]).collect();
        let on_curve = Curve::of(&predicted(&encode(&covariate.alone(scene, read, &at)?)?)?, at.len())?;
        let fitted = scene.prediction.numbers("mean").filter(|fitted| fitted.len() == values.len())?;
        let residuals = scene.rows.iter().map(|row| values[*row] - fitted[*row]);
        dots = residuals.zip(on_curve.mean).map(|(residual, mean)| mean + residual).collect();
    }
    Some(Along { covariate, x, whole, parts, dots, partial })
}

impl Curve {
    /// Of a prediction for `rows` rows; none where it has no mean.
    fn of(prediction: &Prediction, rows: usize) -> Option<Self> {
        let finite =
            |name: &str| prediction.numbers(name).filter(|x| x.len() == rows && x.iter().all(|x| x.is_finite()));
        Some(Curve { mean: finite("mean")?.to_vec(), sd: finite("sd").map(<[f64]>::to_vec) })
    }

    /// The mean, and a standard deviation to either side of it.
    fn reach(&self) -> impl Iterator<Item = f64> {
        let sd = |i: usize| self.sd.as_ref().map_or(0.0, |sd| sd[i]);
        self.mean.iter().enumerate().flat_map(move |(i, mean)| [mean - sd(i), mean + sd(i)])
    }
}

/// How far apart the largest and the smallest mean are.
fn range(along: &Along) -> f64 {
    let ends = |mean: &[f64]| {
        mean.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), m| (low.min(*m), high.max(*m)))
    };
    let (low, high) = ends(&along.whole.mean);
    high - low
}

fn panel(scene: &Scene, name: &str, along: &Along, size: (f64, f64)) -> Markup {
    let covariate = &along.covariate;
    let x = match covariate.levels.is_empty() {
        true => Axis::around(
            covariate.places.iter().flat_map(|x| [x - covariate.spread, x + covariate.spread]),
            &covariate.name,
        ),
        false => Axis::of_levels(covariate.levels.clone(), &covariate.name),
    };
    let x = if covariate.is_whole() { x.of_counts() } else { x };
    let reach = along.parts.iter().chain([&along.whole]).flat_map(Curve::reach);
    let mut panel = Panel::new(size, x, Axis::around(along.dots.iter().copied().chain(reach), name));
    let place =
        |(row, y): (&usize, &f64)| (*row, panel.at(covariate.places[*row] + sideways(*row, covariate.spread), *y));
    let drawn: Vec<(usize, (f64, f64))> = scene.rows.iter().zip(&along.dots).map(place).collect();
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

fn keys(along: &[Along]) -> Vec<Markup> {
    let several = along.iter().any(|a| !a.parts.is_empty());
    let banded = along.iter().any(|a| a.whole.sd.is_some());
    let mut band = Path::default();
    band.rectangle(1.0, 1.0, 22.0, 10.0);
    let whole = match several {
        true => line_key("curve ink dashed", "mean of the whole model"),
        false => line_key("curve ink", "mean"),
    };
    let band = banded.then(|| key(band.drawn("band ink"), "one standard deviation of the response to either side"));
    std::iter::once(whole).chain(band).collect()
}

fn caption(scene: &Scene, along: &[Along], left_out: usize) -> String {
    let mut words = vec!["The response along each covariate.".to_string()];
    if along.len() + left_out > 1 {
        words.push("On the curves all other covariates stay at their medians, and levels at the commonest.".into());
    }
    if along.iter().any(|a| a.partial) {
        words.push(
            "Dots are partial residuals: the curve, plus what the response of the row differs from its fitted mean."
                .into(),
        );
    } else if along.len() + left_out > 1 {
        words.push(
            "Dots are the rows as they are, so that those which differ in the others need not lie on the curves."
                .into(),
        );
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
