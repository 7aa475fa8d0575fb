//! [`Precisions`]: α and β, and after a fit the posterior of the coefficients.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

/// A covariance read from a file may miss symmetry, and a correlation the value 1, by this fraction.
const ROUNDING: f64 = 1e-9;

/// The parameters α and β of a Bayesian linear regression; a finished fit adds the posterior of the coefficients.
///
/// They are written flat: `alpha`, `beta`, and after a fit `mean` \[m\], `covariance` \[m\]\[m\] and
/// `effective_parameters`.
///
/// ```
/// use em_families::Precisions;
/// let p = Precisions::new(0.5, 10.0)?;
/// assert_eq!((p.alpha(), p.beta()), (0.5, 10.0));
/// assert!(Precisions::new(0.0, 10.0).is_err());
/// # Ok::<(), em_families::PrecisionsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Flat", into = "Flat")]
pub struct Precisions {
    alpha: f64,
    beta: f64,
    coefficients: Option<Coefficients>,
}

/// The posterior N(m, S) of the M coefficients.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficients {
    /// m, M numbers in the order of the design columns.
    pub mean: DVector<f64>,
    /// S, M × M, symmetric.
    pub covariance: DMatrix<f64>,
    /// γ = M − α tr S, from 0 to M: how many coefficients the data determine rather than the prior. An intercept that is
    /// not shrunk is none of the M, and its variance not in the trace.
    pub effective_parameters: f64,
}

/// What is wrong with numbers offered as parameters.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PrecisionsError {
    /// A precision is not above 0, or not finite.
    #[error("{name} is {value}; a precision is a finite number above 0")]
    Precision {
        /// `alpha` or `beta`.
        name: &'static str,
        /// What stands there.
        value: f64,
    },
    /// Only a part of the posterior is given.
    #[error("give all of `mean`, `covariance` and `effective_parameters`, or none")]
    Incomplete,
    /// The covariance does not fit the mean.
    #[error("covariance: {wanted} rows of {wanted} numbers are wanted, as many as `mean` has; row {row} has {got}")]
    Shape {
        /// M.
        wanted: usize,
        /// The row, counted from 0; M where there are more or fewer rows.
        row: usize,
        /// Its length.
        got: usize,
    },
    /// The mean is no list of finite numbers.
    #[error("mean: at least one number, all finite, is wanted")]
    Mean,
    /// The covariance cannot be one.
    #[error(
        "covariance: [{row}][{column}] (from 0) is {value}; a covariance is finite and symmetric, with variances above 0"
    )]
    Covariance {
        /// The row, counted from 0.
        row: usize,
        /// The column, counted from 0.
        column: usize,
        /// What stands there.
        value: f64,
    },
    /// The effective parameters are fewer than none or more than all.
    #[error("effective_parameters is {value}; it lies between 0 and {columns}, the number of coefficients")]
    Effective {
        /// γ.
        value: f64,
        /// M.
        columns: usize,
    },
}

impl Precisions {
    /// α and β, finite and above 0.
    ///
    /// # Errors
    /// [`PrecisionsError::Precision`].
    pub fn new(alpha: f64, beta: f64) -> Result<Self, PrecisionsError> {
        for (name, value) in [("alpha", alpha), ("beta", beta)] {
            if !value.is_finite() || value <= 0.0 {
                return Err(PrecisionsError::Precision { name, value });
            }
        }
        Ok(Precisions { alpha, beta, coefficients: None })
    }

    /// The same with the posterior of the coefficients.
    ///
    /// # Errors
    /// [`PrecisionsError`] that names what does not fit.
    pub fn with_coefficients(self, coefficients: Coefficients) -> Result<Self, PrecisionsError> {
        coefficients.validate()?;
        Ok(Precisions { coefficients: Some(coefficients), ..self })
    }

    /// α, the precision of the coefficients that are shrunk, before any data.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// β, the precision of the noise.
    pub fn beta(&self) -> f64 {
        self.beta
    }

    /// The posterior of the coefficients; none before a fit is finished.
    pub fn coefficients(&self) -> Option<&Coefficients> {
        self.coefficients.as_ref()
    }
}

impl Coefficients {
    fn validate(&self) -> Result<(), PrecisionsError> {
        let m = self.mean.len();
        if m == 0 || self.mean.iter().any(|v| !v.is_finite()) {
            return Err(PrecisionsError::Mean);
        }
        if self.covariance.shape() != (m, m) {
            let (row, got) = (self.covariance.nrows(), self.covariance.ncols());
            return Err(PrecisionsError::Shape { wanted: m, row, got });
        }
        let s = &self.covariance;
        let bad = |i: usize, j: usize| {
            let most = (1.0 + ROUNDING) * s[(i, i)].sqrt() * s[(j, j)].sqrt();
            // Written so that what is not a number is bad.
            let good = s[(i, i)] > 0.0 && s[(i, j)].abs() <= most && (s[(i, j)] - s[(j, i)]).abs() <= ROUNDING * most;
            !(good && s[(i, j)].is_finite())
        };
        if let Some((row, column)) = (0..m).flat_map(|i| (0..m).map(move |j| (i, j))).find(|(i, j)| bad(*i, *j)) {
            return Err(PrecisionsError::Covariance { row, column, value: s[(row, column)] });
        }
        match self.effective_parameters {
            value if (0.0..=m as f64).contains(&value) => Ok(()),
            value => Err(PrecisionsError::Effective { value, columns: m }),
        }
    }
}

