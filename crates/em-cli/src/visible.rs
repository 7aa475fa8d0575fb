//! Text from files as a terminal may show it.

/// The same text with every character that would move the cursor, turn the writing round or vanish shown as an escape;
/// line feeds stay where `lines` says so.
fn escaped(text: &str, lines: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' if lines => out.push(c),
            c if hides(c) => out.push_str(&escape(c)),
            c => out.push(c),
        }
    }
    out
}

/// One line of text from a file.
pub(crate) fn line(text: &str) -> String {
    escaped(text, false)
}

/// Several lines, part of them from a file.
pub(crate) fn lines(text: &str) -> String {
    escaped(text, true)
}

fn hides(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// `\t`, `\n` and `\r` by their short names, everything else by its number.
fn escape(c: char) -> String {
    match c {
        '\t' | '\n' | '\r' => c.escape_default().to_string(),
        c => c.escape_unicode().to_string(),
    }
}

/// How many columns of a terminal the text takes: East Asian letters and pictures take two, accents none.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

fn columns(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_move_the_cursor_is_shown() {
        assert_eq!(line("a\u{1b}[31m\tb\nc\u{202e}"), "a\\u{1b}[31m\\tb\\nc\\u{202e}");
        assert_eq!(lines("a\nb\r"), "a\nb\\r");
        assert_eq!(line("é漢"), "é漢");
    }

    #[test]
    fn widths_are_those_of_a_terminal() {
        assert_eq!([width("ab"), width("é"), width("e\u{301}"), width("漢字")], [2, 1, 1, 4]);
    }
}
