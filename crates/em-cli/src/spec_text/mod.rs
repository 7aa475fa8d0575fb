//! Reading spec files: RON, with the shorthands that people expect and errors that say where.

mod edited;
mod fault;
mod late;
mod name;
mod shorthand;

pub use fault::SpecFault;
pub use late::read_at;
pub(crate) use late::{At, Then};
pub(crate) use name::Name;

use edited::Edited;
use ron::extensions::Extensions;
use serde::de::DeserializeOwned;

/// A spec file may have this many bytes; inline data beyond it belong into a file of their own.
const LONGEST: usize = 64 << 20;
/// Brackets may be nested this deep; beyond, a parser runs out of stack, which cannot be caught.
const DEEPEST: usize = 64;

fn options() -> ron::Options {
    ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME).with_recursion_limit(DEEPEST)
}

/// A text that was read, with its shorthands written out; a second look at it needs no repairs and still reports the
/// places of the original.
pub struct Whole(Edited);

/// Reads `text`, writing out shorthands as they are met.
///
/// # Errors
/// [`SpecFault`] with line and column in the original text.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<(T, Whole), SpecFault> {
    if text.len() > LONGEST {
        return Err(SpecFault::whole(format!("the text has {} bytes; at most {LONGEST} are read", text.len())));
    }
    let mut edited = Edited::new(text);
    let mut previous: Option<(usize, SpecFault)> = None;
    loop {
        let error = match parse::<T>(edited.text()) {
            Ok(value) => return Ok((value, Whole(edited))),
            Err(error) => error,
        };
        let fault = SpecFault::new(&error, &edited);
        let at = edited.origin(edited.offset(error.position));
        // A repair that got the parser no further was none: the first message stands.
        if let Some((last, first)) = previous
            && at <= last
        {
            return Err(first);
        }
        if !shorthand::write_out(&mut edited, &error) {
            return Err(fault);
        }
        previous = Some((at, fault));
    }
}

/// What a parser found wrong, in the text it saw.
pub(crate) struct Found {
    message: String,
    path: String,
    position: ron::error::Position,
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Found> {
    let at_start = |e: ron::error::SpannedError| Found {
        message: e.code.to_string(),
        path: String::new(),
        position: e.span.start,
    };
    let mut d = ron::Deserializer::from_str_with_options(text, &options()).map_err(at_start)?;
    let mut track = serde_path_to_error::Track::new();
    match T::deserialize(serde_path_to_error::Deserializer::new(&mut d, &mut track)) {
        Ok(value) => d.end().map(|()| value).map_err(|e| at_start(d.span_error(e))),
        Err(e) => Err(Found { path: track.path().to_string(), ..at_start(d.span_error(e)) }),
    }
}
