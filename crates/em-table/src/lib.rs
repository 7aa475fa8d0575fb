//! Tables of named columns: what specs learn from, whatever file the numbers came from ([`Table`]), what a model says of
//! their rows ([`Prediction`]), and what people are shown ([`Section`]).

mod confusion;
mod data_error;
mod labels;
mod nearest;
mod place;
mod prediction;
mod scaling;
mod section;
mod store_fault;
mod stored;
mod stored_column;

pub use confusion::{Confusion, ConfusionError};
pub use data_error::DataError;
pub use labels::{Labels, numbered};
pub use nearest::nearest;
pub use place::{Lines, Place, Source};
pub use prediction::{Column, Prediction, Values};
pub use scaling::Scaling;
pub use section::{Cell, Section};
pub use store_fault::StoreFault;
pub use stored::{RowStore, StoredRows};
pub use stored_column::StoredColumn;

/// The cells of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// All cells are finite numbers.
    Numbers(Vec<f64>),
    /// Finite numbers, and NaN where a value is missing. Whoever asks for the numbers is told of the first gap; rows with
    /// gaps are to be left out before.
    Gaps(Vec<f64>),
    /// All cells are finite numbers, which are read when they are needed.
    Stored(StoredColumn),
    /// The first cell is no number, so the column is text.
    Text(Vec<String>),
    /// The first cell reads as a number but this one is none. Whoever asks for the column is told.
    Faulty {
        /// The row, counted from 0.
        row: usize,
        /// What stands there; empty where the cell is.
        text: String,
    },
}

/// n rows of named columns.
///
/// ```
/// use em_table::Table;
/// let table = Table::from_columns("memory", [("x", vec![1.0, 2.0]), ("y", vec![3.0, 4.0])])?;
/// assert_eq!(table.numbers("y")?, [3.0, 4.0]);
/// let error = table.numbers("z").unwrap_err();
/// assert_eq!(error.to_string(), "memory: there is no column \"z\" (columns: \"x\", \"y\")");
/// # Ok::<(), em_table::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    source: Source,
    rows: usize,
    columns: Vec<(String, Cells)>,
    weights: Option<(String, Vec<f64>)>,
    groups: Option<Labels>,
}

impl Table {
    /// An empty table of `rows` rows.
    pub fn new(source: Source, rows: usize) -> Self {
        Table { source, rows, columns: Vec::new(), weights: None, groups: None }
    }

    /// A table of numbers in memory, called `name` in messages.
    ///
    /// # Errors
    /// [`DataError`] when lengths differ, a name comes twice or a number is not finite.
    pub fn from_columns<N: Into<String>>(
        name: &str,
        columns: impl IntoIterator<Item = (N, Vec<f64>)>,
    ) -> Result<Self, DataError> {
        let mut columns = columns.into_iter().peekable();
        let rows = columns.peek().map_or(0, |(_, values)| values.len());
        let mut table = Table::new(Source::in_memory(name), rows);
        for (name, values) in columns {
            let bad = values.iter().position(|v| !v.is_finite());
            let cells = match bad {
                Some(row) => Cells::Faulty { row, text: values[row].to_string() },
                None => Cells::Numbers(values),
            };
            table.push(name, cells)?;
        }
        for (name, _) in &table.columns {
            table.numbers(name)?;
        }
        Ok(table)
    }

    /// Adds a column.
    ///
    /// # Errors
    /// [`DataError::Ragged`] when it has another number of rows, [`DataError::Twice`] when its name is taken.
    pub fn push(&mut self, name: impl Into<String>, cells: Cells) -> Result<(), DataError> {
        let name = name.into();
        let rows = match &cells {
            Cells::Numbers(v) | Cells::Gaps(v) => v.len(),
            Cells::Stored(column) => column.len(),
            Cells::Text(v) => v.len(),
            Cells::Faulty { .. } => self.rows,
        };
        let table = self.source.name.clone();
        if rows != self.rows {
            return Err(DataError::Ragged { table, column: name, rows, wanted: self.rows });
        }
        if self.columns.iter().any(|(n, _)| *n == name) {
            return Err(DataError::Twice { table, column: name });
        }
        self.columns.push((name, cells));
        Ok(())
    }

