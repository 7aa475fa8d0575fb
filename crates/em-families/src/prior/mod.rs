//! Priors: each one value with a normalised log density and what it adds to the statistics, so that objective and
//! M-step cannot disagree.

mod beta;
mod dirichlet;
mod hyper;

pub use beta::Beta;
pub use dirichlet::Dirichlet;
pub use hyper::{Hyper, HyperError};