/// How they are written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Precisions", deny_unknown_fields)]
struct Flat {
    alpha: f64,
    beta: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mean: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    covariance: Option<Vec<Vec<f64>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effective_parameters: Option<f64>,
}

impl From<Precisions> for Flat {
    fn from(p: Precisions) -> Flat {
        let c = p.coefficients.as_ref();
        Flat {
            alpha: p.alpha,
            beta: p.beta,
            mean: c.map(|c| c.mean.iter().copied().collect()),
            covariance: c.map(|c| c.covariance.row_iter().map(|row| row.iter().copied().collect()).collect()),
            effective_parameters: c.map(|c| c.effective_parameters),
        }
    }
}

impl TryFrom<Flat> for Precisions {
    type Error = PrecisionsError;
    fn try_from(flat: Flat) -> Result<Self, PrecisionsError> {
        let precisions = Precisions::new(flat.alpha, flat.beta)?;
        match (flat.mean, flat.covariance, flat.effective_parameters) {
            (None, None, None) => Ok(precisions),
            (Some(mean), Some(rows), Some(effective_parameters)) => {
                let covariance = square(&rows, mean.len())?;
                let mean = DVector::from_vec(mean);
                precisions.with_coefficients(Coefficients { mean, covariance, effective_parameters })
            }
            _ => Err(PrecisionsError::Incomplete),
        }
    }
}

fn square(rows: &[Vec<f64>], wanted: usize) -> Result<DMatrix<f64>, PrecisionsError> {
    if rows.len() != wanted {
        return Err(PrecisionsError::Shape { wanted, row: rows.len(), got: 0 });
    }
    match rows.iter().position(|r| r.len() != wanted) {
        Some(row) => Err(PrecisionsError::Shape { wanted, row, got: rows[row].len() }),
        None => Ok(DMatrix::from_fn(wanted, wanted, |i, j| rows[i][j])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Precisions, String> {
        serde_json::from_str(json).map_err(|e| e.to_string())
    }

    #[test]
    fn they_are_written_flat_and_read_back_to_the_bit() {
        let coefficients = Coefficients {
            mean: vec![0.1, -1.0 / 3.0].into(),
            covariance: DMatrix::from_row_slice(2, 2, &[0.1, 0.01, 0.01, 0.7]),
            effective_parameters: 1.7,
        };
        let p = Precisions::new(0.3, 1e-300).unwrap();
        assert_eq!(serde_json::to_string(&p).unwrap(), r#"{"alpha":0.3,"beta":1e-300}"#);
        let p = p.with_coefficients(coefficients).unwrap();
        let json = serde_json::to_string(&p).unwrap();
        assert!(json.contains(r#""covariance":[[0.1,0.01],[0.01,0.7]],"effective_parameters":1.7"#), "{json}");
        assert_eq!(read(&json), Ok(p));
    }

    #[test]
    fn whatever_does_not_fit_is_refused() {
        let fault = |json: &str| read(json).unwrap_err();
        assert!(fault(r#"{"alpha": 0, "beta": 1}"#).starts_with("alpha is 0; a precision"));
        assert!(fault(r#"{"alpha": 1, "beta": -1}"#).starts_with("beta is -1"));
        assert!(fault(r#"{"alpha": 1}"#).contains("beta"));
        assert!(fault(r#"{"alpha": 1, "beta": 1, "gamma": 2}"#).contains("gamma"));
        assert!(fault(r#"{"alpha": 1, "beta": 1, "mean": [1]}"#).starts_with("give all of"));
        let with = |mean: &str, covariance: &str, effective: &str| {
            let rest = format!(r#""mean": {mean}, "covariance": {covariance}, "effective_parameters": {effective}"#);
            fault(&format!(r#"{{"alpha": 1, "beta": 1, {rest}}}"#))
        };
        assert!(with("[]", "[]", "0").starts_with("mean: "));
        assert!(with("[1, 2]", "[[1, 0]]", "0").starts_with("covariance: 2 rows of 2"));
        assert!(with("[1, 2]", "[[1, 0], [0]]", "0").contains("row 1 has 1"));
        assert!(with("[1, 2]", "[[1, 0.5], [0.4, 1]]", "0").starts_with("covariance: [0][1] (from 0) is 0.5"));
        assert!(with("[1, 2]", "[[1, 2], [2, 1]]", "0").starts_with("covariance: [0][1]"));
        assert!(with("[1]", "[[0]]", "0").starts_with("covariance: [0][0]"));
        assert!(with("[1]", "[[1]]", "1.5").starts_with("effective_parameters is 1.5"));
    }
}
