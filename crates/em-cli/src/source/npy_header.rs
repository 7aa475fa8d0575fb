//! [`Header`]: what an NPY file says of its values, read by a grammar that knows nothing else.
//!
//! ```text
//! header = "{" [ field { "," field } [ "," ] ] "}"
//! field  = string ":" ( string | "True" | "False" | shape )
//! shape  = "(" [ number { "," number } [ "," ] ] ")"
//! ```
//!
//! Blanks may stand between all of them. It is Python, but nothing is evaluated.

use super::npy_error::NpyError;

/// More dimensions than NumPy has.
const MOST_DIMENSIONS: usize = 64;

/// What an NPY file says of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The type of the values, as NumPy writes it: `<f8`.
    pub(super) descr: String,
    /// Whether values stand column after column.
    pub(super) fortran_order: bool,
    pub(super) shape: Vec<u64>,
}

impl Header {
    pub(super) fn parse(text: &[u8]) -> Result<Self, NpyError> {
        Parser { text, at: 0 }.header()
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn header(mut self) -> Result<Header, NpyError> {
        let (mut descr, mut order, mut shape) = (None, None, None);
        self.expect(b'{', "'{'")?;
        while !self.takes(b'}') {
            let at = self.at;
            let fresh = match self.string()?.as_str() {
                "descr" => self.value()?.descr().is_some_and(|d| descr.replace(d).is_none()),
                "fortran_order" => self.value()?.order().is_some_and(|o| order.replace(o).is_none()),
                "shape" => self.value()?.shape().is_some_and(|s| shape.replace(s).is_none()),
                other => {
                    let found = format!("'{}'", other.escape_debug());
                    return Err(NpyError::Header { at, wanted: "'descr', 'fortran_order' or 'shape'", found });
                }
            };
            if !fresh {
                return Err(NpyError::Header {
                    at,
                    wanted: "each field once, with a value of its kind",
                    found: self.found(at),
                });
            }
            if !self.takes(b',') {
                self.expect(b'}', "',' or '}'")?;
                break;
            }
        }
        self.blanks();
        if self.at < self.text.len() {
            return Err(self.fault("the end"));
        }
        let missing = |field| NpyError::Field { field };
        Ok(Header {
            descr: descr.ok_or(missing("descr"))?,
            fortran_order: order.ok_or(missing("fortran_order"))?,
            shape: shape.ok_or(missing("shape"))?,
        })
    }

    fn value(&mut self) -> Result<Value, NpyError> {
        self.expect(b':', "':'")?;
        self.blanks();
        match self.text.get(self.at) {
            Some(b'\'' | b'"') => self.string().map(Value::Text),
            Some(b'(') => self.shape().map(Value::Shape),
            // A list of fields: a record.
            Some(b'[') => Err(NpyError::Type { descr: "[…]".into(), kind: Some("records") }),
            _ if self.takes_word(b"True") => Ok(Value::Bool(true)),
            _ if self.takes_word(b"False") => Ok(Value::Bool(false)),
            _ => Err(self.fault("a text, True, False or a shape")),
        }
    }

    fn shape(&mut self) -> Result<Vec<u64>, NpyError> {
        let mut shape = Vec::new();
        self.expect(b'(', "'('")?;
        while !self.takes(b')') {
            shape.push(self.number()?);
            if shape.len() > MOST_DIMENSIONS {
                return Err(NpyError::Dimensions(shape.len()));
            }
            if !self.takes(b',') {
                self.expect(b')', "',' or ')'")?;
                break;
            }
        }
        Ok(shape)
    }

    fn number(&mut self) -> Result<u64, NpyError> {
        self.blanks();
        let digits = self.text[self.at..].iter().take_while(|b| b.is_ascii_digit()).count();
        let number = std::str::from_utf8(&self.text[self.at..self.at + digits]).ok().and_then(|d| d.parse().ok());
        let number = number.ok_or_else(|| self.fault("a number below 2^64"))?;
        self.at += digits;
        // Python 2 marked long numbers.
        self.takes_word(b"L");
        Ok(number)
    }

    /// A text between quotes, without escapes.
    fn string(&mut self) -> Result<String, NpyError> {
        self.blanks();
        let quote = self.text.get(self.at).copied().filter(|b| matches!(b, b'\'' | b'"'));
        let quote = quote.ok_or_else(|| self.fault("a text in quotes"))?;
        let rest = &self.text[self.at + 1..];
        let length = rest.iter().position(|b| *b == quote || *b == b'\\').filter(|end| rest[*end] == quote);
        let length = length.ok_or_else(|| self.fault("a text that ends with its quote"))?;
        let text = String::from_utf8_lossy(&rest[..length]).into_owned();
        self.at += length + 2;
        Ok(text)
    }

    fn blanks(&mut self) {
        self.at += self.text[self.at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.blanks();
        self.takes_word(&[byte])
    }

    fn takes_word(&mut self, word: &[u8]) -> bool {
        let takes = self.text[self.at..].starts_with(word);
        self.at += if takes { word.len() } else { 0 };
        takes
    }

    fn expect(&mut self, byte: u8, wanted: &'static str) -> Result<(), NpyError> {
        if self.takes(byte) { Ok(()) } else { Err(self.fault(wanted)) }
    }

    fn fault(&self, wanted: &'static str) -> NpyError {
        NpyError::Header { at: self.at, wanted, found: self.found(self.at) }
    }

    fn found(&self, at: usize) -> String {
        match self.text.get(at) {
            Some(byte) => format!("'{}'", byte.escape_ascii()),
            None => "the end".into(),
        }
    }
}

/// The value of a field.
enum Value {
    Text(String),
    Bool(bool),
    Shape(Vec<u64>),
}

impl Value {
    fn descr(self) -> Option<String> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }
    fn order(self) -> Option<bool> {
        if let Value::Bool(order) = self { Some(order) } else { None }
    }
    fn shape(self) -> Option<Vec<u64>> {
        if let Value::Shape(shape) = self { Some(shape) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(descr: &str, fortran_order: bool, shape: &[u64]) -> Header {
        Header { descr: descr.into(), fortran_order, shape: shape.into() }
    }

    #[test]
    fn what_numpy_writes_is_read() {
        let parse = |text: &str| Header::parse(text.as_bytes()).unwrap();
        let numpy = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }                    \n";
        assert_eq!(parse(numpy), header("<f8", false, &[3, 2]));
        assert_eq!(parse("{'shape':(7,),\"descr\":\"|u1\",'fortran_order':True}"), header("|u1", true, &[7]));
        assert_eq!(parse("{'descr': '>i4', 'fortran_order': False, 'shape': (), }"), header(">i4", false, &[]));
        assert_eq!(parse("{'descr': '>i4', 'fortran_order': False, 'shape': (3L, 4L)}").shape, [3, 4]);
    }

    #[test]
    fn anything_else_is_refused_where_it_stands() {
        let fault = |text: &str| Header::parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(fault(""), "byte 0 of the header: '{' is expected, found the end; the file is damaged");
        assert!(fault("{'descr': open('x')}").starts_with("byte 10 of the header: a text, True, False or a shape"));
        assert!(fault("{'descr': '<f8\\'}").contains("a text that ends with its quote"));
        assert!(fault("{'descr': '<f8', 'descr': '<f8'}").contains("each field once"));
        assert!(fault("{'descr': '<f8', 'order': True}").contains("found 'order'"));
        assert!(fault("{'descr': True}").contains("with a value of its kind"));
        assert!(fault("{'shape': (-1,)}").contains("a number below 2^64 is expected, found '-'"));
        assert!(fault("{'shape': (99999999999999999999,)}").contains("a number below 2^64"));
        assert!(fault("{'shape': ((1,),)}").contains("found '('"));
        assert_eq!(
            fault("{'descr': '<f8', 'fortran_order': False}"),
            "the header must hold 'shape' once; the file is damaged"
        );
        assert!(fault("{} {").contains("the end is expected, found '{'"));
        assert!(fault("{'descr': [('a', '<f8')]}").contains("records"));
        assert!(fault(&format!("{{'shape': ({})}}", "1,".repeat(70))).contains("65 dimensions"));
    }
}
