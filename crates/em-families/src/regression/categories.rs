//! [`Categories`]: the levels of a column, and the design columns that tell them apart.

use em_core::table::Cells;
use em_core::{DataError, Table};
use serde::{Deserialize, Serialize};

/// A column of more levels than this is hardly one of categories.
const MOST_LEVELS: usize = 1000;

/// The levels of a column, learned from the training table: what `Categorical("x")` needs to read any later one.
///
/// The levels are those of the rows that count, numbers in ascending order, text in that of its characters; the order of
/// the rows plays no part. The first level is the reference. Every other has a design column, named `x[level]`: 1 in the
/// rows of that level and 0 in all others (treatment contrasts), so that its coefficient is its distance from the
/// reference.
///
/// ```
/// use em_core::Table;
/// use em_families::Categories;
/// let table = Table::from_columns("m", [("class", vec![3.0, 1.0, 2.0, 1.0])])?;
/// let classes = Categories::learn(&table, "class")?;
/// assert_eq!(classes.names(), ["class[2]", "class[3]"]);
/// assert_eq!(classes.values(&table)?, [[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]]);
///
/// let later = Table::from_columns("later", [("class", vec![4.0])])?;
/// let error = classes.values(&later).unwrap_err().to_string();
/// assert_eq!(error, "later: row 0, column \"class\": \"4\" is no level of the rows that were fitted (levels: \"1\", \"2\", \"3\")");
/// # Ok::<(), em_core::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Categories {
    column: String,
    levels: Levels,
}

/// At least two levels, in ascending order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a list of numbers, or of text")]
enum Levels {
    Numbers(Vec<f64>),
    Text(Vec<String>),
}

/// How they are written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Categories", deny_unknown_fields)]
struct Fields {
    column: String,
    levels: Levels,
}

/// What is wrong with a list of levels that was written by hand.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("levels of {column:?}: from 2 to {MOST_LEVELS} are wanted, finite and in ascending order")]
pub struct CategoriesError {
    /// The column.
    pub column: String,
}

impl Categories {
    /// The levels of `column` in the rows of `table` that count.
    ///
    /// # Errors
    /// [`DataError::Levels`] unless there are 2 to 1000 of them, [`DataError::MixedLevels`] for text below a first cell
    /// that reads as a number, and as [`Table::numbers`] for what is missing.
    pub fn learn(table: &Table, column: &str) -> Result<Self, DataError> {
        let counts = |row: &usize| table.weights().is_none_or(|w| w[*row] > 0.0);
        let rows = (0..table.rows()).filter(counts);
        let levels = match cells(table, column)? {
            // Adding 0 turns −0 into 0, which is the same level.
            Readable::Numbers(values) => Levels::Numbers(distinct(rows.map(|r| values[r] + 0.0), f64::total_cmp)),
            Readable::Text(values) => {
                let borrowed = distinct(rows.map(|r| values[r].as_str()), |a, b| a.cmp(b));
                Levels::Text(borrowed.into_iter().map(String::from).collect())
            }
        };
        let categories = Categories { column: column.into(), levels };
        match categories.levels.count() {
            2..=MOST_LEVELS => Ok(categories),
            levels => {
                let (table, column) = (table.source().name.clone(), column.to_string());
                Err(DataError::Levels { table, column, levels, most: MOST_LEVELS })
            }
        }
    }

    /// The column of the table.
    pub fn column(&self) -> &str {
        &self.column
    }

    /// The levels as they are shown, the reference first.
    pub fn levels(&self) -> Vec<String> {
        match &self.levels {
            Levels::Numbers(levels) => levels.iter().map(f64::to_string).collect(),
            Levels::Text(levels) => levels.clone(),
        }
    }

    /// The names of the design columns, one per level but the first: `x[b]`.
    pub fn names(&self) -> Vec<String> {
        self.levels()[1..].iter().map(|level| format!("{}[{level}]", self.column)).collect()
    }

