//! Gaussian mixtures by variational Bayes: Dirichlet weights, a normal–Wishart on each mean and precision.

mod encoding;
mod form;
mod model;
mod multigamma;
mod normal_wishart;
mod params;
mod spec;
mod start;
mod summary;
#[cfg(test)]
mod tests;

pub use encoding::LearnedPrior;
pub use model::BayesianGaussianModel;
pub use normal_wishart::{NormalWishart, NormalWishartError};
pub use params::{GaussianPosterior, VariationalParams};
pub use spec::{BayesianGaussianError, BayesianGaussianMixture, PosteriorCovariance};
