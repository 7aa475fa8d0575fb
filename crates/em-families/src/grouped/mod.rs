//! Rows that share one latent value: the data, and any emission family over them.

mod averaged;
mod data;
mod per_group;
mod start;
#[cfg(test)]
mod tests;

pub use averaged::Averaged;
pub use data::{Grouped, GroupsError};
pub use per_group::PerGroup;
pub(crate) use start::of_means;
