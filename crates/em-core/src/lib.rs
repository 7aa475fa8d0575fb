//! The contract of a latent-variable model and the one loop that fits it.
//!
//! A model author states three things by implementing [`LatentModel`]: what an empty statistic looks like
//! ([`zero`](LatentModel::zero)), how units add to it (the E-step, [`expect`](LatentModel::expect)), and which
//! parameters maximise it (the M-step, [`maximize`](LatentModel::maximize)). Everything else works for every model:
//! [`Fit`] with restarts and stopping rules, parallel E-steps whose bits do not depend on the number of threads, and
//! the registry that lets a spec file choose the model at run time.
//!
//! ```
//! use em_core::{Fit, LatentModel, MStepError};
//! use std::ops::Range;
//!
//! /// Lifetimes with one unknown mean θ; some were still running when watched for `t` (the latent remainder is
//! /// exponential, so its expectation is `t + θ`).
//! struct Lifetimes;
//! struct Watched { t: f64, ended: bool }
//!
//! impl LatentModel for Lifetimes {
//!     type Data = [Watched];
//!     type Params = f64;
//!     type Stats = [f64; 2]; // units, expected lifetimes
//!     fn zero(&self, _: &f64) -> [f64; 2] { [0.0; 2] }
//!     fn expect(&self, mean: &f64, data: &[Watched], units: Range<usize>, stats: &mut [f64; 2]) -> f64 {
//!         data[units].iter().map(|w| {
//!             stats[0] += 1.0;
//!             stats[1] += if w.ended { w.t } else { w.t + mean };
//!             -w.t / mean - if w.ended { mean.ln() } else { 0.0 }
//!         }).sum()
//!     }
//!     fn maximize(&self, stats: &[f64; 2], _: &f64) -> Result<f64, MStepError> { Ok(stats[1] / stats[0]) }
//! }
//!
//! let data = [(1.0, true), (2.0, true), (4.0, false)].map(|(t, ended)| Watched { t, ended });
//! let fitted = Fit::new(&Lifetimes, &data[..]).from(1.0)?;
//! assert!(fitted.converged());
//! assert!((fitted.params - 7.0 / 2.0).abs() < 1e-4); // total time over deaths
//! # Ok::<(), em_core::FitError>(())
//! ```

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod about;
pub mod algorithm;
mod capability;
mod certificate;
pub mod check;
mod checkpoint;
mod criteria;
mod dataset;
mod event;
mod executor;
mod fit;
mod fit_error;
mod fitted;
mod fixed;
mod hold;
mod interrupt;
mod m_step_error;
mod model;
mod need;
mod observer;
pub mod registry;
mod repair;
mod rng;
mod run;
pub mod scratch;
mod spec;
mod statistics;
mod stop;
mod tabular;
#[cfg(test)]
mod testing;
mod warning;

pub use about::{About, FieldInfo, ParameterInfo};
pub use algorithm::*;
pub use capability::{
    CompleteLikelihood, Conditionals, Coordinates, EStepMode, EStepModes, Gradient, HeldStep, LabelStart,
    LabelSymmetry, Outline, Portrait, Predict, Resampled, Sample, Start, StartKind, difference_gradient, gradient_of_q,
};
pub use certificate::{Certificate, Convergence, Derivatives, Direction, Loading, Verdict};
pub use checkpoint::Checkpoint;
pub use criteria::Criteria;
pub use dataset::{Dataset, Resample, Weighted};
/// Tables of named columns.
pub use em_table as table;
pub use em_table::{Cell, Column, Confusion, ConfusionError, DataError, Prediction, Section, Table, Values};
pub use event::{Event, EventKind};
pub use executor::{Executor, Local, Partial, Pass, reduce};
pub use fit::{Fit, RESTARTS, ShortRuns};
pub use fit_error::{Cause, FitError};
pub use fitted::{Fitted, MOST_TRACED, RunRecord};
pub use fixed::Fixed;
pub use hold::Hold;
pub use interrupt::Interrupt;
pub use m_step_error::{MStepError, Part};
pub use model::{Direct, DirectStep, Inner, InnerRounds, LatentModel};
pub use need::Need;
pub use observer::{Observer, Progress};
pub use repair::{Degenerate, Mender, Repair};
pub use rng::{Rng, Streams};
pub use run::{Ended, Run};
pub use spec::{Encoding, Names, Purpose, Spec, Uses};
pub use statistics::Statistics;
pub use stop::{Rule, Stop, StopReason};
pub use tabular::{NamedColumns, Tabular};
pub use warning::Warning;

/// The crate that random numbers are drawn with, for those who write `Start` or `Sample`.
pub use rand;
#[doc(hidden)]
pub use {erased_serde, inventory, typetag};
