//! [`Grouped`]: rows of which some share one latent value.

use super::Averaged;
use em_core::table::{StoreFault, Table, numbered};
use em_core::{DataError, Dataset, NamedColumns, Prediction, Resample, Tabular};
use std::hash::Hash;
use std::ops::Range;

/// Rows in groups; each group is one unit, with one latent value and one weight.
///
/// Inside, the rows of a group stand side by side; units are the groups in the order in which they are first met, and
/// predictions come in the order in which the rows were given. Rows without groups are units of their own, at no cost.
///
/// The weights of the rows of a group are equal, or 0: a row of weight 0 is absent from the likelihood of its group, and
/// shares its prediction all the same. A group of which no row counts is absent as a whole.
///
/// ```
/// use em_core::Dataset;
/// use em_families::{Grouped, Rows};
/// let rows = Rows::new(1, vec![5.0, 1.0, 6.0, 2.0, 7.0])?;
/// let data = Grouped::new(rows, &["ann", "bob", "ann", "bob", "eve"])?;
/// assert_eq!((data.units(), data.rows(), data.unit_of(3)), (3, 5, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Grouped<D> {
    side_by_side: D,
    /// None where every row is a unit of its own.
    groups: Option<Groups>,
}

#[derive(Clone, Debug, PartialEq)]
struct Groups {
    /// Where each group begins among the rows side by side, and where the last one ends.
    begins: Vec<usize>,
    /// The group of each row side by side.
    owners: Vec<usize>,
    /// Where each row, as given, stands side by side.
    places: Vec<usize>,
    weights: Vec<f64>,
}

/// Why rows cannot be grouped so.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum GroupsError {
    /// There is not one group for each row.
    #[error("{got} groups are given for {rows} rows; give one for each")]
    Length {
        /// How many rows there are.
        rows: usize,
        /// How many groups are given.
        got: usize,
    },
    /// Two rows of a group weigh something, but not the same.
    #[error(
        "row {row} (from 0) has weight {weight}, but an earlier row of its group has {other}; give the rows of a group one weight, or 0"
    )]
    Weight {
        /// The row, counted from 0.
        row: usize,
        /// Its weight.
        weight: f64,
        /// The weight of the others.
        other: f64,
    },
}

impl<D: Dataset> From<D> for Grouped<D> {
    /// Every row is a unit of its own.
    fn from(rows: D) -> Self {
        Grouped { side_by_side: rows, groups: None }
    }
}

impl<D: Resample> Grouped<D> {
    /// Rows of equal keys are one group.
    ///
    /// # Errors
    /// [`GroupsError`].
    pub fn new<K: Hash + Eq>(rows: D, keys: &[K]) -> Result<Self, GroupsError> {
        if keys.len() != rows.units() {
            return Err(GroupsError::Length { rows: rows.units(), got: keys.len() });
        }
        let (groups, of_rows) = numbered(keys);
        Self::numbered(rows, groups.len(), &of_rows)
    }

    /// The rows of a table, with its groups if it has any.
    ///
    /// # Errors
    /// [`DataError::Unsuited`] when `rows` are other rows than those of the table.
    pub fn of_table(rows: D, table: &Table) -> Result<Self, DataError> {
        let Some(groups) = table.groups() else { return Ok(rows.into()) };
        let unsuited = |e: GroupsError| DataError::Unsuited { table: table.source().name.clone(), why: e.to_string() };
        Self::new(rows, groups.of_rows()).map_err(unsuited)
    }

    /// The group of each row is given by number, in the order in which they are first met.
    fn numbered(rows: D, units: usize, of_rows: &[usize]) -> Result<Self, GroupsError> {
        if units == of_rows.len() {
            return Ok(rows.into());
        }
        let groups = Groups::new(&rows, units, of_rows)?;
        let mut order = vec![0; of_rows.len()];
        groups.places.iter().enumerate().for_each(|(row, place)| order[*place] = row);
        let side_by_side = if order.is_sorted() { rows } else { rows.select(&order) };
        Ok(Grouped { side_by_side, groups: Some(groups) })
    }

