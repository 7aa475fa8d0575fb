//! [`SpecFault`]: what is wrong with a spec, and where.

use super::Found;
use super::edited::Edited;
use em_core::registry::nearest;
use std::fmt;

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

    pub(crate) fn new(found: &Found, text: &Edited) -> Self {
        let (line, column) = text.place(text.offset(found.position));
        SpecFault {
            place: Some((line, column)),
            path: found.path.trim_matches('.').replace(".?", ""),
            message: in_words(&found.message),
            line: text.line(line).unwrap_or_default().into(),
        }
    }

    /// The message with file, line and column; a second and third line show the place.
    pub fn show(&self, file: &str) -> String {
        let Some((line, column)) = self.place else { return format!("{file}: {self}") };
        let shown: String = self.line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mark = " ".repeat(column.saturating_sub(1));
        format!("{file}: line {line}, column {column}: {self}\n    {shown}\n    {mark}^")
    }
}

impl fmt::Display for SpecFault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.path.as_str() {
            "" | "?" => f.write_str(&self.message),
            path => write!(f, "`{path}`: {}", self.message),
        }
    }
}

/// The parser's message in our words, with the nearest known name for one that is not known.
fn in_words(message: &str) -> String {
    let quoted = || message.split('`').skip(1).step_by(2);
    let message_of = |what: &str| -> Option<String> {
        let (found, rest) = message.strip_prefix(what)?.strip_prefix('`')?.split_once('`')?;
        let known: Vec<&str> =
            rest.split_once("expected").map_or("", |(_, k)| k).split('`').skip(1).step_by(2).collect();
        let near = nearest(found, known.iter().copied()).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
        let list = known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
        Some(format!("`{found}` is not known here{near} (known: {list})"))
    };
    let unknown = ["Unexpected variant named ", "Unexpected enum variant named ", "Unexpected field named "];
    if let Some(words) = unknown.iter().find_map(|what| message_of(what)) {
        return words;
    }
    if message.starts_with("Unexpected missing field named") {
        return format!("the field `{}` is missing", quoted().next().unwrap_or_default());
    }
    if message.starts_with("Unexpected duplicate field named") {
        return format!("the field `{}` comes twice", quoted().next().unwrap_or_default());
    }
    if message.starts_with("Found invalid std identifier") {
        return "a name is expected here".into();
    }
    let mut characters = message.chars();
    characters.next().map_or_else(String::new, |c| c.to_lowercase().chain(characters).collect())
}
