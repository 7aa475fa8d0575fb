//! The middle of each part over the columns: as a picture, as bars, or as shades.

use super::axis::Axis;
use super::dots::colour;
use super::figure::{figure, legend};
use super::image_shape::ImageShape;
use super::markup::{Markup, tag};
use super::panel::Panel;
use super::subject::Scene;
use super::svg::Path;

/// More columns than this are shades instead of bars.
const MOST_BARS: usize = 40;
/// Shades of a picture.
const SHADES: f64 = 24.0;
/// More parts than this are not drawn.
const MOST_PARTS: usize = 40;
/// Of what is free for a column, its bars take so much.
const FILLED: f64 = 0.8;

/// Pictures where the columns are cells of one; for zeros and ones without a shape, bars or shades.
pub(super) fn profiles(scene: &Scene, shape: Option<ImageShape>) -> Markup {
    let called = scene.called();
    let middles: Vec<&[f64]> = scene.outlines.iter().take(MOST_PARTS).map(|o| o.center.as_slice()).collect();
    let what = if scene.is_binary() { "probability of a 1" } else { "value" };
    let (low, high) = if scene.is_binary() { (0.0, 1.0) } else { range(&middles) };
    let ends = format!("No ink is {}, full ink {}.", shown(low), shown(high));
    match shape {
        _ if middles.is_empty() => Markup::default(),
        Some(shape) => {
            let one = |(j, middle): (usize, &&[f64])| picture(middle, shape, (low, high), &format!("{called} {j}"));
            let caption = format!("The middle of each {called}: a cell for each column, row after row. {ends}");
            figure("pictures", middles.iter().enumerate().map(one).collect(), &caption)
        }
        None if !scene.is_binary() => Markup::default(),
        None if scene.columns.len() <= MOST_BARS => {
            let caption = format!("The {what} in each column, {called} by {called}.");
            let keys = legend(middles.len(), called, Vec::new());
            Markup::all([keys, figure("panels", vec![bars(scene, &middles)], &caption)])
        }
        None => {
            let shape = ImageShape { rows: 1, columns: scene.columns.len() };
            let one = |(j, middle): (usize, &&[f64])| picture(middle, shape, (low, high), &format!("{called} {j}"));
            let caption = format!(
                "The {what} in each column, one beside the other, {called} by {called}. {ends} Where the columns are the cells \
                 of a picture, `--image` draws it."
            );
            figure("strips", middles.iter().enumerate().map(one).collect(), &caption)
        }
    }
}

fn range(middles: &[&[f64]]) -> (f64, f64) {
    let all = || middles.iter().copied().flatten().copied();
    (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max))
}

fn shown(x: f64) -> String {
    crate::summary::short(x)
}

/// A picture of cells, all cells of one shade in one path.
fn picture(middle: &[f64], shape: ImageShape, (low, high): (f64, f64), name: &str) -> Markup {
    let mut shades: Vec<Path> = vec![Path::default(); SHADES as usize + 1];
    for (cell, value) in middle.iter().enumerate() {
        let ink = if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
        let (x, y) = (cell % shape.columns, cell / shape.columns);
        shades[(ink * SHADES).round() as usize].rectangle(x as f64, y as f64, 1.0, 1.0);
    }
    // The first shade is no ink.
    let drawn = shades.into_iter().enumerate().skip(1).map(|(shade, path)| {
        let opacity = format!("{:.3}", shade as f64 / SHADES);
        tag("g").with("fill-opacity", opacity).around([path.drawn("cells")])
    });
    let view = format!("0 0 {} {}", shape.columns, shape.rows);
    let svg = tag("svg").class("picture").with("viewBox", view).with("preserveAspectRatio", "none");
    let ratio = format!("aspect-ratio:{}/{}", shape.columns, shape.rows);
    let svg = if shape.rows > 1 { svg.with("style", ratio) } else { svg };
    let svg = svg.with("role", "img").with("aria-label", name).around(drawn);
    tag("div").around([svg, tag("p").text(name)])
}

/// Bars from 0 to 1, those of one column side by side.
fn bars(scene: &Scene, middles: &[&[f64]]) -> Markup {
    let names: Vec<String> = scene.columns.iter().map(|(name, _)| name.clone()).collect();
    let size = ((90.0 + 26.0 * (names.len() * middles.len()) as f64).clamp(360.0, 1000.0), 300.0);
    let mut panel = Panel::new(size, Axis::of_levels(names, ""), Axis::between(0.0, 1.0, "probability of a 1"));
    let width = FILLED / middles.len().max(1) as f64;
    for (j, middle) in middles.iter().enumerate() {
        let mut path = Path::default();
        for (column, p) in middle.iter().enumerate() {
            let left = column as f64 - FILLED / 2.0 + j as f64 * width;
            let ((x, top), (right, base)) = (panel.at(left, *p), panel.at(left + width, 0.0));
            path.rectangle(x, top, (right - x - 1.0).max(1.0), base - top);
        }
        panel.draw(path.drawn(&format!("bars strong {}", colour(j))));
    }
    panel.finish("probabilities of a 1 by column")
}
