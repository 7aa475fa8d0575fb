//! K-medoids: clusters around rows of the data, for any dissimilarity.

mod alternating;
mod assignment;
mod build;
mod fit;
mod pairs;
mod settings;
mod swap;
#[cfg(test)]
mod tests;

pub use fit::{KMedoidsError, MedoidFit};
pub use settings::{KMedoids, MedoidDissimilarity, MedoidMethod, MedoidOptions, MedoidStart};
