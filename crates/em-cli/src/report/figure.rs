//! A figure: drawings side by side, what they show, and what the colours mean.

use super::dots::colour;
use super::markup::{Markup, tag};
use super::svg::Path;

/// Of more parts than this, the first are listed beside a drawing.
const MOST_LISTED: usize = 16;

/// Drawings with a sentence or two below them.
pub(super) fn figure(classes: &str, drawings: Vec<Markup>, caption: &str) -> Markup {
    let drawings = tag("div").class(classes).around(drawings);
    tag("figure").around([drawings, tag("figcaption").text(caption)])
}

/// A small drawing of how something is drawn, and what it is.
pub(super) fn key(swatch: Markup, text: &str) -> Markup {
    let swatch = tag("svg").class("swatch").with("viewBox", "0 0 24 12").with("aria-hidden", "true").around([swatch]);
    tag("li").around([swatch, Markup::text(text)])
}

/// The colours of `parts` parts, which are called components or clusters, where there are several; and other keys.
pub(super) fn legend(parts: usize, called: &str, others: Vec<Markup>) -> Markup {
    let parts = if parts < 2 { 0 } else { parts };
    if parts == 0 && others.is_empty() {
        return Markup::default();
    }
    let swatch = |j: usize| {
        let mut path = Path::default();
        path.dot(12.0, 6.0);
        path.drawn(&format!("dots big {} s5", colour(j)))
    };
    let listed = (0..parts.min(MOST_LISTED)).map(|j| key(swatch(j), &format!("{called} {j}")));
    let more = (parts > MOST_LISTED).then(|| tag("li").text(&format!("… and {} more", parts - MOST_LISTED)));
    tag("ul").class("legend").around(listed.chain(more).chain(others))
}

/// The key of a line.
pub(super) fn line_key(classes: &str, text: &str) -> Markup {
    key(Path::through([(1.0, 6.0), (23.0, 6.0)]).drawn(classes), text)
}
