//! Arithmetic on many rows at a time.
//!
//! A kernel is plain Rust over short arrays, one number per row, which the compiler turns into vector instructions. It is
//! compiled once for each [level](dispatch) of the processor, and the best that the machine has is chosen at run time.
//! Levels differ in the last bit, since some round a product before it is added and others do not; on one machine the
//! choice is always the same.

mod block;
mod diagonal;
mod dispatch;
mod elementary;
mod nearest;
mod outer;
mod posterior;
mod products;
mod whitened;

pub(crate) use block::{Block, padded, with_block};
pub(crate) use diagonal::{Squares, scaled_squares};
pub(crate) use nearest::with_centers;
pub(crate) use outer::Outer;
pub(crate) use posterior::posterior;
pub(crate) use products::{add_weighted, products};
pub(crate) use whitened::{Whitening, squared_distances};
