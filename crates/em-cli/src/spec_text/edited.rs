//! [`Edited`]: a text in which things were written out, and where each byte came from.

use ron::error::Position;

/// A text that remembers, for every byte, its place in the original.
#[derive(Clone, Debug)]
pub(crate) struct Edited {
    text: String,
    origin: Vec<usize>,
    original: String,
}

impl Edited {
    pub(crate) fn new(text: &str) -> Self {
        Edited { text: text.into(), origin: (0..=text.len()).collect(), original: text.into() }
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
        let before = &self.original[..byte];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The text before anything was written out.
    pub(crate) fn original(&self) -> &str {
        &self.original
    }

    /// A line of the original, counted from 1.
    pub(crate) fn line(&self, line: usize) -> Option<&str> {
        self.original.lines().nth(line.checked_sub(1)?)
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
