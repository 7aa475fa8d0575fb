//! [`BayesianLinearRegressionError`]: what is wrong with a spec.

use crate::DesignError;

/// What is wrong with the fields of a [`BayesianLinearRegression`](crate::BayesianLinearRegression).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BayesianLinearRegressionError {
    /// The response, the terms or the offset make no sense.
    #[error(transparent)]
    Design(#[from] DesignError),
    /// There is no intercept to be left unshrunk.
    #[error("shrink_intercept: where it is false, `intercept: true` is needed")]
    NoIntercept,
    /// Nothing is left to be shrunk.
    #[error("terms: at least one is needed where `shrink_intercept` is false, since alpha is the precision of theirs")]
    NothingShrunk,
}
