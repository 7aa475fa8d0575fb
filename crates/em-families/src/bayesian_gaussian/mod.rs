//! Gaussian mixtures by variational Bayes: Dirichlet weights, a normal–Wishart (normal–gamma) on each mean and precision.

mod capabilities;
mod encoding;
mod form;
mod model;
mod multigamma;
mod normal_wishart;
mod params;
mod precision;
mod scale;
mod spec;
mod start;
mod summary;
#[cfg(test)]
mod tests;

pub use encoding::LearnedPrior;
pub use model::BayesianGaussianModel;
pub use normal_wishart::{NormalWishart, NormalWishartError};
pub use params::{GaussianPosterior, VariationalParams};
pub use scale::PriorScale;
pub use spec::{BayesianGaussianError, BayesianGaussianMixture};
