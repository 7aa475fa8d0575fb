//! A fit that is killed again and again, and resumed, comes to the bits of one never killed.

use crate::common::{Folder, document};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use std::fmt::Write;
use std::process::Stdio;
use std::time::Duration;

/// 1500 rows of three numbers in four clouds that overlap.
fn clouds(rng: &mut ChaCha8Rng) -> String {
    let mut text = "a,b,c\n".to_string();
    for row in 0..1500 {
        let centre = f64::from(row % 4);
        let mut near = |scale: f64| scale * centre + (0..6).map(|_| rng.random::<f64>() - 0.5).sum::<f64>();
        writeln!(text, "{},{},{}", near(1.0), near(-0.7), near(0.2)).unwrap();
    }
    text
}

/// Kills the fit `kills` times at random moments, begins anew wherever it is done before, and compares every result.
fn survives(fit: &str, kills: u32, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let folder = Folder::new();
    folder.write("clouds.csv", clouds(&mut rng));
    let spec = format!("(data: Csv(path: \"clouds.csv\"), model: GaussianMixture(components: 4), fit: ({fit}))");
    folder.write("spec.ron", spec);
    let lasting = |args: &[&str]| -> Value {
        let ran = folder.em(&[&["fit", "spec.ron", "--json"], args].concat());
        assert!(ran.status <= 1, "{}", ran.err);
        let mut fit = document(&ran.out);
        fit.as_object_mut().unwrap().remove("seconds");
        fit
    };
    let whole = lasting(&[]);
    let (mut killed, mut resumed) = (0, 0);
    while killed < kills {
        let mut args = vec!["fit", "spec.ron", "--checkpoint", "c", "--checkpoint-every", "0.005"];
        if folder.path("c").exists() {
            args.extend(["--resume", "c"]);
        }
        let mut child = folder.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(rng.random_range(5..110)));
        if child.try_wait().unwrap().is_some() {
            assert_eq!(lasting(&["--resume", "c"]), whole, "after {killed} kills");
            std::fs::remove_file(folder.path("c")).unwrap();
            continue;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
        resumed += u32::from(args.contains(&"--resume"));
    }
    assert!(resumed > 0, "it lives long enough to be resumed");
    let resume: &[&str] = if folder.path("c").exists() { &["--resume", "c"] } else { &[] };
    assert_eq!(lasting(resume), whole, "after {killed} kills");
    // What was half written at a kill is gone with the next writing in the same folder.
    let mut left = vec!["clouds.csv", "spec.fit.ron", "spec.ron"];
    left.splice(0..0, folder.path("c").exists().then_some("c"));
    assert_eq!(folder.names(), left);
}

#[test]
fn an_accelerated_fit_with_short_runs() {
    let fit = "algorithm: Anderson, start: Rows, restarts: 8, short_runs: (starts: 3, iterations: 4), \
               stop: (relative_gain: 1e-13, max_iterations: 150)";
    survives(fit, 25, 1);
}

#[test]
fn a_stochastic_fit() {
    survives("algorithm: StochasticEm, restarts: 5, stop: (max_iterations: 120)", 25, 2);
}
