//! Priors: each one value with a normalised log density and what it adds to the statistics, so that objective and
//! M-step cannot disagree.

mod beta;
mod covariance;
mod dirichlet;
mod gamma;
mod hyper;
mod inverse_gamma;
mod inverse_wishart;
mod mean;

pub use beta::Beta;
pub use covariance::{CovariancePrior, CovariancePriorError};
pub use dirichlet::Dirichlet;
pub use gamma::Gamma;
pub use hyper::{Hyper, HyperError};
pub use inverse_gamma::{InverseGamma, PerColumn};
pub use inverse_wishart::InverseWishart;
pub use mean::{MeanPrior, MeanPriorError};
