//! Columns that a model passes over, though they were meant to be numbers.

use em_core::table::Cells;
use em_core::{Table, Warning};
use std::collections::HashSet;

/// A warning for each column of text that is not among `taken` and whose cells look like numbers of another spelling, with a
/// comma for the point or something between groups of digits; but for those that are missing.
pub(crate) fn warnings(table: &Table, taken: &[String]) -> Vec<Warning> {
    let left_out = table.names().filter(|name| !taken.iter().any(|taken| taken == name));
    left_out.filter_map(|name| warning(name, table)).collect()
}

fn warning(name: &str, table: &Table) -> Option<Warning> {
    let Ok(Cells::Text(cells)) = table.cells(name) else { return None };
    let mut filled = cells.iter().filter(|cell| !is_gap(cell)).peekable();
    let first = *filled.peek()?;
    if !filled.all(|cell| looks_like_a_number(cell)) {
        return None;
    }
    let message = format!("column {name:?} holds text such as {first:?} and is left out");
    let advice = "write numbers with a point and nothing between their digits, or name the columns to fit in `columns`";
    Some(Warning { column: Some(name.into()), ..Warning::new("column_left_out", message, advice) })
}

/// What others write where a value is missing.
fn is_gap(cell: &str) -> bool {
    matches!(cell.trim(), "" | "-" | "." | "?" | "NA" | "N/A" | "n/a" | "NaN" | "nan" | "NULL" | "null")
}

/// A sign, digits in groups of three or in none, a point or a comma with digits, an exponent, and what is counted.
fn looks_like_a_number(cell: &str) -> bool {
    let size = cell.trim().trim_start_matches(['-', '+', '\u{2212}', '$', '€', '£']);
    let size = size.trim_end_matches(['%', '$', '€', '£']).trim();
    let size = match size.split_once(['e', 'E']) {
        Some((size, exponent)) if exponent.parse::<i32>().is_ok() => size,
        Some(_) => return false,
        None => size,
    };
    // The last point or comma is that of the decimals, unless there are several of the one.
    let decimal = size.rfind(['.', ',']).filter(|at| size.matches(&size[*at..at + 1]).count() == 1);
    let (whole, decimals) = decimal.map_or((size, ""), |at| (&size[..at], &size[at + 1..]));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let mut groups = whole.split([',', '.', ' ', '\'', '_', '\u{a0}', '\u{202f}']);
    let first = groups.next().unwrap_or_default();
    let grouped = groups.clone().count() > 0;
    let separators: HashSet<char> = whole.chars().filter(|c| !c.is_ascii_digit()).collect();
    let sound = !grouped || (matches!(first.len(), 1..=3) && groups.all(|group| group.len() == 3 && digits(group)));
    sound && separators.len() < 2 && digits(first) && digits(decimals) && !(first.is_empty() && decimals.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use em_core::table::{Lines, Source};

    #[test]
    fn numbers_of_other_spellings_are_known_and_dates_and_addresses_are_not() {
        for cell in [
            "1,5",
            "-2,25",
            ",5",
            "5,",
            "1 000",
            "1.234.567,8",
            "1,234,567.8",
            "12'345",
            "1,5e-3",
            "10%",
            "€ 5",
            "$1,000",
        ] {
            assert!(looks_like_a_number(cell), "{cell}");
        }
        for cell in [
            "",
            "e5",
            "x1",
            "2020-01-01",
            "31.12.2020",
            "192.168.0.1",
            "1.2.3",
            "+49 89 123456",
            "1, 2, 3",
            "12:30",
            "1/2",
            "1,2,3",
            "1.234 567,8",
            "%",
            ",",
            "1e",
            "0x1f",
        ] {
            assert!(!looks_like_a_number(cell), "{cell}");
        }
    }

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
            ("gap", text(["NA", "2,5"])),
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
            "column \"gap\" holds text such as \"2,5\" and is left out",
        ];
        assert_eq!(messages, wanted);
    }
}
