//! [`MStepError`]: why a model has no parameters to offer.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The part of a model that failed; counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// One component of a mixture.
    Component(usize),
    /// One named parameter.
    Parameter(&'static str),
    /// The model as a whole.
    Whole,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Part::Component(j) => write!(f, "component {j}"),
            Part::Parameter(name) => write!(f, "parameter `{name}`"),
            Part::Whole => f.write_str("the model"),
        }
    }
}

/// Why an M-step, or a start, found no parameters: the part, the cause, and what to try.
///
/// ```
/// use em_core::{MStepError, Part};
/// let e = MStepError::new(Part::Component(2), std::fmt::Error, "use fewer components");
/// assert!(e.to_string().starts_with("component 2: "));
/// assert!(e.to_string().ends_with("; use fewer components"));
/// ```
#[derive(Debug, Clone)]
pub struct MStepError {
    /// The part that failed.
    pub part: Part,
    /// Its cause, an error of the model's own.
    pub cause: Arc<dyn Error + Send + Sync>,
    /// What to try.
    pub advice: Cow<'static, str>,
    /// The feature meant, counted from 0, where there is one: who knows the columns can name it.
    pub feature: Option<usize>,
}

impl fmt::Display for MStepError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}; {}", self.part, self.cause, self.advice)
    }
}

impl Error for MStepError {
    /// The cause itself, not the `Arc` around it, so that it can be downcast.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}

impl MStepError {
    /// `cause` in `part`, with what to try; anything that turns into an error will do, a string too.
    pub fn new(
        part: Part,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
        advice: impl Into<Cow<'static, str>>,
    ) -> Self {
        MStepError { part, cause: Arc::from(cause.into()), advice: advice.into(), feature: None }
    }

    /// The same, about one feature, counted from 0.
    pub fn in_feature(mut self, feature: usize) -> Self {
        self.feature = Some(feature);
        self
    }
}
