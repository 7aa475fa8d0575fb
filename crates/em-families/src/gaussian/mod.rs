//! Normal distributions in d dimensions, and mixtures of them.

mod about;
mod admit;
mod bearing;
mod collapse;
mod complete;
mod coordinates;
mod divergence;
mod draw;
mod emission;
mod form;
mod kernel;
mod m_step;
mod mixture_prior;
mod moments;
mod normal;
mod normal_error;
mod pooled_moments;
mod portrait;
mod prior;
mod shape;
mod spec;
mod squares;
mod start;
mod stats;
mod summary;
#[cfg(test)]
mod tests;
mod written;

pub(crate) use bearing::unbearable;
pub use collapse::CollapseError;
pub use emission::{FullGaussian, Gaussian};
pub use form::Covariance;
pub(crate) use kernel::squared_distances;
pub use mixture_prior::{MixturePrior, ScalingError};
pub use moments::GaussianMoments;
pub use normal::Normal;
pub use normal_error::NormalError;
pub use pooled_moments::PooledMoments;
pub use prior::{GaussianError, GaussianPrior};
pub use spec::{GaussianColumns, GaussianMixture, GaussianMixtureError};
pub(crate) use spec::{enough_rows, need};
pub use stats::GaussianStats;
