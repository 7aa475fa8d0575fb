//! Bayesian linear regression by maximising the evidence (MacKay 1992; Bishop 2006, section 3.5).
//!
//! t = Φw + noise, with noise of precision β and coefficients w ~ N(0, I/α): every design column is shrunk alike, the
//! intercept too unless it is given a flat prior. The latent variable is the whole vector w, shared by all rows; EM, or MacKay's fixed point, finds
//! the α and β that maximise the evidence p(t | α, β), or that times a prior on both.
//!
//! | symbol | here |
//! |---|---|
//! | Φ, N × M | [`RegressionData::design`](crate::RegressionData::design), transposed; weights count rows, N is their sum |
//! | t | response − offset |
//! | α, β | [`Precisions::alpha`], [`Precisions::beta`] |
//! | m, S | [`Coefficients::mean`], [`Coefficients::covariance`] |
//! | Σ, U′t of Φ = U Σ V′ | `Spectrum`, found once for a fit: an iteration costs O(M), whatever N is |
//! | γ | [`Coefficients::effective_parameters`] |
//! | M | the coefficients that are shrunk |

mod evidence_error;
mod evidence_update;
mod gradient;
mod held_step;
mod intercept_prior;
mod limits;
mod model;
mod params;
mod posterior;
mod prior;
mod products;
mod rotations;
mod sample;
mod singular_values;
mod spec;
mod spec_error;
mod spectrum;
mod start;
#[cfg(test)]
mod tests;

pub use evidence_error::EvidenceError;
pub use evidence_update::EvidenceUpdate;
pub use model::BayesianLinearModel;
pub use params::{Coefficients, Precisions, PrecisionsError};
pub use prior::PrecisionPrior;
pub use products::Products;
pub use spec::BayesianLinearRegression;
pub use spec_error::BayesianLinearRegressionError;

use intercept_prior::InterceptPrior;
