//! From a spec to a model and its data: spec → (learns) encoding → model, data.

use crate::registry::Erasable;
use crate::{About, DataError, LatentModel, NamedColumns, Need, Section, Table, Tabular, Warning};
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

    /// The memory that a fit to this table takes beside its data, as far as it can be told before anything is learned. More
    /// than the limit is refused then.
    fn need(&self, _table: &Table) -> Need {
        Need::default()
    }

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
