//! [`LogitCoefficients`]: how mixing weights depend on covariates.

use crate::RegressionData;
use crate::mixture::{MixingParams, responsibilities};
use em_core::{Cell, MStepError, Part, Section, scratch};
use nalgebra::DMatrix;
use std::ops::Range;

/// The coefficients a_j of mixing weights π_j(z) = exp(a_j′z) / Σ_l exp(a_l′z), with the first component as reference:
/// a_0 = 0, and a_j′z = ln(π_j(z) / π_0(z)).
///
/// ```
/// use em_families::LogitCoefficients;
/// let a = LogitCoefficients::new(vec![vec![0.0, 0.0], vec![-1.0, 0.5]])?;
/// assert_eq!((a.rows().len(), a.row(1)), (2, &[-1.0, 0.5][..]));
/// assert!(LogitCoefficients::new(vec![vec![1.0], vec![2.0]]).is_err());
/// # Ok::<(), em_families::LogitError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LogitCoefficients {
    /// q × k, one component per column.
    matrix: DMatrix<f64>,
}

/// What is wrong with coefficients of mixing weights.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum LogitError {
    /// There is no component, or no coefficient.
    #[error("at least one row, and in it the coefficient of the intercept, is needed")]
    Empty,
    /// A row is longer or shorter than the first.
    #[error("row {row} has {got} entries where the first has {wanted}")]
    Ragged {
        /// The row, counted from 0.
        row: usize,
        /// Its length.
        got: usize,
        /// q.
        wanted: usize,
    },
    /// A coefficient is infinite or not a number.
    #[error("entry {entry} of row {row} is {value}, not a finite number")]
    Value {
        /// The row, counted from 0.
        row: usize,
        /// The entry in it, counted from 0.
        entry: usize,
        /// What stands there.
        value: f64,
    },
    /// The first row is not zero.
    #[error(
        "entry {entry} of the first row is {value}, but that row is all 0: component 0 is the one that the others are compared with; take the first row off every row"
    )]
    Reference {
        /// The entry, counted from 0.
        entry: usize,
        /// What stands there.
        value: f64,
    },
}

impl LogitCoefficients {
    /// From a row of q finite numbers for each of k components, the coefficient of the intercept first; the first row is
    /// all 0.
    ///
    /// # Errors
    /// [`LogitError`].
    pub fn new(rows: Vec<Vec<f64>>) -> Result<Self, LogitError> {
        let q = rows.first().map_or(0, Vec::len);
        if q == 0 {
            return Err(LogitError::Empty);
        }
        for (row, entries) in rows.iter().enumerate() {
            if entries.len() != q {
                return Err(LogitError::Ragged { row, got: entries.len(), wanted: q });
            }
            if let Some(entry) = entries.iter().position(|a| !a.is_finite()) {
                return Err(LogitError::Value { row, entry, value: entries[entry] });
            }
        }
        if let Some(entry) = rows[0].iter().position(|a| *a != 0.0) {
            return Err(LogitError::Reference { entry, value: rows[0][entry] });
        }
        Ok(LogitCoefficients { matrix: DMatrix::from_vec(q, rows.len(), rows.concat()) })
    }

    /// Those of k weights that are the same for every z, with q coefficients each.
    pub(super) fn of_shares(shares: &[f64], q: usize) -> Self {
        let a = |c: usize, j: usize| if c == 0 { (shares[j] / shares[0]).ln() } else { 0.0 };
        LogitCoefficients { matrix: DMatrix::from_fn(q, shares.len(), a) }
    }

    /// q, the number of coefficients of a component.
    pub fn columns(&self) -> usize {
        self.matrix.nrows()
    }

    /// The q coefficients of a component.
    pub fn row(&self, component: usize) -> &[f64] {
        &self.matrix.as_slice()[component * self.columns()..][..self.columns()]
    }

    /// Those of all k components.
    pub fn rows(&self) -> Vec<Vec<f64>> {
        (0..self.components()).map(|j| self.row(j).to_vec()).collect()
    }

    /// As a table for people; `names` are those of the q design columns.
    pub(crate) fn table(&self, names: Vec<String>) -> Section {
        let row = |j: usize| (format!("component {j}"), self.row(j).iter().map(|a| Cell::Number(*a)).collect());
        Section {
            title: "Mixing weights: coefficients of the log odds against component 0".into(),
            heads: names,
            rows: (0..self.components()).map(row).collect(),
        }
    }