    /// The design columns, each as long as `table`.
    ///
    /// # Errors
    /// [`DataError::UnknownLevel`] with the place of a cell that holds another level, and as [`learn`](Self::learn) for
    /// cells that cannot be read.
    pub fn values(&self, table: &Table) -> Result<Vec<Vec<f64>>, DataError> {
        let places = self.places(table)?;
        let column = |level: usize| places.iter().map(|p| f64::from(*p == level)).collect();
        Ok((1..self.levels.count()).map(column).collect())
    }

    /// The place of every cell among the levels.
    fn places(&self, table: &Table) -> Result<Vec<usize>, DataError> {
        let place = |row: usize, found: Option<usize>, cell: &dyn Fn() -> String| {
            found.ok_or_else(|| DataError::UnknownLevel {
                place: table.place(&self.column, row).into(),
                level: cell(),
                known: self.levels(),
            })
        };
        let rows = 0..table.rows();
        match cells(table, &self.column)? {
            Readable::Numbers(values) => {
                rows.map(|r| place(r, self.levels.of_number(values[r]), &|| values[r].to_string())).collect()
            }
            Readable::Text(values) => {
                rows.map(|r| place(r, self.levels.of_text(&values[r]), &|| values[r].clone())).collect()
            }
        }
    }
}

impl Levels {
    fn count(&self) -> usize {
        match self {
            Levels::Numbers(levels) => levels.len(),
            Levels::Text(levels) => levels.len(),
        }
    }

    fn of_number(&self, value: f64) -> Option<usize> {
        match self {
            Levels::Numbers(levels) => levels.binary_search_by(|l| l.total_cmp(&(value + 0.0))).ok(),
            // A later table may happen to hold only those of the levels that read as numbers.
            Levels::Text(_) => self.of_text(&value.to_string()),
        }
    }

    fn of_text(&self, value: &str) -> Option<usize> {
        match self {
            Levels::Numbers(_) => None,
            Levels::Text(levels) => levels.binary_search_by(|l| l.as_str().cmp(value)).ok(),
        }
    }

    fn ascend(&self) -> bool {
        match self {
            Levels::Numbers(levels) => {
                levels.iter().all(|l| l.is_finite()) && levels.windows(2).all(|pair| pair[0] < pair[1])
            }
            Levels::Text(levels) => levels.windows(2).all(|pair| pair[0] < pair[1]),
        }
    }
}

/// Cells that are all numbers, or all text.
enum Readable<'a> {
    Numbers(&'a [f64]),
    Text(&'a [String]),
}

fn cells<'a>(table: &'a Table, column: &str) -> Result<Readable<'a>, DataError> {
    match table.cells(column)? {
        Cells::Text(values) => match values.iter().position(String::is_empty) {
            Some(row) => Err(DataError::Missing { place: table.place(column, row) }),
            None => Ok(Readable::Text(values)),
        },
        Cells::Numbers(_) | Cells::Gaps(_) | Cells::Stored(_) | Cells::Faulty { .. } => match table.numbers(column) {
            Ok(values) => Ok(Readable::Numbers(values)),
            Err(DataError::NotANumber { place, text }) => Err(DataError::MixedLevels { place, text }),
            Err(other) => Err(other),
        },
    }
}

fn distinct<T: PartialEq>(values: impl Iterator<Item = T>, order: impl Fn(&T, &T) -> std::cmp::Ordering) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable_by(order);
    values.dedup();
    values
}

impl TryFrom<Fields> for Categories {
    type Error = CategoriesError;
    fn try_from(Fields { column, levels }: Fields) -> Result<Self, CategoriesError> {
        match (2..=MOST_LEVELS).contains(&levels.count()) && levels.ascend() {
            true => Ok(Categories { column, levels }),
            false => Err(CategoriesError { column }),
        }
    }
}

