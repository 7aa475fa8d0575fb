//! Slope and Hessian of a function of free coordinates, by differences whose steps suit each coordinate.
//!
//! A coordinate may be a mean in metres or in nanometres: a step that suits the one is lost in the rounding of the other, or
//! leaps out of the data. So steps are measured by what they do to the function itself, and Hessians scaled to a diagonal of
//! ±1, in which no unit is left.

mod landscape;
mod measured;
mod pair;

pub(crate) use landscape::{Landscape, Sight};
pub(crate) use measured::{Curvature, Spectrum};
