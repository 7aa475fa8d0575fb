//! From a spec to a model and its data: spec → (learns) encoding → model, data.

use crate::registry::Erasable;
use crate::{DataError, Dataset, LatentModel, Table, Warning, Weighted};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// What a table is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To fit or score: everything the likelihood needs must be there.
    Fit,
    /// To predict: the response of a regression may be missing.
    Predict,
}

/// The columns that a model names itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// What it explains with.
    pub covariates: Vec<String>,
    /// Everything else it reads: the response, an offset.
    pub others: Vec<String>,
    /// Columns of levels rather than numbers, which cannot be standardised.
    pub levels: Vec<String>,
}

/// What a spec file says of a model.
///
/// A spec *learns* an encoding from the training table (names, levels, centres); the encoding yields the model and
/// turns any later table into data. A model whose data are plain numeric columns ([`Tabular`]) is its own spec.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no spec",
    label = "this needs `Spec`",
    note = "a model is its own spec when it derives `Clone`, `Debug`, `Serialize` and `Deserialize`, its data are \
            `Tabular` (`Weighted<f64>`, `Weighted<[f64; N]>`), and its parameters derive `Serialize` and `Deserialize`",
    note = "otherwise implement `em_core::Spec` for a type that describes it"
)]
pub trait Spec: Clone + Debug + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// The model it describes.
    type Model: Erasable;
    /// What was learned from the training table and is needed to read any later one.
    type Encoding: Encoding<Self::Model> + Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Learns from the training table; what the family can bear but a user should know goes into `warnings`.
    ///
    /// # Errors
    /// [`DataError`] when the table cannot serve this model.
    fn learn(&self, table: &Table, warnings: &mut Vec<Warning>) -> Result<Self::Encoding, DataError>;

    /// [`learn`](Self::learn) and then [`encode`](Encoding::encode) for a fit, of a table that is not needed any more.
    ///
    /// A model of large tables takes its columns out of the table, so that they are not held beside the data.
    ///
    /// # Errors
    /// As both.
    fn learn_and_encode(
        &self,
        table: &mut Table,
        warnings: &mut Vec<Warning>,
    ) -> Result<(Self::Encoding, <Self::Model as LatentModel>::Data), DataError> {
        let encoding = self.learn(table, warnings)?;
        let data = encoding.encode(table, Purpose::Fit)?;
        Ok((encoding, data))
    }

    /// The model itself.
    fn model(&self, encoding: &Self::Encoding) -> Self::Model;

    /// The columns the model names itself; none for models of whatever columns the data source gives.
    fn uses(&self) -> Option<Uses> {
        None
    }

    /// What the model's log-likelihood is called where it is none: "minus the inertia".
    fn objective_name(&self) -> Option<&'static str> {
        None
    }

    /// What a person should know before writing such a spec.
    fn about() -> About {
        About::default()
    }

    /// A fit as tables for people; none asks for a plain listing of the parameters.
    fn summary(
        &self,
        _encoding: &Self::Encoding,
        _params: &<Self::Model as LatentModel>::Params,
        _stats: &<Self::Model as LatentModel>::Stats,
    ) -> Vec<Section> {
        Vec::new()
    }
}

/// Columns of numbers by name, one number per row, in the order in which the rows were given.
pub type NamedColumns = Vec<(String, Vec<f64>)>;

/// Turns tables into data, and what is drawn of data back.
pub trait Encoding<M: LatentModel<Data: Sized>> {
    /// The rows of `table` as data of the model; columns are found by name.
    ///
    /// # Errors
    /// [`DataError`] with the place.
    fn encode(&self, table: &Table, purpose: Purpose) -> Result<M::Data, DataError>;

    /// The names of the columns of the data, in order.
    fn columns(&self) -> Vec<String>;

    /// The columns of a table that `data` give back: those that a draw by the model's own law makes anew. Covariates,
    /// offsets, weights and groups are not among them, since a draw leaves them as they were. None where this is not
    /// offered.
    fn decode(&self, _data: &M::Data) -> Option<NamedColumns> {
        None
    }
}

/// Data that a table of plain columns gives at once.
#[diagnostic::on_unimplemented(
    message = "a table of plain columns gives no `{Self}`",
    label = "this needs `Tabular`",
    note = "use `Weighted<f64>` or `Weighted<[f64; N]>`, or implement `em_core::Tabular` for `{Self}`"
)]
pub trait Tabular: Dataset + Sized {
    /// The columns `names` of `table`, which hold finite numbers.
    ///
    /// # Errors
    /// [`DataError`] when there are too few or too many columns, or a number is outside the domain.
    fn from_table(table: &Table, names: &[String]) -> Result<Self, DataError>;

    /// The way back: the numbers under the names that [`from_table`](Self::from_table) took them from. None where this is
    /// not offered, and then the model draws no samples for a table.
    fn to_columns(&self, _names: &[String]) -> Option<NamedColumns> {
        None
    }
}

