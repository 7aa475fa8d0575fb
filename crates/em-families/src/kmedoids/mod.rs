//! K-medoids: clusters around rows of the data, for any dissimilarity.

mod alternating;
mod assignment;
mod build;
mod compared_rows;
mod medoids;
mod model;
mod pairs;
mod spec;
mod start;
mod swap;
#[cfg(test)]
mod tests;

pub use compared_rows::ComparedRows;
pub use medoids::{Medoids, MedoidsError};
pub use model::{KMedoidsModel, KMedoidsStats, MedoidMethod};
pub use spec::{ComparedColumns, KMedoids, MedoidDissimilarity};
