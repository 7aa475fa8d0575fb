//! One file per command. A command computes its answer as text; nothing is printed before it is whole.

mod bench;
mod check;
mod compare;
mod completions;
mod continuation;
mod destination;
pub(crate) mod fit;
mod models;
mod new;
mod predict;
mod report;
mod sample;
mod score;
mod select;
mod shown_table;
mod truth;
mod used;

use crate::args::{Cli, Command, Common};
use crate::atomic;
use crate::failure::{Failure, Status};
use crate::signals::Signals;
use em_core::Warning;
use rayon::ThreadPoolBuilder;
use std::path::Path;

/// What a command answers.
pub struct Answer {
    /// For standard output.
    pub out: String,
    /// For standard error: warnings and what was missed, a line each.
    pub notes: Vec<String>,
    /// The exit status.
    pub status: Status,
}

impl Answer {
    fn done(out: String) -> Self {
        Answer { out, notes: Vec::new(), status: Status::Done }
    }

    fn with_warnings<'a>(mut self, warnings: impl IntoIterator<Item = &'a Warning>, common: &Common) -> Self {
        if !common.quiet {
            self.notes.extend(warnings.into_iter().map(|w| format!("warning: {w}")));
        }
        self
    }
}

/// Carries out a command.
///
/// # Errors
/// [`Failure`], which knows its exit status.
pub fn run(cli: &Cli, signals: Signals) -> Result<Answer, Failure> {
    match &cli.command {
        Command::Fit(args) => on_threads(&args.common, signals, || fit::run(args, signals)),
        Command::Predict(args) => on_threads(&args.common, signals, || predict::run(args)),
        Command::Score(args) => on_threads(&args.common, signals, || score::run(args)),
        Command::Check(args) => on_threads(&args.common, signals, || check::run(args)),
        Command::Models(args) => models::run(args),
        Command::Bench(args) => on_threads(&args.common, signals, || bench::run(args, signals)),
        Command::Select(args) => on_threads(&args.common, signals, || select::run(args, signals)),
        Command::Report(args) => on_threads(&args.common, signals, || report::run(args)),
        Command::Compare(args) => compare::run(args),
        Command::New(args) => new::run(args),
        Command::Completions(args) => completions::run(args),
        Command::Sample(args) => on_threads(&args.common, signals, || sample::run(args)),
    }
}

/// Works on as many threads as asked for, or else on all; where they cannot be started, on one.
///
/// In a program of its own the thread that is there works as one of them: who hands work over and waits for it wakes another
/// thread in every pass.
fn on_threads<T: Send>(common: &Common, signals: Signals, work: impl FnOnce() -> T + Send) -> T {
    let threads = ThreadPoolBuilder::new().num_threads(common.threads.map_or(0, usize::from));
    let pool = match (signals, common.threads) {
        (Signals::Caught, _) => threads.use_current_thread().build(),
        (Signals::Left, Some(_)) => threads.build(),
        // Those of the program that this is part of.
        (Signals::Left, None) => return work(),
    };
    match pool.or_else(|_| ThreadPoolBuilder::new().num_threads(1).build()) {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

/// Refuses an output that would overwrite an input, or cannot be written at all, before any work is done.
fn check_output<'a>(output: &Path, inputs: impl IntoIterator<Item = &'a Path>) -> Result<(), Failure> {
    check_written(output, inputs, "-o")
}

/// The same for what `option` names.
fn check_written<'a>(output: &Path, inputs: impl IntoIterator<Item = &'a Path>, option: &str) -> Result<(), Failure> {
    match inputs.into_iter().find(|input| is_same(input, output)) {
        Some(input) => Err(Failure::Usage(format!(
            "{}: the output would overwrite an input; choose another name with {option}",
            input.display()
        ))),
        None => Ok(atomic::check(output)?),
    }
}

/// Whether two paths lead to one file, which need not be there yet.
fn is_same(a: &Path, b: &Path) -> bool {
    let place = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path));
    match (place(a), place(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// What is said of a command that fits one thing after the other and was asked to end.
fn interrupted(begun: usize, wanted: usize, things: &str) -> String {
    format!("note: interrupted; {begun} of {wanted} {things} were begun, and the last of them may not be done")
}

/// One JSON document, and the end of the line.
fn document(value: &serde_json::Value) -> String {
    format!("{value}\n")
}
