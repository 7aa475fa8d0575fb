//! Whole fits of the project's models by their public face: what every algorithm reaches, the laws they obey, and
//! that runs can be held, watched, stopped, carried on and judged. One binary, so that it is linked once.

mod algorithms;
mod certificates;
mod checkpoints;
#[path = "../common/mod.rs"]
mod common;
mod components;
mod fixed;
#[allow(dead_code, reason = "its `main` is the example's own")]
#[path = "../../examples/geometric_mixture.rs"]
mod geometric_mixture;
mod groups;
mod laws;
mod laws_mixtures;
mod laws_random;
mod map;
mod models;
mod own_models;
#[path = "../reference/mod.rs"]
mod reference;
mod repair;
mod samplers;
mod short_runs;
mod storage;
mod tripwire;
#[allow(dead_code, reason = "its `main` is the example's own")]
#[path = "../../examples/two_coins.rs"]
mod two_coins;
