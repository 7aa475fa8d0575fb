//! The fit file: everything needed to use a fit later, readable by people, checked when read.

mod error;
mod read;
mod write;

pub use error::FitFileError;
pub use read::{FitFile, STANDARD_INPUT};
pub use write::render;

use crate::outcome::Outcome;
use crate::sealed::Kind;
use em_core::registry::{Data, Learnt};
use em_core::table::Scaling;
use serde::{Deserialize, Serialize};
use std::path::Path;

pub(crate) const KIND: Kind = Kind { format: "em-fit", version: 1 };

/// What a fit was made from: a spec, data, and what was learned from them.
pub struct Made<'a> {
    /// The spec, word for word.
    pub spec: &'a str,
    /// The data file, as it was opened; none for inline data.
    pub data_path: Option<&'a Path>,
    /// A digest of the data.
    pub fingerprint: &'a str,
    /// Standardised columns.
    pub scalings: &'a [Scaling],
    /// The model, and what was learned.
    pub learnt: &'a dyn Learnt,
    /// The data, as the model sees them.
    pub data: &'a Data,
}

/// The data a fit was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataRecord {
    /// The file, absolute; none for data that stand in the spec.
    pub path: Option<String>,
    /// The file, seen from the folder of the fit file.
    pub relative: Option<String>,
    /// Units.
    pub n: usize,
    /// The sum of their weights.
    pub weight: f64,
    /// The columns of the data, as the model sees them.
    pub columns: Vec<String>,
    /// A digest of names, numbers and weights.
    pub fingerprint: String,
}

/// What stands around encoding and parameters, which only the model can read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Frame {
    /// The program's version.
    pub program: String,
    /// The model's name.
    pub model: String,
    /// The spec, word for word.
    pub spec: String,
    /// The data.
    pub data: DataRecord,
    /// Standardised columns.
    pub scalings: Vec<Scaling>,
    /// What came out, parameters apart.
    pub outcome: Outcome,
}
