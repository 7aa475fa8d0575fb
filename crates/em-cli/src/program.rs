//! From arguments to an exit status.

use crate::args::Cli;
use crate::command::{self, Answer};
use crate::failure::Status;
use crate::signals::Signals;
use crate::visible;
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, Parser};
use em_core::registry::nearest;
use em_families as _;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

/// The program: reads the arguments, carries out the command, and says how it went.
pub fn run() -> ExitCode {
    on_terminal(std::env::args_os())
}

/// The same for a program with a model of its own: given no arguments, it fits `spec`.
pub fn run_or_fit(spec: &str) -> ExitCode {
    if std::env::args_os().len() > 1 {
        return run();
    }
    on_terminal(["em", "fit", spec].map(OsString::from))
}

fn on_terminal(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let status = answer(args, Signals::Caught, &mut io::stdout().lock(), &mut io::stderr().lock());
    ExitCode::from(status as u8)
}

/// The same as [`run`] with other arguments (the program's name first) and other ends.
///
/// A reader that has closed its end is no error: it has what it wanted. Signals do here what they do elsewhere.
pub fn execute(args: impl IntoIterator<Item = OsString>, out: &mut dyn Write, err: &mut dyn Write) -> Status {
    answer(args, Signals::Left, out, err)
}

fn answer(
    args: impl IntoIterator<Item = OsString>,
    signals: Signals,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Status {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(e) => {
            let e = suggested(e);
            let (end, status): (&mut dyn Write, _) =
                if e.use_stderr() { (err, Status::Refused) } else { (out, Status::Done) };
            return tell(end, &e.render().to_string()).map_or(Status::Refused, |()| status);
        }
    };
    match command::run(&cli, signals) {
        Ok(Answer { out: text, notes, status }) => {
            if let Err(e) = tell(out, &text) {
                let _ = tell(err, &format!("error: standard output: {e}\n"));
                return Status::Refused;
            }
            // Nobody is left to hear that standard error failed.
            let _ = notes.iter().try_for_each(|note| tell(err, &visible::lines(&format!("{note}\n"))));
            status
        }
        Err(failure) => {
            let _ = tell(err, &visible::lines(&format!("error: {failure}\n")));
            failure.status()
        }
    }
}

/// The error with the command that was most likely meant, where the parser itself has none to suggest: its measure
/// misses letters that changed places.
fn suggested(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else { return error };
    let known = Cli::command();
    let meant = nearest(typed, known.get_subcommands().map(clap::Command::get_name)).map(String::from);
    if let (Some(meant), None) = (meant, error.get(ContextKind::SuggestedSubcommand)) {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![meant]));
    }
    error
}

fn tell(end: &mut dyn Write, text: &str) -> io::Result<()> {
    match end.write_all(text.as_bytes()).and_then(|()| end.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        told => told,
    }
}
