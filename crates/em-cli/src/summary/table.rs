//! [`render_section`]: an aligned table.

use super::number::column;
use crate::visible::{line as visible, width as columns_of};
use em_core::{Cell, Section};

/// A section as lines: its title, the heads, the rows, numbers under one another.
pub fn render_section(section: &Section) -> String {
    let heads = std::iter::once(String::new()).chain(section.heads.iter().map(|h| visible(h)));
    let labels: Vec<String> = section.rows.iter().map(|(label, _)| visible(label)).collect();
    let columns = (0..section.heads.len()).map(|j| cells(section, j));
    let columns: Vec<(String, Vec<String>)> = heads.zip(std::iter::once(labels).chain(columns)).collect();
    let width =
        |(head, cells): &(String, Vec<String>)| cells.iter().chain([head]).map(|c| columns_of(c)).max().unwrap_or(0);
    let widths: Vec<usize> = columns.iter().map(width).collect();
    let line = |text: &dyn Fn(usize) -> String| {
        let mut line = String::new();
        for (j, width) in widths.iter().enumerate() {
            // Labels stand to the left, numbers to the right.
            let cell = text(j);
            let blank = " ".repeat(width - columns_of(&cell).min(*width));
            line.push_str(&if j == 0 { format!("  {cell}{blank}") } else { format!("  {blank}{cell}") });
        }
        line.trim_end().to_string() + "\n"
    };
    let heads = line(&|j| columns[j].0.clone());
    let mut out = visible(&section.title) + "\n";
    // Where no column has a name, there is no line of names.
    if !heads.trim().is_empty() {
        out.push_str(&heads);
    }
    (0..section.rows.len()).for_each(|i| out.push_str(&line(&|j| columns[j].1[i].clone())));
    out
}

/// Column j, its numbers alike.
pub(crate) fn cells(section: &Section, j: usize) -> Vec<String> {
    let at = |row: &(String, Vec<Cell>)| row.1.get(j).cloned().unwrap_or(Cell::Empty);
    let numbers: Vec<f64> = section
        .rows
        .iter()
        .filter_map(|row| match at(row) {
            Cell::Number(x) => Some(x),
            _ => None,
        })
        .collect();
    let mut numbers = column(&numbers).into_iter();
    let show = |row| match at(row) {
        Cell::Number(_) => numbers.next().unwrap_or_default(),
        Cell::Count(n) => n.to_string(),
        Cell::Text(text) => visible(&text),
        Cell::Empty => String::new(),
    };
    section.rows.iter().map(show).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_their_heads() {
        let section = Section {
            title: "T\u{1b}[31m".into(),
            heads: vec!["size".into(), "mean".into()],
            rows: vec![
                ("a".into(), vec![Cell::Count(97), Cell::Number(2.5)]),
                ("long".into(), vec![Cell::Empty, Cell::Number(-10.25)]),
            ],
        };
        let wanted = "T\\u{1b}[31m\n        size     mean\n  a       97    2.500\n  long        -10.250\n";
        assert_eq!(render_section(&section), wanted);
    }
}
