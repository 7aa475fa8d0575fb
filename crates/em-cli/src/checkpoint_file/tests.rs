//! Checkpoints that were tampered with and sealed again: refused in words, or resumed to some end, but never a panic.

use super::*;
use crate::fingerprint;
use crate::prepared::Prepared;
use crate::source::Limits;
use em_core::{Fit, Rng, StartKind};
use rand::{RngExt, SeedableRng};
use std::time::Duration;

fn prepared(folder: &Path, algorithm: &str) -> Prepared {
    let path = folder.join("spec.ron");
    let column = |rate: f64| -> Vec<f64> { (0..40).map(|i| f64::from(i % 2) + (rate * f64::from(i)).sin()).collect() };
    let data = format!("Inline(columns: {{\"x\": {:?}, \"y\": {:?}}})", column(0.7), column(1.9));
    let fit = format!("algorithm: {algorithm}, stop: (max_iterations: 4)");
    std::fs::write(
        &path,
        format!("(data: {data}, model: GaussianMixture(components: 2, covariance: Tied), fit: ({fit}))"),
    )
    .unwrap();
    Prepared::read(&path.to_string_lossy(), None, Limits::default()).unwrap()
}

fn fit(prepared: &Prepared) -> Fit<'_, Erased> {
    let settings = &prepared.experiment.fit;
    Fit::new(prepared.learnt.model(), &prepared.data)
        .algorithm(settings.algorithm.algorithm())
        .stop(settings.stop)
        .start(StartKind::Rows)
        .restarts(2)
        .short_runs(2, 1)
}

/// The text with some characters changed, left out or repeated, behind its head.
fn tampered(text: &str, rng: &mut Rng) -> String {
    let body = text.find("checkpoint: (").unwrap();
    let mut bytes = text.as_bytes().to_vec();
    let at = rng.random_range(body..bytes.len());
    let end = (at + rng.random_range(1..20)).min(bytes.len());
    match rng.random_range(0..4) {
        0 => drop(bytes.drain(at..end)),
        1 => bytes.extend_from_within(at..end),
        2 => bytes[at] = b"0123456789abcdef.-\"()[],x"[rng.random_range(0..25)],
        // Another digit, which leaves the text well-formed.
        _ => {
            bytes[at..].iter_mut().filter(|b| b.is_ascii_digit()).take(1).for_each(|b| *b = b'0' + (*b - b'0' + 3) % 10)
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn tampered_checkpoints_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let (file, mut rng) = (folder.path().join("c"), Rng::seed_from_u64(1));
    let (mut refused, mut resumed) = (0, 0);
    for algorithm in ["Em", "Anderson", "Squarem", "GradientEm", "StochasticEm", "Incremental", "Stepwise"] {
        let prepared = prepared(folder.path(), algorithm);
        let (model, conditions) = (prepared.learnt.model(), Conditions::of(&prepared, 1));
        let mut texts = Vec::new();
        let keep = |now: &Checkpoint<Params>| {
            write(&file, model, &conditions, now)?;
            texts.push(std::fs::read_to_string(&file).unwrap());
            Ok::<(), Failure>(())
        };
        fit(&prepared).checkpoint(Duration::ZERO, keep).run().unwrap();
        let whole = sealed::sealed_again(&texts[0]).unwrap();
        assert_eq!(whole, texts[0], "the seal is the program's own");
        for round in 0..40 {
            let text = sealed::sealed_again(&tampered(&texts[round % texts.len()], &mut rng)).unwrap();
            std::fs::write(&file, &text).unwrap();
            match read(&file.to_string_lossy(), model, &conditions) {
                Ok(read) => {
                    resumed += 1;
                    drop(fit(&prepared).resume(read.checkpoint).run());
                }
                Err(e) => {
                    refused += 1;
                    assert!(matches!(e, CheckpointError::Content { .. }), "{e}");
                }
            }
        }
    }
    assert!(refused > 30 && resumed > 30, "{refused} and {resumed}");
    assert_eq!(fingerprint::of_text(&[]).len(), sealed::BLANK.len());
}
