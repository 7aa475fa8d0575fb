//! [`EvidenceError`]: why there are no α and β.

use super::PrecisionsError;
use em_core::{MStepError, Part};

/// Numbers that a fit may hold in matrices of M × M.
const MOST_BYTES: f64 = 2.0 * GIB;
/// Such matrices that are held at once: moments on every thread and their merges, correlations, factors, covariance.
const MATRICES: f64 = 12.0;
const GIB: f64 = (1u64 << 30) as f64;

/// Why an evidence regression finds no precisions.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EvidenceError {
    /// There is no response, or no row counts.
    #[error("there is nothing to learn from")]
    Nothing,
    /// A number is too large or too small to be computed with.
    #[error(
        "sums of squares of the columns or the response are too large for a number, or the precisions too far apart"
    )]
    Overflow,
    /// Nothing is left for the noise, so that β → ∞.
    #[error("the response is fitted exactly (noise variance {variance:.3e}), so that beta has no maximum")]
    ExactFit {
        /// What was left, no more than rounding.
        variance: f64,
    },
    /// A prior pulls a precision towards 0 harder than the data hold it.
    #[error(
        "under a Gamma prior of shape {shape} the objective grows without bound as {name} goes to 0, since the data are worth only {terms} terms"
    )]
    NoMode {
        /// `alpha` or `beta`.
        name: &'static str,
        /// Its prior's.
        shape: f64,
        /// What the data have to hold it with: the rank of the design, or N.
        terms: f64,
    },
    /// α or β leaves the range of numbers.
    #[error(transparent)]
    Precisions(#[from] PrecisionsError),
    /// There are more design columns than matrices of them may take room for.
    #[error(
        "{columns} design columns need about {:.1} GiB of memory for matrices of {columns} × {columns} numbers, more than the limit of {:.0} GiB", need(*columns) / GIB, MOST_BYTES / GIB
    )]
    TooManyColumns {
        /// M.
        columns: usize,
    },
}

/// Bytes for a fit of so many columns.
fn need(columns: usize) -> f64 {
    MATRICES * 8.0 * (columns as f64).powi(2)
}

impl EvidenceError {
    /// Refuses a design that would fill the memory.
    ///
    /// # Errors
    /// [`EvidenceError::TooManyColumns`].
    pub fn check_columns(columns: usize) -> Result<(), Self> {
        if need(columns) > MOST_BYTES { Err(EvidenceError::TooManyColumns { columns }) } else { Ok(()) }
    }

    /// What to try.
    pub fn advice(&self) -> String {
        match self {
            EvidenceError::Nothing => "give a response and at least one row with a weight above 0".into(),
            EvidenceError::Overflow => "standardise the columns and the response".into(),
            EvidenceError::ExactFit { .. } => {
                "leave out the term that determines the response, or see whether it varies at all".into()
            }
            EvidenceError::NoMode { terms, .. } => {
                format!("give the prior a shape above {}", 1.0 - 0.5 * terms)
            }
            EvidenceError::Precisions(_) => "standardise the columns and the response, or leave terms out".into(),
            EvidenceError::TooManyColumns { .. } => "leave terms out".into(),
        }
    }

    fn part(&self) -> Part {
        match self {
            EvidenceError::ExactFit { .. } => Part::Parameter("beta"),
            EvidenceError::NoMode { name, .. } => Part::Parameter(name),
            _ => Part::Whole,
        }
    }
}

impl From<EvidenceError> for MStepError {
    fn from(e: EvidenceError) -> Self {
        let (part, advice) = (e.part(), e.advice());
        MStepError::new(part, e, advice)
    }
}