fn items<const N: usize>(table: &Table, names: &[String]) -> Result<Vec<[f64; N]>, DataError> {
    if names.len() != N {
        let (table, known) = (table.source().name.clone(), names.to_vec());
        return Err(DataError::ColumnCount { table, wanted: N, known });
    }
    let columns = names.iter().map(|n| table.numbers(n)).collect::<Result<Vec<_>, _>>()?;
    Ok((0..table.rows()).map(|i| std::array::from_fn(|j| columns[j][i])).collect())
}

fn weights(table: &Table) -> Vec<f64> {
    table.weights().map_or_else(|| vec![1.0; table.rows()], <[f64]>::to_vec)
}

impl Tabular for Weighted<f64> {
    fn from_table(table: &Table, names: &[String]) -> Result<Self, DataError> {
        let items = items::<1>(table, names)?.into_iter().map(|[x]| x).collect();
        Ok(Weighted { items, weights: weights(table) })
    }
    fn to_columns(&self, names: &[String]) -> Option<NamedColumns> {
        names.first().map(|name| vec![(name.clone(), self.items.clone())])
    }
}

impl<const N: usize> Tabular for Weighted<[f64; N]> {
    fn from_table(table: &Table, names: &[String]) -> Result<Self, DataError> {
        Ok(Weighted { items: items(table, names)?, weights: weights(table) })
    }
    fn to_columns(&self, names: &[String]) -> Option<NamedColumns> {
        let column = |j: usize| self.items.iter().map(|item| item[j]).collect();
        Some(names.iter().enumerate().map(|(j, name)| (name.clone(), column(j))).collect())
    }
}

/// The encoding of plain numeric columns: their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// The columns in the order of the training table.
    pub columns: Vec<String>,
}

impl Names {
    /// The numeric columns of `table`.
    ///
    /// # Errors
    /// [`DataError::NoNumbers`] when there are none; the fault of a column that only begins with numbers.
    pub fn learn(table: &Table) -> Result<Self, DataError> {
        let columns: Vec<String> = table.numeric_names().map(String::from).collect();
        if columns.is_empty() {
            let known = table.names().map(String::from).collect();
            return Err(DataError::NoNumbers { table: table.source().name.clone(), known });
        }
        for name in &columns {
            table.check_numbers(name)?;
        }
        Ok(Names { columns })
    }
}

impl<M: LatentModel<Data: Tabular>> Encoding<M> for Names {
    fn encode(&self, table: &Table, _: Purpose) -> Result<M::Data, DataError> {
        M::Data::from_table(table, &self.columns)
    }
    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }
    fn decode(&self, data: &M::Data) -> Option<NamedColumns> {
        data.to_columns(&self.columns)
    }
}

/// A model of plain columns is its own spec.
#[diagnostic::do_not_recommend]
impl<M> Spec for M
where
    M: Erasable + LatentModel<Data: Tabular> + Clone + Debug + Serialize + DeserializeOwned,
{
    type Model = M;
    type Encoding = Names;
    fn learn(&self, table: &Table, _: &mut Vec<Warning>) -> Result<Names, DataError> {
        let names = Names::learn(table)?;
        M::Data::from_table(table, &names.columns)?;
        Ok(names)
    }
    fn model(&self, _: &Names) -> M {
        self.clone()
    }
}

/// What a person should know before writing a spec of some model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// One sentence.
    pub summary: &'static str,
    /// The fields of the spec.
    pub fields: &'static [FieldInfo],
    /// The parameters, as `start: Params(…)`, fit files and JSON name them.
    pub parameters: &'static [ParameterInfo],
    /// A whole spec that runs.
    pub example: &'static str,
}

/// A field of a spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldInfo {
    /// Its name.
    pub name: &'static str,
    /// What may stand there.
    pub values: &'static str,
    /// Its default; none where it must be given.
    pub default: Option<&'static str>,
    /// What it does.
    pub text: &'static str,
}

/// A parameter of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterInfo {
    /// Its name.
    pub name: &'static str,
    /// Its shape: `[k][d]`.
    pub shape: &'static str,
    /// What it is, and its domain.
    pub text: &'static str,
}

/// A cell of a table for people.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A number, to be rounded as the table needs.
    Number(f64),
    /// A whole number.
    Count(u64),
    /// Text.
    Text(String),
    /// Nothing.
    Empty,
}

/// A table for people: a title, column heads, and rows with a head each.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// What it shows.
    pub title: String,
    /// The heads of the columns.
    pub heads: Vec<String>,
    /// Each row: its head, and one cell per column.
    pub rows: Vec<(String, Vec<Cell>)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_columns_lead_back_to_their_table() {
        let names = ["y", "x"].map(String::from);
        let table = Table::from_columns("m", [("x", vec![1.0, 2.0]), ("y", vec![3.0, 4.0])]).unwrap();
        let pairs = Weighted::<[f64; 2]>::from_table(&table, &names).unwrap();
        assert_eq!(pairs.items, [[3.0, 1.0], [4.0, 2.0]]);
        let columns = pairs.to_columns(&names).unwrap();
        assert_eq!(columns, [("y".to_string(), vec![3.0, 4.0]), ("x".to_string(), vec![1.0, 2.0])]);
        let single = Weighted::<f64>::from_table(&table, &names[..1]).unwrap();
        assert_eq!(single.to_columns(&names[..1]).unwrap(), columns[..1]);
    }
}
