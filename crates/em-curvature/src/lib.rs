//! Slope and Hessian of a function of free coordinates, by differences whose steps suit each coordinate; and Newton's method
//! by them.
//!
//! A coordinate may be a mean in metres or in nanometres: a step that suits the one is lost in the rounding of the other, or
//! leaps out of the data. So steps are measured by what they do to the function itself, and Hessians scaled to a diagonal of
//! ±1, in which no unit is left.
//!
//! ```
//! use em_curvature::{Curvature, Landscape, Sight, ascend};
//!
//! // −½ (x − 3)² − ½ (10⁶ y)², seen by its values alone.
//! let look = |x: &[f64]| Some(Sight { value: -0.5 * (x[0] - 3.0).powi(2) - 0.5e12 * x[1] * x[1], slope: None });
//! let land = Landscape { look: &look, weight: 1.0 };
//! let begin = vec![1.0, 2e-6];
//! let (top, settled) = ascend(&land, begin.clone(), land.at(&begin).unwrap(), &[0, 1]);
//! assert!(settled && (top[0] - 3.0).abs() < 1e-5 && top[1].abs() < 1e-11);
//!
//! let bends = Curvature::of(&land, &land.at(&top).unwrap(), &top, &[0, 1]);
//! assert!((bends.scale[1] / 1e-6 - 1.0).abs() < 1e-3); // the standard error of y
//! ```

mod ascent;
mod curvature;
mod landscape;
mod pair;

pub use ascent::ascend;
pub use curvature::{Curvature, Spectrum};
pub use landscape::{Landscape, Sight};
