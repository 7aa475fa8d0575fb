//! [`Token`]: the word, number or string that a fault is about.

/// The longest piece of a text that is repeated in a message.
const SHOWN: usize = 40;

/// What stands at a place of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// Where it begins, in bytes.
    pub(super) start: usize,
    /// A word or a number, a string with its quotes, or a single character; empty at the end.
    pub(super) text: &'a str,
}

impl<'a> Token<'a> {
    /// The token that the byte `at` belongs to, or the first one behind blanks and comments.
    pub(super) fn at(text: &'a str, at: usize) -> Self {
        let at = skip_blanks(text, at.min(text.len()));
        let rest = &text[at..];
        let (start, length) = match rest.chars().next() {
            None => (at, 0),
            Some('"') => (at, string_length(rest).unwrap_or(rest.len())),
            Some(c) if in_word(c) => {
                let start = text[..at].trim_end_matches(in_word).len();
                (start, at - start + rest.find(|c| !in_word(c)).unwrap_or(rest.len()))
            }
            Some(c) => (at, c.len_utf8()),
        };
        Token { start, text: &text[start..start + length] }
    }

    /// What was found, for a message.
    pub(super) fn shown(&self) -> String {
        let mut shown: String = self.text.lines().next().unwrap_or_default().chars().take(SHOWN).collect();
        if shown.len() < self.text.len() {
            shown.push('…');
        }
        match self.text.chars().next() {
            None => "the end of the text".into(),
            Some('"') => shown,
            _ => format!("`{shown}`"),
        }
    }

    /// Whether it is a string without an end.
    pub(super) fn is_open_string(&self) -> bool {
        self.text.starts_with('"') && string_length(self.text).is_none()
    }

    /// Whether it begins like a number.
    pub(super) fn is_number(&self) -> bool {
        self.text.trim_start_matches(['+', '-', '.']).starts_with(|c: char| c.is_ascii_digit())
    }

    /// The word inside a string that would do as a name.
    pub(super) fn quoted_name(&self) -> Option<&'a str> {
        let inside = self.text.strip_prefix('"')?.strip_suffix('"')?;
        let name = inside.chars().all(|c| c.is_alphanumeric() || c == '_') && !inside.is_empty();
        (name && !inside.starts_with(|c: char| c.is_ascii_digit())).then_some(inside)
    }
}

/// The bytes of the string literal that `text` begins with.
pub(super) fn string_length(text: &str) -> Option<usize> {
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

/// The first byte from `at` on that is neither blank nor part of a comment.
pub(super) fn skip_blanks(text: &str, at: usize) -> usize {
    let mut rest = &text[at..];
    loop {
        rest = rest.trim_start();
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            match block_comment_length(rest) {
                Some(length) => rest = &rest[length..],
                None => return text.len() - rest.len(),
            }
        } else {
            return text.len() - rest.len();
        }
    }
}

/// The bytes of the block comment that `text` begins with; comments nest.
fn block_comment_length(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0usize, 0);
    while at < text.len() {
        let pair = text.as_bytes().get(at..at + 2)?;
        match pair {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The bracket that is still open at the end of `text`: the innermost.
pub(super) fn open_bracket(text: &str) -> Option<(char, usize)> {
    let (mut open, mut at) = (Vec::new(), 0);
    loop {
        at = skip_blanks(text, at);
        if text[at..].starts_with("/*") {
            return open.pop();
        }
        let c = text[at..].chars().next();
        match c {
            None => return open.pop(),
            Some(c @ ('(' | '[' | '{')) => open.push((c, at)),
            Some(')' | ']' | '}') => drop(open.pop()),
            _ => {}
        }
        at += match c {
            Some('"') => string_length(&text[at..])?,
            c => c.map_or(0, char::len_utf8),
        };
    }
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '+' | '-' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_from_their_middle_and_behind_blanks() {
        let token = |text, at| (Token::at(text, at).start, Token::at(text, at).shown());
        assert_eq!(token("a: -2.5,", 5), (3, "`-2.5`".into()));
        assert_eq!(token("a: // c\n /* d /* e */ */ \"x y\")", 2), (25, "\"x y\"".into()));
        assert_eq!(token("a: \"x", 2), (3, "\"x".into()));
        assert_eq!(token("a }", 1), (2, "`}`".into()));
        assert_eq!(token("a ", 1), (2, "the end of the text".into()));
        assert_eq!(token("a /* b", 1), (2, "`/`".into()));
        assert_eq!(Token::at("\"Em\"", 0).quoted_name(), Some("Em"));
        assert_eq!(Token::at("\"a.csv\"", 0).quoted_name(), None);
    }

    #[test]
    fn the_innermost_open_bracket_is_found() {
        assert_eq!(open_bracket("(a: [1, \")\", /* ] */ {2}"), Some(('[', 4)));
        assert_eq!(open_bracket("(a: 1)"), None);
        assert_eq!(open_bracket("(a: \"x"), None);
        assert_eq!(open_bracket("( /* "), Some(('(', 0)));
    }
}
