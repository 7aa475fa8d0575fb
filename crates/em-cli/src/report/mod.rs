//! A fit as one HTML page that stands by itself, in light and dark, on paper and on a phone.
//!
//! Drawings are SVG within the page, in classes to which the style sheet gives a colour for light and one for dark. There is
//! no script, and nothing is loaded. What is drawn follows from what the model can do: its predictions, its likelihood, and
//! where it has one its [`Portrait`](em_core::Portrait); no family is known here. The same fit gives the same bytes.

mod axis;
mod covariate;
mod densities;
mod dots;
mod ellipse;
mod figure;
mod histogram;
mod image_shape;
mod markup;
mod page;
mod panel;
mod profiles;
mod regression;
mod responsibilities;
mod scatter_matrix;
mod selection;
mod shares;
mod subject;
mod svg;
mod tables;
mod trace;
mod words;

pub use image_shape::ImageShape;
pub use page::{page, selection_page};
pub use selection::{Candidate, Selection};
pub use subject::Subject;
