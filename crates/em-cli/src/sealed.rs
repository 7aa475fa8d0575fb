//! What files written for the program itself have in common: they say first what they are, then their version and a
//! checksum over all other bytes, so that a foreign, newer or damaged one is known before anything in it is believed.

use crate::fingerprint;
use serde::Serialize;

/// Stands for the checksum while it is not known: as many characters, so that putting it in moves nothing.
pub const BLANK: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A kind of file: its fields `format` and `version`, which stand first in it, followed by `checksum`.
pub struct Kind {
    /// What every such file says it is.
    pub format: &'static str,
    /// The version written here. Older versions are read as long as we can.
    pub version: u64,
}

/// Why a file is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It is something else.
    Foreign,
    /// It was written by a later program.
    Newer {
        /// Its version.
        version: u64,
        /// The last version known here.
        known: u64,
    },
    /// It is not what was written.
    Damaged,
}

/// `text` with its checksum in place of the [`BLANK`].
///
/// # Panics
/// When there is no blank.
pub fn seal(text: &str) -> String {
    let (before, after) = text.split_once(BLANK).expect("the blank checksum was written");
    let checksum = fingerprint::of_text(&[before, after]);
    format!("{before}{checksum}{after}")
}

/// `text` with a checksum that is right in the place of the one it states; none where it states none.
#[cfg(any(test, feature = "fuzzing"))]
pub fn sealed_again(text: &str) -> Option<String> {
    let stated = glance(text, "checksum").filter(|stated| stated.len() == BLANK.len())?;
    let (before, after) = text.split_once(stated)?;
    let checksum = fingerprint::of_text(&[before, after]);
    Some(format!("{before}{checksum}{after}"))
}

/// Whether `text` says that it is a file of this kind, whole or not.
pub fn is(text: &str, kind: &Kind) -> bool {
    glance(text, "format") == Some(kind.format)
}

/// Looks whether `text` is a whole file of this kind.
///
/// # Errors
/// [`Broken`].
pub fn check(text: &str, kind: &Kind) -> Result<(), Broken> {
    if !is(text, kind) {
        return Err(Broken::Foreign);
    }
    match glance(text, "version").and_then(|v| v.trim().parse::<u64>().ok()) {
        Some(version) if version > kind.version => return Err(Broken::Newer { version, known: kind.version }),
        Some(version) if version > 0 => {}
        _ => return Err(Broken::Damaged),
    }
    let stated = glance(text, "checksum").filter(|stated| stated.len() == BLANK.len()).ok_or(Broken::Damaged)?;
    let (before, after) = text.split_once(stated).ok_or(Broken::Damaged)?;
    if fingerprint::of_text(&[before, after]) == stated { Ok(()) } else { Err(Broken::Damaged) }
}

/// What a text says after `name`, up to the end of the value: a glance that needs no parser, since a damaged file has
/// none.
fn glance<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let plain = |t: &'a str| t.trim_start_matches(['"', ':', ' ']);
    let after = plain(&text[text.find(name)? + name.len()..]);
    after.split(['"', ',', '\n', '\r']).next()
}

/// A value as RON, laid out for people.
///
/// # Errors
/// What cannot be written, in the serializer's words.
pub fn ron(value: &impl Serialize) -> Result<String, String> {
    let style = ron::ser::PrettyConfig::new().compact_arrays(true).escape_strings(false).indentor("    ");
    ron::ser::to_string_pretty(value, style).map(|text| text + "\n").map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Kind = Kind { format: "em-fit", version: 1 };

    #[test]
    fn a_glance_finds_values_in_both_languages() {
        for text in
            ["(\n    format: \"em-fit\",\n    version: 12,\n", "{\n  \"format\": \"em-fit\",\n  \"version\": 12,\n"]
        {
            assert_eq!(glance(text, "format"), Some("em-fit"));
            assert_eq!(glance(text, "version"), Some("12"));
            assert_eq!(check(text, &KIND), Err(Broken::Newer { version: 12, known: 1 }));
        }
        assert_eq!(check("(model: KMeans)", &KIND), Err(Broken::Foreign));
        assert_eq!(check("format: \"em-fit\", version: x", &KIND), Err(Broken::Damaged));
    }

    #[test]
    fn a_sealed_text_is_whole_and_any_other_is_not() {
        let whole = seal(&format!("(format: \"em-fit\", version: 1, checksum: \"{BLANK}\", x: \"{BLANK}\")"));
        assert_eq!(check(&whole, &KIND), Ok(()));
        assert_eq!(whole.matches(BLANK).count(), 1, "only the first blank is one");
        assert_eq!(check(&whole.replace("x:", "y:"), &KIND), Err(Broken::Damaged));
        assert_eq!(check(&whole[..whole.len() - 1], &KIND), Err(Broken::Damaged));
    }
}
