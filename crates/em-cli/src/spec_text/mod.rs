//! Reading spec files: RON, with the shorthands that people expect and errors that say where.

mod edited;
mod fault;
mod late;
mod name;
mod shorthand;
mod sweep;
mod token;
mod words;

pub use fault::SpecFault;
pub use late::read_at;
pub(crate) use late::{At, Then};
pub(crate) use name::Name;
pub(crate) use shorthand::ALONE;
pub use sweep::Sweep;

use edited::Edited;
use ron::extensions::Extensions;
use serde::de::DeserializeOwned;

/// A spec file may have this many bytes; inline data beyond it belong into a file of their own.
pub(crate) const LONGEST: usize = 64 << 20;
/// Brackets may be nested this deep; beyond, a parser runs out of stack, which cannot be caught.
const DEEPEST: usize = 64;

/// The bytes that may be parsed to write out shorthands, one after the other; a few seconds' work.
const MOST_EFFORT: usize = 1 << 28;
/// How the parser's message of a missing field begins.
const MISSING: &str = "Unexpected missing field";

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
    // Some editors begin a file with the mark of its encoding.
    read_edited(Edited::new(text.strip_prefix('\u{feff}').unwrap_or(text)))
}

/// Reads a spec with values of its sweep in their places in the model.
///
/// # Errors
/// [`SpecFault`] with line and column in the spec, those of the sweep where its value is at fault.
pub(crate) fn read_choice<T: DeserializeOwned>(sweep: &Sweep, choice: &[usize]) -> Result<(T, Whole), SpecFault> {
    read_edited(Edited::over(sweep.written_out(choice)))
}

fn read_edited<T: DeserializeOwned>(mut edited: Edited) -> Result<(T, Whole), SpecFault> {
    let mut effort = 0;
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
            // Where a bare name was given brackets, what it lacks in them says more.
            return Err(if at == last && error.message.starts_with(MISSING) { fault } else { first });
        }
        effort += edited.text().len();
        if effort > MOST_EFFORT {
            let advice = "this text has too many shorthands to write out; say `Column(\"x\")` for `\"x\"` in `terms`";
            return Err(SpecFault { message: advice.into(), ..fault });
        }
        if !shorthand::write_out(&mut edited, &error) {
            return Err(fault);
        }
        previous = Some((at, fault));
    }
}

impl Whole {
    /// A fault of the value at `path`, or of the text where there is none.
    pub(crate) fn fault(&self, path: &[&str], message: &str) -> SpecFault {
        let refuse = &mut |_: &mut dyn em_core::registry::Deserializer| Err(serde::de::Error::custom(message));
        match read_at(self, path, refuse) {
            Err(fault) => fault,
            Ok(()) => SpecFault::whole(message),
        }
    }
}

/// What a parser found wrong, in the text it saw.
pub(crate) struct Found {
    message: String,
    path: String,
    position: ron::error::Position,
}

impl Found {
    /// The path of the field, without the marks of what has no name.
    fn field(&self) -> String {
        self.path.replace(".?", "").trim_matches(['.', '?']).into()
    }
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
