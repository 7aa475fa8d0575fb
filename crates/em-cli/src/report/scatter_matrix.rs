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
const ALONE: (f64, f64) = (520.0, 380.0);
const AMONG: (f64, f64) = (345.0, 280.0);
/// Ellipses may widen a drawing by so much of the range of the data on either side.
const WIDENED: f64 = 0.3;

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
    Markup::all([
        legend(scene.parts(), scene.called(), Vec::new()),
        figure(&across, panels, &caption(scene, columns.len())),
    ])
}

fn panel(scene: &Scene, (x, y): (usize, usize), size: (f64, f64)) -> Markup {
    let ((x_name, x_values), (y_name, y_values)) = (&scene.columns[x], &scene.columns[y]);
    let mut panel = Panel::new(size, axis(scene, x), axis(scene, y));
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

/// Around the rows and the middles of the parts, and the ellipses where they do not go far beyond.
fn axis(scene: &Scene, column: usize) -> Axis {
    let (name, values) = &scene.columns[column];
    let middles = scene.outlines.iter().map(|o| o.center[column]);
    let tight: Vec<f64> = scene.rows.iter().map(|row| values[*row]).chain(middles).collect();
    let (low, high) = Axis::around(tight.iter().copied(), name).range();
    let room = WIDENED * (high - low);
    let reach = scene.outlines.iter().flat_map(|o| {
        let sd = o.covariance.as_ref().map_or(0.0, |c| c[column][column].sqrt());
        RADII.map(|r| [o.center[column] - r * sd, o.center[column] + r * sd]).concat()
    });
    let reach: Vec<f64> = reach.map(|x| x.clamp(low - room, high + room)).collect();
    Axis::around(tight.into_iter().chain(reach), name)
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
