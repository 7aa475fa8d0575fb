//! The columns of the data against one another, with the parts of the model.

use super::axis::Axis;
use super::dots::{colour, dots};
use super::ellipse::Ellipse;
use super::figure::{figure, legend};
use super::markup::{Markup, tag};
use super::panel::Panel;
use super::subject::{MOST_COLUMNS, MOST_DOTS, Scene};
use super::svg::{Path, label};
use super::words::count;
use em_core::Outline;

/// The ellipses that are drawn, in standard deviations.
const RADII: [f64; 2] = [1.0, 2.0];
/// The size of a single drawing, and of one among several.
const ALONE: (f64, f64) = (640.0, 440.0);
const AMONG: (f64, f64) = (300.0, 250.0);

/// One drawing for each pair of columns; nothing for fewer than two, and for columns of zeros and ones.
pub(super) fn scatter_matrix(scene: &Scene) -> Markup {
    let columns = scene.drawn_columns();
    if columns.len() < 2 || scene.is_binary() {
        return Markup::default();
    }
    let size = if columns.len() == 2 { ALONE } else { AMONG };
    let mut panels = Vec::new();
    for (row, y) in columns.iter().enumerate().skip(1) {
        for (column, x) in columns[..row].iter().enumerate() {
            // The place in the matrix where there is room for one.
            let place = format!("grid-row:{row};grid-column:{}", column + 1);
            panels.push(tag("div").with("style", place).around([panel(scene, (*x, *y), size)]));
        }
    }
    let across = format!("matrix across{}", columns.len() - 1);
    Markup::all([legend(scene.parts(), scene.called()), figure(&across, panels, &caption(scene, columns.len()))])
}

fn panel(scene: &Scene, (x, y): (usize, usize), size: (f64, f64)) -> Markup {
    let (x_name, x_values) = &scene.columns[x];
    let (y_name, y_values) = &scene.columns[y];
    let within = |values: &[f64], column: usize| -> Vec<f64> {
        let centers = scene.outlines.iter().filter_map(|o| o.center.get(column));
        scene.rows.iter().map(|row| values[*row]).chain(centers.copied()).collect()
    };
    let mut panel =
        Panel::new(size, Axis::around(within(x_values, x), x_name), Axis::around(within(y_values, y), y_name));
    let places = scene.rows.iter().map(|row| (*row, panel.at(x_values[*row], y_values[*row])));
    let shape = dots(places.collect::<Vec<_>>(), scene.shares.as_ref());
    panel.draw(shape);
    let ellipses: Vec<Markup> =
        scene.outlines.iter().enumerate().flat_map(|(j, outline)| ellipses(&panel, outline, (x, y), j)).collect();
    let marks: Vec<Markup> =
        scene.outlines.iter().enumerate().map(|(j, outline)| mark(&panel, outline, (x, y), j)).collect();
    ellipses.into_iter().chain(marks).for_each(|shape| panel.draw(shape));
    panel.finish(&format!("{y_name} against {x_name}"))
}

fn ellipses(panel: &Panel, outline: &Outline, (x, y): (usize, usize), j: usize) -> Vec<Markup> {
    let Some(covariance) = &outline.covariance else { return Vec::new() };
    let ellipse = Ellipse {
        center: (outline.center[x], outline.center[y]),
        variances: (covariance[x][x], covariance[y][y]),
        covariance: covariance[x][y],
    };
    RADII.map(|r| ellipse.path(r, |x, y| panel.at(x, y)).drawn(&format!("ellipse {}", colour(j)))).to_vec()
}

/// The number of a part at its middle.
fn mark(panel: &Panel, outline: &Outline, (x, y): (usize, usize), j: usize) -> Markup {
    let at = panel.at(outline.center[x], outline.center[y]);
    let mut disc = Path::default();
    disc.dot(at.0, at.1);
    let classes = colour(j);
    Markup::all([
        disc.drawn(&format!("disc {classes}")),
        label((at.0, at.1 + 4.0), &format!("part {classes}"), &j.to_string()),
    ])
}

fn caption(scene: &Scene, drawn: usize) -> String {
    let called = scene.called();
    let mut words = vec!["Each dot is a row of the data.".to_string()];
    match &scene.shares {
        Some(shares) if shares.uncertain => words.push(format!(
            "Its colours are those of the {called}s it may belong to, each as strong as the responsibility."
        )),
        Some(_) => words.push(format!("Its colour is that of its {called}.")),
        None => {}
    }
    if scene.outlines.iter().any(|o| o.covariance.is_some()) {
        words.push("Ellipses lie one and two standard deviations from the means, which bear the numbers.".into());
    } else if !scene.outlines.is_empty() {
        words.push("Numbers stand at the centers.".into());
    }
    let columns = scene.columns.len();
    if drawn < columns {
        let which = if scene.shares.is_some() {
            format!("in which the {called}s differ most")
        } else {
            "that come first".into()
        };
        words.push(format!("Of {columns} columns, the {MOST_COLUMNS} {which} are drawn."));
    }
    words.extend(sampled(scene));
    words.join(" ")
}

/// That not all rows are drawn, where that is so.
pub(super) fn sampled(scene: &Scene) -> Option<String> {
    let all = scene.counting();
    (all > scene.rows.len())
        .then(|| format!("Of {}, {MOST_DOTS} are drawn, taken at random.", count(all, "row", "rows")))
}
