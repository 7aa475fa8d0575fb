//! [`Hyper`]: a hyperparameter as specs write it, one number or a list.

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// A hyperparameter: `2`, one per component `[2, 3]`, or one per component and feature `[[2, 3], [4, 5]]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Hyper {
    /// The same everywhere.
    Same(f64),
    /// One per component, k numbers.
    PerComponent(Vec<f64>),
    /// One per component and feature, k × d.
    PerFeature(Vec<Vec<f64>>),
}

/// What is wrong with a hyperparameter.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum HyperError {
    /// A number is out of range.
    #[error("{name}: {value} is out of range; it must be {wanted}")]
    Range {
        /// The hyperparameter.
        name: &'static str,
        /// What stands there.
        value: f64,
        /// What may stand there.
        wanted: &'static str,
    },
    /// A list has another length than the model asks for.
    #[error("{name}: the list has {} where {wanted} {} needed, one per {per}", crate::plural::count(*got, "entry", "entries"), if *wanted == 1 { "is" } else { "are" })]
    Length {
        /// The hyperparameter.
        name: &'static str,
        /// Entries there are.
        got: usize,
        /// Entries there should be.
        wanted: usize,
        /// What they are for.
        per: &'static str,
    },
}

impl Hyper {
    /// The value for component `j` and feature `i`.
    pub fn at(&self, j: usize, i: usize) -> f64 {
        match self {
            Hyper::Same(value) => *value,
            Hyper::PerComponent(values) => values[j],
            Hyper::PerFeature(values) => values[j][i],
        }
    }

    /// Checks every number, and the shape for k components and, where it is known, d features.
    ///
    /// # Errors
    /// [`HyperError`] that names the hyperparameter.
    pub fn check(
        &self,
        name: &'static str,
        (k, d): (usize, Option<usize>),
        (wanted, test): (&'static str, &dyn Fn(f64) -> bool),
    ) -> Result<(), HyperError> {
        let length = |got: usize, wanted: usize, per| match got == wanted {
            true => Ok(()),
            false => Err(HyperError::Length { name, got, wanted, per }),
        };
        let range = |values: &[f64]| match values.iter().find(|v| !test(**v)) {
            None => Ok(()),
            Some(value) => Err(HyperError::Range { name, value: *value, wanted }),
        };
        match self {
            Hyper::Same(value) => range(&[*value]),
            Hyper::PerComponent(values) => length(values.len(), k, "component").and_then(|()| range(values)),
            Hyper::PerFeature(rows) => {
                length(rows.len(), k, "component")?;
                rows.iter()
                    .try_for_each(|row| d.map_or(Ok(()), |d| length(row.len(), d, "feature")).and_then(|()| range(row)))
            }
        }
    }
}

impl From<f64> for Hyper {
    fn from(value: f64) -> Self {
        Hyper::Same(value)
    }
}

impl<'de> Deserialize<'de> for Hyper {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(NumberOrList)
    }
}

struct NumberOrList;

impl<'de> Visitor<'de> for NumberOrList {
    type Value = Hyper;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a number, a list with one per component, or a list of lists with one per component and feature")
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Hyper, E> {
        Ok(Hyper::Same(value))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Hyper, E> {
        Ok(Hyper::Same(value as f64))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Hyper, E> {
        Ok(Hyper::Same(value as f64))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Hyper, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element::<Hyper>()? {
            entries.push(entry);
        }
        let mixed = || Error::custom("a list holds numbers or lists of numbers, not both");
        if entries.iter().all(|e| matches!(e, Hyper::Same(_))) {
            let numbers = entries.into_iter().map(|e| e.at(0, 0)).collect();
            return Ok(Hyper::PerComponent(numbers));
        }
        let row = |e| match e {
            Hyper::PerComponent(row) => Ok(row),
            _ => Err(mixed()),
        };
        entries.into_iter().map(row).collect::<Result<_, _>>().map(Hyper::PerFeature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lists_are_read_and_checked() {
        let read = |t: &str| serde_json::from_str::<Hyper>(t);
        assert_eq!(read("2").unwrap(), Hyper::Same(2.0));
        assert_eq!(read("[2, 1.5]").unwrap(), Hyper::PerComponent(vec![2.0, 1.5]));
        assert_eq!(read("[[2, 1.5], [1, 1]]").unwrap().at(1, 0), 1.0);
        assert!(read("[[2], 1]").is_err() && read("\"two\"").is_err());
        let above = ("above 0", &(|v: f64| v > 0.0) as &dyn Fn(f64) -> bool);
        assert!(read("[2, 1]").unwrap().check("alpha", (2, None), above).is_ok());
        let e = read("[2, 1]").unwrap().check("alpha", (3, None), above).unwrap_err();
        assert_eq!(e.to_string(), "alpha: the list has 2 entries where 3 are needed, one per component");
        let e = read("[[1, 0]]").unwrap().check("alpha", (1, Some(2)), above).unwrap_err();
        assert_eq!(e.to_string(), "alpha: 0 is out of range; it must be above 0");
    }
}
