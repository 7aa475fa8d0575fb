//! The shorthands of spec files, written out where the parser stumbles over them.
//!
//! | people write | the parser wants |
//! |---|---|
//! | `Em` where fields may follow | `Em()` |
//! | `Full()` where none may | `Full` |
//! | `"x"` where a term is wanted | `Column("x")` |
//! | `GaussianBasis("x", width: 1)` | `GaussianBasis(column: "x", width: 1)` |
//! | `Params(0.5)` | `Params(value: 0.5)` |
//! | `prior: (means: …)` where a name may stand | `prior: Stated(means: …)` |

use super::Found;
use super::edited::Edited;
use super::token::{skip_blanks, string_length};

/// The name put before parameters that have none.
pub(crate) const ALONE: &str = "value";

/// Writes out the shorthand at the place of the error; false if there is none.
pub(super) fn write_out(text: &mut Edited, error: &Found) -> bool {
    let at = text.offset(error.position);
    // By their words: inside a registered type every error is but a message.
    if error.message.starts_with("Expected opening `(`") && ends_a_name(text.text(), at) {
        text.insert(at, "()");
        return true;
    }
    if error.field() == "fit.start.Params" && is_no_name(&error.message) {
        return name_for_value(text, at);
    }
    if error.message.starts_with("Expected identifier") && stated_prior(text, at) {
        return true;
    }
    if error.message.starts_with("Expected identifier") {
        return string_for_name(text, at);
    }
    if error.message.starts_with("Expected comma") {
        return parentheses_for_nothing(text, at);
    }
    false
}

fn ends_a_name(text: &str, at: usize) -> bool {
    text[..at].trim_end().ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn is_no_name(message: &str) -> bool {
    message.starts_with("Expected identifier") || message.starts_with("Found invalid std identifier")
}

/// Names a value that stands first in the brackets.
fn name_for_value(text: &mut Edited, at: usize) -> bool {
    let value = skip_blanks(text.text(), at);
    let first = text.text()[..at].trim_end().ends_with("Params(");
    if first && !text.text()[value..].starts_with(')') {
        text.insert(value, &format!("{ALONE}: "));
    }
    first
}

/// Names a prior that stands in numbers, where one may be scaled to the data instead.
fn stated_prior(text: &mut Edited, at: usize) -> bool {
    let before = text.text()[..at].trim_end().strip_suffix(':').map(str::trim_end);
    let prior = before.is_some_and(|b| b.ends_with("prior")) && text.text()[at..].starts_with('(');
    if prior {
        text.insert(at, "Stated");
    }
    prior
}

fn string_for_name(text: &mut Edited, at: usize) -> bool {
    let strings = strings_in_list(text.text(), at);
    if strings.is_empty() {
        return false;
    }
    let before = text.text()[..at].trim_end();
    if let Some(call) = before.strip_suffix('(')
        && ends_a_name(call, call.len())
    {
        text.insert(at, "column: ");
    } else {
        let pieces = strings.iter().flat_map(|(at, length)| [(*at, "Column("), (at + length, ")")]);
        text.insert_all(&pieces.collect::<Vec<_>>());
    }
    true
}

/// Place and length of the string literal at `at` and of those that follow it, separated by commas only: where one
/// element of a list is short for something, all strings are.
fn strings_in_list(text: &str, at: usize) -> Vec<(usize, usize)> {
    let (mut strings, mut at) = (Vec::new(), at);
    while let Some(length) = string_length(&text[at..]) {
        strings.push((at, length));
        let comma = skip_blanks(text, at + length);
        if !text[comma..].starts_with(',') {
            break;
        }
        at = skip_blanks(text, comma + 1);
    }
    strings
}

fn parentheses_for_nothing(text: &mut Edited, at: usize) -> bool {
    let rest = &text.text()[at..];
    let inside = rest.strip_prefix('(').map(str::trim_start);
    let Some(after) = inside.and_then(|r| r.strip_prefix(')')) else { return false };
    let bytes = rest.len() - after.len();
    if !ends_a_name(text.text(), at) {
        return false;
    }
    text.remove(at, bytes);
    true
}
