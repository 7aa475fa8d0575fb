//! The shorthands of spec files, written out where the parser stumbles over them.
//!
//! | people write | the parser wants |
//! |---|---|
//! | `Em` where fields may follow | `Em()` |
//! | `Full()` where none may | `Full` |
//! | `"x"` where a term is wanted | `Column("x")` |
//! | `GaussianBasis("x", width: 1)` | `GaussianBasis(column: "x", width: 1)` |

use super::Found;
use super::edited::Edited;

/// Writes out the shorthand at the place of the error; false if there is none.
pub(super) fn write_out(text: &mut Edited, error: &Found) -> bool {
    let at = text.offset(error.position);
    // By their words: inside a registered type every error is but a message.
    if error.message.starts_with("Expected opening `(`") && ends_a_name(text.text(), at) {
        text.insert(at, "()");
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

fn string_for_name(text: &mut Edited, at: usize) -> bool {
    let Some(length) = string_length(&text.text()[at..]) else { return false };
    let before = text.text()[..at].trim_end();
    if let Some(call) = before.strip_suffix('(')
        && ends_a_name(call, call.len())
    {
        text.insert(at, "column: ");
    } else {
        text.insert(at + length, ")");
        text.insert(at, "Column(");
    }
    true
}

/// The bytes of the string literal that `text` begins with.
fn string_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    let mut characters = text.char_indices();
    characters.next().filter(|(_, c)| *c == '"')?;
    let end = characters.find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map(|(i, _)| i + 1)
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
