//! [`Meter`]: where a fit stands, on a terminal.

use crate::prepared::Prepared;
use crate::summary::{fixed, short};
use em_core::{LatentModel, Observer, Progress};
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// What is over within this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// So long a line stands before the next takes its place.
const STANDS: Duration = Duration::from_millis(100);

/// The width of a terminal that does not tell.
const USUAL_WIDTH: usize = 80;
/// Between the parts of the line.
const GAP: &str = "  ";
/// When the program began its first fit: a selection of many fits that each take less is not silent either.
static FIRST: OnceLock<Instant> = OnceLock::new();

/// Shows on one line of a terminal where a fit stands, once the program takes longer than a second, and wipes the line at
/// the end.
pub struct Meter {
    /// None where nobody looks.
    terminal: Option<File>,
    runs: u64,
    limit: u64,
    run_begun: Instant,
    shown: Option<Instant>,
    width: usize,
}

impl Meter {
    /// Of a fit that is about to begin; `quiet` and anything but a terminal are shown nothing.
    pub fn new(prepared: &Prepared, quiet: bool) -> Self {
        let (begun, limit) = (Instant::now(), prepared.experiment.fit.stop.max_iterations);
        FIRST.get_or_init(|| begun);
        let terminal = if quiet { None } else { terminal() };
        Meter { terminal, runs: prepared.runs(), limit, run_begun: begun, shown: None, width: 0 }
    }

    fn show(&mut self, progress: &Progress) {
        let columns = self.terminal.as_ref().and_then(columns).unwrap_or(USUAL_WIDTH);
        let line = within(line(progress, self.runs, self.limit, self.run_begun.elapsed()), columns);
        let width = line.chars().count();
        // A window may have been made narrower since.
        let before = self.width.max(width).min(columns - 1);
        // Blanks and no escape: they wipe the line before on any terminal.
        self.put(&format!("\r{line:<before$}"));
        self.width = before;
        self.shown = Some(Instant::now());
    }

    /// A terminal that has gone is no reason to stop.
    fn put(&mut self, text: &str) {
        if let Some(terminal) = &mut self.terminal {
            let _ = terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush());
        }
    }
}

impl<M: LatentModel> Observer<M> for Meter {
    fn observe(&mut self, progress: &Progress, _: &M::Params) -> ControlFlow<String> {
        if progress.iteration == 0 {
            self.run_begun = Instant::now();
        }
        let due = self
            .shown
            .map_or(FIRST.get().is_some_and(|first| first.elapsed() >= PATIENCE), |shown| shown.elapsed() >= STANDS);
        if self.terminal.is_some() && due {
            self.show(progress);
        }
        ControlFlow::Continue(())
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if self.width > 0 {
            self.put(&format!("\r{:width$}\r", "", width = self.width));
        }
    }
}

/// Standard error where it is a terminal: a handle of its own, since the program holds the lock on the common one while
/// it works on other threads.
fn terminal() -> Option<File> {
    let stderr = io::stderr();
    // A terminal that calls itself dumb cannot go back to the beginning of a line.
    if !stderr.is_terminal() || std::env::var_os("TERM").is_some_and(|name| name == "dumb") {
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        stderr.as_fd().try_clone_to_owned().ok().map(File::from)
    }
    #[cfg(not(unix))]
    None
}

/// How many characters stand beside one another.
fn columns(terminal: &File) -> Option<usize> {
    #[cfg(unix)]
    {
        let (width, _) = terminal_size::terminal_size_of(terminal)?;
        Some(usize::from(width.0)).filter(|columns| *columns > 1)
    }
    #[cfg(not(unix))]
    {
        let _ = terminal;
        None
    }
}

/// The parts of a line, from the first on, that leave the last column free: one that is longer would be broken in two, of
/// which only the second could be wiped.
fn within(parts: Vec<String>, columns: usize) -> String {
    let line = parts.into_iter().reduce(|line, part| match line.len() + part.len() + GAP.len() < columns {
        true => line + GAP + &part,
        false => line,
    });
    line.unwrap_or_default().chars().take(columns - 1).collect()
}

/// `run 9/10  iteration 340/1000  -1130.2640  85/s  at most 20 s left`, where what is left is the most that all runs can take.
fn line(progress: &Progress, runs: u64, limit: u64, elapsed: Duration) -> Vec<String> {
    let of = |n: u64, all: u64| if all == 0 { n.to_string() } else { format!("{n}/{all}") };
    let mut parts = Vec::new();
    if runs > 1 {
        parts.push(format!("run {}", of(progress.run, runs)));
    }
    parts.push(format!("iteration {}", of(progress.iteration, limit)));
    parts.push(fixed(progress.objective));
    let rate = progress.iteration as f64 / elapsed.as_secs_f64();
    if rate.is_finite() && rate > 0.0 {
        parts.push(format!("{}/s", if rate >= 10.0 { format!("{rate:.0}") } else { short(rate) }));
        let of_later_runs = runs.saturating_sub(progress.run).saturating_mul(limit);
        let left = limit.saturating_sub(progress.iteration).saturating_add(of_later_runs) as f64 / rate;
        if limit > 0 {
            parts.push(format!("at most {:.0} s left", left.ceil()));
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_is_known() {
        let (gain, change) = (None, None);
        let progress =
            Progress { run: 9, iteration: 340, passes: 0.0, objective: -1130.26396, gain, change, seconds: 9.0 };
        let second = Duration::from_secs(4);
        let line = |progress: &_, runs, limit, elapsed| line(progress, runs, limit, elapsed).join(GAP);
        assert_eq!(
            line(&progress, 10, 1000, second),
            "run 9/10  iteration 340/1000  -1130.2640  85/s  at most 20 s left"
        );
        assert_eq!(line(&progress, 1, 0, second), "iteration 340  -1130.2640  85/s");
        let start = Progress { run: 1, iteration: 0, ..progress };
        assert_eq!(line(&start, 1, 50, second), "iteration 0/50  -1130.2640");
        let slow = Progress { iteration: 1, ..progress };
        assert_eq!(line(&slow, 1, 0, second), "iteration 1  -1130.2640  0.25/s");
    }

    #[test]
    fn a_line_is_no_longer_than_the_terminal_is_wide() {
        let parts = || ["run 9/10", "iteration 340/1000", "-1130.2640", "85/s"].map(String::from).to_vec();
        assert_eq!(within(parts(), 80), "run 9/10  iteration 340/1000  -1130.2640  85/s");
        assert_eq!(within(parts(), 47), "run 9/10  iteration 340/1000  -1130.2640  85/s");
        assert_eq!(within(parts(), 41), "run 9/10  iteration 340/1000  -1130.2640");
        assert_eq!(within(parts(), 29), "run 9/10  iteration 340/1000");
        assert_eq!(within(parts(), 5), "run ");
        assert_eq!(within(Vec::new(), 5), "");
    }
}
