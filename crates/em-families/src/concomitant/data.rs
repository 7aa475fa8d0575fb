//! [`WithCovariates`]: observations with the covariates of their mixing weights.

use crate::{Design, RegressionData, Term};
use em_core::table::StoreFault;
use em_core::{DataError, Dataset, Purpose, Resample, Table};
use nalgebra::DMatrix;

/// Observations of which each unit has covariates that its mixing weights depend on; or none, at no cost.
///
/// The design row of a unit is z = (1, covariates), so that an intercept comes first.
///
/// ```
/// use em_core::Dataset;
/// use em_families::{Grouped, Rows, WithCovariates};
/// use nalgebra::DMatrix;
/// let (rows, groups) = (Rows::new(1, vec![5.0, 1.0, 6.0])?, ["ann", "bob", "ann"]);
/// // One covariate: a row for it, a column for each row of data. Those of a group agree.
/// let ages = DMatrix::from_row_slice(1, 3, &[31.0, 58.0, 31.0]);
/// let data = WithCovariates::new(Grouped::new(rows, &groups)?, ages)?;
/// assert_eq!((data.units(), data.design_row(1)), (2, Some(&[1.0, 58.0][..])));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct WithCovariates<D> {
    observations: D,
    /// The design rows z of the units, with their weights; none where the mixing weights depend on nothing.
    covariates: Option<RegressionData>,
}

/// What is wrong with covariates of mixing weights.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum CovariatesError {
    /// There is not one column of covariates for each row.
    #[error("covariates of {got} rows are given for {rows} rows of data; give those of each")]
    Length {
        /// How many rows there are.
        rows: usize,
        /// For how many there are covariates.
        got: usize,
    },
    /// A number is infinite or not a number.
    #[error("covariate {covariate} of row {row} (both from 0) is {value}, not a finite number")]
    Value {
        /// The covariate, counted from 0.
        covariate: usize,
        /// The row, counted from 0.
        row: usize,
        /// What stands there.
        value: f64,
    },
    /// Two rows of a group have different covariates.
    #[error(
        "covariate {covariate} of row {row} (both from 0) is {value}, but an earlier row of its group, unit {unit}, has {other}; mixing weights are those of a group, so give its rows the same covariates"
    )]
    Differ {
        /// The covariate, counted from 0.
        covariate: usize,
        /// The row, counted from 0.
        row: usize,
        /// The group, by the number of its unit.
        unit: usize,
        /// The covariate of the row.
        value: f64,
        /// That of an earlier row of the group.
        other: f64,
    },
}

impl<D: Dataset> From<D> for WithCovariates<D> {
    /// Mixing weights depend on nothing.
    fn from(observations: D) -> Self {
        WithCovariates { observations, covariates: None }
    }
}

impl<D: Dataset> WithCovariates<D> {
    /// From the covariates of each row, as many rows as there are covariates (none leaves the intercept alone) and a column
    /// for each row of the data as it was given. Rows of one unit agree in all of them, whatever they weigh.
    ///
    /// # Errors
    /// [`CovariatesError`].
    pub fn new(observations: D, covariates: DMatrix<f64>) -> Result<Self, CovariatesError> {
        let rows = observations.rows();
        if covariates.ncols() != rows {
            return Err(CovariatesError::Length { rows, got: covariates.ncols() });
        }
        let first = first_rows(&observations);
        for (row, column) in covariates.column_iter().enumerate() {
            let unit = observations.unit_of(row);
            for (covariate, (&value, &other)) in column.iter().zip(&covariates.column(first[unit])).enumerate() {
                if !value.is_finite() {
                    return Err(CovariatesError::Value { covariate, row, value });
                }
                if value != other {
                    return Err(CovariatesError::Differ { covariate, row, unit, value, other });
                }
            }
        }
        let z = covariates.select_columns(&first).insert_row(0, 1.0);
        let weights = (0..observations.units()).map(|unit| observations.weight(unit)).collect();
        let z = RegressionData::new(z, None, None, Some(weights)).expect("finite numbers, and a column of ones");
        Ok(WithCovariates { observations, covariates: Some(z) })
    }

    /// The rows of a table with the covariates that a design makes of it, after its intercept.
    ///
    /// # Errors
    /// As [`Design::encode`]; [`DataError::GroupCovariate`] with the place when the rows of a group differ.
    pub(crate) fn of_table(observations: D, table: &Table, design: &Design) -> Result<Self, DataError> {
        let z = design.encode(table, Purpose::Predict)?;
        let covariates = z.design().rows_range(1..).into_owned();
        Self::new(observations, covariates).map_err(|e| in_table(&e, table, design))
    }

    /// The observations.
    pub fn observations(&self) -> &D {
        &self.observations
    }

    /// The q numbers of a unit's design row, the first of them 1; none where there are no covariates.
    pub fn design_row(&self, unit: usize) -> Option<&[f64]> {
        self.covariates.as_ref().map(|z| z.row(unit))
    }

    /// The design rows of all units.
    pub(super) fn design(&self) -> Option<&RegressionData> {
        self.covariates.as_ref()
    }

    /// Other observations of the same units.
    pub(super) fn with_observations(&self, observations: D) -> Self {
        WithCovariates { observations, covariates: self.covariates.clone() }
    }
}

/// What is wrong, by the place in the table.
fn in_table(e: &CovariatesError, table: &Table, design: &Design) -> DataError {
    let CovariatesError::Differ { covariate, row, unit, .. } = *e else {
        return DataError::Unsuited { table: table.source().name.clone(), why: e.to_string() };
    };
    let gives = |term: &&Term| design.columns_of(term).is_some_and(|columns| columns.contains(&(1 + covariate)));
    let column = design.terms().iter().find(gives).map_or("", |term| term.columns()[0]);
    let group = table.groups().map_or_else(String::new, |groups| groups.names()[unit].clone());
    DataError::GroupCovariate { place: table.place(column, row), group }
}

/// The first row of each unit.
fn first_rows(data: &impl Dataset) -> Vec<usize> {
    let mut first = vec![0; data.units()];
    (0..data.rows()).rev().for_each(|row| first[data.unit_of(row)] = row);
    first
}

impl<D: Dataset> Dataset for WithCovariates<D> {
    fn units(&self) -> usize {
        self.observations.units()
    }
    fn weight(&self, unit: usize) -> f64 {
        self.observations.weight(unit)
    }
    fn rows(&self) -> usize {
        self.observations.rows()
    }
    fn unit_of(&self, row: usize) -> usize {
        self.observations.unit_of(row)
    }
    fn fault(&self) -> Option<StoreFault> {
        self.observations.fault()
    }
}

impl<D: Resample> Resample for WithCovariates<D> {
    fn select(&self, units: &[usize]) -> Self {
        let covariates = self.covariates.as_ref().map(|z| z.select(units));
        WithCovariates { observations: self.observations.select(units), covariates }
    }

    fn reweight(&self, by: &[f64]) -> Self {
        let covariates = self.covariates.as_ref().map(|z| z.reweight(by));
        WithCovariates { observations: self.observations.reweight(by), covariates }
    }
}
