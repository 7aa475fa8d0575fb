//! [`LabelStart`]: parameters from known labels.

use crate::{Dataset, LatentModel, MStepError, Part};

/// Parameters from known labels: unlocks starts at a grouping that is given.
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` cannot start from labels",
    label = "this needs `LabelStart`",
    note = "begin at parameters of your choice with `Fit::from`, or implement `em_core::LabelStart` for `{Self}`"
)]
pub trait LabelStart: LatentModel {
    /// k, the number of labels it takes.
    fn labels(&self) -> usize;

    /// Parameters to start from, given a label below k for each unit, each of which occurs among the units that count;
    /// called by [`start_from_labels`](Self::start_from_labels), which has checked that.
    ///
    /// # Errors
    /// [`MStepError`] when the units of one label give none.
    fn labelled(&self, data: &Self::Data, labels: &[usize]) -> Result<Self::Params, MStepError>;

    /// Parameters to start from where the label of every unit is given, from 0 to k − 1.
    ///
    /// # Errors
    /// [`MStepError`] when there is not one label per unit, a label is not below k or is that of no unit that counts, or
    /// the units of one label give no parameters.
    fn start_from_labels(&self, data: &Self::Data, labels: &[usize]) -> Result<Self::Params, MStepError> {
        let (k, units) = (self.labels(), data.units());
        if labels.len() != units {
            let cause = format!("there are {} labels for {units} units", labels.len());
            return Err(MStepError::new(Part::Whole, cause, "give each unit one label"));
        }
        if let Some(unit) = labels.iter().position(|label| *label >= k) {
            let cause = format!("the label of unit {unit} is {}, but the model has {k} labels", labels[unit]);
            return Err(MStepError::new(Part::Whole, cause, "count them from 0"));
        }
        let occurs = |label: usize| labels.iter().enumerate().any(|(u, l)| *l == label && data.weight(u) > 0.0);
        match (0..k).find(|label| !occurs(*label)) {
            Some(label) => {
                let cause = "no observation that counts has its label";
                Err(MStepError::new(Part::Component(label), cause, "use fewer components, or other labels"))
            }
            None => self.labelled(data, labels),
        }
    }
}