    /// The same with `step` added, (k − 1)·q numbers: those of component 1, 2, ….
    ///
    /// None where a number overflows.
    pub(super) fn moved(&self, step: &[f64]) -> Option<Self> {
        let mut matrix = self.matrix.clone();
        matrix.as_mut_slice()[self.columns()..].iter_mut().zip(step).for_each(|(a, s)| *a += s);
        matrix.iter().all(|a| a.is_finite()).then_some(LogitCoefficients { matrix })
    }

    /// Writes the π_j of `units` into `shares`, m × k, and the logarithms into `log_shares`.
    pub(super) fn shares(
        &self,
        design: &RegressionData,
        units: Range<usize>,
        shares: &mut [f64],
        log_shares: &mut [f64],
    ) {
        let m = units.len().max(1);
        for (j, column) in shares.chunks_exact_mut(m).enumerate() {
            self.log_odds(j, design, units.clone(), column);
        }
        log_shares.copy_from_slice(shares);
        scratch::with(units.len(), |log_sums| {
            responsibilities(shares, log_sums);
            for column in log_shares.chunks_exact_mut(m) {
                column.iter_mut().zip(log_sums.iter()).for_each(|(l, sum)| *l -= sum);
            }
        });
    }

    /// Writes a_j′z of `units`, about the center of the data, so that covariates far from 0 all round alike.
    fn log_odds(&self, component: usize, design: &RegressionData, units: Range<usize>, out: &mut [f64]) {
        let (a, center) = (self.row(component), design.center());
        let middle: f64 = a.iter().zip(center).map(|(a, c)| a * c).sum();
        for (out, unit) in out.iter_mut().zip(units) {
            let terms = a.iter().zip(design.row(unit)).zip(center).map(|((a, z), c)| a * (z - c));
            *out = terms.sum::<f64>() + middle;
        }
    }

    /// Log odds against any component, q × k, as log odds against the first.
    fn about_the_first(mut matrix: DMatrix<f64>) -> Self {
        let reference = matrix.column(0).into_owned();
        matrix.column_iter_mut().for_each(|mut column| column -= &reference);
        LogitCoefficients { matrix }
    }
}

impl MixingParams for LogitCoefficients {
    fn components(&self) -> usize {
        self.matrix.ncols()
    }

    fn between(&self, to: &Self, by: f64) -> Self {
        LogitCoefficients { matrix: &self.matrix + (&to.matrix - &self.matrix) * by }
    }

    /// The first component is the reference again.
    fn permute(&self, order: &[usize]) -> Self {
        LogitCoefficients::about_the_first(self.matrix.select_columns(order))
    }

    /// Its weight becomes proportional to the geometric mean of the others' weights.
    fn reseed(&self, component: usize) -> Self {
        let k = self.components();
        if k < 2 {
            return self.clone();
        }
        let mut matrix = self.matrix.clone();
        let others = self.matrix.column_sum() - self.matrix.column(component);
        matrix.set_column(component, &(others / (k - 1) as f64));
        LogitCoefficients::about_the_first(matrix)
    }

    fn without(&self, component: usize) -> Self {
        LogitCoefficients::about_the_first(self.matrix.clone().remove_column(component))
    }

    /// a_1, …, a_{k−1}.
    fn to_free(&self) -> Vec<f64> {
        self.matrix.as_slice()[self.columns()..].to_vec()
    }

    fn free(&self) -> usize {
        self.matrix.len() - self.columns()
    }

    fn at_free(&self, x: &[f64]) -> Result<Self, MStepError> {
        if let Some(i) = x.iter().position(|a| !a.is_finite()) {
            let cause = format!("a coefficient of its mixing weight is {}", x[i]);
            let part = Part::Component(1 + i / self.columns());
            return Err(MStepError::new(part, cause, "take a shorter step in the coordinates"));
        }
        let matrix = self.row(0).iter().chain(x).copied();
        Ok(LogitCoefficients { matrix: DMatrix::from_iterator(self.columns(), self.components(), matrix) })
    }

    fn coordinate_names(&self) -> Vec<String> {
        let row = |j: usize| (0..self.columns()).map(move |c| format!("concomitant[{j}][{c}]"));
        (1..self.components()).flat_map(row).collect()
    }
}
