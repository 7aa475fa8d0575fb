//! The parser's messages in the words of this project.

use super::token::{Token, open_bracket, skip_blanks};
use em_core::registry::nearest;

/// What was found and what is wanted, in words; `message` is the parser's, about `token` of `text`.
pub(super) fn in_words(message: &str, token: &Token, text: &str) -> String {
    None.or_else(|| about_name(message))
        .or_else(|| about_number(message, token))
        .or_else(|| about_field(message))
        .or_else(|| about_form(message, token, text))
        .or_else(|| about_value(message))
        .unwrap_or_else(|| message.into())
}

/// A name that nobody knows, with the nearest known one.
fn about_name(message: &str) -> Option<String> {
    let unknown = ["Unexpected variant named ", "Unexpected enum variant named ", "Unexpected field named "];
    let rest = unknown.iter().find_map(|what| message.strip_prefix(what))?;
    let (found, rest) = rest.strip_prefix('`')?.split_once('`')?;
    let known: Vec<&str> = rest.split_once("expected").map_or("", |(_, k)| k).split('`').skip(1).step_by(2).collect();
    let near = nearest(found, known.iter().copied()).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
    let list = known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
    let list = if list.is_empty() { "there are no names here".into() } else { format!("known: {list}") };
    Some(format!("`{found}` is not known here{near} ({list})"))
}

/// The name that a message of an unknown one is about.
pub(super) fn unknown_name(message: &str) -> Option<&str> {
    message.strip_prefix("Unexpected field named `")?.split('`').next()
}

fn about_field(message: &str) -> Option<String> {
    let name = || message.split('`').nth(1).unwrap_or_default();
    if message.starts_with("Unexpected missing field named") {
        return Some(format!("the field `{}` is missing", name()));
    }
    message.starts_with("Unexpected duplicate field named").then(|| format!("the field `{}` comes twice", name()))
}

/// Numbers of the wrong kind or size.
fn about_number(message: &str, token: &Token) -> Option<String> {
    let found = token.shown();
    let whole = || Some(format!("a whole number is expected, written in digits only; found {found}"));
    if message.starts_with("Invalid digit") || message.starts_with("Unexpected leading underscore") {
        return whole();
    }
    // The parser took the digits before the point or the letter for the whole number.
    if message.starts_with("Expected comma") && token.is_number() && token.text.parse::<f64>().is_ok() {
        return whole();
    }
    match message {
        "Integer is out of bounds" if token.text.starts_with('-') && token.text.parse::<i64>().is_ok() => {
            Some(format!("a whole number, 0 or above, is expected, found {found}"))
        }
        "Integer is out of bounds" => Some(format!("the whole number {found} is outside the range allowed here")),
        "Expected integer" => Some(format!("a whole number is expected, found {found}")),
        "Expected float" => Some(format!("a number is expected, found {found}")),
        _ if message.starts_with("Expected a nonzero ") => {
            Some(format!("a whole number above 0 is expected, found {found}"))
        }
        _ => None,
    }
}

/// Brackets, commas, quotes and what else makes the form of a text.
fn about_form(message: &str, token: &Token, text: &str) -> Option<String> {
    let expected = |what: &str| Some(format!("{what} expected, found {}", token.shown()));
    match message {
        "Unexpected end of RON" => Some(at_the_end(text)),
        _ if message.starts_with("Unknown escape") || message.starts_with("Invalid") && message.contains("escape") => {
            Some("the backslash begins no escape that is known; write `\\\\` for a backslash itself".into())
        }
        "Unclosed block comment" => Some("the comment that begins with `/*` is never closed; end it with `*/`".into()),
        "Non-whitespace trailing characters" => {
            Some(format!("the text should end here, with its last bracket, but {} follows", token.shown()))
        }
        "Expected boolean" => expected("`true` or `false` is"),
        "Expected char" => expected("one character in single quotes, such as ';', is"),
        "Expected string" => expected("a text in double quotes is"),
        "Expected identifier" if token.is_open_string() => Some("the quote that opens here is never closed".into()),
        "Expected end of string" => Some("the quote that opens here is never closed".into()),
        "Expected opening `[`" => expected("a list in square brackets, `[…]`, is"),
        "Expected opening `{`" => expected("a map in curly brackets, `{…}`, is"),
        "Expected comma" if token.text.is_empty() => Some(at_the_end(text)),
        "Expected comma" if matches!(token.text, ")" | "]" | "}") => Some(still_open(token, text)),
        "Expected comma" if token.text == "(" => Some(about_brackets(token, text)),
        "Expected comma" => expected("a comma or a closing bracket is"),
        "Expected colon" => expected("a colon and a value are"),
        "Expected identifier" => Some(about_missing_name(token, text)),
        _ if message.starts_with("Found invalid std identifier") => Some(about_missing_name(token, text)),
        _ if message.starts_with("Expected struct `") => about_struct(message, token, text),
        _ if message.starts_with("Expected opening `(`") && token.start == skip_blanks(text, 0) => Some(no_spec(token)),
        _ if message.starts_with("Expected opening `(`") || message.starts_with("Expected only opening `(`") => {
            expected("an opening bracket, `(`, is")
        }
        _ if message.starts_with("Expected closing `") => {
            expected(&format!("the closing bracket `{}` is", message.split('`').nth(1).unwrap_or_default()))
        }
        _ if message.starts_with("Unexpected char ") => {
            Some(format!("the character {} makes no sense here", &message["Unexpected char ".len()..]))
        }
        _ if message.starts_with("Expected an `#![enable") => {
            Some("`#` makes no sense here; comments begin with `//`".into())
        }
        _ if message.starts_with("Exceeded recursion limit") => {
            Some("brackets are nested too deep here; nothing in a spec is as deep as this".into())
        }
        _ => None,
    }
}

