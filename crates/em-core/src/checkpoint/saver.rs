//! [`Saver`]: hands out checkpoints every so often.

use super::Checkpoint;
use crate::Warning;
use std::time::{Duration, Instant};

type Write<'a, P> = dyn FnMut(&Checkpoint<P>) -> Result<(), String> + 'a;

/// Who takes the checkpoints, how often, and how that went.
pub(crate) struct Saver<'a, P> {
    every: Duration,
    last: Instant,
    write: Box<Write<'a, P>>,
    written: u64,
    failed: u64,
    reason: Option<String>,
}

impl<'a, P> Saver<'a, P> {
    pub(crate) fn new(every: Duration, write: Box<Write<'a, P>>) -> Self {
        Saver { every, last: Instant::now(), write, written: 0, failed: 0, reason: None }
    }

    /// Whether the last checkpoint, or the beginning, is long enough ago.
    pub(crate) fn is_due(&self) -> bool {
        self.last.elapsed() >= self.every
    }

    /// Hands one out. A failure is remembered, and the fit goes on.
    pub(crate) fn save(&mut self, checkpoint: &Checkpoint<P>) {
        match (self.write)(checkpoint) {
            Ok(()) => self.written += 1,
            Err(reason) => {
                self.failed += 1;
                self.reason = Some(reason);
            }
        }
        self.last = Instant::now();
    }

    /// What a user should know of it.
    pub(crate) fn warning(&self) -> Option<Warning> {
        let (reason, failed, all) = (self.reason.as_ref()?, self.failed, self.failed + self.written);
        let message = match self.written {
            0 => format!("no checkpoint could be written: {reason}"),
            _ => format!("{failed} of {all} checkpoints could not be written: {reason}"),
        };
        Some(Warning::new("checkpoint_not_written", message, "keep the fit itself; it is not affected"))
    }
}
