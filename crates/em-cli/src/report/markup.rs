//! [`Markup`]: HTML and SVG that are well-formed by construction.

use crate::visible;
use std::fmt::Display;

/// A piece of a page that is well-formed as HTML and as XML. Text gets into it through [`text`](Self::text) and
/// [`Tag`] alone, and these escape it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Markup(String);

impl Markup {
    /// One line of text, of any origin.
    pub fn text(text: &str) -> Self {
        Markup(escaped(&visible::line(text)))
    }

    /// Several lines of text, of any origin.
    pub fn lines(text: &str) -> Self {
        Markup(escaped(&visible::lines(text)))
    }

    /// One piece behind the other.
    pub fn all(pieces: impl IntoIterator<Item = Markup>) -> Self {
        pieces.into_iter().fold(Markup::default(), |mut all, piece| {
            all.0.push_str(&piece.0);
            all
        })
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of the page.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// The text with everything that means something to HTML or XML, in text or attributes, replaced by a name for it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // No characters to XML.
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// An element that is being written.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    name: &'static str,
    open: String,
}

/// An element of this name.
pub(super) fn tag(name: &'static str) -> Tag {
    Tag { name, open: format!("<{name}") }
}

impl Tag {
    /// With an attribute; `value` may be of any origin.
    pub fn with(mut self, attribute: &'static str, value: impl Display) -> Self {
        let value = Markup::text(&value.to_string()).0;
        self.open.push_str(&format!(" {attribute}=\"{value}\""));
        self
    }

    /// With classes of the style sheet.
    pub fn class(self, classes: impl Display) -> Self {
        self.with("class", classes)
    }

    /// Around nothing: for elements of SVG, and those of HTML that never hold anything.
    pub fn empty(self) -> Markup {
        Markup(self.open + "/>")
    }

    /// Around these pieces.
    pub fn around(self, pieces: impl IntoIterator<Item = Markup>) -> Markup {
        let (name, inner) = (self.name, Markup::all(pieces).0);
        Markup(format!("{}>{inner}</{name}>", self.open))
    }

    /// Around one line of text.
    pub fn text(self, text: &str) -> Markup {
        self.around([Markup::text(text)])
    }
}

/// A style sheet, which is ours and holds nothing of a user's.
pub(super) fn style(sheet: &'static str) -> Markup {
    Markup(format!("<style>\n{sheet}</style>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_wherever_it_goes() {
        let nasty = "</p><script>alert('1' & \"2\")</script>\u{1b}[31m\u{0}\u{202e}\u{fffe}\n";
        let shown = "&lt;/p&gt;&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt;\\u{1b}[31m\\u{0}\\u{202e}\\u{fffe}\\n";
        assert_eq!(tag("p").text(nasty).into_text(), format!("<p>{shown}</p>"));
        assert_eq!(tag("rect").with("id", nasty).empty().into_text(), format!("<rect id=\"{shown}\"/>"));
        assert_eq!(Markup::lines("a\n<b>").into_text(), "a\n&lt;b&gt;");
    }

    #[test]
    fn elements_hold_elements() {
        let list = tag("ul").class("a b").around([tag("li").text("1"), tag("li").text("2")]);
        assert_eq!(list.into_text(), "<ul class=\"a b\"><li>1</li><li>2</li></ul>");
        assert!(Markup::all([]).is_empty());
    }
}