    /// The rows as they were given.
    pub fn into_rows(self) -> D {
        match &self.groups {
            Some(groups) if !groups.places.is_sorted() => self.side_by_side.select(&groups.places),
            _ => self.side_by_side,
        }
    }
}

impl Groups {
    fn new(rows: &impl Dataset, units: usize, of_rows: &[usize]) -> Result<Self, GroupsError> {
        let mut weights = vec![0.0; units];
        let mut begins = vec![0; units + 1];
        for (row, unit) in of_rows.iter().enumerate() {
            begins[unit + 1] += 1;
            let (weight, other) = (rows.weight(row), &mut weights[*unit]);
            if weight > 0.0 && *other > 0.0 && weight != *other {
                return Err(GroupsError::Weight { row, weight, other: *other });
            }
            *other = weight.max(*other);
        }
        (0..units).for_each(|unit| begins[unit + 1] += begins[unit]);
        let mut free = begins.clone();
        let mut place = |unit: &usize| {
            free[*unit] += 1;
            free[*unit] - 1
        };
        let places = of_rows.iter().map(&mut place).collect();
        let owners = (0..units).flat_map(|unit| vec![unit; begins[unit + 1] - begins[unit]]).collect();
        Ok(Groups { begins, owners, places, weights })
    }
}

impl<D: Dataset> Grouped<D> {
    /// Whether some rows share a unit.
    pub fn is_grouped(&self) -> bool {
        self.groups.is_some()
    }

    /// All rows, those of a group side by side.
    pub fn side_by_side(&self) -> &D {
        &self.side_by_side
    }

    /// The places of the rows of `units` among the rows side by side.
    pub fn places(&self, units: Range<usize>) -> Range<usize> {
        match &self.groups {
            Some(groups) => groups.begins[units.start]..groups.begins[units.end],
            None => units,
        }
    }

    /// The unit of a row side by side.
    pub fn owner(&self, place: usize) -> usize {
        self.groups.as_ref().map_or(place, |groups| groups.owners[place])
    }

    /// Whether a row side by side belongs to the likelihood of its unit: it has a weight, or no row of the unit has.
    pub fn belongs(&self, place: usize) -> bool {
        let absent = |groups: &Groups| groups.weights[groups.owners[place]] == 0.0;
        self.side_by_side.weight(place) > 0.0 || self.groups.as_ref().is_none_or(absent)
    }

    /// So many units that a block holds about as many rows.
    pub(crate) fn units_per_block(&self, rows: usize) -> usize {
        if self.is_grouped() { (rows.max(1) * self.units()).div_ceil(self.rows()) } else { rows }
    }

    /// The places of the rows of `units` in the order in which they were given.
    pub(crate) fn places_as_given(&self, units: Range<usize>) -> Vec<usize> {
        let places = self.places(units);
        match &self.groups {
            Some(groups) => groups.places.iter().copied().filter(|place| places.contains(place)).collect(),
            None => places.collect(),
        }
    }

    /// Numbers of the rows side by side, in the order in which the rows were given.
    pub(crate) fn as_given(&self, side_by_side: &[f64]) -> Vec<f64> {
        self.places_as_given(0..self.units()).into_iter().map(|place| side_by_side[place]).collect()
    }

    /// The places of the rows of `unit` that belong to its likelihood.
    pub(crate) fn members(&self, unit: usize) -> impl Iterator<Item = usize> {
        self.places(unit..unit + 1).filter(|place| self.belongs(*place))
    }

