//! [`Panel`]: one drawing with two axes.

use super::axis::{Axis, Tick};
use super::markup::{Markup, tag};
use super::svg::{Path, label, px, shortened};

/// The width of a character of a tick, at the size that the style sheet gives it.
const CHARACTER: f64 = 7.0;
/// The height of a line of text.
const LINE: f64 = 15.0;
/// What is left free beside the drawing.
const GAP: f64 = 8.0;
/// What is left free between the name of the axis upward and its ticks.
const NAME_GAP: f64 = 4.0;
/// A drawing wider than this is shrunk on a phone, so that its text must be larger.
const WIDE: f64 = 400.0;
/// An axis has a tick about every so many units, or fewer where their labels are long.
const PER_TICK: f64 = 45.0;

/// A drawing with two axes, in the units of its own size, which is what it has on a wide screen.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    size: (f64, f64),
    x: (Axis, Vec<Tick>),
    y: (Axis, Vec<Tick>),
    left: f64,
    bottom: f64,
    inside: Vec<Markup>,
}

impl Panel {
    /// Of this width and height, axes and their labels included.
    pub fn new(size: (f64, f64), x: Axis, y: Axis) -> Self {
        let bottom = LINE + if x.name.is_empty() { GAP } else { GAP + LINE };
        let y_ticks = y.ticks(((size.1 - bottom) / PER_TICK).max(2.0) as usize);
        let widest = y_ticks.iter().map(|t| t.label.chars().count()).max().unwrap_or(0) as f64;
        let left = GAP + NAME_GAP + CHARACTER * widest.min(18.0) + if y.name.is_empty() { 0.0 } else { LINE };
        let x_ticks = fitting(&x, size.0 - left - GAP);
        Panel { size, x: (x, x_ticks), y: (y, y_ticks), left, bottom, inside: Vec::new() }
    }

    /// The place of a point, in the units of the drawing.
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.across(x), self.down(y))
    }

    /// How far to the right x is.
    pub fn across(&self, x: f64) -> f64 {
        self.left + self.inner().0 * self.x.0.fraction(x)
    }

    /// How far down y is.
    pub fn down(&self, y: f64) -> f64 {
        GAP + self.inner().1 * (1.0 - self.y.0.fraction(y))
    }

    /// The range of the axis across.
    pub fn range(&self) -> (f64, f64) {
        self.x.0.range()
    }

    fn inner(&self) -> (f64, f64) {
        (self.size.0 - self.left - GAP, self.size.1 - self.bottom - GAP)
    }

    /// Draws on top of what is there; what lies beyond the axes is cut off.
    pub fn draw(&mut self, shape: Markup) {
        self.inside.push(shape);
    }

    /// The whole drawing; `told` says what it shows to those who do not see it.
    pub fn finish(mut self, told: &str) -> Markup {
        let inside = std::mem::take(&mut self.inside);
        let ((width, height), (across, down)) = (self.size, self.inner());
        let view = format!("{} {} {} {}", px(self.left), px(GAP), px(across), px(down));
        let clipped = tag("svg").with("x", px(self.left)).with("y", px(GAP)).with("width", px(across));
        let clipped = clipped.with("height", px(down)).with("viewBox", view).around(inside);
        let svg = tag("svg").class(if width > WIDE { "panel wide" } else { "panel" });
        let svg = svg.with("viewBox", format!("0 0 {} {}", px(width), px(height)));
        let svg = svg.with("style", format!("width:{}px", px(width)));
        svg.with("role", "img").with("aria-label", told).around([self.grid(), clipped, self.frame(), self.labels()])
    }

    fn grid(&self) -> Markup {
        let (mut path, (across, down)) = (Path::default(), self.inner());
        for tick in &self.x.1 {
            path.move_to(self.across(tick.at), GAP);
            path.line_to(self.across(tick.at), GAP + down);
        }
        for tick in &self.y.1 {
            path.move_to(self.left, self.down(tick.at));
            path.line_to(self.left + across, self.down(tick.at));
        }
        path.drawn("grid")
    }

    fn frame(&self) -> Markup {
        let (across, down) = self.inner();
        let (left, base) = (self.left, GAP + down);
        Path::through([(left, GAP), (left, base), (left + across, base)]).drawn("frame")
    }

    fn labels(&self) -> Markup {
        let (across, down) = self.inner();
        let (base, room) = (GAP + down, |units: f64| (units / CHARACTER) as usize);
        let x = self.x.1.iter().map(|t| label((self.across(t.at), base + LINE), "tick x", &t.label));
        let y = self
            .y
            .1
            .iter()
            .map(|t| label((self.left - 5.0, self.down(t.at) + 4.0), "tick y", &shortened(&t.label, 18)));
        let (x_name, y_name) = (shortened(&self.x.0.name, room(across)), shortened(&self.y.0.name, room(down)));
        let middle = (GAP - 5.0 + LINE / 2.0, GAP + down / 2.0);
        let turned = tag("text")
            .class("name")
            .with("transform", format!("translate({} {}) rotate(-90)", px(middle.0), px(middle.1)));
        let names = [
            (!x_name.is_empty()).then(|| label((self.left + across / 2.0, base + 2.0 * LINE), "name", &x_name)),
            (!y_name.is_empty()).then(|| turned.text(&y_name)),
        ];
        Markup::all(x.chain(y).chain(names.into_iter().flatten()))
    }
}

/// As many ticks as have room for their labels beside one another.
fn fitting(axis: &Axis, across: f64) -> Vec<Tick> {
    let wanted = (across / PER_TICK).max(2.0) as usize;
    let fits = |ticks: &[Tick]| {
        let widest = ticks.iter().map(|t| t.label.chars().count()).max().unwrap_or(0) as f64;
        (widest + 1.5) * CHARACTER * ticks.len() as f64 <= across
    };
    let mut ticks =
        (1..=wanted).rev().map(|most| axis.ticks(most)).find(|ticks| fits(ticks)).unwrap_or_else(|| axis.ticks(1));
    if !fits(&ticks) {
        // Levels, which cannot be fewer.
        let room = (across / CHARACTER / ticks.len().max(1) as f64 - 1.0).max(2.0) as usize;
        ticks.iter_mut().for_each(|t| t.label = shortened(&t.label, room));
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_of_the_axes_are_corners_of_the_drawing() {
        let panel = Panel::new((300.0, 200.0), Axis::between(0.0, 10.0, "x"), Axis::between(0.0, 1.0, ""));
        // Ticks 0.0, 0.5, 1.0 of three characters to the left; two lines of text below.
        let left = 12.0 + 3.0 * CHARACTER;
        assert_eq!(panel.at(0.0, 0.0), (left, 200.0 - 38.0));
        assert_eq!(panel.at(10.0, 1.0), (292.0, 8.0));
        assert_eq!(panel.at(5.0, 0.5), ((left + 292.0) / 2.0, 85.0));
    }

    #[test]
    fn long_labels_make_fewer_ticks_and_long_levels_are_cut() {
        let ticks = |low, high| fitting(&Axis::between(low, high, ""), 250.0).len();
        assert!(ticks(1000000.0, 1000000.5) < ticks(0.0, 5.0));
        let levels = (0..10).map(|i| format!("level number {i}")).collect();
        let ticks = fitting(&Axis::of_levels(levels, ""), 250.0);
        assert!(ticks.len() == 10 && ticks.iter().all(|t| t.label == "le…"), "{ticks:?}");
    }
}
