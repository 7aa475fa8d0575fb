//! The `em` program as a library: spec files, tables, fit files, and the commands.
//!
//! A binary with models of one's own is a `main` of one line: it links the crate that registers them and calls
//! [`run`]; every command then knows them.
//!
//! ```no_run
//! use em_families as _; // links the families, so that they are registered
//! fn main() -> std::process::ExitCode {
//!     em_cli::run()
//! }
//! ```

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod args;
pub mod atomic;
pub mod certified;
pub mod checkpoint_file;
pub mod command;
pub mod experiment;
pub mod failure;
pub mod fingerprint;
pub mod fit_file;
mod left_out;
pub mod outcome;
pub mod prepared;
mod program;
mod progress;
pub mod report;
mod sealed;
pub mod signals;
pub mod source;
pub mod spec_file;
pub mod spec_text;
pub mod summary;
#[cfg(any(test, feature = "fuzzing"))]
pub mod untrusted;
mod visible;

pub use program::{execute, run, run_or_fit};
pub use source::read_csv;