    /// n, the number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Where the table came from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The names of all columns, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// The names of the columns whose first cell reads as a number, in order.
    pub fn numeric_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(|(_, c)| !matches!(c, Cells::Text(_))).map(|(name, _)| name.as_str())
    }

    /// The cells of a column.
    ///
    /// # Errors
    /// [`DataError::NoColumn`].
    pub fn cells(&self, name: &str) -> Result<&Cells, DataError> {
        let found = self.columns.iter().find(|(n, _)| n == name);
        found.map(|(_, cells)| cells).ok_or_else(|| DataError::no_column(self, name))
    }

    /// The n numbers of a column, all finite. Those of a column that is stored elsewhere are held in memory from then on.
    ///
    /// # Errors
    /// [`DataError::NoColumn`], [`DataError::NotANumber`], [`DataError::Missing`] or [`DataError::NotFinite`], with the
    /// place; of a stored column [`DataError::Held`] and [`DataError::Store`].
    pub fn numbers(&self, name: &str) -> Result<&[f64], DataError> {
        match self.cells(name)? {
            Cells::Numbers(values) => Ok(values),
            Cells::Stored(column) => column.hold(&self.source.name, name),
            Cells::Gaps(values) => match values.iter().position(|v| v.is_nan()) {
                Some(row) => Err(DataError::Missing { place: self.place(name, row) }),
                None => Ok(values),
            },
            Cells::Text(values) => Err(self.bad_cell(name, 0, values.first().map_or("", String::as_str))),
            Cells::Faulty { row, text } => Err(self.bad_cell(name, *row, text)),
        }
    }

    /// Whether a column holds n finite numbers; one that is stored elsewhere does, and is not read.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers).
    pub fn check_numbers(&self, name: &str) -> Result<(), DataError> {
        match self.cells(name)? {
            Cells::Stored(_) => Ok(()),
            _ => self.numbers(name).map(|_| ()),
        }
    }

    /// The rows of these columns, where all of them are stored in one place elsewhere, to be read block by block.
    pub fn stored(&self, names: &[String]) -> Option<StoredRows> {
        let column = |name: &String| match self.cells(name) {
            Ok(Cells::Stored(column)) => Some(column.rows()),
            _ => None,
        };
        StoredRows::beside(names.iter().map(column).collect::<Option<Vec<_>>>()?.into_iter())
    }

    /// Why numbers that are stored elsewhere could not be read, if some could not.
    pub fn fault(&self) -> Option<StoreFault> {
        let of_column = |(_, cells): &(String, Cells)| match cells {
            Cells::Stored(column) => column.rows().fault(),
            _ => None,
        };
        self.columns.iter().find_map(of_column)
    }

    /// The same table with all numbers in memory.
    ///
    /// # Errors
    /// [`DataError::Held`] and [`DataError::Store`].
    pub fn held(mut self) -> Result<Table, DataError> {
        for (name, cells) in &mut self.columns {
            if let Cells::Stored(column) = cells {
                *cells = Cells::Numbers(column.read(&self.source.name, name)?);
            }
        }
        Ok(self)
    }

    /// Takes columns of numbers out of the table, which lacks them from then on.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers), and then all columns stay; [`DataError::Twice`] when a name is listed twice.
    pub fn take_numbers(&mut self, names: &[String]) -> Result<Vec<Vec<f64>>, DataError> {
        self.check_listed(names)?;
        names.iter().try_for_each(|name| self.numbers(name).map(|_| ()))?;
        let mut take = |name: &String| {
            let at = self.columns.iter().position(|(n, _)| n == name)?;
            match self.columns.remove(at).1 {
                Cells::Numbers(values) | Cells::Gaps(values) => Some(values),
                Cells::Stored(column) => column.into_held(),
                Cells::Text(_) | Cells::Faulty { .. } => None,
            }
        };
        Ok(names.iter().filter_map(&mut take).collect())
    }

    /// Refuses a name that is listed twice.
    fn check_listed(&self, names: &[String]) -> Result<(), DataError> {
        match (1..names.len()).find(|i| names[..*i].contains(&names[*i])) {
            Some(i) => Err(DataError::Twice { table: self.source.name.clone(), column: names[i].clone() }),
            None => Ok(()),
        }
    }

    /// The n numbers of a column, each of which must pass `test`; `wanted` says in words what that is.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers), and [`DataError::Domain`] for the first cell that fails.
    pub fn numbers_that(
        &self,
        name: &str,
        wanted: &'static str,
        test: impl Fn(f64) -> bool,
    ) -> Result<&[f64], DataError> {
        let values = self.numbers(name)?;
        match values.iter().position(|v| !test(*v)) {
            None => Ok(values),
            Some(row) => Err(DataError::Domain { place: self.place(name, row), value: values[row], wanted }),
        }
    }

    /// The weights of the rows, if any were given.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_ref().map(|(_, weights)| weights.as_slice())
    }

    /// Takes the column `name` as weights, out of the other columns.
    ///
    /// # Errors
    /// As [`numbers_that`](Self::numbers_that): weights are not negative. [`DataError::NoWeight`] when all are zero,
    /// [`DataError::GroupWeight`] when those above 0 differ within a group.
    pub fn take_weights(&mut self, name: &str) -> Result<(), DataError> {
        let weights = self.numbers_that(name, "a weight: 0 or above", |w| w >= 0.0)?.to_vec();
        if !weights.is_empty() && weights.iter().all(|w| *w == 0.0) {
            return Err(DataError::NoWeight { table: self.source.name.clone(), column: name.into() });
        }
        self.columns.retain(|(n, _)| n != name);
        self.weights = Some((name.into(), weights));
        self.check_group_weights()
    }

    /// The groups of the rows, in the order in which they are first met, if any were given: rows of one group share one
    /// latent value.
    pub fn groups(&self) -> Option<&Labels> {
        self.groups.as_ref()
    }

    /// Takes the column `name`, text or numbers, as groups, out of the other columns.
    ///
    /// # Errors
    /// As [`Labels::in_order_seen`]; [`DataError::GroupWeight`] when weights above 0 differ within a group.
    pub fn take_groups(&mut self, name: &str) -> Result<(), DataError> {
        self.groups = Some(Labels::in_order_seen(self, name)?);
        self.columns.retain(|(n, _)| n != name);
        self.check_group_weights()
    }

    /// A group counts as a whole or not at all: a row of it either has the weight of the others or none.
    fn check_group_weights(&self) -> Result<(), DataError> {
        let (Some(groups), Some((column, weights))) = (&self.groups, &self.weights) else { return Ok(()) };
        let mut known = vec![None; groups.names().len()];
        for (row, (group, weight)) in groups.of_rows().iter().zip(weights).enumerate().filter(|(_, (_, w))| **w > 0.0) {
            let other: f64 = *known[*group].get_or_insert(*weight);
            if other != *weight {
                let (place, group) = (self.place(column, row), groups.names()[*group].clone());
                return Err(DataError::GroupWeight { place, group, weight: *weight, other });
            }
        }
        Ok(())
    }

    /// The number of rows whose weight is not 0.
    pub fn rows_that_count(&self) -> usize {
        self.weights().map_or(self.rows, |w| w.iter().filter(|w| **w > 0.0).count())
    }

    /// The number of units, groups or else rows, with a row whose weight is not 0.
    pub fn units_that_count(&self) -> usize {
        let Some(groups) = &self.groups else { return self.rows_that_count() };
        let mut counts = vec![false; groups.names().len()];
        let counting = |row: usize| self.weights().is_none_or(|w| w[row] > 0.0);
        groups.of_rows().iter().enumerate().for_each(|(row, group)| counts[*group] |= counting(row));
        counts.into_iter().filter(|counts| *counts).count()
    }

    /// The same rows with these columns only, in this order.
    ///
    /// # Errors
    /// [`DataError::NoColumn`]; [`DataError::Twice`] when a name is listed twice.
    pub fn select(&self, names: &[String]) -> Result<Table, DataError> {
        let (source, weights, groups) = (self.source.clone(), self.weights.clone(), self.groups.clone());
        let mut table = Table { source, rows: self.rows, columns: Vec::new(), weights, groups };
        for name in names {
            table.push(name.clone(), self.cells(name)?.clone())?;
        }
        Ok(table)
    }

    /// Which of the columns `names` misses its value in a row: of text an empty cell. A column that is not there misses
    /// none.
    pub fn missing<'a>(&self, row: usize, names: &'a [String]) -> impl Iterator<Item = &'a str> {
        let misses = move |name: &&String| match self.cells(name) {
            Ok(Cells::Gaps(values)) => values[row].is_nan(),
            Ok(Cells::Text(cells)) => cells[row].is_empty(),
            _ => false,
        };
        names.iter().filter(misses).map(String::as_str)
    }

    /// The table of these rows, in ascending order; weights and groups are not yet taken out of its columns.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers) for a column that begins with a number but holds something else, whose other cells are
    /// not known; those that are not among `names` are left out.
    pub fn keep_rows(&self, rows: &[usize], names: &[String]) -> Result<Table, DataError> {
        let mut kept = Table::new(self.source.kept(rows), rows.len());
        for (name, cells) in &self.columns {
            let cells = match cells {
                Cells::Numbers(values) => Cells::Numbers(rows.iter().map(|row| values[*row]).collect()),
                Cells::Gaps(values) => without_gaps(rows.iter().map(|row| values[*row]).collect()),
                Cells::Stored(column) => Cells::Stored(column.select(rows)),
                Cells::Text(cells) => Cells::Text(rows.iter().map(|row| cells[*row].clone()).collect()),
                Cells::Faulty { .. } if names.contains(name) => return self.numbers(name).map(|_| kept),
                Cells::Faulty { .. } => continue,
            };
            kept.push(name.clone(), cells)?;
        }
        Ok(kept)
    }

    /// The place of a cell; rows count from 0.
    pub fn place(&self, column: &str, row: usize) -> Place {
        self.source.place(column, row)
    }

    /// Puts (x − center) / scale in the place of every number x of a column.
    fn standardize(&mut self, name: &str, center: f64, scale: f64) {
        match self.columns.iter_mut().find(|(n, _)| n == name).map(|(_, cells)| cells) {
            Some(Cells::Numbers(values)) => values.iter_mut().for_each(|x| *x = (*x - center) / scale),
            Some(Cells::Stored(column)) => *column = column.standardized(center, scale),
            _ => {}
        }
    }

    fn bad_cell(&self, column: &str, row: usize, text: &str) -> DataError {
        let (place, text) = (self.place(column, row), text.to_string());
        match text.trim().parse::<f64>() {
            _ if text.trim().is_empty() => DataError::Missing { place },
            Ok(v) if !v.is_finite() => DataError::NotFinite { place, text },
            _ => DataError::NotANumber { place, text },
        }
    }
}

