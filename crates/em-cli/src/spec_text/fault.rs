//! [`SpecFault`]: what is wrong with a spec, and where.

use super::Found;
use super::edited::Edited;
use super::token::Token;
use super::words::{in_words, unknown_name};
use crate::visible;
use std::fmt;

/// Of a long line, so many characters on either side of the place are shown.
const AROUND: usize = 50;

/// A path is cut behind so many characters; brackets nested too deep make an endless one.
const LONGEST_PATH: usize = 80;

/// What is wrong with a spec: line and column, in words, with the nearest known name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecFault {
    /// Line and column, counted from 1, the column in characters; none where the text as a whole is meant.
    pub place: Option<(usize, usize)>,
    /// The field, as `fit.stop.relative_gain`; empty at the top.
    pub path: String,
    /// What was found and what is wanted.
    pub message: String,
    /// The line itself.
    pub line: String,
}

impl SpecFault {
    pub(crate) fn whole(message: impl Into<String>) -> Self {
        SpecFault { place: None, path: String::new(), message: message.into(), line: String::new() }
    }

    /// A fault at a byte of a text that was never parsed.
    pub(crate) fn at(text: &str, byte: usize, message: String) -> Self {
        let edited = Edited::new(text);
        let (line, column) = edited.place(byte);
        let shown = edited.line(line).unwrap_or_default().into();
        SpecFault { place: Some((line, column)), path: String::new(), message, line: shown }
    }

    pub(crate) fn new(found: &Found, text: &Edited) -> Self {
        let origin = text.origin(text.offset(found.position));
        let token = Token::at(text.original(), origin);
        let (line, column) = text.place_of_origin(token.start);
        // A prior in numbers is given a name that its author never wrote.
        let stated = text.original().contains("Stated");
        let path = if stated { path_of(found) } else { path_of(found).replace(".prior.Stated", ".prior") };
        // A value of the sweep was read in its place in the model.
        let swept = text.is_swept(token.start).then(|| swept_field(&path)).flatten();
        SpecFault {
            place: Some((line, column)),
            path: swept.unwrap_or(path),
            message: in_words(&found.message, &token, text.original()),
            line: text.line(line).unwrap_or_default().into(),
        }
    }

    /// The message with file, line and column; a second and third line show the place.
    pub fn show(&self, file: &str) -> String {
        let Some((line, column)) = self.place else { return format!("{file}: {self}") };
        let (shown, mark) = self.marked(column);
        format!("{file}: line {line}, column {column}: {self}\n    {shown}\n    {mark}^")
    }

    /// The line, cut where it is long, and the blanks above which the place stands.
    fn marked(&self, column: usize) -> (String, String) {
        let characters: Vec<char> = self.line.chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
        let at = column.saturating_sub(1).min(characters.len());
        let (begin, end) = (at.saturating_sub(AROUND), (at + AROUND).min(characters.len()));
        let part = |range: &[char]| visible::line(&range.iter().collect::<String>());
        let cut = |is: bool| if is { "…" } else { "" };
        let before = format!("{}{}", cut(begin > 0), part(&characters[begin..at]));
        let after = format!("{}{}", part(&characters[at..end]), cut(end < characters.len()));
        let mark = " ".repeat(visible::width(&before));
        (before + &after, mark)
    }
}

/// The field that is meant: for a name that is not known, the one in which it stands.
fn path_of(found: &Found) -> String {
    let path = found.field();
    if path.chars().count() > LONGEST_PATH {
        return path.chars().take(LONGEST_PATH).chain(['…']).collect();
    }
    match unknown_name(&found.message) {
        Some(name) => path.strip_suffix(name).map_or(path.as_str(), |p| p.trim_end_matches('.')).into(),
        None => path,
    }
}

/// The field of the sweep that a field of the model, `model.Name.field…`, was taken from.
fn swept_field(path: &str) -> Option<String> {
    let mut names = path.strip_prefix("model")?.split(['.', '[']).skip(2);
    Some(names.next().map_or("sweep".into(), |field| format!("sweep.{field}")))
}

impl fmt::Display for SpecFault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "`{path}`: {}", self.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, column: usize) -> String {
        let fault = SpecFault { place: Some((1, column)), path: String::new(), message: "m".into(), line: line.into() };
        fault.show("f").lines().skip(1).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_mark_stands_below_its_place() {
        assert_eq!(shown("ab", 2), "    ab\n     ^");
        assert_eq!(shown("\té漢x", 4), "     é漢x\n        ^");
        assert_eq!(shown("\u{1b}x", 2), "    \\u{1b}x\n          ^");
        assert_eq!(shown("", 1), "    \n    ^");
    }

    #[test]
    fn a_long_line_is_cut_on_both_sides() {
        let long = format!("{}X{}", "a".repeat(1000), "b".repeat(1000));
        let lines = shown(&long, 1001);
        let (line, mark) = lines.split_once('\n').unwrap();
        assert_eq!(line.trim(), format!("…{}X{}…", "a".repeat(AROUND), "b".repeat(AROUND - 1)));
        assert_eq!(line.chars().position(|c| c == 'X'), mark.chars().position(|c| c == '^'));
    }
}
