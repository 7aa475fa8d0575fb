//! Our side of the comparison with peers (`benches/peers/compare.py` starts it): a spec and its data are read once, then
//! fitted as often as standard input asks.
//!
//! Each line there is a number of iterations (0: until the spec's own rules stop), a number of threads, and, where the fit
//! is to end sooner, an objective to reach. Each answer is a line of JSON with the seconds of the fit alone, what it
//! reached, and the most memory that was resident meanwhile.

use em::cli::prepared::Prepared;
use em::cli::source::Limits;
use em::core::registry::Params;
use em::core::{Fit, Progress, Stop};
use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::io::BufRead;
use std::ops::ControlFlow;
use std::time::Instant;

/// What can cross from one thread to another.
type Failed = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failed> {
    let spec = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    let Some(spec) = spec else {
        println!("this is one side of a comparison; run benches/peers/compare.py, which starts it");
        return Ok(());
    };
    let prepared = Prepared::read(&spec, None, Limits::default()).map_err(|e| e.to_string())?;
    // The peak of reading, which is no part of a fit.
    println!("{}", json!({ "peak_bytes": resident("VmHWM") }));
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let (iterations, threads, objective) = match words[..] {
            [iterations, threads] => (iterations.parse()?, threads.parse()?, f64::INFINITY),
            [iterations, threads, objective] => (iterations.parse()?, threads.parse()?, objective.parse()?),
            _ => return Err("a line is `ITERATIONS THREADS` or `ITERATIONS THREADS OBJECTIVE`".into()),
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        println!("{}", pool.install(|| timed(&prepared, iterations, objective))?);
    }
    Ok(())
}

/// One fit from the start of the spec, until `objective` is reached at the latest.
fn timed(prepared: &Prepared, iterations: u64, objective: f64) -> Result<Value, Failed> {
    let settings = &prepared.experiment.fit;
    let exactly = Stop { relative_gain: 0.0, max_iterations: iterations, ..Stop::default() };
    let stop = if iterations == 0 { settings.stop } else { exactly };
    let start = prepared.start.clone().ok_or("the spec has no start")?;
    forget_peak();
    let begun = Instant::now();
    let fit = Fit::new(prepared.learnt.model(), &prepared.data).algorithm(settings.algorithm.algorithm()).stop(stop);
    let fit = fit.observe(move |now: &Progress, _: &Params| match now.objective >= objective {
        true => ControlFlow::Break("the objective is reached".into()),
        false => ControlFlow::Continue(()),
    });
    let fitted = fit.from(start).map_err(|e| e.to_string())?;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(json!({
        "seconds": seconds,
        "log_likelihood": fitted.log_likelihood,
        "iterations": fitted.iterations,
        "passes": fitted.passes,
        "peak_bytes": resident("VmHWM"),
    }))
}

/// A line of the kernel's account of this process, in bytes; none where there is no such account.
fn resident(field: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

/// Lets the kernel's record of the most resident memory begin anew (proc(5), `clear_refs`).
fn forget_peak() {
    // Where it cannot, the peak is that of the whole process, which is never less.
    let _ = fs::write("/proc/self/clear_refs", "5");
}
