//! What regressions share: terms, designs, their data, and the search for columns that determine one another.
//!
//! A [`Design`] says which columns of a table explain which response, and turns tables into [`RegressionData`]. It is
//! the encoding of every regression: learned at fitting, applied unchanged at prediction.

mod categories;
mod data;
mod dependence;
mod design;
mod pivoted_cholesky;
mod term;

pub use categories::{Categories, CategoriesError};
pub use data::{RegressionData, RegressionDataError};
pub(crate) use dependence::{Centring, Dependence, check};
pub(crate) use design::INTERCEPT;
pub use design::{Design, DesignError};
pub(crate) use pivoted_cholesky::PivotedCholesky;
pub use term::{Term, TermError};
