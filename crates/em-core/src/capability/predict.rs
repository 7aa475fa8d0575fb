//! [`Predict`]: what a fitted model says of data.

use crate::{LatentModel, Prediction};
use std::ops::Range;

/// What the model says of each row: labels, responsibilities, means, spreads.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` makes no predictions",
    label = "this needs `Predict`",
    note = "implement `em_core::Predict` for `{Self}`"
)]
pub trait Predict: LatentModel {
    /// Named columns over the rows of `units`, at parameters that a fit has finished. Where a unit is a group of rows,
    /// there is an entry for each of them, in the order in which the rows were given.
    fn predict(&self, params: &Self::Params, data: &Self::Data, units: Range<usize>) -> Prediction;

    /// The same of `part` alone, counted from 0, as if every row belonged to it: the mean of one of several regressions.
    /// None where parts say nothing by themselves.
    fn predict_part(
        &self,
        _params: &Self::Params,
        _part: usize,
        _data: &Self::Data,
        _units: Range<usize>,
    ) -> Option<Prediction> {
        None
    }
}
