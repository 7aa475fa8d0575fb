//! `em completions`.

use super::Answer;
use crate::args::{Cli, CompletionsArgs};
use crate::failure::Failure;
use clap::CommandFactory;

pub(super) fn run(args: &CompletionsArgs) -> Result<Answer, Failure> {
    let (mut command, mut script) = (Cli::command(), Vec::new());
    let name = command.get_name().to_string();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    Ok(Answer::done(String::from_utf8_lossy(&script).into_owned()))
}