/// Numbers of which some may be missing.
fn without_gaps(values: Vec<f64>) -> Cells {
    if values.iter().any(|v| v.is_nan()) { Cells::Gaps(values) } else { Cells::Numbers(values) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut t = Table::new(Source { name: "t.csv".into(), lines: Lines::Consecutive { first: 2 } }, 3);
        t.push("x", Cells::Numbers(vec![1.0, 2.0, 3.0])).unwrap();
        t.push("kind", Cells::Text(["a", "b", "a"].map(String::from).to_vec())).unwrap();
        t.push("bad", Cells::Faulty { row: 2, text: "seven".into() }).unwrap();
        t.push("w", Cells::Numbers(vec![0.0, 2.0, 1.0])).unwrap();
        t
    }

    #[test]
    fn a_fault_is_reported_where_it_stands_and_only_when_asked_for() {
        let t = table();
        assert_eq!(t.numeric_names().collect::<Vec<_>>(), ["x", "bad", "w"]);
        let message = |name: &str| t.numbers(name).unwrap_err().to_string();
        assert_eq!(message("bad"), "t.csv: line 4, column \"bad\": \"seven\" is not a number");
        assert_eq!(message("kind"), "t.csv: line 2, column \"kind\": \"a\" is not a number");
        assert!(message("kinds").contains("did you mean \"kind\"?"), "{}", message("kinds"));
    }

    #[test]
    fn columns_of_numbers_can_be_taken_out_all_or_none() {
        let mut t = table();
        let names = |names: &[&str]| names.iter().map(|n| n.to_string()).collect::<Vec<_>>();
        for bad in [&["x", "kind"][..], &["x", "bad"], &["x", "z"], &["x", "x"]] {
            assert!(t.take_numbers(&names(bad)).is_err());
            assert_eq!(t, table());
        }
        assert_eq!(t.take_numbers(&names(&["w", "x"])).unwrap(), [[0.0, 2.0, 1.0], [1.0, 2.0, 3.0]]);
        assert_eq!((t.names().collect::<Vec<_>>(), t.rows()), (vec!["kind", "bad"], 3));
    }

    #[test]
    fn weights_leave_the_columns_and_must_not_be_negative() {
        let mut t = table();
        t.take_weights("w").unwrap();
        assert_eq!(t.weights(), Some(&[0.0, 2.0, 1.0][..]));
        assert_eq!(t.rows_that_count(), 2);
        assert!(t.numbers("w").is_err());
        let mut t = Table::from_columns("m", [("w", vec![1.0, -1.0])]).unwrap();
        let e = t.take_weights("w").unwrap_err();
        assert_eq!(e.to_string(), "m: row 1, column \"w\": -1 is not a weight: 0 or above");
    }

    #[test]
    fn groups_leave_the_columns_and_have_one_weight_each() {
        let mut t = table();
        t.take_groups("kind").unwrap();
        assert_eq!(
            (t.groups().unwrap().names(), t.groups().unwrap().column()),
            (&["a", "b"].map(String::from)[..], "kind")
        );
        assert!(t.cells("kind").is_err());
        assert_eq!(t.select(&["x".into()]).unwrap().groups(), t.groups());
        assert_eq!((t.units_that_count(), table().units_that_count()), (2, 3));
        // A row of weight 0 does no harm.
        t.take_weights("w").unwrap();
        assert_eq!((t.rows_that_count(), t.units_that_count()), (2, 2));

        let numbers = [("g", vec![1.0, 2.0, 1.0, 1.0]), ("w", vec![0.0, 1.0, 0.5, 2.0])];
        let wanted = "m: row 3, column \"w\": the weight 2 differs from 0.5 in an earlier row of group \"1\"; give the rows \
                      of a group one weight, or 0";
        for order in [["g", "w"], ["w", "g"]] {
            let mut t = Table::from_columns("m", numbers.clone()).unwrap();
            let mut take = |name| if name == "g" { t.take_groups(name) } else { t.take_weights(name) };
            take(order[0]).unwrap();
            assert_eq!(take(order[1]).unwrap_err().to_string(), wanted);
        }
        let mut t = Table::from_columns("m", [("g", vec![1.0, 2.0]), ("w", vec![0.0, 3.0])]).unwrap();
        t.take_weights("w").unwrap();
        t.take_groups("g").unwrap();
        assert_eq!(t.units_that_count(), 1);
    }

    #[test]
    fn rows_with_gaps_can_be_left_out() {
        let mut t = table();
        t.push("gaps", Cells::Gaps(vec![1.0, f64::NAN, 3.0])).unwrap();
        t.push("text", Cells::Text(["", "b", "c"].map(String::from).to_vec())).unwrap();
        assert_eq!(
            t.numbers("gaps").unwrap_err().to_string(),
            "t.csv: line 3, column \"gaps\": the value is missing; fill it in, or leave out such rows with `missing: DropRows`"
        );
        let names = ["gaps", "text", "x"].map(String::from);
        let missing: Vec<Vec<&str>> = (0..3).map(|row| t.missing(row, &names).collect()).collect();
        assert_eq!(missing, [vec!["text"], vec!["gaps"], vec![]]);
        let kept = t.keep_rows(&[0, 2], &names).unwrap();
        assert_eq!((kept.numbers("gaps").unwrap(), kept.rows()), (&[1.0, 3.0][..], 2));
        assert_eq!(kept.place("x", 1).to_string(), "t.csv: line 4, column \"x\"");
        assert!(kept.cells("bad").is_err() && kept.numbers("w").unwrap() == [0.0, 1.0]);
        let e = t.keep_rows(&[0], &["bad".into()]).unwrap_err();
        assert_eq!(e.to_string(), "t.csv: line 4, column \"bad\": \"seven\" is not a number");
    }

    #[test]
    fn numbers_in_memory_must_be_finite_and_of_one_length() {
        let e = Table::from_columns("m", [("x", vec![1.0, f64::NAN])]).unwrap_err();
        assert_eq!(e.to_string(), "m: row 1, column \"x\": NaN is not a finite number");
        assert!(Table::from_columns("m", [("x", vec![1.0]), ("y", vec![])]).is_err());
        assert!(Table::from_columns("m", [("x", vec![1.0]), ("x", vec![1.0])]).is_err());
    }
}
