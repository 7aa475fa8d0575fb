//! What a model may offer beyond the contract. What needs a capability asks for it in its bounds, so that typed users
//! hear of a missing one from the compiler; for models chosen by a spec, [`crate::registry`] finds out at start-up.

mod complete_likelihood;
mod conditionals;
mod coordinates;
mod e_step_modes;
mod gradient;
mod held_step;
mod label_start;
mod label_symmetry;
mod portrait;
mod predict;
mod resampled;
mod sample;
mod start;

pub use complete_likelihood::CompleteLikelihood;
pub use conditionals::Conditionals;
pub use coordinates::Coordinates;
pub use e_step_modes::{EStepMode, EStepModes};
pub(crate) use gradient::Slope;
pub use gradient::{Gradient, difference_gradient, gradient_of_q};
pub use held_step::HeldStep;
pub use label_start::LabelStart;
pub use label_symmetry::LabelSymmetry;
pub use portrait::{Outline, Portrait};
pub use predict::Predict;
pub use resampled::Resampled;
pub use sample::Sample;
pub use start::{Start, StartKind};
