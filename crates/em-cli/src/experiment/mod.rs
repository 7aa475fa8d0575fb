//! What a spec file says: data, model, and how to fit.

mod expectation;
mod fitting;
mod given;
mod held;
mod start_from;

pub use expectation::{Expectation, Outcome};
pub use fitting::Fitting;
pub use held::check_fixed;
pub use start_from::{StartFrom, read_params};

use crate::source::DataSource;
use em_core::registry::{ModelSpec, Named};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// A spec file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Where the data are.
    pub data: Named<dyn DataSource>,
    /// What is fitted.
    pub model: Named<dyn ModelSpec>,
    /// How it is fitted.
    #[serde(default)]
    pub fit: Fitting,
    /// What the result must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expectation>,
    /// Fields of the model to vary when models are selected; a fit leaves them alone.
    #[serde(default, skip_serializing)]
    #[allow(dead_code, reason = "read over, so that a spec with it can be fitted")]
    sweep: Option<IgnoredAny>,
}

impl Experiment {
    /// The columns of a table that are read: those that the model names itself, or else `plain`; weights and groups.
    pub fn reads(&self, plain: Vec<String>) -> Vec<String> {
        let view = self.data.view();
        let model = self.model.uses_any().map_or(plain, |uses| [uses.covariates, uses.levels, uses.others].concat());
        let mut read = Vec::new();
        for column in model.iter().chain(&view.weights).chain(&view.group) {
            if !read.contains(column) {
                read.push(column.clone());
            }
        }
        read
    }
}
