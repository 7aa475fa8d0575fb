//! A folder per test, and the real program run in it.
#![allow(dead_code, reason = "every test file uses its own part")]
#![allow(missing_docs, reason = "what tests share")]

use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Far above what any command here takes: only a hang reaches it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Eight points in two clouds, with no row repeated.
pub const POINTS: &str = "x,y\n1,2\n2,1\n3.5,5\n4,3\n7,8\n9,6\n11,9\n12.5,12\n";
/// Twelve counts with a covariate and an exposure.
pub const COUNTS: &str =
    "x,e,n\n0.5,1,0\n1,2,3\n1.5,1,1\n2,3,9\n2.5,1,4\n3,2,10\n3.5,1,2\n4,2,16\n4.5,1,12\n5,1,3\n5.5,2,30\n6,1,21\n";

/// A folder that is gone when the test ends.
pub struct Folder(tempfile::TempDir);

/// What a command left.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Folder {
    pub fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    /// With `points.csv`, `counts.csv` and a spec `spec.ron`.
    pub fn with(spec: &str) -> Self {
        let folder = Folder::new();
        folder.write("points.csv", POINTS);
        folder.write("counts.csv", COUNTS);
        folder.write("spec.ron", spec);
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), contents).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names of all files, in order.
    pub fn names(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = files.map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The program, to be started in this folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_em"));
        command.args(args).current_dir(self.0.path()).env("RUST_BACKTRACE", "0");
        command
    }

    pub fn em(&self, args: &[&str]) -> Ran {
        self.em_with(args, "")
    }

    /// With something on standard input.
    pub fn em_with(&self, args: &[&str], input: &str) -> Ran {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that does not read is none the worse for it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        ran(wait(child), args)
    }

    /// A command that must succeed with `--json`.
    pub fn json(&self, args: &[&str]) -> Value {
        let all: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        let ran = self.em(&all);
        assert_eq!(ran.status, 0, "{args:?}: {}", ran.err);
        document(&ran.out)
    }
}

/// The one document that `text` is.
pub fn document(text: &str) -> Value {
    assert!(text.ends_with('\n') && !text.trim_end().contains('\n'), "not one line: {text}");
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn wait(child: Child) -> Output {
    let id = child.id();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(child.wait_with_output()));
    match told.recv_timeout(PATIENCE) {
        Ok(output) => output.unwrap(),
        Err(_) => {
            let _ = Command::new("kill").arg(id.to_string()).status();
            panic!("the program hangs");
        }
    }
}

fn ran(output: Output, args: &[&str]) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    let (out, err) = (text(output.stdout), text(output.stderr));
    let status = output.status.code().unwrap_or_else(|| panic!("{args:?} ended by a signal: {err}"));
    assert!((0..=3).contains(&status), "{args:?} ended with {status}: {err}");
    let shown = |c: char| !c.is_control() || c == '\n';
    assert!(err.chars().all(shown), "{args:?} sends control characters: {err:?}");
    Ran { status, out, err }
}

/// Asserts that `em fit` and `em check` refuse the spec with the same first line; returns it.
pub fn refused(folder: &Folder, spec: &str) -> String {
    let before = folder.names();
    let fit = folder.em(&["fit", spec]);
    let json = folder.em(&["fit", spec, "--json"]);
    let check = folder.em(&["check", spec]);
    for ran in [&fit, &json, &check] {
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{}", ran.err);
    }
    let first = |ran: &Ran| ran.err.lines().next().unwrap_or_default().to_string();
    assert_eq!(fit.err, json.err);
    assert_eq!(first(&fit), first(&check));
    assert_eq!(folder.names(), before, "a refused fit leaves nothing behind");
    first(&fit).strip_prefix("error: ").unwrap_or_else(|| panic!("no error: {}", fit.err)).to_string()
}

/// A spec over `points.csv` with this model and, where it says anything, this `fit`.
pub fn spec(model: &str, fit: &str) -> String {
    let fit = if fit.is_empty() { String::new() } else { format!("    fit: ({fit}),\n") };
    format!("(\n    data: Csv(path: \"points.csv\"),\n    model: {model},\n{fit})\n")
}

/// The same over `counts.csv`.
pub fn counts(model: &str, fit: &str) -> String {
    spec(model, fit).replace("points.csv", "counts.csv")
}
