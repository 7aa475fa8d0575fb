//! K-means, K-medians and K-modes: Lloyd's iterations as EM with hard labels.

mod capabilities;
mod centers;
mod levels;
mod model;
mod per_group;
mod spec;
mod start;
mod stats;
#[cfg(test)]
mod tests;

pub use centers::{Centers, CentersError};
pub use levels::Levels;
pub use model::{KMeansDissimilarity, KMeansModel};
pub use spec::{ClusterColumns, KMeans};
pub(crate) use spec::{count_different, different_rows};
pub use stats::KMeansStats;
