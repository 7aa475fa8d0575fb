//! `em new`.

use super::{Answer, document};
use crate::args::NewArgs;
use crate::atomic::{self, WriteError};
use crate::failure::Failure;
use crate::visible;
use em_core::registry::entry;
use serde_json::json;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files of a new crate, with the names that stand in them for those of the user.
const FILES: [(&str, &str, &str); 8] = [
    ("src/lib.rs", include_str!("../../templates/crate/src/lib.rs"), "the model: data, parameters, E-step, M-step"),
    ("src/main.rs", include_str!("../../templates/crate/src/main.rs"), "the program, with every command of em"),
    ("my_model.ron", include_str!("../../templates/crate/my_model.ron"), "a spec of it"),
    ("data.csv", include_str!("../../templates/crate/data.csv"), "its data"),
    ("tests/model.rs", include_str!("../../templates/crate/tests/model.rs"), "what must hold"),
    ("README.md", include_str!("../../templates/crate/README.md"), "what is where"),
    ("Cargo.toml", include_str!("../../templates/crate/Cargo.toml.in"), "its dependencies"),
    (".gitignore", include_str!("../../templates/crate/gitignore"), "what is not kept"),
];

/// Names that no crate can have (the strict and reserved words of Rust) or that would hide another.
const TAKEN: &str = "abstract as async await become box break const continue crate do dyn else enum extern false final fn for \
    gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super trait true try \
    type typeof unsafe unsized use virtual where while yield alloc core std test proc_macro em em_core em_families em_cli \
    serde build deps examples incremental";

/// The names of a new crate.
struct Names {
    folder: PathBuf,
    /// Of the package: `zero-inflated`.
    package: String,
    /// In code: `zero_inflated`.
    code: String,
    /// Of the model: `ZeroInflated`.
    model: String,
}

pub(super) fn run(args: &NewArgs) -> Result<Answer, Failure> {
    let names = Names::of(&args.name)?;
    let checkout = checkout(args.em.as_deref())?;
    create(&names, &checkout)?;
    let files: Vec<(String, &str)> = FILES.iter().map(|(file, _, what)| (names.fill(file, &checkout), *what)).collect();
    let out = match args.common.json {
        true => document(&json!({
            "folder": names.folder.to_string_lossy(),
            "package": names.package,
            "model": names.model,
            "files": files.iter().map(|(file, _)| file).collect::<Vec<_>>(),
        })),
        false => {
            let folder = visible::line(&names.folder.to_string_lossy());
            let width = files.iter().map(|(file, _)| file.len()).max().unwrap_or(0);
            let lines: String = files.iter().map(|(file, what)| format!("  {file:width$}  {what}\n")).collect();
            format!(
                "created {folder}, a crate with the model {}\n{lines}next: cd {folder} && cargo test && cargo run\n",
                names.model
            )
        }
    };
    Ok(Answer::done(out))
}

impl Names {
    /// The last part of the path names the crate.
    fn of(path: &str) -> Result<Self, Failure> {
        let refuse = |why: &str| Err(Failure::Usage(format!("{}: {why}", visible::line(path))));
        let folder = PathBuf::from(path);
        let package = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let fine = package.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if !fine || !package.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return refuse("a name for a crate is wanted: ASCII letters, digits, `-` and `_`, beginning with a letter");
        }
        let code = package.replace('-', "_");
        if TAKEN.split_whitespace().any(|taken| taken == code) {
            return refuse(
                "no crate can have this name, since it means something else to Rust or to `em`; choose another",
            );
        }
        let model: String = code.split('_').map(capitalized).collect();
        if entry(&model).is_ok() {
            return refuse(&format!("there is a model `{model}` already; choose another name"));
        }
        // Also a link that leads nowhere is something.
        if fs::symlink_metadata(&folder).is_ok() {
            return refuse("there is something of this name already; choose another, or remove it");
        }
        Ok(Names { folder, package, code, model })
    }

    /// A template with the names of this crate.
    fn fill(&self, text: &str, checkout: &Path) -> String {
        let quoted = format!("\"{}\"", checkout.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\""));
        let text = text.replace("my-package", &self.package).replace("my_model", &self.code);
        text.replace("MyModel", &self.model).replace("CHECKOUT", &quoted)
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// The checkout to depend on: the one given, or that which this program was built from.
fn checkout(given: Option<&str>) -> Result<PathBuf, Failure> {
    let built_from = || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("")).to_path_buf();
    let checkout = given.map_or_else(built_from, PathBuf::from);
    if checkout.join("crates/em-core/Cargo.toml").is_file() {
        return Ok(std::path::absolute(&checkout).unwrap_or(checkout));
    }
    let advice = "give the folder with the sources of `em` with `--em`";
    Err(Failure::Usage(format!("{}: the sources of `em` are not there; {advice}", checkout.display())))
}

