//! [`Centers`]: the parameters of K-means.

use serde::{Deserialize, Serialize};

/// k centers of d features each; a finished fit adds the inertia.
///
/// They are written flat: `centers` \[k\]\[d\], and after a fit `inertia`.
///
/// ```
/// use em_families::Centers;
/// let centers = Centers::new(vec![vec![0.0, 1.0], vec![5.0, 4.0]])?;
/// assert_eq!((centers.rows()[1][0], centers.inertia()), (5.0, None));
/// assert!(Centers::new(vec![vec![0.0], vec![f64::NAN]]).is_err());
/// # Ok::<(), em_families::CentersError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Flat", into = "Flat")]
pub struct Centers {
    rows: Vec<Vec<f64>>,
    inertia: Option<f64>,
}

/// What is wrong with numbers offered as centers.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum CentersError {
    /// There are none, or they have no features.
    #[error("`centers`: at least one center of at least one number is wanted")]
    Empty,
    /// They are not all of one length.
    #[error("`centers`: center {center} has {got} numbers, but center 0 has {wanted}")]
    Ragged {
        /// The center, counted from 0.
        center: usize,
        /// Its length.
        got: usize,
        /// d.
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
    /// The inertia is negative or not finite.
    #[error("`inertia` is {value}; it is a finite number, 0 or above")]
    Inertia {
        /// What stands there.
        value: f64,
    },
}

impl Centers {
    /// k rows of d finite numbers.
    ///
    /// # Errors
    /// [`CentersError::Empty`], [`CentersError::Ragged`] and [`CentersError::NotFinite`].
    pub fn new(rows: Vec<Vec<f64>>) -> Result<Self, CentersError> {
        let wanted = rows.first().map_or(0, Vec::len);
        if wanted == 0 {
            return Err(CentersError::Empty);
        }
        for (center, row) in rows.iter().enumerate() {
            if row.len() != wanted {
                return Err(CentersError::Ragged { center, got: row.len(), wanted });
            }
            if let Some(feature) = row.iter().position(|x| !x.is_finite()) {
                return Err(CentersError::NotFinite { center, feature, value: row[feature] });
            }
        }
        Ok(Centers { rows, inertia: None })
    }

    /// The same with the inertia that belongs to them.
    ///
    /// # Errors
    /// [`CentersError::Inertia`].
    pub fn with_inertia(self, inertia: f64) -> Result<Self, CentersError> {
        if !(inertia.is_finite() && inertia >= 0.0) {
            return Err(CentersError::Inertia { value: inertia });
        }
        Ok(Centers { inertia: Some(inertia), ..self })
    }

    /// The k centers, d numbers each.
    pub fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// The same in another order: center j is what center `order[j]` was.
    pub(super) fn permuted(&self, order: &[usize]) -> Self {
        Centers { rows: order.iter().map(|j| self.rows[*j].clone()).collect(), inertia: self.inertia }
    }

    /// The weighted sum of dissimilarities of all rows to their centers; none before a fit is finished.
    pub fn inertia(&self) -> Option<f64> {
        self.inertia
    }
}

/// How they are written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Centers", deny_unknown_fields)]
struct Flat {
    centers: Vec<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inertia: Option<f64>,
}

impl From<Centers> for Flat {
    fn from(c: Centers) -> Flat {
        Flat { centers: c.rows, inertia: c.inertia }
    }
}

impl TryFrom<Flat> for Centers {
    type Error = CentersError;
    fn try_from(flat: Flat) -> Result<Self, CentersError> {
        let centers = Centers::new(flat.centers)?;
        flat.inertia.map_or(Ok(centers.clone()), |inertia| centers.with_inertia(inertia))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_names_its_numbers() {
        assert_eq!(Centers::new(vec![]), Err(CentersError::Empty));
        assert_eq!(Centers::new(vec![vec![]]), Err(CentersError::Empty));
        let ragged = Centers::new(vec![vec![1.0], vec![1.0, 2.0]]);
        assert_eq!(ragged, Err(CentersError::Ragged { center: 1, got: 2, wanted: 1 }));
        let e = Centers::new(vec![vec![1.0, f64::INFINITY]]).unwrap_err();
        assert_eq!(e.to_string(), "`centers`: entry 1 of center 0 is inf, not a finite number");
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(Centers::new(vec![vec![1.0]]).unwrap().with_inertia(bad).is_err());
        }
    }
}
