//! [`nearest`]: what a mistyped name was meant to be.

/// The known name most like `name`, if any is like it at all.
///
/// ```
/// assert_eq!(em_table::nearest("eruption", ["waiting", "Eruptions"].into_iter()), Some("Eruptions"));
/// assert_eq!(em_table::nearest("weight", ["x", "y"].into_iter()), None);
/// ```
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |k: &&str| strsim::normalized_damerau_levenshtein(&k.to_lowercase(), &name.to_lowercase());
    known.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|k| likeness(k) >= 0.5)
}
