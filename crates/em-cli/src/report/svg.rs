//! Shapes of drawings: paths and labels.

use super::markup::{Markup, tag};
use std::fmt::Write;

/// Nothing is drawn farther out than this; numbers of any size come from data.
const FARTHEST: f64 = 1e5;

/// A coordinate: a tenth of a unit is finer than what is printed.
pub(super) fn px(x: f64) -> f64 {
    let x = if x.is_nan() { 0.0 } else { x.clamp(-FARTHEST, FARTHEST) };
    // Adding 0 turns −0 into 0.
    (x * 10.0).round() / 10.0 + 0.0
}

/// The outline of a shape, piece by piece.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Path(String);

impl Path {
    /// Straight lines from point to point.
    pub fn through(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut path = Path::default();
        for (i, (x, y)) in points.into_iter().enumerate() {
            path.step(if i == 0 { 'M' } else { 'L' }, &[x, y]);
        }
        path
    }

    /// Goes on elsewhere.
    pub fn move_to(&mut self, x: f64, y: f64) {
        self.step('M', &[x, y]);
    }

    /// A straight line.
    pub fn line_to(&mut self, x: f64, y: f64) {
        self.step('L', &[x, y]);
    }

    /// A cubic Bézier curve by its two control points and its end.
    pub fn curve_to(&mut self, [a, b, end]: [(f64, f64); 3]) {
        self.step('C', &[a.0, a.1, b.0, b.1, end.0, end.1]);
    }

    /// Back to where this piece began.
    pub fn close(&mut self) {
        self.0.push('Z');
    }

    /// A line of no length, which round ends make a dot.
    pub fn dot(&mut self, x: f64, y: f64) {
        self.step('M', &[x, y]);
        self.0.push_str("h0");
    }

    /// A rectangle.
    pub fn rectangle(&mut self, x: f64, y: f64, width: f64, height: f64) {
        self.step('M', &[x, y]);
        // Writing to a string cannot fail.
        let _ = write!(self.0, "h{}v{}h{}Z", px(width), px(height), px(-width));
    }

    fn step(&mut self, command: char, numbers: &[f64]) {
        self.0.push(command);
        for (i, number) in numbers.iter().enumerate() {
            let _ = write!(self.0, "{}{}", if i == 0 { "" } else { " " }, px(*number));
        }
    }

    /// The shape, drawn as the style sheet says of `classes`.
    pub fn drawn(self, classes: &str) -> Markup {
        if self.0.is_empty() { Markup::default() } else { tag("path").class(classes).with("d", self.0).empty() }
    }
}

/// A text in a drawing, which begins, ends or has its middle at (x, y) as the style sheet says of `classes`.
pub(super) fn label((x, y): (f64, f64), classes: &str, text: &str) -> Markup {
    tag("text").class(classes).with("x", px(x)).with("y", px(y)).text(text)
}

/// A text cut to what a drawing has room for.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let text = crate::visible::line(text);
    match text.chars().count() > most {
        true => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short_and_finite() {
        assert_eq!([12.345, -0.01, 1e300, f64::NEG_INFINITY, f64::NAN].map(px), [12.3, 0.0, 1e5, -1e5, 0.0]);
        assert_eq!(px(-0.01).to_string(), "0");
    }

    #[test]
    fn paths_by_hand() {
        let mut path = Path::through([(0.0, 1.0), (2.25, 3.0)]);
        path.close();
        path.dot(5.0, 6.0);
        path.rectangle(1.0, 2.0, 3.0, 4.0);
        let wanted = "<path class=\"c0\" d=\"M0 1L2.3 3ZM5 6h0M1 2h3v4h-3Z\"/>";
        assert_eq!(path.drawn("c0").into_text(), wanted);
        assert!(Path::default().drawn("c0").is_empty());
    }

    #[test]
    fn long_names_end_in_dots() {
        assert_eq!(
            [shortened("abcd", 4), shortened("abcde", 4), shortened("a\u{1b}", 9)],
            ["abcd", "abc…", "a\\u{1b}"]
        );
    }
}
