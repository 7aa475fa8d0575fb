//! Normal distributions in d dimensions.

mod emission;
mod normal;
mod spec;
mod start;

pub use emission::FullGaussian;
pub(crate) use emission::squared_distances;
pub use normal::{Normal, NormalError};
pub(crate) use spec::enough_rows;
pub use spec::{Covariance, GaussianMixture};
