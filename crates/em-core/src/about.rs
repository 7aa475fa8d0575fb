//! [`About`]: what a person should know of a spec before writing one.

/// What a person should know before writing a spec of some model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// One sentence.
    pub summary: &'static str,
    /// The fields of the spec.
    pub fields: &'static [FieldInfo],
    /// The parameters, as `start: Params(…)`, fit files and JSON name them.
    pub parameters: &'static [ParameterInfo],
    /// A whole spec that runs.
    pub example: &'static str,
}

/// A field of a spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldInfo {
    /// Its name.
    pub name: &'static str,
    /// What may stand there.
    pub values: &'static str,
    /// Its default; none where it must be given.
    pub default: Option<&'static str>,
    /// What it does.
    pub text: &'static str,
}

/// A parameter of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterInfo {
    /// Its name.
    pub name: &'static str,
    /// Its shape: `[k][d]`.
    pub shape: &'static str,
    /// What it is, and its domain.
    pub text: &'static str,
}
