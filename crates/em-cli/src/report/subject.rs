//! [`Subject`]: a fit that is reported, and what its drawings share.

use super::shares::Shares;
use crate::experiment::Experiment;
use crate::outcome::{Outcome, predict};
use crate::summary;
use em_core::algorithm::Context;
use em_core::rand::seq::index;
use em_core::registry::{Data, Learnt, Params};
use em_core::table::Scaling;
use em_core::{Local, Outline, Portrait, Prediction, Section, Streams, Table, Warning};

/// So many rows are drawn at most; of more, some are drawn at random.
pub(super) const MOST_DOTS: usize = 2000;
/// So many columns are drawn against one another at most.
pub(super) const MOST_COLUMNS: usize = 5;
/// The run that rows are drawn in: those of fits count from 1.
const RUN: u64 = 0;

/// A fit with the data it is reported on.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The spec, word for word.
    pub spec: &'a str,
    /// What it says.
    pub experiment: &'a Experiment,
    /// The model, and what was learned.
    pub learnt: &'a dyn Learnt,
    /// The fitted parameters.
    pub params: &'a Params,
    /// What came out, parameters apart.
    pub outcome: &'a Outcome,
    /// The data, as the model sees them.
    pub data: &'a Data,
    /// The table they were made of, with standardised columns.
    pub table: &'a Table,
    /// How these were standardised.
    pub scalings: &'a [Scaling],
    /// What was noticed since the fit.
    pub noticed: &'a [Warning],
}

/// A fit with what its drawings share.
pub(super) struct Scene<'a> {
    pub subject: &'a Subject<'a>,
    /// What the model says of each row.
    pub prediction: Prediction,
    /// Where its parts lie; none where it does not say.
    pub outlines: Vec<Outline>,
    /// How much of each row belongs to each part, where the model has any.
    pub shares: Option<Shares>,
    /// The weight of each row.
    pub weights: Vec<f64>,
    /// The rows that are drawn, in order.
    pub rows: Vec<usize>,
    /// The columns of numbers that the model describes; none of a regression.
    pub columns: Vec<(String, &'a [f64])>,
}

impl<'a> Scene<'a> {
    pub fn of(subject: &'a Subject<'a>) -> Self {
        let model = subject.learnt.model();
        let prediction = match model.predict {
            Some(_) => predict(model, subject.params, subject.data),
            None => Prediction::default(),
        };
        let outlines = if model.portrait.is_some() { model.outlines(subject.params) } else { Vec::new() };
        let weights = subject.table.weights().map_or_else(|| vec![1.0; subject.table.rows()], <[f64]>::to_vec);
        let columns = match subject.experiment.model.uses_any() {
            None => described(subject),
            Some(_) => Vec::new(),
        };
        // A model of a user's own may answer for other columns or rows than the table has.
        let outlines = if outlines.iter().all(|o| fits(o, columns.len())) { outlines } else { Vec::new() };
        let shares = Shares::of(&prediction, outlines.len(), weights.len());
        let rows = drawn(&weights, subject.outcome.seed);
        Scene { subject, shares, prediction, outlines, weights, rows, columns }
    }

    /// k, the number of parts; 1 where there are none to be told apart.
    pub fn parts(&self) -> usize {
        self.shares.as_ref().map_or(1, Shares::parts)
    }

    /// The number of rows that weigh anything.
    pub fn counting(&self) -> usize {
        self.weights.iter().filter(|w| **w > 0.0).count()
    }

    /// The places of the columns that are drawn: those in which the parts differ most, or else the first.
    pub fn drawn_columns(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.columns.len()).collect();
        if let Some(shares) = self.shares.as_ref().filter(|_| places.len() > MOST_COLUMNS) {
            let explained: Vec<f64> = self.columns.iter().map(|(_, x)| shares.explained(x, &self.weights)).collect();
            places.sort_by(|a, b| explained[*b].total_cmp(&explained[*a]));
        }
        places.truncate(MOST_COLUMNS);
        places.sort_unstable();
        places
    }

    /// Whether every column holds zeros and ones alone.
    pub fn is_binary(&self) -> bool {
        !self.columns.is_empty() && self.columns.iter().all(|(_, x)| x.iter().all(|x| *x == 0.0 || *x == 1.0))
    }

    /// The tables of the parameters.
    pub fn sections(&self) -> Vec<Section> {
        let Subject { learnt, params, data, .. } = self.subject;
        let local = Local::new(learnt.model(), *data);
        let state = Context::new(learnt.model(), &local, Streams { seed: 0, run: 1 }).at((*params).clone());
        summary::sections(*learnt, params, &state.stats)
    }
}

/// Whether an outline lies among `d` columns.
fn fits(outline: &Outline, d: usize) -> bool {
    let square = |c: &Vec<Vec<f64>>| c.len() == d && c.iter().all(|row| row.len() == d);
    outline.center.len() == d && outline.covariance.as_ref().is_none_or(square)
}

/// The columns that a model which names none describes.
fn described<'a>(subject: &Subject<'a>) -> Vec<(String, &'a [f64])> {
    let numbers = |name: String| subject.table.numbers(&name).ok().map(|x| (name, x));
    subject.learnt.columns().into_iter().filter_map(numbers).collect()
}

/// The rows that weigh anything, or of too many a sample, always the same for the same fit.
fn drawn(weights: &[f64], seed: u64) -> Vec<usize> {
    let rows: Vec<usize> = (0..weights.len()).filter(|row| weights[*row] > 0.0).collect();
    if rows.len() <= MOST_DOTS {
        return rows;
    }
    let mut sample = index::sample(&mut Streams { seed, run: RUN }.start(), rows.len(), MOST_DOTS).into_vec();
    sample.sort_unstable();
    sample.into_iter().map(|place| rows[place]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_rows_the_same_are_drawn_each_time() {
        let mut weights = vec![1.0; 5000];
        weights[7] = 0.0;
        let rows = drawn(&weights, 3);
        assert_eq!((rows.len(), &rows), (MOST_DOTS, &drawn(&weights, 3)));
        assert!(rows.windows(2).all(|w| w[0] < w[1]) && !rows.contains(&7));
        assert_ne!(rows, drawn(&weights, 4));
        assert_eq!(drawn(&[1.0, 0.0, 2.0], 1), [0, 2]);
    }
}
