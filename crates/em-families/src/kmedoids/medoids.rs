//! [`Medoids`]: the parameters of K-medoids.

use serde::{Deserialize, Serialize};

/// k medoids: rows of the data, and the d numbers of each; a finished fit adds the total dissimilarity.
///
/// They are written flat: `medoids` \[k\], row numbers counted from 0, `centers` \[k\]\[d\], and after a fit
/// `total_dissimilarity`. A start needs the row numbers only.
///
/// ```
/// use em_families::Medoids;
/// let medoids = Medoids::at(vec![3, 0])?;
/// assert_eq!((medoids.rows(), medoids.centers().len()), (&[3, 0][..], 0));
/// assert!(Medoids::at(vec![3, 3]).is_err());
/// # Ok::<(), em_families::MedoidsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Flat", into = "Flat")]
pub struct Medoids {
    rows: Vec<usize>,
    centers: Vec<Vec<f64>>,
    total_dissimilarity: Option<f64>,
}

/// What is wrong with numbers offered as medoids.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum MedoidsError {
    /// There are none.
    #[error("`medoids`: at least one row number is wanted")]
    Empty,
    /// A row is listed twice.
    #[error("`medoids`: row {row} (from 0) is listed twice")]
    Twice {
        /// The row, counted from 0.
        row: usize,
    },
    /// There are centers, but not one per medoid.
    #[error("`centers` has {got} rows for {wanted} medoids; leave it out, and the rows of the data are taken")]
    Centers {
        /// How many there are.
        got: usize,
        /// k.
        wanted: usize,
    },
    /// A number is infinite or not a number.
    #[error("`centers`: entry {feature} of center {center} is {value}, not a finite number")]
    NotFinite {
        /// The center, counted from 0.
        center: usize,
        /// The feature, counted from 0.
        feature: usize,
        /// What stands there.
        value: f64,
    },
    /// The total is negative or not finite.
    #[error("`total_dissimilarity` is {value}; it is a finite number, 0 or above")]
    Total {
        /// What stands there.
        value: f64,
    },
}

impl Medoids {
    /// These rows of the data, counted from 0; what stands in them is yet to be looked up.
    ///
    /// # Errors
    /// [`MedoidsError::Empty`] and [`MedoidsError::Twice`].
    pub fn at(rows: Vec<usize>) -> Result<Self, MedoidsError> {
        if rows.is_empty() {
            return Err(MedoidsError::Empty);
        }
        if let Some((_, row)) = rows.iter().enumerate().find(|(i, row)| rows[..*i].contains(row)) {
            return Err(MedoidsError::Twice { row: *row });
        }
        Ok(Medoids { rows, centers: Vec::new(), total_dissimilarity: None })
    }

    /// The same with what stands in the rows, k × d.
    ///
    /// # Errors
    /// [`MedoidsError::Centers`] and [`MedoidsError::NotFinite`].
    pub fn with_centers(self, centers: Vec<Vec<f64>>) -> Result<Self, MedoidsError> {
        if centers.len() != self.rows.len() {
            return Err(MedoidsError::Centers { got: centers.len(), wanted: self.rows.len() });
        }
        for (center, numbers) in centers.iter().enumerate() {
            if let Some(feature) = numbers.iter().position(|x| !x.is_finite()) {
                return Err(MedoidsError::NotFinite { center, feature, value: numbers[feature] });
            }
        }
        Ok(Medoids { centers, ..self })
    }

    /// The same with the total that belongs to them.
    ///
    /// # Errors
    /// [`MedoidsError::Total`].
    pub fn with_total(self, value: f64) -> Result<Self, MedoidsError> {
        if !(value.is_finite() && value >= 0.0) {
            return Err(MedoidsError::Total { value });
        }
        Ok(Medoids { total_dissimilarity: Some(value), ..self })
    }

    /// Rows that differ, with what stands in them.
    pub(super) fn found(rows: Vec<usize>, centers: Vec<Vec<f64>>) -> Self {
        Medoids { rows, centers, total_dissimilarity: None }
    }

    /// Medoid j is what medoid `order[j]` was.
    pub(super) fn permuted(&self, order: &[usize]) -> Self {
        let rows = order.iter().map(|j| self.rows[*j]).collect();
        let centers = order.iter().filter_map(|j| self.centers.get(*j).cloned()).collect();
        Medoids { rows, centers, ..*self }
    }

    /// The k medoids as rows of the data they were found in, counted from 0, in the order of the start.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// The same rows, d numbers each; none before they were looked up.
    pub fn centers(&self) -> &[Vec<f64>] {
        &self.centers
    }

    /// Σ w δ(x, nearest medoid); none before a fit is finished.
    pub fn total_dissimilarity(&self) -> Option<f64> {
        self.total_dissimilarity
    }
}

/// How they are written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Medoids", deny_unknown_fields)]
struct Flat {
    medoids: Vec<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    centers: Vec<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    total_dissimilarity: Option<f64>,
}

impl From<Medoids> for Flat {
    fn from(m: Medoids) -> Flat {
        Flat { medoids: m.rows, centers: m.centers, total_dissimilarity: m.total_dissimilarity }
    }
}

impl TryFrom<Flat> for Medoids {
    type Error = MedoidsError;
    fn try_from(flat: Flat) -> Result<Self, MedoidsError> {
        let mut medoids = Medoids::at(flat.medoids)?;
        if !flat.centers.is_empty() {
            medoids = medoids.with_centers(flat.centers)?;
        }
        flat.total_dissimilarity.map_or(Ok(medoids.clone()), |total| medoids.with_total(total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_names_its_numbers() {
        assert_eq!(Medoids::at(vec![]), Err(MedoidsError::Empty));
        assert_eq!(Medoids::at(vec![4, 1, 4]), Err(MedoidsError::Twice { row: 4 }));
        let two = Medoids::at(vec![4, 1]).unwrap();
        assert_eq!(two.clone().with_centers(vec![vec![1.0]]), Err(MedoidsError::Centers { got: 1, wanted: 2 }));
        let e = two.clone().with_centers(vec![vec![1.0], vec![f64::INFINITY]]).unwrap_err();
        assert_eq!(e.to_string(), "`centers`: entry 0 of center 1 is inf, not a finite number");
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(two.clone().with_total(bad).is_err());
        }
    }
}