/// The text does not even begin like a spec.
fn no_spec(token: &Token) -> String {
    let found = token.shown();
    format!("a spec, `(data: …, model: …)`, is expected, found {found}; `em models GaussianMixture` shows one")
}

/// A struct of another name, which is most often a slip of the pen.
fn about_struct(message: &str, token: &Token, text: &str) -> Option<String> {
    let mut names = message.split('`').skip(1).step_by(2);
    let (wanted, found) = (names.next()?, token.shown());
    if token.start == skip_blanks(text, 0) {
        return Some(no_spec(token));
    }
    match nearest(token.text, std::iter::once(wanted)) {
        Some(wanted) => Some(format!("`{wanted}(…)` is expected, found {found}")),
        None => Some(format!("an opening bracket, `(`, is expected, found {found}")),
    }
}

/// The text is over, but something is open.
fn at_the_end(text: &str) -> String {
    let Some(open) = open_bracket(text) else { return "the text ends too early".into() };
    format!("the text ends here, but {} is still open", bracket_in(text, open))
}

/// A closing bracket where a comma might have stood: the last of a text that is cut short, or one of another kind.
fn still_open(token: &Token, text: &str) -> String {
    let found = token.shown();
    match open_bracket(&text[..token.start]) {
        Some(open) if !matches!((open.0, token.text), ('(', ")") | ('[', "]") | ('{', "}")) => {
            format!("{} is still open here, but {found} follows", bracket_in(text, open))
        }
        _ if skip_blanks(text, token.start + 1) == text.len() => at_the_end(text),
        _ => format!("a comma or a closing bracket is expected, found {found}"),
    }
}

fn bracket_in(text: &str, (bracket, at): (char, usize)) -> String {
    let before = &text[..at];
    let (line, begin) = (before.matches('\n').count() + 1, before.rfind('\n').map_or(0, |i| i + 1));
    let column = before[begin..].chars().count() + 1;
    format!("the bracket `{bracket}` in line {line}, column {column}")
}

/// Brackets behind a name that stands alone.
fn about_brackets(token: &Token, text: &str) -> String {
    let before = text[..token.start].trim_end();
    let name = &before[before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len()..];
    match name {
        "" => "a comma or a closing bracket is expected, found `(`".into(),
        name => format!("`{name}` has no fields; leave out the brackets behind it and what is in them"),
    }
}

/// Something else stands where a name is wanted: of a field behind `(` and `,`, of a choice elsewhere.
fn about_missing_name(token: &Token, text: &str) -> String {
    let (before, found) = (text[..token.start].trim_end(), token.shown());
    if before.ends_with(['(', ',']) && !token.text.is_empty() {
        return format!("a field is expected, `name: value`, found {found}");
    }
    match token.quoted_name() {
        Some(name) => format!("a name without quotes is expected, found {found}; write `{name}`"),
        None => format!("a name is expected, found {found}"),
    }
}

