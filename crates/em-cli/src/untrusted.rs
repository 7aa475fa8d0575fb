//! Every reader of what others wrote, as a function of bytes: what the fuzz targets in `fuzz/` run, and what a test runs
//! again on every input that is kept there.
//!
//! Whatever the bytes are, each function returns; a panic is a fault of the program. Files are none, but for those that
//! `em` itself would read for such a spec.

use crate::args::Common;
use crate::checkpoint_file::{self, CheckpointError, Conditions};
use crate::command::fit;
use crate::experiment::{Experiment, StartFrom};
use crate::failure::Failure;
use crate::fit_file::{self, FitFile};
use crate::outcome::{Outcome, predict};
use crate::prepared::Prepared;
use crate::sealed::sealed_again;
use crate::source::{Csv, Limits, Missing, Npy, ReadError};
use crate::spec_file::SpecFile;
use crate::spec_text::Sweep;
use crate::summary::summary;
use em_core::registry::{Data, Erased, Params};
use em_core::table::Cells;
use em_core::{Dataset, LatentModel, Purpose, Table, Values};
use std::io::{BufReader, Cursor};
use std::num::NonZeroU64;
use std::path::Path;

/// A function by its name, which is that of its target and of its folder of inputs.
pub type Named = (&'static str, fn(&[u8]));

/// All of them.
pub const ALL: [Named; 6] = [
    ("csv", csv),
    ("npy", npy),
    ("spec", spec),
    ("fit_file", fit_file),
    ("checkpoint", checkpoint),
    ("whole_fit", whole_fit),
];

/// Small enough that every limit is met.
const SMALL: Limits = Limits { field: 64, row: 512, columns: 12, cells: 600 };
/// A spec or a whole fit longer than this says nothing that a shorter one does not.
const LONGEST: usize = 1 << 13;
/// What stands between the spec and the table of a whole fit.
const BETWEEN: &str = "\n---\n";
/// A whole fit is broken off after so many iterations and runs.
const FEW: u64 = 6;

/// Reads a text table, once for each policy on missing values; and again row by row, to the same.
pub fn csv(bytes: &[u8]) {
    for missing in [Missing::Error, Missing::DropRows { markers: vec!["NA".into()] }] {
        let csv = Csv::new("t.csv").missing_values(missing);
        let whole = csv.read_from("t.csv", Cursor::new(bytes.to_vec()), SMALL);
        // Where a byte is seen at a time, no row can be read ahead.
        let by_row = csv.read_from("t.csv", BufReader::with_capacity(1, Cursor::new(bytes.to_vec())), SMALL);
        // By their words, since a gap is no number and so differs from itself.
        assert_eq!(format!("{whole:?}"), format!("{by_row:?}"));
        check_table(whole);
    }
}

/// Reads a binary table.
pub fn npy(bytes: &[u8]) {
    check_table(Npy::new("a.npy").read_from("a.npy", Cursor::new(bytes.to_vec()), SMALL));
}

/// Reads a spec, and every choice of its sweep.
pub fn spec(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    match SpecFile::parse("spec.ron", text.into()) {
        Ok(spec) => check_spec(&spec.experiment),
        Err(failure) => check_message(&failure),
    }
    match Sweep::read(text) {
        Ok(sweep) => {
            for choice in sweep.choices().iter().take(4) {
                match SpecFile::of_choice("spec.ron", &sweep, choice) {
                    Ok(spec) => check_spec(&spec.experiment),
                    Err(failure) => check_message(&failure),
                }
            }
        }
        Err(fault) => drop(fault.show("spec.ron")),
    }
}

/// Reads a fit, whose checksum is put right, and uses it on data that stand in its spec.
pub fn fit_file(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let text = sealed_again(text).unwrap_or_else(|| text.into());
    match FitFile::parse("f.fit.ron", text.into_bytes()) {
        Ok(fit) => use_fit(&fit),
        Err(error) => check_message(&error.into()),
    }
}

fn use_fit(fit: &FitFile) {
    let source = &fit.experiment.data;
    if source.path().is_some() {
        return;
    }
    let Ok(table) = source.read(Path::new(""), SMALL) else { return };
    let Ok(table) = source.view().apply(table) else { return };
    if let Ok(data) = fit.learnt.encode(&table, Purpose::Predict) {
        use_params(fit.learnt.model(), &fit.params, &data);
    }
}

/// Reads a checkpoint of one of [`checkpointed`], whose checksum is put right, and goes on from it.
pub fn checkpoint(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let text = sealed_again(text).unwrap_or_else(|| text.into());
    for algorithm in ["Em", "Anderson", "StochasticEm", "Incremental"] {
        let prepared = checkpointed(algorithm);
        let (model, conditions) = (prepared.learnt.model(), Conditions::of(&prepared, 1));
        match checkpoint_file::parse("c", text.clone().into_bytes(), model, &conditions) {
            Ok(resumed) => {
                let fit = fit::set_up(&prepared, None, &silent()).resume(resumed.checkpoint);
                let _ = fit::carry_out(&prepared, fit).map_err(|failure| check_message(&failure));
                return;
            }
            Err(CheckpointError::Other { difference, .. }) => drop(difference.to_string()),
            Err(error) => return check_message(&error.into()),
        }
    }
}

/// The fits whose checkpoints [`checkpoint`] goes on from.
pub fn checkpointed(algorithm: &str) -> Prepared {
    let spec = format!(
        "(data: Inline(columns: {{\"x\": [1, 2, 3.5, 4, 7, 9, 11, 12.5], \"y\": [2, 1, 5, 3, 8, 6, 9, 12]}}), \
         model: GaussianMixture(components: 2, covariance: Tied), \
         fit: (algorithm: {algorithm}, restarts: 2, stop: (max_iterations: 4)))"
    );
    let known = "a spec of this program's own is read";
    let spec = SpecFile::parse("spec.ron", spec).map_err(|e| e.to_string()).expect(known);
    let (table, _) = spec.table(None, Limits::default()).map_err(|e| e.to_string()).expect(known);
    Prepared::of_with_table(spec, table, None, false).map_err(|e| e.to_string()).expect(known).0
}

/// Fits a spec to a small text table that follows it after a line `---`, in few iterations, and uses the fit.
pub fn whole_fit(bytes: &[u8]) {
    let Some((spec, table)) = text(bytes).and_then(|text| text.split_once(BETWEEN)) else { return };
    if has_large_count(spec) {
        return;
    }
    let Ok(mut spec) = SpecFile::parse("spec.ron", spec.into()) else { return };
    let csv = Csv::new("t.csv").missing_values(spec.experiment.data.missing().clone());
    let Ok(table) = csv.read_from("t.csv", Cursor::new(table.as_bytes().to_vec()), SMALL) else { return };
    let settings = &mut spec.experiment.fit;
    if matches!(settings.start, Some(StartFrom::Fit(_))) {
        return;
    }
    let few = |n: u64| if n == 0 { FEW } else { n.min(FEW) };
    settings.stop.max_iterations = few(settings.stop.max_iterations);
    settings.restarts = NonZeroU64::new(settings.restarts.map_or(2, |n| few(n.get())));
    match Prepared::of_with_table(spec, table, None, false) {
        Ok((prepared, _)) => fit_and_use(&prepared),
        Err(failure) => check_message(&failure),
    }
}

fn fit_and_use(prepared: &Prepared) {
    let (model, data) = (prepared.learnt.model(), &prepared.data);
    let fitted = match fit::carry_out(prepared, fit::set_up(prepared, None, &silent())) {
        Ok(fitted) => fitted,
        Err(failure) => return check_message(&failure),
    };
    assert!(fitted.objective().is_finite(), "the objective is {}", fitted.objective());
    let outcome = Outcome::new(model, data, &prepared.warnings, &fitted, false);
    drop(summary(prepared, &fitted.params, &fitted.stats, &outcome));
    for name in ["f.fit.ron", "f.json"] {
        let written = fit_file::render(Path::new(name), &prepared.made(), &fitted.params, &outcome)
            .unwrap_or_else(|e| panic!("a fit cannot be written: {e}"));
        let read = FitFile::parse(name, written.into_bytes()).unwrap_or_else(|e| panic!("a fit cannot be read: {e}"));
        assert!(read.frame.outcome == outcome, "an outcome is not what was written");
        assert_eq!(in_json(&read.params), in_json(&fitted.params), "parameters are not what was written");
    }
    use_params(model, &fitted.params, data);
}

fn in_json(params: &Params) -> String {
    serde_json::to_string(params).unwrap_or_default()
}

/// Predicts and scores; responsibilities are none below 0, and sum to one.
fn use_params(model: &Erased, params: &Params, data: &Data) {
    drop(model.score(params, data, 0..data.units()));
    if model.predict.is_none() {
        return;
    }
    for column in predict(model, params, data).columns {
        if let ("responsibilities", Values::Rows { width, values }) = (column.plural, &column.values) {
            let sound = |row: &[f64]| row.iter().all(|r| *r >= 0.0) && (row.iter().sum::<f64>() - 1.0).abs() < 1e-9;
            assert!(values.chunks(*width).all(sound), "responsibilities: {values:?}");
        }
    }
}

/// Whether a whole number has more than two digits, so that a fit with so many of something could take long.
fn has_large_count(spec: &str) -> bool {
    let in_number = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
    spec.split(|c| !in_number(c)).any(|word| word.len() > 2 && word.bytes().all(|b| b.is_ascii_digit() || b == b'_'))
}

/// What is read is whole and finite, or says where it is not.
fn check_table(read: Result<Table, ReadError>) {
    let table = match read {
        Ok(table) => table,
        Err(error) => return check_message(&error.into()),
    };
    let names: Vec<String> = table.names().map(String::from).collect();
    assert!(names.len() <= SMALL.columns && names.len() * table.rows() <= SMALL.cells);
    for name in &names {
        match table.cells(name) {
            Ok(Cells::Numbers(values)) => assert!(values.iter().all(|v| v.is_finite())),
            Ok(Cells::Gaps(values)) => assert!(values.iter().all(|v| !v.is_infinite())),
            _ => {}
        }
        let _ = table.numbers(name).map_err(|error| check_message(&error.into()));
    }
}

/// A spec that was read is written and read again, to the same.
fn check_spec(experiment: &Experiment) {
    let written = serde_json::to_string(experiment).unwrap_or_else(|e| panic!("a spec cannot be written: {e}"));
    assert!(!written.is_empty());
}

/// A message is one of words; those that name a place are made of the text itself.
fn check_message(failure: &Failure) {
    assert!(!failure.to_string().is_empty());
}

fn text(bytes: &[u8]) -> Option<&str> {
    if bytes.len() > LONGEST { None } else { std::str::from_utf8(bytes).ok() }
}

fn silent() -> Common {
    Common { quiet: true, ..Common::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
    }

    /// The files of a folder, in order; none where there is no such folder.
    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder).map_or(Vec::new(), |files| files.map(|f| f.unwrap().path()).collect());
        files.sort();
        files
    }

    fn runs_all_inputs(name: &str) {
        let (_, run) = ALL.iter().find(|(known, _)| *known == name).unwrap();
        let seeds = files(&folder().join("seeds").join(name));
        assert!(!seeds.is_empty(), "no seeds of {name}");
        for input in seeds.into_iter().chain(files(&folder().join("found").join(name))) {
            let bytes = fs::read(&input).unwrap();
            let ended = std::panic::catch_unwind(|| run(&bytes));
            assert!(ended.is_ok(), "{}", input.display());
        }
    }

    #[test]
    fn inputs_of_tables_are_borne() {
        runs_all_inputs("csv");
        runs_all_inputs("npy");
    }

    #[test]
    fn inputs_of_specs_are_borne() {
        runs_all_inputs("spec");
    }

    #[test]
    fn inputs_of_fit_files_and_checkpoints_are_borne() {
        runs_all_inputs("fit_file");
        runs_all_inputs("checkpoint");
    }

    #[test]
    fn inputs_of_whole_fits_are_borne() {
        runs_all_inputs("whole_fit");
    }

    /// The targets are a package of their own, which this one is not built with.
    #[test]
    fn every_function_has_a_target() {
        let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
        for (name, _) in ALL {
            let target = fs::read_to_string(folder().join(format!("fuzz_targets/{name}.rs"))).unwrap();
            assert!(target.contains(&format!("em_cli::untrusted::{name}(")), "{name}");
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        }
        assert_eq!(files(&folder().join("fuzz_targets")).len(), ALL.len());
    }

    #[test]
    fn large_counts_are_seen() {
        for text in ["components: 100", "(1000)", "draws: 1_0"] {
            assert!(has_large_count(text), "{text}");
        }
        for text in ["components: 10", "tolerance: 1e-10, 0.125, 12.5", "\"x100\""] {
            assert!(!has_large_count(text), "{text}");
        }
    }
}
