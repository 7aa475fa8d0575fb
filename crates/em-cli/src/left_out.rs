//! Columns that a model passes over, though they were meant to be numbers.

use em_core::table::Cells;
use em_core::{Table, Warning};

/// A warning for each column of text that is not among `taken` and whose cells look like numbers of another spelling, with a
/// comma for the point or with spaces between the digits.
pub(crate) fn warnings(table: &Table, taken: &[String]) -> Vec<Warning> {
    let left_out = table.names().filter(|name| !taken.iter().any(|taken| taken == name));
    left_out.filter_map(|name| warning(name, table)).collect()
}

fn warning(name: &str, table: &Table) -> Option<Warning> {
    let Ok(Cells::Text(cells)) = table.cells(name) else { return None };
    let mut filled = cells.iter().filter(|cell| !cell.is_empty());
    let first = filled.next().filter(|cell| looks_like_a_number(cell))?;
    if !filled.all(|cell| looks_like_a_number(cell)) {
        return None;
    }
    let message = format!("column {name:?} holds text such as {first:?} and is left out");
    let advice = "write numbers with a point and nothing between their digits, or name the columns to fit in `columns`";
    Some(Warning { column: Some(name.into()), ..Warning::new("column_left_out", message, advice) })
}

/// Digits, with whatever separates or follows them in some country or table.
fn looks_like_a_number(cell: &str) -> bool {
    let size = cell.trim().trim_start_matches(['-', '+', '\u{2212}']);
    let around = |c: char| matches!(c, ',' | '.' | ' ' | '\'' | '_' | '\u{a0}' | '\u{202f}' | '%' | '$' | '€' | '£');
    size.contains(|c: char| c.is_ascii_digit()) && size.chars().all(|c| c.is_ascii_digit() || around(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use em_core::table::{Lines, Source};

    #[test]
    fn only_text_that_was_meant_to_be_numbers_is_told_of() {
        let text = |cells: [&str; 2]| Cells::Text(cells.map(String::from).to_vec());
        let source = Source { name: "t.csv".into(), lines: Lines::Consecutive { first: 2 } };
        let mut table = Table::new(source, 2);
        let columns = [
            ("comma", text(["1,5", "-2,25"])),
            ("thousands", text(["", "1 000"])),
            ("date", text(["2020-01-01", "2020-01-02"])),
            ("kind", text(["a1", "b2"])),
            ("mixed", text(["1,5", "none"])),
            ("empty", text(["", ""])),
            ("taken", text(["10%", "12%"])),
            ("x", Cells::Numbers(vec![1.0, 2.0])),
        ];
        columns.into_iter().for_each(|(name, cells)| table.push(name.to_string(), cells).unwrap());
        let found = warnings(&table, &["taken".into(), "x".into()]);
        let messages: Vec<&str> = found.iter().map(|w| w.message.as_str()).collect();
        let wanted = [
            "column \"comma\" holds text such as \"1,5\" and is left out",
            "column \"thousands\" holds text such as \"1 000\" and is left out",
        ];
        assert_eq!(messages, wanted);
    }
}
