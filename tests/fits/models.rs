//! Every spec in `models/`, but those of users' own models, runs with plain `em` and meets what it expects of itself.

use std::path::{Path, PathBuf};

fn specs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let mut specs: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    let own =
        |p: &PathBuf| ["geometric_mixture", "two_coins"].iter().any(|name| p.file_stem().is_some_and(|s| s == *name));
    specs.retain(|p| p.extension().is_some_and(|e| e == "ron") && !own(p));
    specs.sort();
    specs
}

fn em(args: &[&str]) -> (u8, String, String) {
    let args = std::iter::once("em").chain(args.iter().copied()).map(Into::into);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = em::cli::execute(args, &mut out, &mut err) as u8;
    (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

#[test]
fn every_spec_fits_and_its_fit_can_be_used() {
    let specs = specs();
    assert!(specs.len() >= 4);
    let folder = tempfile::tempdir().unwrap();
    for spec in specs {
        let spec = spec.to_str().unwrap();
        let text = std::fs::read_to_string(spec).unwrap();
        assert!(text.contains("expect:"), "{spec} does not say what it expects");
        assert_eq!(em(&["check", spec]).0, 0, "{spec}");
        let fit = folder.path().join("a.fit.ron");
        let fit = fit.to_str().unwrap();
        let (status, out, err) = em(&["fit", spec, "-o", fit]);
        assert_eq!((status, err.as_str()), (0, ""), "{spec}");
        assert!(out.contains("converged after"), "{out}");
        let (status, labels, _) = em(&["predict", fit]);
        assert_eq!(status, 0, "{spec}");
        assert!(labels.lines().count() > 10 && !labels.contains("NaN"), "{labels}");
        assert_eq!(em(&["score", fit]).0, 0, "{spec}");
        let page = folder.path().join("a.html");
        assert_eq!(em(&["report", fit, "-o", page.to_str().unwrap()]).0, 0, "{spec}");
        let page = std::fs::read_to_string(page).unwrap();
        let figure = out.split_whitespace().skip_while(|word| !word.ends_with("likelihood")).nth(1);
        assert!(page.contains("<svg") && figure.is_none_or(|f| page.contains(f)), "{spec}");
    }
}

#[test]
fn old_faithful_is_found_in_two_kinds_of_eruption() {
    let folder = tempfile::tempdir().unwrap();
    let fit = folder.path().join("geyser.fit.ron");
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/old_faithful.ron");
    let (status, out, _) = em(&["fit", spec.to_str().unwrap(), "-o", fit.to_str().unwrap()]);
    assert_eq!(status, 0);
    // What every textbook prints: short eruptions (2.04 min, 54.5 min) in 36 % of cases, long ones (4.29 min, 80.0 min).
    for figure in ["0.3559", "0.6441", "2.0364", "54.47", "4.2897", "79.96", "-1130.264"] {
        assert!(out.contains(figure) || out.contains(&figure[..figure.len() - 1]), "{figure} in\n{out}");
    }
}
