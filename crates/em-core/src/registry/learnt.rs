//! The object-safe face of specs.

use super::erased::{Capabilities, Data, Deserializer, Erased, Params, Stats};
use crate::{DataError, Dataset, Encoding, NamedColumns, Purpose, Section, Spec, Table, Uses, Warning};
use std::fmt::Debug;

/// A registered spec, seen without its type; [`register!`](crate::register!) implements it.
#[typetag::serde]
pub trait ModelSpec: Debug + Send + Sync {
    /// The name it is registered by.
    fn name(&self) -> &'static str;

    /// [`Spec::uses`].
    fn uses_any(&self) -> Option<Uses>;

    /// Learns from the training table.
    ///
    /// # Errors
    /// As [`Spec::learn`].
    fn learn_any(&self, table: &Table, warnings: &mut Vec<Warning>) -> Result<Box<dyn Learnt>, DataError>;

    /// Learns from a training table that is not needed any more, and makes it data for a fit.
    ///
    /// # Errors
    /// As [`Spec::learn_and_encode`]; [`DataError::NoGroups`] when the table has groups that are no units of these data.
    fn learn_and_encode_any(
        &self,
        table: &mut Table,
        warnings: &mut Vec<Warning>,
    ) -> Result<(Box<dyn Learnt>, Data), DataError>;

    /// Takes up an encoding that was learned before.
    ///
    /// # Errors
    /// What is wrong with it, in the deserializer's words.
    fn load_any(&self, encoding: &mut dyn Deserializer) -> Result<Box<dyn Learnt>, erased_serde::Error>;
}

/// A spec that has seen its training table: a model, and a way to read data.
pub trait Learnt: Send + Sync {
    /// The model.
    fn model(&self) -> &Erased;

    /// The rows of `table` as data of the model.
    ///
    /// # Errors
    /// As [`Encoding::encode`]; [`DataError::NoGroups`] when the table has groups that are no units of these data.
    fn encode(&self, table: &Table, purpose: Purpose) -> Result<Data, DataError>;

    /// The names of the columns of the data, in order.
    fn columns(&self) -> Vec<String>;

    /// [`Encoding::decode`].
    fn decode(&self, data: &Data) -> Option<NamedColumns>;

    /// What was learned, to be written.
    fn encoding(&self) -> &dyn erased_serde::Serialize;

    /// [`Spec::objective_name`].
    fn objective_name(&self) -> Option<&'static str>;

    /// A fit as tables for people.
    fn summary(&self, params: &Params, stats: &Stats) -> Vec<Section>;
}

struct Known<S: Spec> {
    spec: S,
    encoding: S::Encoding,
    model: Erased,
}

impl<S: Spec> Learnt for Known<S> {
    fn model(&self) -> &Erased {
        &self.model
    }
    fn encode(&self, table: &Table, purpose: Purpose) -> Result<Data, DataError> {
        with_groups(Data::new(self.encoding.encode(table, purpose)?), table, &self.model)
    }
    fn columns(&self) -> Vec<String> {
        self.encoding.columns()
    }
    fn decode(&self, data: &Data) -> Option<NamedColumns> {
        self.encoding.decode(data.downcast())
    }
    fn encoding(&self) -> &dyn erased_serde::Serialize {
        &self.encoding
    }
    fn objective_name(&self) -> Option<&'static str> {
        self.spec.objective_name()
    }
    fn summary(&self, params: &Params, stats: &Stats) -> Vec<Section> {
        self.spec.summary(&self.encoding, params.downcast(), stats.downcast())
    }
}

#[doc(hidden)]
pub fn learn<S: Spec>(
    spec: &S,
    name: &'static str,
    capabilities: &Capabilities<S::Model>,
    table: &Table,
    warnings: &mut Vec<Warning>,
) -> Result<Box<dyn Learnt>, DataError> {
    enough_memory(spec, table)?;
    let encoding = spec.learn(table, warnings)?;
    Ok(known(spec, name, capabilities, encoding))
}

#[doc(hidden)]
pub fn learn_and_encode<S: Spec>(
    spec: &S,
    name: &'static str,
    capabilities: &Capabilities<S::Model>,
    table: &mut Table,
    warnings: &mut Vec<Warning>,
) -> Result<(Box<dyn Learnt>, Data), DataError> {
    enough_memory(spec, table)?;
    let (encoding, data) = spec.learn_and_encode(table, warnings)?;
    let learnt = known(spec, name, capabilities, encoding);
    let data = with_groups(Data::new(data), table, learnt.model())?;
    Ok((learnt, data))
}

/// Refuses a fit that memory has no room for, before anything is made.
fn enough_memory(spec: &impl Spec, table: &Table) -> Result<(), DataError> {
    let refuse = |why| Err(DataError::Unsuited { table: table.source().name.clone(), why });
    spec.need(table).refusal().map_or(Ok(()), refuse)
}

/// Data made of a table. A model that knows no groups must not pass over them in silence.
fn with_groups(data: Data, table: &Table, model: &Erased) -> Result<Data, DataError> {
    match table.groups() {
        Some(groups) if groups.names().len() != data.units() => {
            let (table, column) = (table.source().name.clone(), groups.column().into());
            Err(DataError::NoGroups { table, column, model: model.name })
        }
        _ => Ok(data),
    }
}

#[doc(hidden)]
pub fn load<S: Spec>(
    spec: &S,
    name: &'static str,
    capabilities: &Capabilities<S::Model>,
    encoding: &mut dyn Deserializer,
) -> Result<Box<dyn Learnt>, erased_serde::Error> {
    Ok(known(spec, name, capabilities, erased_serde::deserialize(encoding)?))
}

fn known<S: Spec>(
    spec: &S,
    name: &'static str,
    capabilities: &Capabilities<S::Model>,
    encoding: S::Encoding,
) -> Box<dyn Learnt> {
    let model = capabilities.erase(name, spec.model(&encoding));
    Box::new(Known { spec: spec.clone(), encoding, model })
}