/// Makes the folder with all its files, or nothing.
fn create(names: &Names, checkout: &Path) -> Result<(), Failure> {
    let failed = |source: io::Error| WriteError::Io { path: names.folder.clone(), source };
    fs::create_dir(&names.folder).map_err(failed)?;
    let written = write_all(names, checkout);
    if written.is_err() {
        // What was made here goes again; the failure itself is what the user has to know.
        let _ = fs::remove_dir_all(&names.folder);
    }
    Ok(written?)
}

fn write_all(names: &Names, checkout: &Path) -> Result<(), WriteError> {
    for folder in ["src", "tests"] {
        let path = names.folder.join(folder);
        fs::create_dir(&path).map_err(|source| WriteError::Io { path, source })?;
    }
    for (file, text, _) in FILES {
        let path = names.folder.join(names.fill(file, checkout));
        atomic::write(&path, names.fill(text, checkout).as_bytes())?;
    }
    // The versions that this program was built with, so that nothing has to be looked up.
    match fs::read(checkout.join("Cargo.lock")) {
        Ok(lock) => atomic::write(&names.folder.join("Cargo.lock"), &lock),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &str) -> String {
        Names::of(path).err().map(|e| e.to_string()).unwrap_or_default()
    }

    #[test]
    fn one_name_in_three_spellings() {
        let names = Names::of("somewhere/zero-inflated_2").unwrap();
        assert_eq!((names.package.as_str(), names.code.as_str()), ("zero-inflated_2", "zero_inflated_2"));
        assert_eq!(names.model, "ZeroInflated2");
        let text = names.fill("my-package my_model MyModel CHECKOUT", Path::new("/a \"b\"\\c"));
        assert_eq!(text, r#"zero-inflated_2 zero_inflated_2 ZeroInflated2 "/a \"b\"\\c""#);
    }

    #[test]
    fn names_that_no_crate_can_have_are_refused() {
        for name in ["", "9lives", "a b", "é", "-x", "..", "/", "a.b", "a\u{1b}"] {
            assert!(refusal(name).contains("a name for a crate is wanted"), "{name:?}: {}", refusal(name));
        }
        for name in ["fn", "test", "proc-macro", "em"] {
            assert!(refusal(name).contains("no crate can have this name"), "{name}: {}", refusal(name));
        }
        assert!(!refusal("a\u{1b}").contains('\u{1b}'));
        assert!(refusal("src").contains("there is something of this name already"), "{}", refusal("src"));
    }

    #[test]
    fn every_name_of_a_template_is_filled_in() {
        let names = Names::of("nowhere/other").unwrap();
        for (file, text, _) in FILES {
            let filled = names.fill(file, Path::new("/em")) + &names.fill(text, Path::new("/em"));
            let left = ["my_model", "my-package", "MyModel", "CHECKOUT", "LOGLIK"];
            assert!(left.iter().all(|name| !filled.contains(name)), "{file}");
        }
    }
}