impl From<Categories> for Fields {
    fn from(Categories { column, levels }: Categories) -> Fields {
        Fields { column, levels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use em_core::table::{Lines, Source};

    fn text(cells: &[&str]) -> Table {
        let mut table =
            Table::new(Source { name: "t.csv".into(), lines: Lines::Consecutive { first: 2 } }, cells.len());
        table.push("x", Cells::Text(cells.iter().map(|c| c.to_string()).collect())).unwrap();
        table
    }

    fn numbers(cells: &[f64]) -> Table {
        Table::from_columns("m", [("x", cells.to_vec())]).unwrap()
    }

    #[test]
    fn text_is_ordered_by_its_characters_and_the_first_is_the_reference() {
        let categories = Categories::learn(&text(&["red", "blue", "green", "blue"]), "x").unwrap();
        assert_eq!(categories.levels(), ["blue", "green", "red"]);
        assert_eq!(categories.names(), ["x[green]", "x[red]"]);
        let later = text(&["green", "blue", "red"]);
        assert_eq!(categories.values(&later).unwrap(), [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
        let e = categories.values(&text(&["blue", "Blue"])).unwrap_err().to_string();
        let wanted = "t.csv: line 3, column \"x\": \"Blue\" is no level of the rows that were fitted (levels: \"blue\", \"green\", \"red\")";
        assert_eq!(e, wanted);
    }

    #[test]
    fn numbers_are_ordered_as_numbers_and_minus_zero_is_zero() {
        let categories = Categories::learn(&numbers(&[10.0, 9.5, -0.0, 0.0, 10.0]), "x").unwrap();
        assert_eq!(categories.names(), ["x[9.5]", "x[10]"]);
        assert_eq!(categories.values(&numbers(&[-0.0, 10.0])).unwrap(), [[0.0, 0.0], [0.0, 1.0]]);
        assert!(categories.values(&numbers(&[9.0])).unwrap_err().to_string().contains("\"9\" is no level"));
        assert!(categories.values(&text(&["a"])).unwrap_err().to_string().contains("\"a\" is no level"));
        // Text that reads as a number in every row of a later table.
        let categories = Categories::learn(&text(&["a", "7"]), "x").unwrap();
        assert_eq!(categories.values(&numbers(&[7.0, 7.0])).unwrap(), [[0.0, 0.0]]);
    }

    #[test]
    fn rows_of_weight_zero_have_no_level_of_their_own() {
        let mut table = Table::from_columns("m", [("x", vec![1.0, 2.0, 3.0]), ("w", vec![1.0, 1.0, 0.0])]).unwrap();
        table.take_weights("w").unwrap();
        let categories = Categories::learn(&table, "x").unwrap();
        assert_eq!(categories.levels(), ["1", "2"]);
        assert!(categories.values(&table).unwrap_err().to_string().contains("row 2"));
    }

    #[test]
    fn what_cannot_serve_is_refused_with_its_place() {
        let fault = |t: &Table| Categories::learn(t, "x").unwrap_err().to_string();
        assert!(fault(&text(&["a", "a"])).starts_with("t.csv: column \"x\" has 1 level;"), "{}", fault(&text(&["a"])));
        assert_eq!(
            fault(&text(&["a", ""])),
            "t.csv: line 3, column \"x\": the value is missing; fill it in, or leave out such rows with `missing: DropRows`"
        );
        let many: Vec<f64> = (0..1001).map(f64::from).collect();
        assert!(fault(&numbers(&many)).contains("has 1001 levels, more than the 1000"), "{}", fault(&numbers(&many)));
        let mut mixed = Table::new(Source::in_memory("m"), 3);
        mixed.push("x", Cells::Faulty { row: 2, text: "2A".into() }).unwrap();
        assert!(
            fault(&mixed).starts_with("m: row 2, column \"x\": \"2A\" is text below a first cell"),
            "{}",
            fault(&mixed)
        );
        assert!(fault(&Table::from_columns("m", [("y", vec![1.0])]).unwrap()).contains("no column \"x\""));
    }

    #[test]
    fn they_are_written_and_read_back_and_checked() {
        for table in [text(&["b", "a"]), numbers(&[0.1, 1.0 / 3.0])] {
            let categories = Categories::learn(&table, "x").unwrap();
            let json = serde_json::to_string(&categories).unwrap();
            assert_eq!(serde_json::from_str::<Categories>(&json).unwrap(), categories, "{json}");
        }
        for levels in ["[1]", "[2, 1]", "[\"a\", \"a\"]", "[1, \"a\"]"] {
            let read = serde_json::from_str::<Categories>(&format!(r#"{{"column": "x", "levels": {levels}}}"#));
            assert!(read.is_err(), "{levels}");
        }
    }
}