/// Values of a wrong type or length, which the parser describes itself.
fn about_value(message: &str) -> Option<String> {
    let rest = message.strip_prefix("Expected ")?;
    let (wanted, found) = rest.strip_suffix(" instead")?.rsplit_once(" but found ")?;
    if let Some(elements) = found.strip_suffix(" elements").or_else(|| found.strip_suffix(" element")) {
        let last = wanted.split(' ').filter_map(|w| w.parse::<usize>().ok()).next_back()?;
        let of = wanted.strip_prefix("tuple variant ").and_then(|w| w.split(' ').next());
        let of = of.and_then(|w| w.rsplit("::").next()).map(|w| format!(" in `{w}(…)`")).unwrap_or_default();
        let elements = if elements == "zero" { "none" } else { elements };
        return Some(format!("{last} values are expected{of}, found {elements}"));
    }
    let noise = ["the unsigned integer ", "the signed integer ", "the floating point number ", "the boolean "];
    let noise = noise.into_iter().chain(["the UTF-8 character ", "the string "]);
    let found = noise.fold(found, |found, n| found.strip_prefix(n).unwrap_or(found));
    Some(format!("{wanted} is expected, found {found}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(message: &str, text: &str, at: usize) -> String {
        in_words(message, &Token::at(text, at), text)
    }

    #[test]
    fn numbers_are_named_whole() {
        let text = "(a: -2, b: 2.5, c: 1e3, d: 0)";
        assert_eq!(words("Integer is out of bounds", text, 5), "a whole number, 0 or above, is expected, found `-2`");
        let digits = "a whole number is expected, written in digits only; found ";
        assert_eq!(words("Expected comma", text, 12), format!("{digits}`2.5`"));
        assert_eq!(words("Invalid digit 'e' for base 10 integers", text, 20), format!("{digits}`1e3`"));
        let zero = "Expected a nonzero usize but found the unsigned integer `0` instead";
        assert_eq!(words(zero, text, 27), "a whole number above 0 is expected, found `0`");
    }

    #[test]
    fn names_without_and_with_quotes() {
        let wanted = "a name without quotes is expected, found \"Em\"; write `Em`";
        assert_eq!(words("Expected identifier", "(a: \"Em\")", 4), wanted);
        let wanted = "a field is expected, `name: value`, found \"a.csv\"";
        assert_eq!(words("Expected identifier", "Csv(\"a.csv\")", 4), wanted);
        let unknown = "Unexpected enum variant named `Emm`, expected `Em` instead";
        assert_eq!(words(unknown, "Emm", 0), "`Emm` is not known here; did you mean `Em`? (known: `Em`)");
    }

    #[test]
    fn lengths_and_types() {
        let tuple = "Expected tuple variant Term::Polynomial with 2 elements but found one element instead";
        assert_eq!(words(tuple, "", 0), "2 values are expected in `Polynomial(…)`, found one");
        let pair = "Expected a tuple of size 2 but found 3 elements instead";
        assert_eq!(words(pair, "", 0), "2 values are expected, found 3");
        let own = "Expected false or a list but found the unsigned integer `7` instead";
        assert_eq!(words(own, "", 0), "false or a list is expected, found `7`");
        assert_eq!(words("`weights` sum to 2, not to 1", "", 0), "`weights` sum to 2, not to 1");
    }

    #[test]
    fn an_open_bracket_is_named_at_the_end() {
        let wanted = "the text ends here, but the bracket `[` in line 2, column 4 is still open";
        assert_eq!(words("Unexpected end of RON", "(\na: [1, 2", 10), wanted);
        let cut = "the text ends here, but the bracket `(` in line 1, column 1 is still open";
        assert_eq!(words("Expected comma", "(a: [1]", 6), cut);
        let mixed = "the bracket `[` in line 1, column 5 is still open here, but `)` follows";
        assert_eq!(words("Expected comma", "(a: [1)", 6), mixed);
    }

    #[test]
    fn names_with_brackets() {
        let none = "`Em` has no fields; leave out the brackets behind it and what is in them";
        assert_eq!(words("Expected comma", "(a: Em(b: 1))", 6), none);
        let slip = "Expected struct `Dirichlet` but found `Dirchlet`";
        assert_eq!(words(slip, "(a: Dirchlet(2))", 4), "`Dirichlet(…)` is expected, found `Dirchlet`");
        assert_eq!(words(slip, "(a: Beta(2))", 4), "an opening bracket, `(`, is expected, found `Beta`");
        let escape = "the backslash begins no escape that is known; write `\\\\` for a backslash itself";
        assert_eq!(words("Unknown escape character", "\"a\\q\"", 0), escape);
        let none = "a spec, `(data: …, model: …)`, is expected, found `hello`; `em models GaussianMixture` shows one";
        assert_eq!(words("Expected opening `(`", " hello", 0), none);
    }
}
