//! Can a fit be watched, stopped and taken up again?
//!
//! An observer sees every iteration and may end the run; a checkpoint holds all that the rest of the run depends on, so that
//! a fit taken up again comes to the very bits of one that was never stopped.

use em::prelude::*;
use std::ops::ControlFlow;
use std::time::Duration;

type Params = MixtureParams<Vec<Normal>>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/models/data/old_faithful.csv"))?;
    let data = Rows::from_table_columns(&table)?;
    let model = Mixture::of(3, Gaussian::new(Covariance::Tied)?); // slow: hundreds of iterations
    let stop = Stop { relative_gain: 1e-13, ..Stop::default() };
    let fit = || Fit::new(&model, &data).restarts(1).seed(1).stop(stop);

    // Watched: every twentieth iteration is printed.
    let watch = |at: &Progress, params: &Params| {
        if at.iteration.is_multiple_of(20) {
            let gain = at.gain.map_or("          ".into(), |gain| format!("{gain:10.2e}"));
            println!(
                "iteration {:3}: {:.8} nats, gained {gain}, weights {:.3?}",
                at.iteration,
                at.objective,
                params.weights()
            );
        }
        ControlFlow::Continue(())
    };
    let whole = fit().observe(watch).run()?;
    println!("to the end: {:.8} after {} iterations\n", whole.log_likelihood, whole.iterations);

    // Stopped by the observer, for a reason of its own; the last checkpoint is kept as text.
    let mut saved = String::new();
    let limit = |at: &Progress, _: &Params| match at.iteration {
        40 => ControlFlow::Break("forty are enough for today".into()),
        _ => ControlFlow::Continue(()),
    };
    let save = |now: &Checkpoint<Params>| serde_json::to_string(now).map(|text| saved = text);
    let stopped = fit().observe(limit).checkpoint(Duration::from_secs(10), save).run()?;
    println!("stopped: {:.8} after {} iterations; {:?}", stopped.log_likelihood, stopped.iterations, stopped.stop);
    assert!(!stopped.converged() && stopped.iterations == 40);
    assert!(matches!(stopped.stop, StopReason::Observer { .. }));
    assert_eq!(stopped.trace, whole.trace[..=40]);

    // Taken up again.
    let resumed = fit().resume(serde_json::from_str(&saved)?).run()?;
    println!(
        "resumed from {} bytes: {:.8} after {} iterations",
        saved.len(),
        resumed.log_likelihood,
        resumed.iterations
    );
    assert_eq!((&resumed.trace, &resumed.params), (&whole.trace, &whole.params), "to the bit");
    // By independent programs (`gmm_faithful_k3_tied` in `tests/reference`).
    assert!((resumed.log_likelihood + 1126.315928).abs() < 1e-5);
    Ok(())
}
