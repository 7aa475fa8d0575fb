//! [`Edited`]: a text in which things were written out, and where each byte came from.

use ron::error::Position;
use std::ops::Range;

/// A text that remembers, for every byte, its place in the original.
#[derive(Clone, Debug)]
pub(crate) struct Edited {
    text: String,
    origin: Vec<usize>,
    original: String,
    /// Where the original itself was put together from a text of the user's.
    pasted: Option<Pasted>,
}

impl Edited {
    pub(crate) fn new(text: &str) -> Self {
        Edited { text: text.into(), origin: (0..=text.len()).collect(), original: text.into(), pasted: None }
    }

    /// A text that was put together; places are those of the user's text.
    pub(crate) fn over(pasted: Pasted) -> Self {
        Edited { pasted: Some(pasted.clone()), ..Edited::new(&pasted.text) }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The byte at a line and column, both counted from 1, the column in characters.
    pub(crate) fn offset(&self, at: Position) -> usize {
        let line_start: usize = self.text.split_inclusive('\n').take(at.line.saturating_sub(1)).map(str::len).sum();
        let line = &self.text[line_start..];
        line_start + line.chars().take(at.col.saturating_sub(1)).map(char::len_utf8).sum::<usize>()
    }

    /// Where a byte stood in the original.
    pub(crate) fn origin(&self, offset: usize) -> usize {
        self.origin[offset.min(self.text.len())]
    }

    /// Line and column in the original of a byte of this text.
    pub(crate) fn place(&self, offset: usize) -> (usize, usize) {
        self.place_of_origin(self.origin(offset))
    }

    /// Line and column of a byte of the original.
    pub(crate) fn place_of_origin(&self, byte: usize) -> (usize, usize) {
        let before = match &self.pasted {
            Some(pasted) => &pasted.users[..pasted.origin(byte)],
            None => &self.original[..byte],
        };
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The text before anything was written out.
    pub(crate) fn original(&self) -> &str {
        &self.original
    }

    /// A line of the original, counted from 1.
    pub(crate) fn line(&self, line: usize) -> Option<&str> {
        self.pasted.as_ref().map_or(&self.original, |pasted| &pasted.users).lines().nth(line.checked_sub(1)?)
    }

    /// Whether a byte of the original stands in the sweep of the user's text, or was pasted from it.
    pub(crate) fn is_swept(&self, byte: usize) -> bool {
        self.pasted.as_ref().is_some_and(|pasted| pasted.sweep.contains(&pasted.origin(byte)))
    }

    pub(crate) fn insert(&mut self, offset: usize, what: &str) {
        let origin = self.origin[offset];
        self.text.insert_str(offset, what);
        self.origin.splice(offset..offset, std::iter::repeat_n(origin, what.len()));
    }

    /// Inserts at many places, in order, in one go.
    pub(crate) fn insert_all(&mut self, what: &[(usize, &str)]) {
        let mut text = String::with_capacity(self.text.len());
        let (mut origin, mut done) = (Vec::with_capacity(self.origin.len()), 0);
        for (offset, piece) in what {
            text.push_str(&self.text[done..*offset]);
            origin.extend_from_slice(&self.origin[done..*offset]);
            text.push_str(piece);
            origin.extend(std::iter::repeat_n(self.origin[*offset], piece.len()));
            done = *offset;
        }
        text.push_str(&self.text[done..]);
        origin.extend_from_slice(&self.origin[done..]);
        (self.text, self.origin) = (text, origin);
    }

    pub(crate) fn remove(&mut self, offset: usize, bytes: usize) {
        self.text.replace_range(offset..offset + bytes, "");
        self.origin.drain(offset..offset + bytes);
    }
}

/// A text put together from pieces of the user's, that remembers where each of them stands.
#[derive(Clone, Debug)]
pub(crate) struct Pasted {
    text: String,
    origin: Vec<usize>,
    users: String,
    /// Where the sweep stands in the user's text.
    sweep: Range<usize>,
}

impl Pasted {
    /// Nothing yet, of the user's text and the place of the sweep in it.
    pub(crate) fn new(users: &str, sweep: Range<usize>) -> Self {
        Pasted { text: String::new(), origin: Vec::new(), users: users.into(), sweep }
    }

    /// The text so far.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Goes on with a piece of the user's text.
    pub(crate) fn copy(&mut self, piece: Range<usize>) {
        self.text.push_str(&self.users[piece.clone()]);
        self.origin.extend(piece);
    }

    /// Goes on with something else, which belongs to a byte of the user's text.
    pub(crate) fn write(&mut self, what: &str, at: usize) {
        self.text.push_str(what);
        self.origin.extend(std::iter::repeat_n(at, what.len()));
    }

    /// Where a byte stood in the user's text.
    fn origin(&self, byte: usize) -> usize {
        self.origin.get(byte).copied().unwrap_or(self.users.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_original() {
        let mut e = Edited::new("(a: é,\n b: Em, c: 1)");
        let em = e.offset(Position { line: 2, col: 7 });
        e.insert(em, "()");
        assert_eq!(e.text(), "(a: é,\n b: Em(), c: 1)");
        assert_eq!(e.place(e.offset(Position { line: 2, col: 11 })), (2, 9));
        e.remove(em, 2);
        let mut f = e.clone();
        f.insert_all(&[(0, "["), (em, "<>")]);
        assert_eq!(f.text(), "[(a: é,\n b: Em<>, c: 1)");
        assert_eq!(f.place(f.offset(Position { line: 2, col: 9 })), (2, 7));
        assert_eq!(e.text(), "(a: é,\n b: Em, c: 1)");
        assert_eq!(e.place(e.offset(Position { line: 1, col: 6 })), (1, 6));
    }
}
