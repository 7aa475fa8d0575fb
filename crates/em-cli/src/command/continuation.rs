//! [`Continuation`]: how a fit goes on from a checkpoint, and leaves one.

use super::check_written;
use super::destination::Destination;
use super::fit::inputs;
use crate::args::FitArgs;
use crate::checkpoint_file::{self, Conditions, Resumed};
use crate::failure::Failure;
use crate::prepared::Prepared;
use em_core::registry::Erased;
use em_core::{Fit, StopReason};
use std::path::PathBuf;
use std::time::Duration;

/// Where to go on from, and where to leave checkpoints.
pub(super) struct Continuation<'a> {
    model: &'a Erased,
    conditions: Conditions,
    resumed: Option<Resumed>,
    checkpoint: Option<PathBuf>,
    every: Duration,
}

impl<'a> Continuation<'a> {
    /// As the arguments say, for a fit that is written to `output`.
    ///
    /// # Errors
    /// [`Failure::Usage`] when a checkpoint would overwrite an input or the fit, [`Failure::Checkpoint`] when the one to
    /// go on from cannot be used.
    pub(super) fn new(args: &FitArgs, prepared: &'a Prepared, output: &Destination) -> Result<Self, Failure> {
        let checkpoint = args.checkpoint.as_ref().map(PathBuf::from);
        if let Some(path) = &checkpoint {
            let inputs: Vec<PathBuf> = inputs(prepared).collect();
            check_written(path, inputs.iter().map(PathBuf::as_path), "--checkpoint")?;
            if output.is(path) {
                let message = "the checkpoint would overwrite the fit; choose another name with --checkpoint";
                return Err(Failure::Usage(format!("{}: {message}", path.display())));
            }
        }
        let model = prepared.learnt.model();
        let conditions = Conditions::of(prepared, args.seed.unwrap_or(prepared.experiment.fit.seed));
        let read = |file: &String| checkpoint_file::read(file, model, &conditions);
        let resumed = args.resume.as_ref().map(read).transpose()?;
        Ok(Continuation { model, conditions, resumed, checkpoint, every: args.checkpoint_every })
    }

    /// The fit that goes on so.
    pub(super) fn join<'f>(&'f self, mut fit: Fit<'f, Erased>) -> Fit<'f, Erased> {
        if let Some(resumed) = &self.resumed {
            fit = fit.resume(resumed.checkpoint.clone());
        }
        if let Some(path) = &self.checkpoint {
            fit =
                fit.checkpoint(self.every, move |now| checkpoint_file::write(path, self.model, &self.conditions, now));
        }
        fit
    }

    /// What to say at the end.
    pub(super) fn notes(&self, args: &FitArgs, stop: &StopReason) -> Vec<String> {
        let version = self.resumed.as_ref().and_then(|resumed| resumed.other_program.as_ref()).map(|program| {
            let this = env!("CARGO_PKG_VERSION");
            format!("note: the checkpoint was written by em {program}, and this is {this}: the last digits may differ from those of a fit by one program")
        });
        let interrupted = (*stop == StopReason::Interrupted).then(|| match &args.checkpoint {
            Some(file) => {
                let data = args.data.as_ref().map(|file| format!(" --data {file}")).unwrap_or_default();
                let seed = args.seed.map(|seed| format!(" --seed {seed}")).unwrap_or_default();
                format!("note: to go on where it stopped: em fit {}{data}{seed} --resume {file}", args.spec)
            }
            None => "note: with `--checkpoint FILE` a fit can go on where it stopped".into(),
        });
        version.into_iter().filter(|_| !args.common.quiet).chain(interrupted).collect()
    }
}
