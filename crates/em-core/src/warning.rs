//! [`Warning`]: a result that deserves suspicion, in words.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// Something a user should know about a result that is there all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// A stable name for programs: `not_converged`, `best_reached_once`.
    pub code: Cow<'static, str>,
    /// The component meant, counted from 0.
    pub component: Option<usize>,
    /// The column meant.
    pub column: Option<String>,
    /// The data row meant, counted from 0.
    pub row: Option<usize>,
    /// What was found and what was done.
    pub message: String,
    /// What to try.
    pub advice: Cow<'static, str>,
}

impl Warning {
    /// A warning about the result as a whole.
    pub fn new(code: &'static str, message: impl Into<String>, advice: impl Into<Cow<'static, str>>) -> Self {
        let (component, column, row) = (None, None, None);
        Warning { code: code.into(), component, column, row, message: message.into(), advice: advice.into() }
    }

    /// The same, about one component.
    pub fn of_component(mut self, component: usize) -> Self {
        self.component = Some(component);
        self
    }

    /// The same, about one column.
    pub fn of_column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.advice)
    }
}
