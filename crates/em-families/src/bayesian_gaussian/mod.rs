//! Gaussian mixtures by variational Bayes: Dirichlet weights, a normal–Wishart (normal–gamma) on each mean and precision.

mod capabilities;
mod e_step;
mod encoding;
mod form;
mod model;
mod multigamma;
mod normal_wishart;
mod params;
mod per_group;
mod precision;
mod scale;
mod spec;
mod start;
mod summary;
#[cfg(test)]
mod tests;
mod units;

pub use encoding::LearnedPrior;
pub use model::BayesianGaussianModel;
pub use normal_wishart::{NormalWishart, NormalWishartError};
pub use params::{GaussianPosterior, VariationalParams};
pub use scale::PriorScale;
pub use spec::{BayesianGaussianError, BayesianGaussianMixture};