    /// The places of the rows of `units`, at most so many at a time: work space stays small however long a group is.
    pub(crate) fn pieces(&self, units: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> + use<D> {
        let (places, size) = (self.places(units), size.max(1));
        let end = places.end;
        places.step_by(size).map(move |begin| begin..(begin + size).min(end))
    }

    /// Adds the number of each row of a piece, if it belongs, to that of its unit; `of_units` begins with unit `first`.
    pub(crate) fn add_up(&self, piece: Range<usize>, of_rows: &[f64], first: usize, of_units: &mut [f64]) {
        for (place, number) in piece.zip(of_rows).filter(|(place, _)| self.belongs(*place)) {
            of_units[self.owner(place) - first] += number;
        }
    }

    /// Gives each row of a piece the number of its unit, or 0 if it does not belong; `of_units` begins with unit `first`.
    pub(crate) fn spread(&self, piece: Range<usize>, first: usize, of_units: &[f64], of_rows: &mut [f64]) {
        for (row, place) in of_rows.iter_mut().zip(piece) {
            *row = if self.belongs(place) { of_units[self.owner(place) - first] } else { 0.0 };
        }
    }

    /// What is predicted of each unit as predictions of its rows, in the order in which they were given; `of_units`
    /// begins with the first of `units`.
    pub(crate) fn predict_rows(&self, units: Range<usize>, of_units: &Prediction) -> Prediction {
        let places = self.places_as_given(units.clone());
        of_units.select(&places.into_iter().map(|place| self.owner(place) - units.start).collect::<Vec<_>>())
    }

    /// Other rows in the same groups, given side by side.
    pub(super) fn with_rows(&self, side_by_side: D) -> Self {
        Grouped { side_by_side, groups: self.groups.clone() }
    }
}

impl<D: Averaged> Grouped<D> {
    /// Every group as one row, the mean of those that belong to its likelihood, with the weight of the group.
    pub fn averaged(&self) -> D {
        let members: Vec<Vec<usize>> = (0..self.units()).map(|unit| self.members(unit).collect()).collect();
        self.side_by_side.averaged(&members, (0..self.units()).map(|unit| self.weight(unit)).collect())
    }
}

impl<D: Dataset> Dataset for Grouped<D> {
    fn units(&self) -> usize {
        self.groups.as_ref().map_or_else(|| self.side_by_side.units(), |groups| groups.weights.len())
    }
    fn weight(&self, unit: usize) -> f64 {
        self.groups.as_ref().map_or_else(|| self.side_by_side.weight(unit), |groups| groups.weights[unit])
    }
    fn total_weight(&self) -> f64 {
        self.groups.as_ref().map_or_else(|| self.side_by_side.total_weight(), |groups| groups.weights.iter().sum())
    }
    fn rows(&self) -> usize {
        self.side_by_side.units()
    }
    fn unit_of(&self, row: usize) -> usize {
        self.groups.as_ref().map_or(row, |groups| groups.owners[groups.places[row]])
    }
    fn fault(&self) -> Option<StoreFault> {
        self.side_by_side.fault()
    }
}

impl<D: Resample> Resample for Grouped<D> {
    fn select(&self, units: &[usize]) -> Self {
        let places: Vec<usize> = units.iter().flat_map(|unit| self.places(*unit..unit + 1)).collect();
        let owners: Vec<usize> =
            units.iter().enumerate().flat_map(|(new, unit)| vec![new; self.places(*unit..unit + 1).len()]).collect();
        Self::numbered(self.side_by_side.select(&places), units.len(), &owners)
            .expect("the rows of a group have one weight")
    }

    fn reweight(&self, by: &[f64]) -> Self {
        let of_rows: Vec<f64> = (0..self.rows()).map(|place| by[self.owner(place)]).collect();
        let groups = self.groups.clone().map(|mut groups| {
            groups.weights.iter_mut().zip(by).for_each(|(weight, by)| *weight *= by);
            groups
        });
        Grouped { side_by_side: self.side_by_side.reweight(&of_rows), groups }
    }
}

impl<D: Tabular + Resample> Tabular for Grouped<D> {
    fn from_table(table: &Table, names: &[String]) -> Result<Self, DataError> {
        Grouped::of_table(D::from_table(table, names)?, table)
    }

    fn to_columns(&self, names: &[String]) -> Option<NamedColumns> {
        let as_given = |(name, column): (String, Vec<f64>)| (name, self.as_given(&column));
        Some(self.side_by_side.to_columns(names)?.into_iter().map(as_given).collect())
    }
}
