//! Numbers as text.

use super::markup::{Markup, tag};
use crate::summary::cells;
use em_core::Section;

/// Heads of rows up to so many characters stay on one line.
const SHORT: usize = 24;

/// A section as a table, numbers under one another.
pub(super) fn table(section: &Section) -> Markup {
    let columns: Vec<Vec<String>> = (0..section.heads.len()).map(|j| cells(section, j)).collect();
    let classes: Vec<&str> =
        columns.iter().map(|cells| if cells.iter().all(|c| is_number(c)) { "n" } else { "w" }).collect();
    let head = |(name, class): (&String, &&str)| tag("th").class(class).with("scope", "col").text(name);
    let heads = section.heads.iter().zip(&classes).map(head);
    let heads = tag("tr").around(std::iter::once(tag("td").text("")).chain(heads));
    let row = |(i, (label, _)): (usize, &(String, _))| {
        let cells = columns.iter().zip(&classes).map(|(column, class)| tag("td").class(class).text(&column[i]));
        let class = if label.chars().count() <= SHORT { "short" } else { "long" };
        let head = tag("th").class(class).with("scope", "row").text(label);
        tag("tr").around(std::iter::once(head).chain(cells))
    };
    let rows: Vec<Markup> = section.rows.iter().enumerate().map(row).collect();
    // Where no column has a name, there is no line of names.
    let named = section.heads.iter().any(|head| !head.is_empty());
    let heads = if named { tag("thead").around([heads]) } else { Markup::default() };
    let table = tag("table").with("aria-label", &section.title).around([heads, tag("tbody").around(rows)]);
    let title = tag("h3").text(&section.title);
    Markup::all([title, tag("div").class("table").around([table])])
}

/// Whether a cell is a number, or nothing.
fn is_number(cell: &str) -> bool {
    cell.is_empty() || cell == "…" || cell.parse::<f64>().is_ok()
}

/// What is there for those who ask for it; on paper it is there for all.
pub(super) fn folded(title: &str, inner: Vec<Markup>) -> Markup {
    tag("details").around(std::iter::once(tag("summary").text(title)).chain(inner))
}

/// Names with what they stand for, one pair beside the other.
pub(super) fn facts(pairs: impl IntoIterator<Item = (&'static str, String)>) -> Markup {
    let pair = |(name, value): (&str, String)| tag("div").around([tag("dt").text(name), tag("dd").text(&value)]);
    tag("dl").class("facts").around(pairs.into_iter().map(pair))
}

#[cfg(test)]
mod tests {
    use super::*;
    use em_core::Cell;

    #[test]
    fn numbers_and_words_are_told_apart_and_all_of_it_is_escaped() {
        let section = Section {
            title: "<T>".into(),
            heads: vec!["a&b".into(), "why".into()],
            rows: vec![
                ("x".into(), vec![Cell::Number(2.5), Cell::Text("<i>".into())]),
                ("y".into(), vec![Cell::Number(-10.0), Cell::Empty]),
            ],
        };
        let text = table(&section).into_text();
        assert!(text.starts_with("<h3>&lt;T&gt;</h3>") && text.contains("<th class=\"n\" scope=\"col\">a&amp;b</th>"));
        assert!(text.contains("<td class=\"n\">-10.000</td><td class=\"w\"></td>"), "{text}");
        assert!(text.contains("<td class=\"w\">&lt;i&gt;</td>"));
    }
}
