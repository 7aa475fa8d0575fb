//! Data sources as spec files write them, for tests.

use super::DataSource;
use em_core::registry::Named;
use ron::extensions::Extensions;

fn parse(text: &str) -> Result<Named<dyn DataSource>, String> {
    let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
    options.from_str(text).map_err(|e| e.to_string())
}

pub(super) fn source_of(text: &str) -> Named<dyn DataSource> {
    parse(text).unwrap()
}

pub(super) fn error_of(text: &str) -> String {
    parse(text).unwrap_err()
}

/// The source that `text` names, written again; it must read back the same.
pub(super) fn written(text: &str) -> String {
    let written = ron::to_string(&source_of(text)).unwrap();
    assert_eq!(ron::to_string(&source_of(&written)).unwrap(), written);
    written
}
