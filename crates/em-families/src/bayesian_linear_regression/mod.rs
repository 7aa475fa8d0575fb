//! Bayesian linear regression by maximising the evidence (MacKay 1992; Bishop 2006, section 3.5).
//!
//! t = Φw + noise, with noise of precision β and coefficients w ~ N(0, I/α): every design column, the intercept too, is
//! shrunk alike. The latent variable is the whole vector w, shared by all rows; EM finds the α and β that maximise the
//! evidence p(t | α, β).
//!
//! | symbol | here |
//! |---|---|
//! | Φ, N × M | [`RegressionData::design`](crate::RegressionData::design), transposed; weights count rows, N is their sum |
//! | t | response − offset |
//! | α, β | [`Precisions::alpha`], [`Precisions::beta`] |
//! | m, S | [`Coefficients::mean`], [`Coefficients::covariance`] |
//! | γ | [`Coefficients::effective_parameters`] |

mod evidence_error;
mod evidence_update;
mod limits;
mod model;
mod params;
mod posterior;
mod prior;
mod products;
mod sample;
mod singular_values;
mod spec;
mod spectrum;
#[cfg(test)]
mod tests;

pub use evidence_error::EvidenceError;
pub use evidence_update::EvidenceUpdate;
pub use model::BayesianLinearModel;
pub use params::{Coefficients, Precisions, PrecisionsError};
pub use prior::PrecisionPrior;
pub use products::Products;
pub use spec::BayesianLinearRegression;
